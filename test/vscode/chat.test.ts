/**
 * The chat in a real VS Code, by keyboard alone, against the offline model: nothing here clicks,
 * and nothing is given the keyboard but by keys.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';
import { Keys } from './keys.ts';
import { storedChat } from './stored.ts';

const QUESTION = 'How are late fees computed?';
/** The title of the second chat, whose agent acts. */
const ACTING = 'Write the file one.txt';

describe('a chat by keyboard alone', () => {
  let base = '';
  let workspace = '';
  let host: VSCodeHost;
  let keys: Keys;
  let screen: FrameLocator;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'boocode-chat-'));
    workspace = join(base, 'library');
    cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
    writeFileSync(join(workspace, 'broken.json'), '{\n  "limit": \n}\n');
    host = await launchVSCode({ workspace, theme: 'dark' });
    keys = new Keys(host);
    screen = host.shownWebview();
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await host?.screenshot(`failed-${task.id}`);
  });
  afterAll(async () => {
    await host?.close('chat-logs');
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });

  const box = (): Locator => screen.locator('.composer textarea');
  const button = (name: string): Locator => screen.getByRole('button', { name, exact: true });
  const tab = (title: string): Locator => host.page.locator('.tab').filter({ hasText: title });
  const message = (text: string): Locator =>
    screen.locator('.user-message:not(.sending) .user-text').getByText(text);
  /** Waits until the turn that this message began has ended. */
  const answered = async (text: string): Promise<void> => {
    await message(text).waitFor();
    await button('Stop (Escape)').waitFor({ state: 'detached', timeout: 60_000 });
  };
  /** Types where the keyboard is, which is the input, and sends. */
  const send = async (text: string): Promise<void> => {
    await screen.locator('.composer textarea:focus').waitFor();
    await keys.type(text);
    await keys.press('Enter');
  };
  /** Removes the line in the field. Control+A would do, but VS Code carries it out a moment later. */
  const empty = async (): Promise<void> => {
    for (const key of ['Home', 'Shift+End', 'Delete']) await keys.press(key);
  };
  const fees = (): string => readFileSync(join(workspace, 'src/fees.ts'), 'utf8');

  it('opens by its command, takes the keyboard, sends with Enter, and answers', async () => {
    await keys.command('BooCode: New Chat');
    await screen.locator('.composer textarea:focus').waitFor();
    await host.screenshot('chat-empty-vscode');
    await send(QUESTION);
    await answered(QUESTION);
    await screen.getByText('Replies are simulated').waitFor();
    await host.screenshot('chat-vscode');
    expect(await host.notificationTexts()).toEqual([]);
  });

  it('completes a mention, and asks another model', async () => {
    await keys.type('What is in @fees');
    const options = screen.locator('.mentions [role=option]');
    await options.getByText('@src/fees.ts').waitFor();
    await host.screenshot('chat-mention-vscode');
    await keys.press('ArrowDown');
    await keys.press('ArrowUp');
    await keys.press('Enter');
    await expect.poll(() => box().inputValue()).toBe('What is in @src/fees.ts ');
    const picker = screen.locator('vscode-dropdown');
    await keys.to(picker);
    for (const model of ['deepseek-v4-flash', 'deepseek-v4-pro']) {
      await keys.press('ArrowDown');
      await expect
        .poll(async () => (await storedChat(host, QUESTION)).agent?.state.provider.model)
        .toBe(model);
    }
    await keys.to(box(), 'Shift+Tab');
    await keys.press('Enter');
    await answered('What is in @src/fees.ts');
    const turn = turnsOf(await storedChat(host, QUESTION)).at(-1);
    expect(turn?.execution.model).toBe('deepseek-v4-pro');
    expect(turn?.user?.metadata.mentions).toEqual([{ kind: 'file', path: 'src/fees.ts' }]);
  });

  it('asks before a file is changed, shows the native diff, and changes it when allowed', async () => {
    await send('Replace "PER_DAY = 50" with "PER_DAY = 60" in src/fees.ts');
    const question = screen.locator('[data-approval]');
    await question.waitFor({ timeout: 60_000 });
    await host.page.getByText('1 chat waits for you').waitFor();
    await host.screenshot('chat-asking-vscode');
    await keys.use(question.getByRole('button', { name: 'src/fees.ts' }));
    await tab('fees.ts (BooCode)').waitFor();
    await host.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await host.screenshot('chat-diff-vscode');
    await keys.command('View: Close Editor');
    await screen.locator('.composer textarea:focus').waitFor();
    await keys.use(button('Allow'));
    await answered('Replace "PER_DAY = 50"');
    expect(fees()).toContain('PER_DAY = 60');
    await host.page.getByText('1 chat waits for you').waitFor({ state: 'detached' });
  });

  it('puts the file back by Undo, again by Redo', async () => {
    // What had the keyboard has gone with the question: it is in the input.
    await screen.locator('.composer textarea:focus').waitFor();
    await keys.use(button('Undo change of 1 file'));
    await button('Redo changes').waitFor();
    expect(fees()).toContain('PER_DAY = 50');
    await keys.use(button('Redo changes'));
    await button('Undo change of 1 file').waitFor();
    expect(fees()).toContain('PER_DAY = 60');
  });

  it('denies with a reason', async () => {
    await keys.to(box(), 'Tab');
    await send('Write the file notes.txt with "a note"');
    await button('Deny').waitFor({ timeout: 60_000 });
    await keys.to(screen.locator('[data-approval] vscode-text-field'), 'Shift+Tab');
    await keys.type('Not now.');
    await keys.use(button('Deny'));
    await answered('Write the file notes.txt');
    expect(existsSync(join(workspace, 'notes.txt'))).toBe(false);
    const denied = turnsOf(await storedChat(host, QUESTION)).at(-1);
    const call = denied?.items.find((e) => e.event_type === 'tool_call');
    expect(call?.metadata.approval).toMatchObject({ state: 'denied', reason: 'Not now.' });
  });

  it('queues a follow-up, takes it back, and stops', async () => {
    await send('Run "sleep 600"');
    await keys.use(button('Allow'));
    await screen.locator('.working').getByText('sleep 600').waitFor();
    await send('A follow-up');
    await screen.locator('.queue').getByText('A follow-up').waitFor();
    await host.screenshot('chat-queue-vscode');
    await keys.use(button('Take back'));
    await screen.locator('.queue').waitFor({ state: 'detached' });
    await expect.poll(() => box().inputValue()).toBe('A follow-up');
    await screen.locator('.composer textarea:focus').waitFor();
    await empty();
    await keys.press('Escape');
    await screen.getByText('Stopped', { exact: true }).waitFor();
    await answered('Run "sleep 600"');
  });

  it('edits and resends, asks again, and goes through the versions', async () => {
    await keys.use(button('Edit and resend').last());
    await screen.locator('.user-message.editing textarea:focus').waitFor();
    await empty();
    await keys.type('Who can waive a fee?');
    await keys.press('Enter');
    await answered('Who can waive a fee?');
    await screen.getByText('Version 2 of 2').waitFor();
    await keys.use(button('Ask again').last());
    await screen.getByText('Version 3 of 3').waitFor();
    await answered('Who can waive a fee?');
    await keys.use(button('Previous version').last());
    await screen.getByText('Version 2 of 3').waitFor();
    await keys.use(button('Previous version').last());
    await message('Run "sleep 600"').waitFor();
    await keys.use(button('Next version').last());
    await message('Who can waive a fee?').waitFor();
    expect(await screen.getByText('Sending…').count()).toBe(0);
    await host.screenshot('chat-versions-vscode');
  });

  it('jumps to a turn by the session timeline', async () => {
    expect(await message(QUESTION).count()).toBe(0);
    await chatAction('Session timeline');
    const rows = screen.locator('.timeline ol button');
    expect(await rows.count()).toBe(5);
    await keys.to(rows.first(), 'Tab');
    await keys.press('ArrowDown');
    await keys.press('Home');
    await host.screenshot('chat-timeline-vscode');
    await keys.press('Enter');
    await message(QUESTION).waitFor();
    await keys.use(button('Close timeline'));
    await screen.locator('.timeline').waitFor({ state: 'detached' });
  });

  it('renames and exports', async () => {
    await chatAction('Rename chat');
    await screen.locator('.rename').waitFor();
    await expect
      .poll(() => screen.locator('.rename').evaluate((e) => e.matches(':focus-within')))
      .toBe(true);
    await empty();
    await keys.type('Late fees');
    await keys.press('Enter');
    await tab('Late fees').waitFor();
    await chatAction('Export as Markdown');
    const input = host.quickInput().locator('input:focus');
    await expect.poll(() => input.inputValue()).toMatch(/Late fees\.md$/);
    await keys.press('Enter');
    const file = join(workspace, 'Late fees.md');
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toContain(QUESTION);
    await tab('Late fees.md').waitFor();
    await keys.command('View: Close Editor');
    await screen.locator('.composer textarea:focus').waitFor();
  });

  it('is there again after a reload of the window', async () => {
    await host.reload();
    await message('Who can waive a fee?').waitFor();
    await button('Stop (Escape)').waitFor({ state: 'detached' });
    for (const theme of ['light', 'hcDark'] as const) {
      await host.setTheme(theme);
      await host.screenshot(`chat-${theme}-vscode`);
    }
  });

  it('explains and asks about what is selected, by the key of the light bulb', async () => {
    await openFile('fees.ts');
    await keys.press('Control+Home');
    await keys.press('Shift+ArrowDown');
    await codeAction('Explain with BooCode');
    await tab('Explain @src/fees.ts').waitFor();
    await answered('Explain @src/fees.ts:');
    await openFile('fees.ts');
    await codeAction('Ask BooCode');
    await expect.poll(() => box().inputValue()).toMatch(/^@src\/fees\.ts:1/);
    await send('who calls this?');
    await answered('who calls this?');
  });

  it('fixes a problem, by the key of the light bulb', async () => {
    await openFile('broken.json');
    await host.page.locator('.monaco-editor .squiggly-error').waitFor();
    await keys.command('Go to Next Problem (Error, Warning, Info)');
    await keys.press('Escape');
    await codeAction('Fix with BooCode');
    await tab('Fix this problem in @broken.json').waitFor();
    await message('Value expected').waitFor();
    await answered('Fix this problem in @broken.json');
  });

  it('is allowed always, and then does not ask for another call of that kind', async () => {
    await keys.command('BooCode: New Chat');
    await send(ACTING);
    await keys.use(button('Always allow'));
    await answered(ACTING);
    await screen.getByText('1 rule always allowed').waitFor();
    expect(existsSync(join(workspace, 'one.txt'))).toBe(true);
    await send('Write the file two.txt');
    await answered('Write the file two.txt');
    expect(existsSync(join(workspace, 'two.txt'))).toBe(true);
    const state = await storedChat(host, ACTING);
    const asked = turnsOf(state).map(
      ({ items }) => items.find((e) => e.event_type === 'tool_call')?.metadata.approval,
    );
    expect(asked).toMatchObject([{ by: 'user' }, { by: 'always' }]);
    expect(state.agent?.state.allowed).toEqual(['write']);
  });

  it('sends what is queued by itself when the answer has ended', async () => {
    // The command ends when the test writes what it reads.
    const pipe = join(base, 'release');
    execFileSync('mkfifo', [pipe]);
    await send('Run "cat ../release"');
    await keys.use(button('Allow'));
    await screen.locator('.working').getByText('cat ../release').waitFor();
    await send('Who may borrow a tool?');
    await screen.locator('.queue').getByText('Who may borrow a tool?').waitFor();
    expect(await message('Who may borrow a tool?').count()).toBe(0);
    await writeFile(pipe, 'const FREE_DAYS = 2;\n');
    await screen.locator('.queue').waitFor({ state: 'detached' });
    await answered('Who may borrow a tool?');
    const turns = turnsOf(await storedChat(host, ACTING)).slice(-2);
    expect(turns.map(({ execution }) => execution.status)).toEqual(['completed', 'completed']);
    expect(await box().inputValue()).toBe('');
  });

  it('finds a chat by its words, deletes it, and takes that back', async () => {
    await keys.command('BooCode: Open Chat');
    await host.quickInput().locator('input[placeholder^="Search in titles"]').waitFor();
    await keys.type('Who can waive');
    const found = host.quickInput().locator('.monaco-list-row');
    await expect.poll(() => found.count()).toBe(1);
    await keys.press('Enter');
    await message(QUESTION).or(message('Who can waive a fee?')).first().waitFor();
    await chatAction('Delete chat');
    await tab('Late fees').waitFor({ state: 'detached' });
    // The chat behind it comes up, and does not take the keyboard from the palette.
    await keys.command('Notifications: Focus Notification Toast');
    await keys.use(host.notifications().getByRole('button', { name: 'Undo' }), 'Tab');
    await tab('Late fees').waitFor();
    await message('Who can waive a fee?').waitFor();
  });

  /** The buttons at the top stand before the search, so nobody has to tab through the answers. */
  async function chatAction(name: string): Promise<void> {
    await keys.press('Control+f');
    await screen.locator('.find-bar :focus-within, .find-bar:focus-within').first().waitFor();
    await keys.use(button(name));
  }

  async function openFile(name: string): Promise<void> {
    await keys.press('Control+p');
    await host.quickInput().waitFor();
    await keys.type(name);
    await keys.choose(name);
    await host.page.locator('.tab.active').filter({ hasText: name }).waitFor();
    await host.page.locator('.monaco-editor.focused').waitFor();
  }

  /** Opens the light bulb's list with its key and chooses from it. */
  async function codeAction(title: string): Promise<void> {
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
});
