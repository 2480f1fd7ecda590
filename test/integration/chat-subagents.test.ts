/** Sub-agents of a chat turn: dispatched at once, delivered in order, bounded, cancelled. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TokenBudget } from '../../src/agents/budget.ts';
import { runAgent } from '../../src/agents/loop.ts';
import type { Fact } from '../../src/contracts/frames.ts';
import { flowOf } from '../../src/contracts/partition.ts';
import { childrenOf, totals } from '../../src/contracts/select.ts';
import type { ChatRequest } from '../../src/models/offline/request.ts';
import { textOf } from '../../src/models/offline/request.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { newId, type Store } from '../../src/store/store.ts';
import { expectWhole } from '../fixtures/whole_chat.ts';
import { ChatBench, call } from './chat.house.ts';
import { chatsOptions } from './chat.options.ts';

let bench: ChatBench;
let chat: string;
beforeEach(async () => {
  bench = await ChatBench.open();
  chat = await bench.chats.create();
});
afterEach(() => bench.close());

const dispatch = (task: string, name = 'explorer') => call('dispatch_agent', { name, task });
const textsOf = (request: ChatRequest): string[] => request.messages.map(textOf);
/** The task of the sub-agent that asks, or null where the turn's own agent does. */
const taskOf = (request: ChatRequest): string | null => {
  const system = textsOf(request)[0] ?? '';
  return system.includes('In this chat') ? null : (textsOf(request)[1] ?? '');
};

/** Plays the turn's agent from a list, and each sub-agent by its task. */
function play(
  own: readonly Answer[],
  subs: (task: string, request: ChatRequest) => Answer | Promise<Answer>,
): void {
  const left = [...own];
  bench.server.script((request) => {
    const task = taskOf(request);
    return task === null ? (left.shift() ?? { text: 'done' }) : subs(task, request);
  });
}
const ownRequests = () => bench.server.requests.filter((r) => taskOf(r.body) === null);
const resultsTold = (n: number): string[] =>
  textsOf(ownRequests().at(n)?.body ?? bench.request(0)).filter((t) => t.startsWith('[Sub-agent'));
const toolResults = (): string[] =>
  (ownRequests().at(-1)?.body.messages ?? []).filter((m) => m.role === 'tool').map(textOf);

test('acceptance 102, 108, 115: accepted at once, delivered before the answer, counted once', async () => {
  play(
    [{ tool_calls: [dispatch('find the bug')] }, { text: 'I wait.' }, { text: 'It is in a.ts.' }],
    () => ({
      text: 'a.ts:1',
    }),
  );
  const turn = await bench.ask(chat, 'go');
  const state = await bench.state(chat);
  const [sub] = childrenOf(state, turn.execution.execution_id);
  expect(sub).toMatchObject({
    kind: 'sub_agent',
    agent_name: 'explorer',
    task: 'find the bug',
    status: 'completed',
    parent_execution_id: turn.execution.execution_id,
    stage_id: turn.execution.stage_id,
  });
  const accepted = JSON.parse(toolResults()[0] ?? '');
  expect(accepted).toEqual({ execution_id: sub?.execution_id, status: 'accepted' });
  expect(resultsTold(-1)).toEqual([
    expect.stringMatching(
      new RegExp(`^\\[Sub-agent completed\\] explorer \\(exec ${sub?.execution_id}\\): a\\.ts:1`),
    ),
  ]);
  expect(turn.items.filter((e) => e.event_type === 'final')).toHaveLength(1);
  const flow = flowOf(turn.items, sub ? [sub] : []).map((f) =>
    f.kind === 'card' ? 'card' : f.item.event_type,
  );
  expect(flow).toEqual(expect.arrayContaining(['tool_call', 'card', 'agent_result', 'final']));
  expect(flow.indexOf('card')).toBe(flow.indexOf('tool_call') + 1);
  // Items of the sub-agent carry their parent, the first is its task.
  const items = Object.values(state.sub.items).sort((a, b) => a.sequence - b.sequence);
  expect(items[0]).toMatchObject({ event_type: 'task', sequence: 1, content: 'find the bug' });
  expect(items.every((e) => e.parent_execution_id === turn.execution.execution_id)).toBe(true);
  const all = [...Object.values(state.top.executions), ...Object.values(state.sub.executions)];
  const calls = [...state.traces.values()].filter((t) => t.kind === 'model');
  const sum = calls.reduce((n, t) => n + (t.input_tokens ?? 0) + (t.cache_tokens ?? 0), 0);
  const { usage } = totals(all);
  expect((usage.input_tokens ?? 0) + (usage.cache_tokens ?? 0)).toBe(sum);
});

describe('acceptance 103: what is refused is told, and the turn goes on', () => {
  test.each([
    [
      'an unknown agent',
      dispatch('x', 'wizard'),
      /no agent "wizard"\. There are: explorer, reviewer, worker.*"x"/,
    ],
    ['a missing field', call('dispatch_agent', { name: 'explorer' }), /do not fit the tool/],
    ['broken JSON', call('dispatch_agent', '{"name": "exp'), /not valid JSON/],
    ['an unknown id', call('cancel_agent', { execution_id: 'nope' }), /There is no sub-agent nope/],
    [
      'a reason that is too long',
      call('cancel_agent', { execution_id: 'x', reason: '😀'.repeat(501) }),
      /at most 500 characters/,
    ],
  ])('%s', async (_, asked, words) => {
    play([{ tool_calls: [asked] }, { text: 'ok' }], () => ({ text: 'never' }));
    const turn = await bench.ask(chat, 'go');
    expect(toolResults()[0]).toMatch(words);
    expect(turn.execution.status).toBe('completed');
    expect(childrenOf(await bench.state(chat), turn.execution.execution_id)).toEqual([]);
  });
});

test('acceptance 104, 105: the list in dispatch order; cancelling one, and what has ended', async () => {
  const gate = Promise.withResolvers<void>();
  const ids: string[] = [];
  let step = 0;
  bench.server.script(async (request): Promise<Answer> => {
    const task = taskOf(request);
    if (task === 'slow') return { text: 'late', before_content: gate.promise };
    if (task === 'quick') return { text: 'soon' };
    step += 1;
    if (step === 1)
      return { tool_calls: [call('list_agents'), dispatch('slow'), dispatch('quick')] };
    if (step === 2) {
      for (const text of textsOf(request))
        if (text.startsWith('{"execution_id"')) ids.push(JSON.parse(text).execution_id);
      await bench.until(chat, (s) => s.sub.executions[ids[1] ?? '']?.status === 'completed');
      // Seen by all once it is committed, and by its agent once it is on disk.
      await bench.store.settled();
      return {
        tool_calls: [
          call('list_agents'),
          call('cancel_agent', { execution_id: ids[0], reason: '😀'.repeat(500) }),
          call('cancel_agent', { execution_id: ids[1] }),
        ],
      };
    }
    return { text: 'ok' };
  });
  const turn = await bench.ask(chat, 'go');
  const results = (ownRequests()[2]?.body.messages ?? [])
    .filter((m) => m.role === 'tool')
    .map(textOf);
  expect(results[0]).toBe('No agents were dispatched.');
  expect(results[3]).toBe(
    `explorer (exec ${ids[0]}): running "slow"\nexplorer (exec ${ids[1]}): completed "quick"`,
  );
  expect(results.slice(4)).toEqual([
    'Cancellation of explorer is requested.',
    'explorer is already completed.',
  ]);
  // Acceptance 109: the cancelled one delivers its end as well.
  const told = resultsTold(-1);
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('soon');
  expect(told[1]).toMatch(/^\[Sub-agent cancelled\] explorer .*😀/);
  expect(turn.execution.status).toBe('completed');
  gate.resolve();
});

test('acceptance 106: at most five at work, under parallel dispatch', async () => {
  await bench.stop();
  await bench.start({ settings: { maxConcurrentAgents: 5 } });
  const gate = Promise.withResolvers<void>();
  const many = Array.from({ length: 20 }, (_, i) => dispatch(`task ${i}`));
  play(
    [
      { tool_calls: many },
      { text: 'I wait' },
      { tool_calls: [dispatch('one more')] },
      { text: 'ok' },
    ],
    () => ({
      text: 'ended',
      before_content: gate.promise,
    }),
  );
  await bench.send(chat, 'go');
  await bench.until(
    chat,
    (s) => Object.values(s.top.items).filter((e) => e.event_type === 'tool_call').length === 20,
  );
  const subs = Object.values((await bench.state(chat)).sub.executions);
  expect(subs).toHaveLength(5);
  // What ends before it would be told in it, and nothing would be left to wait for.
  await bench.until(chat, () => ownRequests().length === 2);
  gate.resolve();
  await bench.idle(chat);
  const refused = (ownRequests()[1]?.body.messages ?? [])
    .map(textOf)
    .filter((t) => t.includes('5 agents are at work, which is the limit'));
  expect(refused).toHaveLength(15);
  expect(Object.values((await bench.state(chat)).sub.executions)).toHaveLength(6);
});

test('acceptance 107: at the deepest level nobody can dispatch', async () => {
  const offered = (request: ChatRequest) => (request.tools ?? []).map((t) => t.function.name);
  play([{ tool_calls: [dispatch('x')] }, { text: 'w' }, { text: 'ok' }], () => ({ text: 'r' }));
  await bench.ask(chat, 'go');
  const sub = bench.server.requests.find((r) => taskOf(r.body) !== null);
  expect(offered(bench.request(0))).toContain('dispatch_agent');
  expect(sub && offered(sub.body)).toEqual(['list_files', 'read_file', 'grep']);
});

test('a sub-agent that fails leaves the turn whole (acceptance 67, 68)', async () => {
  play([{ tool_calls: [dispatch('x')] }, { text: 'w' }, { text: 'I go on without it.' }], () => ({
    fault: { kind: 'status', status: 401 },
  }));
  const turn = await bench.ask(chat, 'go');
  expect(resultsTold(-1)[0]).toMatch(/^\[Sub-agent failed\] explorer/);
  expect(turn.execution.status).toBe('completed');
  const [sub] = childrenOf(await bench.state(chat), turn.execution.execution_id);
  expect(sub?.status).toBe('failed');
});

test('acceptance 69, 70: stopping the turn cancels everything below it, neutrally', async () => {
  const never = new Promise(() => {});
  play([{ tool_calls: [dispatch('a'), dispatch('b')] }, { text: 'I wait.' }], () => ({
    text: 'x',
    before_content: never,
  }));
  await bench.send(chat, 'go');
  await bench.until(
    chat,
    (s) => Object.values(s.sub.executions).filter((e) => e.status === 'running').length === 2,
  );
  const asked = bench.server.requests.length;
  await bench.chats.stop(chat);
  const state = await bench.state(chat);
  const all = [...Object.values(state.top.executions), ...Object.values(state.sub.executions)];
  expect(all.map((e) => e.status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(Object.values(state.stages).map((s) => s.status)).toEqual(['cancelled']);
  expect([...Object.values(state.top.streaming), ...Object.values(state.sub.streaming)]).toEqual(
    [],
  );
  expect(Object.values(state.sub.items).filter((e) => e.event_type === 'error')).toEqual([]);
  expect(bench.server.requests.length - asked).toBeLessThanOrEqual(1);
});

test('the user cancels one sub-agent; its parent is told', async () => {
  const never = new Promise(() => {});
  play([{ tool_calls: [dispatch('a')] }, { text: 'I wait.' }, { text: 'ok' }], () => ({
    text: 'x',
    before_content: never,
  }));
  await bench.send(chat, 'go');
  const state = await bench.until(
    chat,
    (s) => Object.values(s.sub.executions)[0]?.status === 'running',
  );
  const [sub] = Object.values(state.sub.executions);
  expect(await bench.chats.cancelAgent(chat, sub?.execution_id ?? '')).toBe(true);
  await bench.idle(chat);
  expect(resultsTold(-1)[0]).toContain('[Sub-agent cancelled]');
  expect(resultsTold(-1)[0]).toContain('The user cancelled it.');
  expect(await bench.chats.cancelAgent(chat, sub?.execution_id ?? '')).toBe(false);
});

test.each([
  ['had found something', 'found', 'Found it.', /^\[Sub-agent completed\] explorer .*: found/],
  ['was at work', null, 'I go on.', /^\[Sub-agent interrupted\] explorer .*was cut off/],
])(
  'a crash before the dispatch is recorded as done starts no second agent: the first %s',
  async (_, found, answer, told) => {
    await bench.stop();
    await bench.start({ before: (store) => withoutEnds(store, 'dispatch_agent') });
    const never = new Promise(() => {});
    play([{ tool_calls: [dispatch('look')] }, { text: answer }], () =>
      found === null ? { text: 'x', before_content: never } : { text: found },
    );
    await bench.send(chat, 'go');
    const status = found === null ? 'running' : 'completed';
    await bench.until(chat, (s) => Object.values(s.sub.executions)[0]?.status === status);
    const asked = bench.server.requests.length;
    await bench.stop();
    await bench.start();
    await bench.idle(chat);
    const state = await bench.state(chat);
    expectWhole(state, ['go']);
    expect(Object.values(state.sub.executions)).toHaveLength(1);
    // Asked again was the turn's own agent alone, with what the first agent had found.
    expect(bench.server.requests.slice(asked).map((r) => taskOf(r.body))).toEqual([null]);
    expect(resultsTold(-1)).toEqual([expect.stringMatching(told)]);
    const [sub] = Object.values(state.sub.executions);
    expect(toolResults()).toEqual([
      JSON.stringify({ execution_id: sub?.execution_id, status: 'accepted' }),
    ]);
  },
);

/** A store that a process never got to tell how calls of this tool ended. */
function withoutEnds(store: Store, tool_name: string): Store {
  const isEnd = (fact: Fact): boolean =>
    fact.type === 'tool_trace'
      ? fact.trace.tool_name === tool_name && fact.trace.outcome === 'completed'
      : fact.type === 'timeline.completed' && fact.event.metadata.tool_name === tool_name;
  return {
    ...store,
    recordAll: async (facts, durability) => {
      const told = facts.filter((fact) => !isEnd(fact));
      const frames = told.length > 0 ? await store.recordAll(told, durability) : [];
      return told.length === facts.length ? frames : new Promise(() => {});
    },
  };
}

test('acceptance 112: at a limit finished results are told, and who is at work is cancelled and named', async () => {
  await bench.stop();
  await bench.start({ settings: { agentMaxSteps: 2 } });
  const never = new Promise(() => {});
  bench.server.script(async (request): Promise<Answer> => {
    const task = taskOf(request);
    if (task === 'quick') return { text: 'found' };
    if (task === 'slow') return { text: 'x', before_content: never };
    if (ownRequests().length > 1) return { text: 'All I have.' };
    return { tool_calls: [dispatch('quick'), dispatch('slow'), call('wait')] };
  });
  const turn = await bench.ask(chat, 'go');
  expect(turn.execution.status).toBe('completed');
  expect(turn.items.at(-1)?.metadata).toMatchObject({ forced_conclusion: 'steps' });
  const told = textsOf(ownRequests().at(-1)?.body ?? bench.request(0)).join('\n');
  expect(told).toContain('[Sub-agents cancelled]');
  const subs = Object.values((await bench.state(chat)).sub.executions);
  expect(subs.map((s) => s.status).sort()).toEqual(expect.arrayContaining(['cancelled']));
});

test('acceptance 111: told to conclude while there is time, an agent answers without tools', async () => {
  bench.answers({ text: 'What I have.' });
  const house = await chatsOptions(
    bench.folder,
    bench.server.url,
    bench.store,
    {},
    () => {},
  ).house();
  const now = Date.now();
  const session_id = newId();
  const session = {
    session_id,
    kind: 'chat',
    title: 't',
    status: 'running',
    simulated: true,
  } as const;
  await bench.store.record({
    type: 'session.status',
    session: { ...session, created_at: now, updated_at: now },
  });
  const { execution } = await runAgent(
    house,
    { name: 'explorer', prompt: 'look' },
    { max_steps: 5, timeout_ms: 60_000, conclude_ms: 0, budget: new TokenBudget(null) },
    {
      ...{ session_id, stage_id: null, execution_id: newId(), kind: 'sub_agent' },
      ...{ agent_index: 0, turn_number: 1 },
    },
    new AbortController().signal,
  );
  expect(execution).toMatchObject({ status: 'completed', result: 'What I have.' });
  expect(bench.request(0).tool_choice).toBe('none');
  const final = (await bench.store.snapshot(session_id))?.timeline.find(
    (e) => e.event_type === 'final',
  );
  expect(final?.metadata).toMatchObject({ forced_conclusion: 'time' });
});
