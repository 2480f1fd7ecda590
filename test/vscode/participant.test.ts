/** `@boocode` in the chat of a real VS Code, which offers it without anybody signed in. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { expectWhole } from '../fixtures/whole_chat.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';
import { storedChat } from './stored.ts';

/** Of every reply; 321 tokens. */
const USAGE = { prompt_tokens: 300, completion_tokens: 21, total_tokens: 321 };

let base = '';
let workspace = '';
let server: OfflineServer;
let host: VSCodeHost;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'boocode-participant-'));
  workspace = join(base, 'library');
  cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
  server = await startOfflineServer({ delay_ms: 0 });
  host = await launchVSCode({
    workspace,
    theme: 'dark',
    others: [join(ROOT, 'test', 'fixtures', 'model-extension')],
    settings: {
      'boocode.provider': 'openai-compatible',
      'boocode.baseUrl': server.url,
      'boocode.model': 'plain-model',
      'boocode.modelMaxRetries': 0,
      'chat.disableAIFeatures': false,
    },
  });
});
afterAll(async () => {
  await host?.close('participant-logs');
  await server?.close();
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

/** The server's answers from now on, in turn; a request beyond them is an error. */
const answers = (...list: readonly Answer[]): void => {
  const left = list.map((answer) => ({ usage: USAGE, ...answer }));
  server.script(
    () => left.shift() ?? { fault: { kind: 'status', status: 418, body: 'asked too often' } },
  );
};
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await host?.screenshot(`failed-${task.id}`);
});

describe('@boocode in the chat of VS Code', () => {
  const view = (): Locator => host.page.locator('.interactive-session');
  const ask = (text: string): Promise<void> => send(`@boocode ${text}`);
  /** VS Code keeps the participant of the last question in the input. */
  const send = async (text: string): Promise<void> => {
    const input = view().locator('.chat-input-container');
    // A panel that comes up may have taken the keyboard.
    await expect
      .poll(async () => {
        await host.page.keyboard.press('Control+Alt+i');
        // The first presses may come before VS Code listens.
        return input
          .evaluate((element) => element.matches(':focus-within'), null, { timeout: 1000 })
          .catch(() => false);
      })
      .toBe(true);
    await host.page.keyboard.type(text);
    await input.getByText(text.replace('@boocode ', '')).waitFor();
    await host.page.keyboard.press('Enter');
  };

  it('answers, goes on with the same chat, and opens it', async () => {
    // VS Code passes a question on only once it knows some language model, which it looks for when
    // it is asked for the first time.
    await ask('Hello');
    await view().getByText('Silent model').waitFor();
    answers({ text: 'They are **50 cents** a day.' }, { text: 'Nobody can.' });
    const before = server.requests.length;
    await send('How are late fees computed?');
    const reply = view().locator('.interactive-response');
    const opens = reply.getByRole('button', { name: 'Open in BooCode' });
    await opens.waitFor();
    await reply.getByText('50 cents').waitFor();
    await host.screenshot('participant');
    await send('Who can waive them?');
    await reply.getByText('Nobody can.').waitFor();
    await expect.poll(() => opens.count()).toBe(2);
    const state = await storedChat(host, 'How are late fees computed?');
    expectWhole(state, ['How are late fees computed?', 'Who can waive them?']);
    expect(server.requests.slice(before)).toHaveLength(2);
    await opens.last().click();
    const screen = await host.webview('How are late fees computed?');
    await screen.locator('[data-turn-end]').nth(1).waitFor();
    await host.screenshot('participant-opened');
  });

  it('says that it waits for an answer, and stops with the stop button', async () => {
    const input = { command: 'sleep 600' };
    answers({ tool_calls: [{ name: 'run_command', input }] });
    await send('Sleep.');
    await view().getByText('BooCode waits for your answer in its chat.').waitFor();
    await host.page.getByText('1 chat waits for you').waitFor();
    await view().getByRole('button', { name: 'Answer in BooCode' }).waitFor();
    await host.screenshot('participant-waits');
    await host.page.keyboard.press('Control+Escape');
    await host.page.getByText('1 chat waits for you').waitFor({ state: 'detached' });
    await expect
      .poll(async () => {
        const turns = turnsOf(await storedChat(host, 'How are late fees computed?'));
        return turns.map((turn) => turn.execution.status);
      })
      .toEqual(['completed', 'completed', 'cancelled']);
  });
});
