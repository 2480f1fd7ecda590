// Agents of a run that change files and run commands: policy, questions, undo, and what a resume repeats.
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToolCallMeta } from '../../src/contracts/chat.ts';
import type { Frame } from '../../src/contracts/frames.ts';
import { type OpenQuestion, questionOf } from '../../src/contracts/run_select.ts';
import { type ChatRequest, textOf } from '../../src/models/offline/request.ts';
import { meta, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeEach(async () => {
  house = await WorkflowHouse.open();
});
afterEach(() => house.close());

const file = (name: string): string => path.join(house.root, name);
const read = (name: string): string => readFileSync(file(name), 'utf8');
const taskOf = (request: ChatRequest): string =>
  textOf(request.messages.find((m) => m.role === 'user') ?? { role: 'user', content: '' });
const toldIn = (request: ChatRequest): string[] =>
  request.messages.filter((m) => m.role === 'tool').map(textOf);

interface Call {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}
const write = (name: string, content: string): Call => ({
  ...{ name: 'write_file', input: { path: name, content } },
});
const command = (line: string): Call => ({ name: 'run_command', input: { command: line } });

/** Each agent makes the calls of its task, one reply each, and then says what it was told last. */
function acting(calls: Readonly<Record<string, readonly Call[]>>): void {
  house.server.script((request) => {
    const told = toldIn(request);
    const call = calls[taskOf(request)]?.[told.length];
    return call ? { tool_calls: [call] } : { text: told.at(-1) ?? 'nothing to do' };
  });
}

/** Resolves with the questions of the run once there are as many. */
async function asked(
  run_id: string,
  count = 1,
  permission?: OpenQuestion['permission'],
): Promise<OpenQuestion[]> {
  for (;;) {
    const next = house.frame((f) => f.session_id === run_id && isQuestion(f));
    const snapshot = await house.store.snapshot(run_id);
    const open = (snapshot?.timeline ?? [])
      .map(questionOf)
      .filter((q) => q !== null)
      .filter((q) => permission === undefined || q.permission === permission);
    if (open.length >= count) return open;
    await next;
  }
}
const isQuestion = (frame: Frame): boolean =>
  frame.type === 'timeline.created' && questionOf(frame.event) !== null;

async function start(source: string) {
  await house.put({ 'workspace/.boocode/workflows/test.js': source });
  return house.workflows.run('test', undefined, { fresh: true });
}
const statusOf = async (run_id: string): Promise<string | undefined> =>
  (await house.workflows.status(run_id))?.status;
const permit = (write: 'ask' | 'allow' | 'deny', execute = write): void => {
  house.settings = { ...house.settings, permissionsWrite: write, permissionsExecute: execute };
};

describe('policy', () => {
  test('allow: an agent writes and runs a command in the workspace, and nobody is asked', async () => {
    permit('allow');
    acting({ 'Build it': [write('out.txt', 'built\n'), command('cat out.txt')] });
    const run = await house.play(meta(`return agent('Build it');`));
    expect(read('out.txt')).toBe('built\n');
    expect(run.result).toContain('built');
    expect(run.snapshot.executions[0]?.status).toBe('completed');
  });

  test('deny: the agent is told why, nothing happens, the log says it once', async () => {
    permit('deny');
    acting({ 'Build it': [write('out.txt', 'x'), write('more.txt', 'x')] });
    const run = await house.play(meta(`return agent('Build it');`));
    expect(run.result).toContain('The setting boocode.permissions.write denies it.');
    expect(existsSync(file('out.txt'))).toBe(false);
    expect(run.log.filter((line) => line.startsWith('warn'))).toEqual([
      expect.stringMatching(/^warn Agent "Build it" was not permitted: .*out\.txt/),
    ]);
  });

  test('headless: what would be asked is denied, with the flag that permits it', async () => {
    house.attended = false;
    const manager = house.manager();
    acting({ 'Build it': [command('echo hi > out.txt')] });
    const run = await house.play(meta(`return agent('Build it');`), undefined, { manager });
    expect(run.result).toMatch(/Nobody can be asked in a headless run\. .*--allow execute/);
    expect(existsSync(file('out.txt'))).toBe(false);
    await manager.close();
  });

  test('trust that is gone while a run works stops what acts, also what the settings allow', async () => {
    permit('allow');
    house.server.script((request) => {
      house.trusted = false;
      return toldIn(request).length > 0
        ? { text: toldIn(request).at(-1) ?? '' }
        : { tool_calls: [write('out.txt', 'x')] };
    });
    const run = await house.play(meta(`return agent('Build it');`));
    expect(run.result).toContain('does not trust');
    expect(existsSync(file('out.txt'))).toBe(false);
  });

  test('tools: names limit what an agent has; without them it has all', async () => {
    house.server.script((request) => ({
      text: (request.tools ?? []).map((tool) => tool.function.name).join() || 'no tools',
    }));
    const run = await house.play(
      meta(
        `return [await agent('all'), await agent('some', { tools: ['read_file', 'Bash'] }), await agent('none', { tools: [] })];`,
      ),
    );
    expect(run.result).toEqual([
      'list_files,read_file,grep,git_diff,edit_file,write_file,run_command',
      'read_file,run_command',
      'no tools',
    ]);
  });

  test('a command that the settings list runs without a question', async () => {
    house.settings = { ...house.settings, permissionsAllowedCommands: ['echo *'] };
    acting({ 'Say it': [command('echo listed')] });
    const run = await house.play(meta(`return agent('Say it');`));
    expect(run.result).toContain('listed');
  });
});

describe('questions', () => {
  test('the step waits for the user, the run says so, and other agents go on', async () => {
    house.settings = { ...house.settings, maxConcurrentAgents: 1 };
    acting({ Ask: [write('a.txt', 'new\n')], Other: [] });
    const other = house.frame(
      (f) =>
        f.type === 'execution.status' &&
        f.execution.agent_name === 'Other' &&
        f.execution.status === 'completed',
    );
    const run = await start(meta(`return parallel([() => agent('Ask'), () => agent('Other')]);`));
    const [question] = await asked(run.run_id);
    // With one place for agents, the other one has it while the first waits.
    await other;
    const waiting = await house.store.snapshot(run.run_id);
    const step = waiting?.executions.find((e) => e.agent_name === 'Ask');
    expect([step?.status, await statusOf(run.run_id)]).toEqual([
      'awaiting_input',
      'awaiting_input',
    ]);
    expect(question).toMatchObject({
      agent_name: 'Ask',
      permission: 'write',
      paths: ['a.txt'],
      cut_off: false,
    });
    expect(existsSync(file('a.txt'))).toBe(false);
    await house.workflows.approve(run.run_id, question?.approval_id ?? '', 'once');
    expect((await run.ended).status).toBe('completed');
    expect(read('a.txt')).toBe('new\n');
    const events = (await house.store.snapshot(run.run_id))?.timeline ?? [];
    const calls = events.filter((e) => e.event_type === 'tool_call');
    expect(calls.map((e) => ToolCallMeta.parse(e.metadata).approval)).toEqual([
      { state: 'allowed', by: 'user' },
    ]);
  });

  test('"allow in this run" answers what else is open of its kind and is not asked again; another run asks', async () => {
    acting({ A: [write('a.txt', 'a')], B: [write('b.txt', 'b')], C: [write('c.txt', 'c')] });
    const source = meta(`await parallel([() => agent('A'), () => agent('B')]); return agent('C');`);
    const run = await start(source);
    const [first] = await asked(run.run_id, 2);
    await house.workflows.approve(run.run_id, first?.approval_id ?? '', 'always');
    expect((await run.ended).status).toBe('completed');
    expect(['a.txt', 'b.txt', 'c.txt'].map((name) => existsSync(file(name)))).toEqual([
      true,
      true,
      true,
    ]);
    const next = await start(source);
    await asked(next.run_id, 2);
    await house.workflows.cancel(next.run_id);
  });

  test('deny: the model is told, with the reason; the step goes on', async () => {
    acting({ A: [command('rm -rf everything')] });
    const run = await start(meta(`return agent('A');`));
    const [question] = await asked(run.run_id);
    expect(question).toMatchObject({
      title: 'rm -rf everything',
      permission: 'execute',
      paths: [],
    });
    await house.workflows.approve(run.run_id, question?.approval_id ?? '', 'deny', 'Not today.');
    const end = await run.ended;
    expect(end.result).toBe('The user denied this call. Not today.');
    await expect(
      house.workflows.approve(run.run_id, question?.approval_id ?? '', 'once'),
    ).rejects.toThrow('no longer open');
  });

  test('a file that somebody changed while the user was asked is not overwritten unseen', async () => {
    await house.put({ 'workspace/a.txt': 'old\n' });
    acting({ A: [write('a.txt', 'by the agent\n')] });
    const run = await start(meta(`return agent('A');`));
    const [question] = await asked(run.run_id);
    await writeFile(file('a.txt'), 'by somebody\n');
    await house.workflows.approve(run.run_id, question?.approval_id ?? '', 'once');
    expect((await run.ended).result).toContain('changed by somebody else');
    expect(read('a.txt')).toBe('by somebody\n');
  });

  test('the waiting of the user is not the time of the agent, and stopping the agent ends its question', async () => {
    acting({ A: [write('a.txt', 'x')] });
    const run = await start(meta(`return (await agent('A')) ?? 'stopped';`));
    const [question] = await asked(run.run_id);
    expect(house.workflows.cancelAgent(run.run_id, question?.execution_id ?? '')).toBe(true);
    expect((await run.ended).result).toBe('stopped');
    expect(existsSync(file('a.txt'))).toBe(false);
    const events = (await house.store.snapshot(run.run_id))?.timeline ?? [];
    expect(events.map(questionOf).filter((q) => q !== null)).toEqual([]);
  });

  test('a workspace that is not trusted takes no yes', async () => {
    acting({ A: [write('a.txt', 'x')] });
    const run = await start(meta(`return agent('A');`));
    const [question] = await asked(run.run_id);
    house.trusted = false;
    const answer = house.workflows.approve(run.run_id, question?.approval_id ?? '', 'once');
    await expect(answer).rejects.toThrow('not trusted');
    house.trusted = true;
    await house.workflows.cancel(run.run_id);
  });
});

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

    // Its agent may be at work before the start of its run has been told.
    const held = house.frame(
      (f) => f.type === 'execution.status' && f.execution.agent_name === 'Hold',
    );
    const holder = await begin('holder', `return agent('Hold');`);
    await held;
    const queued = house.frame(
      (f) => f.type === 'execution.progress' && f.session_id === asking.run_id,
    );
    await house.workflows.approve(asking.run_id, question?.approval_id ?? '', 'once');
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
    // Its agent may be at work before the start of its run has been told.
    const held = house.frame(
      (f) => f.type === 'execution.status' && f.execution.agent_name === 'Hold',
    );
    const holder = await begin('holder', `return agent('Hold');`);
    await held;
    const queued = house.frame(
      (f) => f.type === 'execution.progress' && f.session_id === asking.run_id,
    );
    await house.workflows.approve(asking.run_id, question?.approval_id ?? '', 'once');
    await queued;
    await house.workflows.cancel(asking.run_id);
    expect((await asking.ended).status).toBe('cancelled');
    await house.workflows.cancel(holder.run_id);
    const next = await begin('next', `return agent('Other');`);
    expect((await next.ended).result).toBe('Other done');
  });
});

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
  const actors = (): void => {
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
    actors();
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
    actors();
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
