// What a run does while the end of a step is being written, and when it cannot be written.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Fact } from '../../src/contracts/frames.ts';
import type { Store } from '../../src/store/store.ts';
import type { WorkflowManager } from '../../src/workflows/manager.ts';
import { WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
let manager: WorkflowManager | null = null;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());
afterEach(async () => {
  await manager?.close();
  manager = null;
});

/** Runs on a store where `before` comes before the write that holds the result of `prompt`. */
function on(prompt: string, before: () => Promise<void>): WorkflowManager {
  const holds = (fact: Fact): boolean =>
    fact.type === 'step.result' && fact.step.result === `[${prompt}]`;
  const { store } = house;
  const slow: Store = {
    ...store,
    recordAll: async (facts, durability) => {
      if (facts.some(holds)) await before();
      return store.recordAll(facts, durability);
    },
  };
  manager = house.manager('offline', undefined, slow);
  return manager;
}

const script = (a: string, b: string): string =>
  workflow(
    `const a = await agent('a', { prompt: '${a}' }); return a + await agent('b', { prompt: '${b}' });`,
  );

test('the next agent is asked meanwhile; the run ends when all of it is kept', async () => {
  const written = Promise.withResolvers<void>();
  let asked: string[] = [];
  const end = house.play(script('one', 'two'), undefined, {
    manager: on('one', () => written.promise),
  });
  await expect.poll(() => house.prompts()).toContain('two');
  asked = house.prompts();
  let ended = false;
  void end.then(() => {
    ended = true;
  });
  // The second agent has ended, which the store tells; the first is not written.
  await expect
    .poll(async () => {
      const [session] = await house.store.sessions({ limit: 1 });
      const snapshot = await house.store.snapshot(session?.session_id ?? '');
      return snapshot?.executions.map((e) => e.status).sort();
    })
    .toEqual(['completed', 'running']);
  expect(ended).toBe(false);
  written.resolve();
  const run = await end;
  expect(run).toMatchObject({ status: 'completed', result: '[one][two]' });
  expect(run.snapshot.executions.map((e) => e.status)).toEqual(['completed', 'completed']);
  expect(house.prompts()).toEqual(asked);
});

test('a step whose end cannot be written fails the run, and is not taken for done later', async () => {
  const failing = on('three', () => Promise.reject(new Error('the disk is gone')));
  const run = await house.play(script('three', 'four'), undefined, { manager: failing });
  expect(run.status).toBe('failed');
  expect(run.error).toMatch(/could not be recorded: .*the disk is gone/);
  expect(run.snapshot.session).toMatchObject({ status: 'failed', error_kind: 'internal' });
  const [first] = run.snapshot.executions;
  expect(first).toMatchObject({ agent_name: 'a', status: 'failed' });
  expect(first?.result ?? null).toBeNull();
  const before = house.prompts().filter((prompt) => prompt === 'three').length;
  // Neither the memory of this window nor the store has a result.
  await house.play(script('three', 'five'), undefined, { manager: failing });
  expect(house.prompts().filter((prompt) => prompt === 'three')).toHaveLength(before + 1);
});

test('an agent that has acted is written down before its answer is used', async () => {
  house.settings = { ...house.settings, permissionsWrite: 'allow' };
  const reached = Promise.withResolvers<void>();
  const written = Promise.withResolvers<void>();
  const { store } = house;
  const isEnd = (fact: Fact): boolean =>
    fact.type === 'execution.status' &&
    fact.execution.agent_name === 'a' &&
    fact.execution.status === 'completed';
  const slow: Store = {
    ...store,
    recordAll: async (facts, durability) => {
      if (facts.some(isEnd)) {
        reached.resolve();
        await written.promise;
      }
      return store.recordAll(facts, durability);
    },
  };
  house.server.script((request) => {
    const last = request.messages.at(-1);
    if (last?.role === 'tool') return { text: 'written' };
    if (last?.content !== 'write it') return { text: 'ok' };
    return { tool_calls: [{ name: 'write_file', input: { path: 'a.txt', content: 'a' } }] };
  });
  manager = house.manager('offline', undefined, slow);
  const end = house.play(
    workflow(
      `await agent('a', { prompt: 'write it', tools: ['write_file'] }); return agent('b', { prompt: 'next' });`,
    ),
    undefined,
    { manager },
  );
  await reached.promise;
  // As long as another agent takes from its call to its request, many times over.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(house.prompts()).not.toContain('next');
  written.resolve();
  expect(await end).toMatchObject({ status: 'completed', result: 'ok' });
});
