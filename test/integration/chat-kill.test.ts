/** A chat's process is killed at each kind of moment; the next one loses nothing and doubles nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { textOf } from '../../src/models/offline/request.ts';
import { openStore } from '../../src/store/open.ts';
import { plain } from '../fixtures/plain.ts';
import { expectWhole } from '../fixtures/whole_chat.ts';
import { ChatBench, call } from './chat.house.ts';
import { actTool, waitTool } from './chat.tools.ts';

interface Said {
  readonly [key: string]: unknown;
}

/** A process with chats of its own, until it is killed. */
class Child {
  readonly #process: ChildProcess;
  readonly #lines: Said[] = [];
  #wake = () => {};
  problem = '';

  constructor(folder: string, url: string) {
    const script = path.join(import.meta.dirname, 'chat_child.ts');
    this.#process = spawn(process.execPath, ['--no-warnings', script, folder, url]);
    this.#process.stderr?.on('data', (data) => {
      this.problem += data;
    });
    if (!this.#process.stdout) throw new Error('no output');
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line));
      this.#wake();
    });
    this.#process.on('close', () => this.#wake());
  }

  /** @param after only what is said behind this line counts. */
  async until(test: (said: Said) => boolean, after?: Said): Promise<Said> {
    const from = after ? this.#lines.indexOf(after) + 1 : 0;
    for (;;) {
      const found = this.#lines.slice(from).find(test);
      if (found) return found;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null)
        throw new Error(`The child ended: ${this.problem}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves when a turn has ended whose begin was seen. */
  async idleAgain(): Promise<void> {
    const begun = await this.until((s) => s.status === 'in_progress');
    await this.until((s) => s.status === 'idle', begun);
  }

  order(order: { chat?: string; text?: string }): void {
    this.#process.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  async create(): Promise<string> {
    await this.until((s) => s.ready === true);
    this.order({});
    return String((await this.until((s) => 'created' in s)).created);
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = new Promise((resolve) => this.#process.on('close', resolve));
    this.#process.kill('SIGKILL');
    await closed;
  }
}

let bench: ChatBench;
let child: Child;
let chat: string;
const acted = (): string[] => {
  const file = path.join(bench.folder, 'acted');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};
const tools = () => [waitTool(() => {}, Promise.resolve()), actTool((what) => acted().push(what))];

beforeEach(async () => {
  bench = await ChatBench.open();
  // The store belongs to the child until it dies.
  await bench.stop();
  child = new Child(bench.folder, bench.server.url);
  chat = await child.create();
});
afterEach(async () => {
  await child.kill().catch(() => undefined);
  await bench.close();
});

const never = (): Promise<never> => new Promise(() => {});

/** As if the chat had been at work for the last time two hours ago. */
async function longAgo(at: ChatBench, session_id: string): Promise<void> {
  const store = await openStore({ folder: path.join(at.folder, 'store'), inline: true });
  const agent = await store.agentSession(session_id);
  if (!agent) throw new Error('no such chat');
  const agent_session = { ...agent, updated_at: Date.now() - 2 * 3600 * 1000 };
  await store.record({ type: 'agent.session', agent_session });
  await store.close();
}

/** The next process after the kill; its `act` writes where the child's does. */
async function restart(act: (what: string) => void = () => {}): Promise<void> {
  await bench.start({ tools: [tools()[0] ?? actTool(act), actTool(act)] });
}

async function check(texts: readonly string[]): Promise<void> {
  expectWhole(await bench.state(chat), texts);
}

test('while streaming: the partial text is kept, the model is asked again', async () => {
  bench.answers({ text: 'first answer' });
  child.order({ chat, text: 'one' });
  await child.idleAgain();
  bench.answers(
    {
      reasoning: 'hm',
      text: 'Half of it, and more of it, and still more of it, so that it takes several chunks',
      pause: { after: 2, until: never() },
    },
    { reasoning: 'hm', text: 'The whole answer' },
  );
  child.order({ chat, text: 'two' });
  const sent = await child.until((s) => s.text === 'two');
  await child.until((s) => s.frame === 'stream.chunk' && s.event_type === 'text', sent);
  await child.kill();
  await restart();
  await bench.idle(chat);
  await check(['one', 'two']);
  const turn = (await bench.turns(chat))[1];
  expect(turn?.items.at(-1)?.content).toBe('The whole answer');
  const state = await bench.state(chat);
  const kept = Object.values(state.top.items).filter((e) => e.metadata.superseded);
  expect(kept.map((e) => e.status)).not.toContain('completed');
  expect(kept.length).toBeGreaterThan(0);
  expect(bench.request(-1).messages.map(textOf)).toEqual(bench.request(-2).messages.map(textOf));
});

test('while a read-only tool runs: it runs again', async () => {
  bench.answers({ text: 'I wait.', tool_calls: [call('wait')] }, { text: 'done' });
  child.order({ chat, text: 'go' });
  await child.until((s) => s.waiting === true);
  await child.kill();
  await restart();
  await bench.idle(chat);
  await check(['go']);
  expect(bench.server.requests).toHaveLength(2);
  const [turn] = await bench.turns(chat);
  expect(turn?.items.map((e) => [e.event_type, e.status])).toEqual([
    ['text', 'completed'],
    ['log', 'completed'],
    ['tool_call', 'completed'],
    ['final', 'completed'],
  ]);
});

test('while an approval is open: it stays open, and acts once after the answer', async () => {
  bench.answers({ tool_calls: [call('act', { what: 'A' }), call('wait')] }, { text: 'acted' });
  child.order({ chat, text: 'go' });
  await child.until((s) => s.status === 'awaiting_input');
  await child.until((s) => s.waiting === true);
  await child.kill();
  const log: string[] = [];
  await restart((what) => log.push(what));
  const state = await bench.state(chat);
  expect(state.agent?.status).toBe('awaiting_input');
  expect(state.session?.status).toBe('awaiting_input');
  const [approval] = state.agent?.state.approvals ?? [];
  expect(approval).toMatchObject({ title: 'A', tool_name: 'act' });
  expect(log).toEqual([]);
  await bench.chats.approve(chat, approval?.approval_id ?? '', 'once');
  await bench.idle(chat);
  expect(log).toEqual(['A']);
  await check(['go']);
  const results = bench
    .request(-1)
    .messages.filter((m) => m.role === 'tool')
    .map(textOf);
  expect(results).toEqual(['did A', 'waited']);
});

test('while a tool acts: it does not act again unasked, and the question says why', async () => {
  bench.answers({ tool_calls: [call('act', { what: 'B', forever: true })] }, { text: 'ok' });
  child.order({ chat, text: 'go' });
  await child.until((s) => s.status === 'awaiting_input');
  // Approved by a rule, as the child has no screen: the chat allows it from now on.
  await child.kill();
  await restart();
  const first = (await bench.state(chat)).agent?.state.approvals[0];
  await bench.stop();
  // A process that has begun to act, then dies.
  await bench.start({ tools: [actTool(() => {})] });
  await bench.chats.approve(chat, first?.approval_id ?? '', 'once');
  await bench.until(chat, (s) =>
    [...s.traces.values()].some((t) => t.outcome === 'running' && t.kind === 'tool'),
  );
  await bench.stop();
  const log: string[] = [];
  await restart((what) => log.push(what));
  const again = (await bench.until(chat, (s) => s.agent?.status === 'awaiting_input')).agent;
  expect(again?.state.approvals[0]).toMatchObject({ title: 'B', interrupted: true });
  expect(log).toEqual([]);
  await bench.chats.approve(chat, again?.state.approvals[0]?.approval_id ?? '', 'deny', 'It ran.');
  await bench.idle(chat);
  expect(log).toEqual([]);
  await check(['go']);
  const told = bench.request(-1).messages.findLast((m) => m.role === 'tool');
  expect(told && textOf(told)).toBe('The user denied this call. It ran.');
});

test('a turn cut off hours ago waits for its user, with what had arrived; Resume goes on', async () => {
  const text = 'Half of it, and more of it, and still more of it, so that it takes several chunks';
  bench.answers({ text, pause: { after: 1, until: never() } });
  child.order({ chat, text: 'go' });
  const sent = await child.until((s) => s.text === 'go');
  await child.until((s) => s.frame === 'stream.chunk' && s.event_type === 'text', sent);
  await child.kill();
  await longAgo(bench, chat);
  await restart();
  const state = await bench.state(chat);
  expect(state.agent?.status).toBe('interrupted');
  const [turn] = await bench.turns(chat);
  expect(turn?.items.map((e) => [e.event_type, e.status])).toEqual([['text', 'interrupted']]);
  expect(turn?.items[0]?.content).toMatch(/^Half/);
  expect(bench.server.requests).toHaveLength(1);
  bench.answers({ text: 'The whole answer' });
  await bench.chats.resume(chat);
  await bench.idle(chat);
  await check(['go']);
  expect(bench.server.requests).toHaveLength(2);
});

test('between turns: everything is as it was, and the chat goes on', async () => {
  bench.answers({ text: '1' }, { text: '2' });
  child.order({ chat, text: 'one' });
  await child.idleAgain();
  await child.kill();
  await restart();
  const before = plain(await bench.state(chat));
  await bench.stop();
  await restart();
  expect(plain(await bench.state(chat))).toEqual(before);
  await bench.ask(chat, 'two');
  await check(['one', 'two']);
});

test('at random moments: every acknowledged message is there once and is answered', async () => {
  await child.kill();
  const acknowledged: string[] = [];
  bench.server.script((request) => {
    const last = request.messages.at(-1);
    const text = last ? textOf(last) : '';
    if (last?.role === 'user') {
      return { reasoning: 'r', text: 'Let me see.', tool_calls: [call('list_files')] };
    }
    return { text: `answer ${text.length} and some more words that stream for a while` };
  });
  let session: string | null = null;
  for (let round = 0; round < 6; round++) {
    child = new Child(bench.folder, bench.server.url);
    await child.until((s) => s.ready === true);
    session ??= await child.create();
    const text = `message ${round}`;
    child.order({ chat: session, text });
    const moments = 3 + Math.floor(Math.random() * 25);
    let seen = 0;
    const sent = child.until((s) => s.text === text);
    await Promise.race([
      child.until(() => seen++ > moments * 10),
      sent.then(() => new Promise((resolve) => setTimeout(resolve, Math.random() * 120))),
    ]);
    await child.kill();
    acknowledged.push(text);
  }
  chat = session ?? '';
  await restart();
  await bench.until(chat, (s) => s.agent === null || s.agent.status === 'idle');
  await bench.chats.stop(chat);
  const users = (await bench.turns(chat)).map((t) => t.user?.content);
  const { queue } = (await bench.state(chat)).agent?.state ?? { queue: [] };
  const all = [...users, ...queue.map((q) => q.text)];
  expect(new Set(all).size).toBe(all.length);
  expect(all).toEqual(expect.arrayContaining(acknowledged));
}, 60_000);
