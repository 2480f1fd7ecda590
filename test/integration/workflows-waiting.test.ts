// Runs that wait for their user: the place they give away, and the question that outlives a window.
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { OpenQuestion } from '../../src/contracts/run_select.ts';
import { questionOf } from '../../src/contracts/run_select.ts';
import { actors, command, taskOf, toldIn, write } from '../fixtures/workflows/acting.ts';
import { meta, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeEach(async () => {
  house = await WorkflowHouse.open();
});
afterEach(() => house.close());
const { file, read, acting, asked, start, statusOf } = actors(() => house);

describe('the places of runs that wait for their user', () => {
  beforeEach(() => {
    house.settings = { ...house.settings, maxConcurrentRuns: 1 };
  });
  /** Agents whose task is in `held` have no answer until the run is cancelled. */
  const answers = (held: readonly string[]): void => {
    house.server.script((request) => {
      const task = taskOf(request);
      if (held.includes(task)) return { fault: { kind: 'hang' } };
      if (!task.startsWith('Ask') || toldIn(request).length > 0) return { text: `${task} done` };
      return { tool_calls: [write(`${task}.txt`, 'x')] };
    });
  };
  const begin = async (name: string, body: string) => {
    const source = `export const meta = { name: '${name}', description: 'd' };\n${body}`;
    await house.put({ [`workspace/.boocode/workflows/${name}.js`]: source });
    return house.workflows.run(name, undefined, { fresh: true });
  };
  /** Another run takes the place of one that asks; then that one is answered. */
  const answeredBehind = async (run_id: string, question: OpenQuestion | undefined) => {
    // Its agent may be at work before the start of its run has been told.
    const held = house.frame(
      (f) => f.type === 'execution.status' && f.execution.agent_name === 'Hold',
    );
    const holder = await begin('holder', `return agent('Hold');`);
    await held;
    const queued = house.frame((f) => f.type === 'execution.progress' && f.session_id === run_id);
    await house.workflows.approve(run_id, question?.approval_id ?? '', 'once');
    return { holder, queued };
  };
  const logOf = async (run_id: string): Promise<string[]> =>
    ((await house.store.snapshot(run_id))?.timeline ?? [])
      .filter((e) => e.event_type === 'log')
      .map((e) => e.content);

  test('a question that nobody answers holds up no other run; the answered run waits for its turn', async () => {
    answers(['Hold']);
    const asking = await begin('asking', `return agent('Ask');`);
    const [question] = await asked(asking.run_id);
    const other = await begin('other', `return agent('Other');`);
    expect((await other.ended).result).toBe('Other done');
    expect(await statusOf(asking.run_id)).toBe('awaiting_input');

    const { holder, queued } = await answeredBehind(asking.run_id, question);
    expect(await queued).toMatchObject({ progress: { phase: 'Waiting for a free place' } });
    expect(existsSync(file('Ask.txt'))).toBe(false);
    await house.workflows.cancel(holder.run_id);
    expect((await asking.ended).result).toBe('Ask done');
    expect(read('Ask.txt')).toBe('x');
    expect((await logOf(asking.run_id)).filter((line) => line.startsWith('Waits'))).toEqual([
      expect.stringContaining('Waits for its turn: 1 runs are at work.'),
    ]);
  });

  test('a run keeps its place while another of its agents is at work, and gives it up after that', async () => {
    answers(['Hold']);
    const asking = await begin(
      'asking',
      `return parallel([() => agent('Ask'), () => agent('Hold'), async () => { for (let i = 0; i < 5; i += 1) await agent('Quick ' + i); }]);`,
    );
    await asked(asking.run_id);
    const other = await begin('other', `return agent('Other');`);
    expect(await statusOf(other.run_id)).toBe('pending');
    const ended = house.frame(
      (f) => f.type === 'execution.status' && f.execution.status === 'cancelled',
    );
    const working = (await house.store.snapshot(asking.run_id))?.executions ?? [];
    const hold = working.find((e) => e.agent_name === 'Hold')?.execution_id ?? '';
    expect(await statusOf(other.run_id)).toBe('pending');
    expect(house.workflows.cancelAgent(asking.run_id, hold)).toBe(true);
    await ended;
    expect((await other.ended).result).toBe('Other done');
    await house.workflows.cancel(asking.run_id);
  });

  test('runs that all ask and are answered at once go on one after another', async () => {
    answers([]);
    const names = ['a', 'b', 'c', 'd'];
    const runs = [];
    for (const name of names) {
      const run = await begin(name, `return agent('Ask ${name}');`);
      runs.push({ run, question: (await asked(run.run_id))[0] });
    }
    await Promise.all(
      runs.map(({ run, question }) =>
        house.workflows.approve(run.run_id, question?.approval_id ?? '', 'once'),
      ),
    );
    const ends = await Promise.all(runs.map(({ run }) => run.ended));
    expect(ends.map((end) => end.result)).toEqual(names.map((name) => `Ask ${name} done`));
    // Nothing was left behind: the next run finds a place at once.
    const next = await begin('next', `return agent('Other');`);
    expect(await statusOf(next.run_id)).not.toBe('pending');
    await next.ended;
  });

  test('a run that is cancelled while it waits for its turn again ends, and takes no place along', async () => {
    answers(['Hold']);
    const asking = await begin('asking', `return agent('Ask');`);
    const [question] = await asked(asking.run_id);
    const { holder, queued } = await answeredBehind(asking.run_id, question);
    await queued;
    await house.workflows.cancel(asking.run_id);
    expect((await asking.ended).status).toBe('cancelled');
    await house.workflows.cancel(holder.run_id);
    const next = await begin('next', `return agent('Other');`);
    expect((await next.ended).result).toBe('Other done');
  });
});

describe('a run that was cut off while it asked', () => {
  test('keeps the question; the answer resumes the run, and rules of the run stay', async () => {
    acting({ A: [write('a.txt', 'a')], B: [command('echo b > b.txt')], C: [write('c.txt', 'c')] });
    const source = meta(`await agent('A'); await agent('B'); return agent('C');`);
    const run = await start(source);
    const [first] = await asked(run.run_id);
    await house.workflows.approve(run.run_id, first?.approval_id ?? '', 'always');
    const [question] = await asked(run.run_id, 1, 'execute');
    await expect
      .poll(async () => (await house.store.session(run.run_id))?.status)
      .toBe('awaiting_input');
    // As after a crash: the store as it was, and nothing else.
    const later = await house.reopened();
    const [kept] =
      (await later.store.snapshot(run.run_id))?.timeline
        .map(questionOf)
        .filter((q) => q !== null) ?? [];
    expect(kept).toMatchObject({ approval_id: question?.approval_id, cut_off: true });
    const before = house.server.requests.length;
    const resumed = await later.workflows.approve(run.run_id, kept?.approval_id ?? '', 'once');
    await expect(
      later.workflows.approve(run.run_id, kept?.approval_id ?? '', 'once'),
    ).rejects.toThrow('goes on already');
    const end = await resumed.ended;
    expect([end.status, existsSync(file('b.txt')), read('c.txt')]).toEqual([
      'completed',
      true,
      'c',
    ]);
    expect(resumed.run_id).not.toBe(run.run_id);
    // A was finished; B and C were asked of the model once each, and their question was not repeated.
    const tasks = house.server.requests.slice(before).map(({ body }) => taskOf(body));
    expect(tasks.sort()).toEqual(['B', 'B', 'C', 'C']);
    await later.close();
  });

  test('waits for its user also when the window was closed in order, until its workflow is started again', async () => {
    acting({ A: [write('a.txt', 'a')] });
    const manager = house.manager();
    await house.put({ 'workspace/.boocode/workflows/test.js': meta(`return agent('A');`) });
    const run = await manager.run('test', undefined, { fresh: true });
    await asked(run.run_id);
    await expect
      .poll(async () => (await house.store.session(run.run_id))?.status)
      .toBe('awaiting_input');
    expect((await manager.asking()).map((r) => r.session_id)).toEqual([run.run_id]);
    await manager.close();
    expect((await run.ended).status).toBe('cancelled');
    const later = await house.reopened();
    const asking = async (): Promise<string[]> =>
      (await later.workflows.asking()).map((r) => `${r.session_id} ${r.status}`);
    expect(await asking()).toEqual([`${run.run_id} interrupted`]);
    const snapshot = await later.store.snapshot(run.run_id);
    const question = snapshot?.timeline.map(questionOf).find((q) => q !== null);
    const answer = question?.approval_id ?? '';
    const resumed = await later.workflows.approve(run.run_id, answer, 'once');
    expect((await resumed.ended).status).toBe('completed');
    expect(await asking()).toEqual([]);
    expect(read('a.txt')).toBe('a');
    await later.close();
  });
});
