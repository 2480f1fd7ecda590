/**
 * The extension host of a real VS Code is killed at each kind of moment of a chat. What its user
 * sees afterwards, the stored rows and the requests that the model server got are all checked.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import type { SessionState } from '../../src/contracts/state.ts';
import { textOf } from '../../src/models/offline/request.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { expectWhole } from '../fixtures/whole_chat.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';
import { extensionHosts } from './processes.ts';
import { storedChat, withStore } from './stored.ts';

/** Of every reply that is sent whole; 321 tokens. */
const USAGE = { prompt_tokens: 300, completion_tokens: 21, total_tokens: 321 };
const HALF = 'Half of it, and more of it, and still more of it, so that it takes several chunks';
const never = (): Promise<never> => new Promise(() => {});

describe('a chat whose extension host is killed', () => {
  let base = '';
  let workspace = '';
  let server: OfflineServer;
  let host: VSCodeHost;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'boocode-killed-'));
    workspace = join(base, 'library');
    cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
    server = await startOfflineServer({ delay_ms: 0 });
    host = await launchVSCode({
      workspace,
      theme: 'dark',
      settings: {
        'boocode.provider': 'openai-compatible',
        'boocode.baseUrl': server.url,
        'boocode.model': 'plain-model',
        'boocode.modelMaxRetries': 0,
      },
    });
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await host?.screenshot(`failed-${task.id}`);
  });
  afterAll(async () => {
    await host?.close('chat-killed-logs');
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
  const ended = (screen: FrameLocator, n: number) =>
    screen
      .locator('[data-turn-end]')
      .nth(n - 1)
      .waitFor();

  /** Begins a chat with a message, which names it, and writes down how many requests there were. */
  const begin = async (text: string): Promise<{ screen: FrameLocator; before: number }> => {
    const before = server.requests.length;
    await host.runCommand('BooCode: New Chat');
    const screen = await host.webview('New chat');
    // On a busy machine the panel may come up without the keyboard: a click on its tab gives it.
    const focused = async (): Promise<number> => {
      const count = await screen.locator('.composer textarea:focus').count();
      if (count === 0) await host.webview('New chat');
      return count;
    };
    await expect.poll(focused, { interval: 2_000 }).toBe(1);
    await host.page.keyboard.type(text);
    await host.page.keyboard.press('Enter');
    await screen.locator('.user-message').getByText(text).waitFor();
    return { screen, before };
  };

  /** Kills the host and waits for the panel that VS Code's next one puts in the place of this one. */
  const crash = async (title: string): Promise<FrameLocator> => {
    const screen = await host.webview(title);
    await screen.locator('body').evaluate((body) => body.classList.add('stranded'));
    const killed = await host.killExtensionHost();
    await expect
      .poll(async () => {
        // From the third crash within five minutes on, VS Code asks.
        const button = host.notifications().getByRole('button', { name: /^Restart/ });
        if ((await button.count()) > 0) await button.first().click();
        const running = await extensionHosts(host.server.pid);
        return running.filter((pid) => pid !== killed).length;
      })
      .toBe(1);
    await screen.locator('body:not(.stranded) .composer').waitFor();
    expect(await host.page.locator('.tab').filter({ hasText: title }).count()).toBe(1);
    return screen;
  };

  const models = (state: SessionState) =>
    [...state.traces.values()].filter((t) => t.kind === 'model');

  it('acceptance 4: while streaming, goes on by itself and keeps what is being written', async () => {
    answers({ text: 'First answer' }, { text: HALF, pause: { after: 1, until: never() } });
    const { screen, before } = await begin('first');
    await ended(screen, 1);
    await host.page.keyboard.type('second');
    await host.page.keyboard.press('Enter');
    await screen.getByText('Half of it').waitFor();
    await host.page.keyboard.type('a draft');
    await expect
      .poll(async () => (await storedChat(host, 'first')).agent?.status)
      .toBe('in_progress');
    answers({ text: 'Second answer' });
    const after = await crash('first');
    await ended(after, 2);
    await after.getByText('Second answer').waitFor();
    // What is said again stands there once.
    expect(await after.getByText('Half of it').count()).toBe(0);
    await after.getByText('The turn went on after it had been interrupted.').waitFor();
    expect(await after.locator('.composer textarea').inputValue()).toBe('a draft');
    expect(await after.locator('.user-text').allInnerTexts()).toEqual(['first', 'second']);
    expect(await after.locator('.turn-figures').allInnerTexts()).toEqual([
      expect.stringContaining('321 tokens'),
      expect.stringContaining('321 tokens'),
    ]);
    await host.screenshot('chat-killed-streaming');
    const state = await storedChat(host, 'first');
    expectWhole(state, ['first', 'second']);
    expect(models(state).map((t) => t.outcome)).toEqual(['completed', 'interrupted', 'completed']);
    const asked = server.requests.slice(before);
    expect(asked).toHaveLength(3);
    expect(asked[2]?.body.messages).toEqual(asked[1]?.body.messages);
  });

  it('acceptance 4: cut off hours ago, shows what had arrived, and Resume goes on', async () => {
    answers({ text: HALF, pause: { after: 1, until: never() } });
    const { screen, before } = await begin('long ago');
    await screen.getByText('Half of it').waitFor();
    await withStore(host, async (store) => {
      const [chat] = await store.chats({ search: 'long ago', limit: 1 });
      const agent = await store.agentSession(chat?.session_id ?? '');
      if (!agent) throw new Error('no such chat');
      const agent_session = { ...agent, updated_at: Date.now() - 2 * 3600 * 1000 };
      await store.record({ type: 'agent.session', agent_session });
    });
    const after = await crash('long ago');
    await after.getByText('Half of it').waitFor();
    const resume = after.getByRole('button', { name: 'Resume' });
    await resume.waitFor();
    await host.screenshot('chat-killed-resume');
    expect(server.requests.slice(before)).toHaveLength(1);
    answers({ text: 'The whole of it' });
    await resume.press('Enter');
    await after.getByText('The whole of it').waitFor();
    await ended(after, 1);
    expect(await after.getByText('Half of it').count()).toBe(0);
    expectWhole(await storedChat(host, 'long ago'), ['long ago']);
    expect(server.requests.slice(before)).toHaveLength(2);
  });

  it('acceptance 4: while a command runs, ends it, asks before it runs again, and tells why', async () => {
    const marks = join(workspace, 'marks');
    const pids = join(workspace, 'pid');
    const command = 'echo begun >> marks; sleep 300 & echo $! > pid; wait';
    answers({ text: 'I run it.', tool_calls: [{ name: 'run_command', input: { command } }] });
    const { screen, before } = await begin('run it');
    await screen.getByRole('button', { name: 'Allow', exact: true }).press('Enter');
    await expect.poll(() => existsSync(pids) && readFileSync(pids, 'utf8')).toMatch(/\d+\n/);
    const pid = Number(readFileSync(pids, 'utf8'));
    const after = await crash('run it');
    await expect.poll(() => alive(pid)).toBe(false);
    const question = after.locator('[data-approval]');
    await question.getByText('It had begun when its process ended').waitFor();
    await host.page.getByText('1 chat waits for you').waitFor();
    expect(await question.locator('.approval-title').innerText()).toBe(command);
    await host.screenshot('chat-killed-command');
    expect(server.requests.slice(before)).toHaveLength(1);
    answers({ text: 'Then not.' });
    await question.getByRole('button', { name: 'Deny' }).press('Enter');
    await ended(after, 1);
    expect(readFileSync(marks, 'utf8')).toBe('begun\n');
    const state = await storedChat(host, 'run it');
    expectWhole(state, ['run it']);
    const calls = [...state.traces.values()].filter((t) => t.kind === 'tool');
    expect(calls.map((t) => t.outcome)).toEqual(['interrupted', 'denied']);
    const asked = server.requests.slice(before);
    expect(asked).toHaveLength(2);
    const results = asked[1]?.body.messages.filter((m) => m.role === 'tool') ?? [];
    expect(results.map(textOf)).toEqual(['The user denied this call.']);
  });

  it('acceptance 4: while a question is open, keeps it open, and acts once on the answer', async () => {
    const input = { path: 'note.txt', content: 'once\n' };
    answers({ tool_calls: [{ name: 'write_file', input }] });
    const { screen, before } = await begin('write it');
    await screen.locator('[data-approval]').waitFor();
    const open = (await storedChat(host, 'write it')).agent?.state.approvals;
    expect(open).toHaveLength(1);
    const after = await crash('write it');
    const question = after.locator('[data-approval]');
    await question.waitFor();
    await host.page.getByText('1 chat waits for you').waitFor();
    expect((await storedChat(host, 'write it')).agent?.state.approvals).toEqual(open);
    expect(await after.getByText('It had begun when its process ended').count()).toBe(0);
    expect(existsSync(join(workspace, 'note.txt'))).toBe(false);
    await host.screenshot('chat-killed-question');
    answers({ text: 'Written.' });
    await question.getByRole('button', { name: 'Allow', exact: true }).press('Enter');
    await ended(after, 1);
    expect(readFileSync(join(workspace, 'note.txt'), 'utf8')).toBe('once\n');
    const state = await storedChat(host, 'write it');
    expectWhole(state, ['write it']);
    expect(state.traces.size).toBe(3);
    expect(server.requests.slice(before)).toHaveLength(2);
    await host.page.getByText('1 chat waits for you').waitFor({ state: 'detached' });
  });

  it('acceptance 4: between turns, is as it was and takes the next message', async () => {
    answers({ text: 'One' }, { text: 'Two' });
    const { screen, before } = await begin('one');
    await ended(screen, 1);
    const kept = await storedChat(host, 'one');
    const after = await crash('one');
    await after.getByText('One', { exact: true }).waitFor();
    expect(await storedChat(host, 'one')).toEqual(kept);
    await after.locator('.composer textarea:focus').waitFor();
    await host.page.keyboard.type('two');
    await host.page.keyboard.press('Enter');
    await ended(after, 2);
    await host.screenshot('chat-killed-between');
    expectWhole(await storedChat(host, 'one'), ['one', 'two']);
    expect(server.requests.slice(before)).toHaveLength(2);
    // Panels in the background are taken care of when they are looked at.
    const first = await host.webview('first');
    await first.locator('body:not(.stranded) .composer').waitFor();
    expect(await first.locator('.user-text').allInnerTexts()).toEqual(['first', 'second']);
    const tabs = await host.page.locator('.tab').allInnerTexts();
    expect(new Set(tabs).size).toBe(tabs.length);
    expect(tabs).toHaveLength(5);
  });
});

/** Whether the process is there, and no mere entry that nobody has collected yet. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc/self') || !/\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
