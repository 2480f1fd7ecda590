/**
 * Somebody who chats in a real VS Code on a copy of the sample workspace, against the offline
 * model, by keyboard alone: nothing here clicks, and nothing is given the keyboard but by keys.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { expect } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { launchVSCode, type VSCodeHost } from './host.ts';
import { Keys } from './keys.ts';

export class ChatUser {
  readonly base = mkdtempSync(join(tmpdir(), 'boocode-chat-'));
  readonly workspace = join(this.base, 'library');
  declare host: VSCodeHost;
  declare keys: Keys;
  /** The page of the chat in front. */
  declare screen: FrameLocator;

  async start(): Promise<void> {
    cpSync(join(ROOT, 'test', 'sample-workspace'), this.workspace, { recursive: true });
    writeFileSync(join(this.workspace, 'broken.json'), '{\n  "limit": \n}\n');
    this.host = await launchVSCode({ workspace: this.workspace, theme: 'dark' });
    this.keys = new Keys(this.host);
    this.screen = this.host.shownWebview();
  }

  async close(): Promise<void> {
    await this.host?.close('chat-logs');
    rmSync(this.base, { recursive: true, force: true, maxRetries: 5 });
  }

  box(): Locator {
    return this.screen.locator('.composer textarea');
  }

  button(name: string): Locator {
    return this.screen.getByRole('button', { name, exact: true });
  }

  tab(title: string): Locator {
    return this.host.page.locator('.tab').filter({ hasText: title });
  }

  message(text: string): Locator {
    return this.screen.locator('.user-message:not(.sending) .user-text').getByText(text);
  }

  fees(): string {
    return readFileSync(join(this.workspace, 'src/fees.ts'), 'utf8');
  }

  /** Waits until the turn that this message began has ended. */
  async answered(text: string): Promise<void> {
    await this.message(text).waitFor();
    await this.button('Stop (Escape)').waitFor({ state: 'detached', timeout: 60_000 });
  }

  /** Types where the keyboard is, which is the input, and sends. */
  async send(text: string): Promise<void> {
    await this.typing();
    await this.keys.type(text);
    await this.keys.press('Enter');
  }

  /** Waits until the input has the keyboard. */
  async typing(): Promise<void> {
    await this.screen.locator('.composer textarea:focus').waitFor();
  }

  /** Removes the line in the field. Control+A would do, but VS Code carries it out a moment later. */
  async empty(): Promise<void> {
    for (const key of ['Home', 'Shift+End', 'Delete']) await this.keys.press(key);
  }

  async newChat(): Promise<void> {
    await this.keys.command('BooCode: New Chat');
    // A chat that was open has the keyboard until the new one is there.
    await this.screen.getByText('What should be done?').waitFor();
    await this.typing();
  }

  /** By its words, as from anywhere in VS Code; the keyboard is in its input then. */
  async openChat(title: string): Promise<void> {
    await this.keys.command('BooCode: Open Chat');
    await this.host.quickInput().locator('input[placeholder^="Search in titles"]').waitFor();
    await this.keys.type(title);
    await expect.poll(() => this.host.quickInput().locator('.monaco-list-row').count()).toBe(1);
    await this.keys.press('Enter');
    await this.screen.getByRole('heading', { name: title, level: 1 }).waitFor();
    await this.typing();
  }

  /** The buttons at the top stand before the search, so nobody has to tab through the answers. */
  async chatAction(name: string): Promise<void> {
    await this.keys.press('Control+f');
    await this.screen.locator('.find-bar :focus-within, .find-bar:focus-within').first().waitFor();
    await this.keys.use(this.button(name));
  }

  async openFile(name: string): Promise<void> {
    const front = this.tab(name).and(this.host.page.locator('.active'));
    const editing = this.host.page.locator('.monaco-editor.focused');
    // On a busy machine the list may lose the keyboard to a chat in front: it is opened again.
    for (let tries = 0; tries < 3; tries += 1) {
      await this.keys.press('Control+p');
      await this.host.quickInput().waitFor();
      await this.keys.type(name);
      await this.keys.choose(name);
      await front.waitFor();
      for (let n = 0; n < 8; n += 1) {
        await editing.waitFor({ timeout: 1_000 }).catch(() => {});
        if ((await editing.count()) > 0) return;
        await this.keys.press('Control+1');
      }
    }
    throw new Error(`${name} does not open.`);
  }

  /** Opens the light bulb's list with its key and chooses from it. */
  async codeAction(title: string): Promise<void> {
    const { host, keys } = this;
    const rows = host.page.locator('.action-widget .monaco-list-row').filter({ visible: true });
    const ask = async (): Promise<string[]> => {
      const texts = await rows.allInnerTexts();
      if (texts.some((text) => text.includes(title))) return texts;
      // The editor asks anew what can be done each time the list is opened. Escape with no list
      // open would take the selection back.
      await keys.press(texts.length > 0 ? 'Escape' : 'Control+.');
      return texts;
    };
    await expect.poll(ask, { interval: 1_000 }).toContainEqual(expect.stringContaining(title));
    const chosen = rows.and(host.page.locator('.focused')).filter({ hasText: title });
    for (let n = 0; n < 20 && (await chosen.count()) === 0; n++) await keys.press('ArrowDown');
    await chosen.waitFor();
    await host.screenshot(`code-actions-${title.split(' ')[0]?.toLowerCase()}`);
    await keys.press('Enter');
  }
}
