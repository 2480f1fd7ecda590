// What agents of a run did to the workspace: undone, done again, and what a resume repeats.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actors, command, taskOf, toldIn, write } from '../fixtures/workflows/acting.ts';
import { meta, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeEach(async () => {
  house = await WorkflowHouse.open();
});
afterEach(() => house.close());
const { file, read, acting, asked, start, permit } = actors(() => house);

describe('undo', () => {
  beforeEach(() => permit('allow'));
  const SOURCE = meta(`await agent('A'); return agent('B');`);

  test('puts back what a step or the whole run changed, and forth again', async () => {
    await house.put({ 'workspace/a.txt': 'old\n' });
    acting({ A: [write('a.txt', 'one\n'), write('new.txt', 'n\n')], B: [write('a.txt', 'two\n')] });
    const run = await house.play(SOURCE);
    const [, b] = run.snapshot.executions;
    const move = (id: string | null, way: 'undo' | 'redo') =>
      house.workflows.moveChanges(run.run_id, id, way);
    expect(await move(b?.execution_id ?? '', 'undo')).toEqual(['a.txt']);
    expect(read('a.txt')).toBe('one\n');
    expect((await move(null, 'undo')).sort()).toEqual(['a.txt', 'new.txt']);
    expect([read('a.txt'), existsSync(file('new.txt'))]).toEqual(['old\n', false]);
    expect((await move(null, 'redo')).sort()).toEqual(['a.txt', 'new.txt']);
    expect([read('a.txt'), read('new.txt')]).toEqual(['two\n', 'n\n']);
    const change = await house.workflows.change(run.run_id, null, 'a.txt');
    expect([change.before?.toString(), change.after?.toString()]).toEqual(['old\n', 'two\n']);
    const { log } = await house.played({ run_id: run.run_id, status: 'completed' });
    expect(log.at(-1)).toMatch(/^info The run: file changes redone: /);
  });

  test('is refused with the paths where somebody has changed a file since, and then changes nothing', async () => {
    acting({ A: [write('a.txt', 'one\n'), write('b.txt', 'one\n')] });
    const run = await house.play(SOURCE);
    await writeFile(file('b.txt'), 'mine\n');
    const undo = house.workflows.moveChanges(run.run_id, null, 'undo');
    await expect(undo).rejects.toThrow(/changed by somebody else after this run: b\.txt/);
    expect(read('a.txt')).toBe('one\n');
  });

  test('of a run that goes on with another one covers both, names the parts, and holds in both', async () => {
    await house.put({ 'workspace/a.txt': 'old\n' });
    const SOURCE = meta(`await agent('A'); await agent('B'); return agent('C');`);
    let broken = true;
    house.server.script((request) => {
      const told = toldIn(request);
      const task = taskOf(request);
      if (task === 'C' && broken) return { fault: { kind: 'status', status: 401 } };
      if (told.length > 0) return { text: 'done' };
      if (task === 'A') return { tool_calls: [write('a.txt', 'by A\n')] };
      if (task === 'B') return { tool_calls: [write('b.txt', 'by B\n')] };
      return { tool_calls: [write('a.txt', 'by C\n')] };
    });
    const first = await house.play(SOURCE);
    broken = false;
    const resumed = await house.workflows.resume(first.run_id);
    const { run_id } = resumed;
    expect((await resumed.ended).status).toBe('completed');
    expect([read('a.txt'), read('b.txt')]).toEqual(['by C\n', 'by B\n']);
    const earlier = async () =>
      (await house.workflows.earlierChanges(run_id)).map(({ session_id, changes, undone }) => [
        session_id,
        changes.map((change) => change.path),
        undone.length,
      ]);
    expect(await earlier()).toEqual([[first.run_id, ['a.txt', 'b.txt'], 0]]);
    const change = await house.workflows.change(run_id, null, 'a.txt');
    expect([change.before?.toString(), change.after?.toString()]).toEqual(['old\n', 'by C\n']);

    const undone = await house.workflows.moveChanges(run_id, null, 'undo');
    expect(undone.sort()).toEqual(['a.txt', 'b.txt']);
    expect([read('a.txt'), existsSync(file('b.txt'))]).toEqual(['old\n', false]);
    expect(await earlier()).toEqual([[first.run_id, ['a.txt', 'b.txt'], 2]]);
    const { log } = await house.played(first);
    expect(log.at(-1)).toContain(`by the run ${run_id}, which goes on with it`);
    // What is undone is not there to go on with: also A and B, which the resumed run took over.
    const again = await house.workflows.resume(run_id);
    const end = await house.played(await again.ended);
    expect(end.snapshot.executions.map((e) => Boolean(e.cached_from))).toEqual([
      false,
      false,
      false,
    ]);
    expect([read('a.txt'), read('b.txt')]).toEqual(['by C\n', 'by B\n']);
    await house.workflows.moveChanges(again.run_id, null, 'undo');
    await house.workflows.moveChanges(run_id, null, 'redo');
    expect([read('a.txt'), read('b.txt')]).toEqual(['by C\n', 'by B\n']);
    expect(await earlier()).toEqual([[first.run_id, ['a.txt', 'b.txt'], 0]]);
  });

  test('is refused while the run is at work', async () => {
    permit('allow', 'ask');
    acting({ A: [write('a.txt', 'one\n')], B: [command('true')] });
    const run = await start(SOURCE);
    await asked(run.run_id);
    await expect(house.workflows.moveChanges(run.run_id, null, 'undo')).rejects.toThrow(
      'still at work',
    );
    await house.workflows.cancel(run.run_id);
  });
});

describe('agents that wrote or executed in the workspace', () => {
  const SOURCE = meta(`await agent('A'); await agent('B'); return agent('C');`);
  const broken = { fault: { kind: 'status', status: 401 } } as const;
  /** A writes, B runs a command, C only looks and fails. */
  const answers = (): void => {
    house.server.script((request) => {
      const told = toldIn(request);
      const task = taskOf(request);
      if (task === 'C') return broken;
      if (told.length > 0) return { text: `${task} did it` };
      return { tool_calls: [task === 'A' ? write('a.txt', 'x') : command('echo x >> log.txt')] };
    });
  };
  const cachedIn = (run: {
    snapshot: { executions: readonly { cached_from?: string | null | undefined }[] };
  }) => run.snapshot.executions.map((e) => Boolean(e.cached_from));
  beforeEach(() => permit('allow'));

  test('are run again by another run, and replayed by a resume of their own', async () => {
    answers();
    const first = await house.play(SOURCE);
    expect(cachedIn(await house.play(SOURCE))).toEqual([false, false, false]);
    expect(read('log.txt')).toBe('x\nx\n');
    house.echo();
    const resumed = await house.workflows.resume(first.run_id);
    const end = await house.played(await resumed.ended);
    expect([end.result, cachedIn(end)]).toEqual(['[C]', [true, true, false]]);
    expect(read('log.txt')).toBe('x\nx\n');
  });

  test('one that was denied a call is asked again by the next run, which may permit it', async () => {
    permit('deny');
    acting({ A: [write('a.txt', 'x')] });
    const source = meta(`return agent('A');`);
    expect((await house.play(source)).result).toContain('denies it');
    permit('allow');
    expect(cachedIn(await house.play(source))).toEqual([false]);
    expect(read('a.txt')).toBe('x');
  });

  test('what they did is resumed after an undo only by doing it again', async () => {
    answers();
    const first = await house.play(SOURCE);
    await house.workflows.moveChanges(first.run_id, null, 'undo');
    expect(existsSync(file('a.txt'))).toBe(false);
    const resumed = await house.workflows.resume(first.run_id);
    const end = await house.played(await resumed.ended);
    expect(cachedIn(end)).toEqual([false, true, false]);
    expect(read('a.txt')).toBe('x');
  });

  test('one that had the tools and only looked is replayed by any run', async () => {
    house.echo();
    await house.play(meta(`return agent('Look');`));
    expect(cachedIn(await house.play(meta(`return agent('Look');`)))).toEqual([true]);
  });
});
