// Runs that take over from earlier runs, single agents that are stopped, and dry runs.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Execution } from '../../src/contracts/records.ts';
import { openStore } from '../../src/store/open.ts';
import { meta, type Played, WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const step = (run: Played, name: string): Execution => {
  const found = run.snapshot.executions.find((e) => e.agent_name === name);
  if (!found) throw new Error(`The run has no step ${name}.`);
  return found;
};

/** The prompts that the server got while the work was done. */
async function asked(work: () => Promise<unknown>): Promise<string[]> {
  const before = house.prompts().length;
  await work();
  return house.prompts().slice(before).sort();
}

const CHAIN = meta(`
const a = await agent('one', { label: 'one' });
const [b, c] = await parallel([() => agent('two ' + a, { label: 'two' }), () => agent('three', { label: 'three' })]);
return agent('four', { label: 'four' });`);

describe('resume', () => {
  test('a failed run goes on where it failed and repeats no finished agent', async () => {
    let broken = true;
    house.server.script((request) => {
      const text = JSON.stringify(request.messages);
      return broken && text.includes('second')
        ? { fault: { kind: 'status', status: 402 } }
        : { text: 'done' };
    });
    const script = workflow(`
      const first = await agent('a', { prompt: 'first', cache: false });
      return agent('b', { prompt: 'second ' + first });`);
    const failed = await house.play(script, undefined, { fresh: true });
    expect(failed.status).toBe('failed');
    broken = false;
    let resumed: Played | undefined;
    const prompts = await asked(async () => {
      const run = await house.workflows.resume(failed.run_id);
      resumed = await house.played(await run.ended);
    });
    expect(prompts).toEqual(['second done']);
    expect(resumed).toMatchObject({ status: 'completed', result: 'done' });
    expect(resumed?.snapshot.session).toMatchObject({
      resumed_from: failed.run_id,
      fresh: true,
    });
    expect(resumed?.log[0]).toBe(`info Takes over 1 finished steps of the run ${failed.run_id}.`);
  });

  test('a cancelled run keeps what it had, by another manager too; the arguments are the same', async () => {
    const big = 'x'.repeat(50_000);
    house.server.script((request) => {
      const text = JSON.stringify(request.messages);
      return text.includes('slow') ? { fault: { kind: 'hang' } } : { text: 'quick answer' };
    });
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `const a = await agent('quick ' + args.n); return [a, await agent('slow'), args.big.length];`,
      ),
    });
    const run = await house.workflows.run('test', { n: 7, big });
    await expect.poll(() => house.prompts().at(-1)).toBe('slow');
    await expect(house.workflows.resume(run.run_id)).rejects.toThrow(/still at work/);
    await house.workflows.cancel(run.run_id);
    house.server.script(() => ({ text: 'later answer' }));
    let end: Played | undefined;
    const prompts = await asked(async () => {
      const again = await house.manager().resume(run.run_id);
      end = await house.played(await again.ended);
    });
    expect(prompts).toEqual(['slow']);
    expect(end?.result).toEqual(['quick answer', 'later answer', 50_000]);
  });

  test('a finished agent is not repeated although a file that it read has changed, and the log says so', async () => {
    await house.put({ 'workspace/src/resume.ts': 'one' });
    const read = { name: 'read_file', input: { path: 'src/resume.ts' } };
    house.server.script((request) => {
      const text = JSON.stringify(request.messages);
      if (text.includes('slow')) return { fault: { kind: 'status', status: 402 } };
      return request.messages.some((m) => m.role === 'tool')
        ? { text: 'read' }
        : { tool_calls: [read] };
    });
    const failed = await house.play(
      workflow(`const a = await agent('reader', { prompt: 'Read src/resume.ts' });
        return agent('b', { prompt: 'slow ' + a });`),
    );
    expect(failed.status).toBe('failed');
    await house.put({ 'workspace/src/resume.ts': 'two' });
    house.echo();
    const run = await house.workflows.resume(failed.run_id);
    const end = await house.played(await run.ended);
    expect(end.result).toBe('[slow read]');
    expect(end.log).toContainEqual(
      expect.stringMatching(/^warn reader keeps its result .* src\/resume\.ts has changed/),
    );
  });

  test('an unknown run is refused', async () => {
    await expect(house.workflows.resume('nobody')).rejects.toThrow(/nobody is not in the store/);
  });
});

describe('run from here', () => {
  test('drops the step and what followed it, keeps what came before and beside it', async () => {
    const first = await house.play(CHAIN, undefined, { fresh: true });
    const prompts = await asked(async () => {
      const run = await house.workflows.runFrom(first.run_id, step(first, 'two').execution_id);
      await run.ended;
    });
    expect(prompts).toEqual(['four', 'two [one]']);
  });

  test('from the first step everything runs again', async () => {
    const first = await house.play(CHAIN);
    const prompts = await asked(async () => {
      const run = await house.workflows.runFrom(first.run_id, step(first, 'one').execution_id);
      await run.ended;
    });
    expect(prompts).toEqual(['four', 'one', 'three', 'two [one]']);
  });

  test('retries a failed step: what ended before it failed is kept', async () => {
    let broken = true;
    house.server.script((request) => {
      const last = request.messages.findLast((m) => m.role === 'user');
      return broken && String(last?.content).startsWith('two')
        ? { fault: { kind: 'status', status: 402 } }
        : { text: 'ok' };
    });
    const first = await house.play(CHAIN, undefined, { fresh: true });
    expect(first.status).toBe('completed');
    expect(step(first, 'two').status).toBe('failed');
    broken = false;
    const prompts = await asked(async () => {
      const run = await house.workflows.runFrom(first.run_id, step(first, 'two').execution_id);
      await run.ended;
    });
    // Whether "three" was called before "two" had failed is the script's order: it was.
    expect(prompts).toEqual(['four', 'two ok']);
  });

  test('an unknown step is refused', async () => {
    const first = await house.play(CHAIN);
    await expect(house.workflows.runFrom(first.run_id, 'nothing')).rejects.toThrow(
      /has no step nothing/,
    );
  });
});

describe('one agent', () => {
  test('is stopped, gives null, and the run goes on', async () => {
    house.server.script((request) =>
      JSON.stringify(request.messages).includes('hangs')
        ? { fault: { kind: 'hang' } }
        : { text: 'ok' },
    );
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `return parallel([() => agent('hangs', { cache: false }), () => agent('works', { cache: false })]);`,
      ),
    });
    const running = house.frame(
      (f) =>
        f.type === 'execution.status' &&
        f.execution.status === 'running' &&
        f.execution.agent_name === 'hangs',
    );
    const run = await house.workflows.run('test');
    const frame = await running;
    expect(house.workflows.cancelAgent(run.run_id, frame.execution_id ?? '')).toBe(true);
    const end = await house.played(await run.ended);
    expect(end.result).toEqual([null, 'ok']);
    expect(step(end, 'hangs').status).toBe('cancelled');
    expect(end.log).toContain('warn Agent "hangs" gave no result: it was stopped by the user');
    expect(house.workflows.cancelAgent(run.run_id, frame.execution_id ?? '')).toBe(false);
  });

  test('is skipped while it waits for a place; waiting is visible', async () => {
    const { settings } = house;
    house.settings = { ...settings, maxConcurrentAgents: 1 };
    const waits: string[] = [];
    const stop = house.store.subscribe((frame) => {
      if (frame.type === 'execution.progress' && frame.progress.phase.startsWith('Waiting')) {
        waits.push(frame.progress.phase);
        if (waits.length === 2) {
          house.workflows.cancelAgent(frame.session_id, frame.progress.execution_id);
        }
      }
    });
    const prompts = await asked(async () => {
      const end = await house.play(
        meta(
          `return parallel(['a', 'b', 'c'].map((n) => () => agent(n, { label: n, cache: false })));`,
        ),
      );
      expect(end.result).toEqual(['[a]', '[b]', null]);
      expect(step(end, 'c')).toMatchObject({ status: 'cancelled', model_calls: 0 });
    });
    stop();
    house.settings = settings;
    expect(prompts).toEqual(['a', 'b']);
    expect(waits).toEqual(['Waiting for a free place', 'Waiting for a free place, 1 before it']);
  });

  test('of form 1 throws when it is stopped, so that the script decides', async () => {
    house.server.script(() => ({ fault: { kind: 'hang' } }));
    await house.put({
      'workspace/.boocode/workflows/test.js': workflow(
        `try { await agent('slow', { prompt: 'x', cache: false }); } catch (error) { return error.kind; }`,
      ),
    });
    const running = house.frame(
      (f) => f.type === 'execution.status' && f.execution.status === 'running',
    );
    const run = await house.workflows.run('test');
    house.workflows.cancelAgent(run.run_id, (await running).execution_id ?? '');
    expect((await run.ended).result).toBe('cancelled');
  });
});

test('a run that waits for its turn is pending and says why', async () => {
  const { settings } = house;
  house.settings = { ...settings, maxConcurrentRuns: 1 };
  house.server.script((request) =>
    JSON.stringify(request.messages).includes('hold')
      ? { fault: { kind: 'hang' } }
      : { text: 'ok' },
  );
  const put = (name: string, prompt: string) =>
    house.put({
      [`workspace/.boocode/workflows/${name}.js`]: `export const meta = { name: '${name}', description: 'd' }; return agent('${prompt}', { cache: false });`,
    });
  await put('holder', 'hold');
  await put('waiter', 'go');
  const first = await house.workflows.run('holder');
  const second = await house.workflows.run('waiter');
  const third = await house.workflows.run('waiter');
  expect((await house.workflows.status(second.run_id))?.status).toBe('pending');
  await house.workflows.cancel(first.run_id);
  const end = await house.played(await second.ended);
  expect(end.log[0]).toMatch(/^info Waits for its turn: 1 runs are at work\. .*maxConcurrentRuns/);
  const last = await house.played(await third.ended);
  expect(last.log[0]).toMatch(/, and 1 wait before it\./);
  house.settings = settings;
});

test('a replayed step says what it saved in time, tokens and money', async () => {
  house.server.script(() => ({ text: 'x'.repeat(4000) }));
  const script = meta(`return agent('Saves', { label: 'saves' });`);
  const first = await house.play(script, undefined, { fresh: true });
  const second = await house.play(script);
  const third = await house.manager().resume(second.run_id);
  for (const run of [second, await house.played(await third.ended)]) {
    const { saved_ms, saved_tokens, saved_cost, usage, cached_from } = step(run, 'saves');
    expect(saved_ms).toBe(step(first, 'saves').duration_ms);
    expect(saved_tokens).toBeGreaterThan(1000);
    expect(saved_cost).toBe(0);
    expect(usage).toEqual({});
    expect(cached_from).toBe(step(first, 'saves').execution_id);
  }
});

test('results that were cleared from the store are not replayed from memory', async () => {
  const script = meta(`return agent('Cleared');`);
  await house.play(script);
  await house.store.clear('steps');
  const again = await house.play(script);
  expect(again.snapshot.executions[0]?.cached_from).toBeFalsy();
  expect((await house.play(script)).snapshot.executions[0]?.cached_from).toBeTruthy();
  // Another window on the same store clears what this one has in memory.
  const other = await openStore({ folder: path.join(house.folder, 'store'), inline: true });
  await other.clear('steps');
  expect((await house.play(script)).snapshot.executions[0]?.cached_from).toBeFalsy();
  await other.close();
});

test('a run goes on with its own file, also when a nearer one has taken its name since', async () => {
  const named = (of: string) =>
    `export const meta = { name: 'moved', description: 'd' }; return '${of}';`;
  await house.put({ 'home/.boocode/workflows/moved.js': named('home') });
  const first = await house.workflows.run('moved');
  await first.ended;
  await house.put({ 'workspace/.boocode/workflows/moved.js': named('workspace') });
  const again = await house.workflows.again(first.run_id);
  expect((await again.ended).result).toBe('home');
  await rm(path.join(house.folder, 'home/.boocode/workflows/moved.js'));
  const found = await house.workflows.again(first.run_id);
  expect((await found.ended).result).toBe('workspace');
});

test('nothing goes on and nothing is planned in an untrusted workspace', async () => {
  const first = await house.play(meta(''));
  house.trusted = false;
  const refused = /only in a trusted workspace/;
  await expect(house.workflows.resume(first.run_id)).rejects.toThrow(refused);
  await expect(house.workflows.dryRun('test')).rejects.toThrow(refused);
  house.trusted = true;
});

describe('dry run', () => {
  test('lists phases, agents and estimated tokens; no model is asked and nothing is recorded', async () => {
    const runs = (await house.store.sessions({ limit: 1000 })).length;
    const prompts = await asked(async () => {
      const plan = await house.workflows.dryRun('deep-research', 'How does it work?');
      expect(plan.stopped).toBeNull();
      expect(plan.phases.map((p) => p.title)).toEqual(['Plan', 'Research', 'Analyse', 'Synthesis']);
      const names = plan.steps.map((s) => s.name.replace(/\d?:.*$/, ''));
      expect(names.filter((name) => name === 'plan')).toHaveLength(1);
      expect(names.at(-1)).toBe('synthesis');
      expect(plan.steps.at(-1)).toMatchObject({
        phase: 'Synthesis',
        tools: ['read_file', 'grep'],
        cached: false,
        estimate_from: 'prompt',
      });
      expect(plan.estimated_tokens).toBeGreaterThan(10_000);
      expect(plan.estimated_cost).toBe(0);
    });
    expect(prompts).toEqual([]);
    expect((await house.store.sessions({ limit: 1000 })).length).toBe(runs);
  });

  test('knows what is kept and what such steps took before', async () => {
    const script = (prompt: string) =>
      meta(`await agent('kept step', { label: 'look: a' });
        await agent(${JSON.stringify(prompt)}, { label: 'look: b', cache: false });`);
    const first = await house.play(script('other'), undefined, { fresh: true });
    const used = step(first, 'look: b').usage;
    const plan = await house.workflows.dryRun('test');
    expect(plan.steps.map((s) => [s.cached, s.estimate_from])).toEqual([
      [true, 'cache'],
      [false, 'history'],
    ]);
    expect(plan.steps[0]?.estimated_tokens).toBe(0);
    expect(plan.steps[1]?.estimated_tokens).toBe(
      (used.input_tokens ?? 0) + (used.cache_tokens ?? 0) + (used.output_tokens ?? 0),
    );
  });

  test('a script that does not get along with placeholders says where it stopped', async () => {
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `phase('Only'); const n = Number(await agent('A number, please')); if (Number.isNaN(n)) throw new Error('no number');`,
      ),
    });
    const plan = await house.workflows.dryRun('test');
    expect(plan.stopped).toBe('no number (test.js, line 2)');
    expect(plan.steps.map((s) => s.name)).toEqual(['A number, please']);
    expect(plan.phases).toEqual([{ title: 'Only' }]);
  });

  test('a loop over the budget comes to its end', async () => {
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `budget(100_000); let n = 0; while (budget.remaining() > 30_000) { await agent('round ' + n); n += 1; } return n;`,
      ),
    });
    const plan = await house.workflows.dryRun('test');
    expect(plan.stopped).toBeNull();
    expect(plan.steps.length).toBeGreaterThan(1);
    expect(plan.steps.length).toBeLessThan(50);
  });
});
