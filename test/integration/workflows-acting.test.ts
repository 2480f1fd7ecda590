// Agents of a run that change files and run commands: the policy, and the questions they ask.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToolCallMeta } from '../../src/contracts/chat.ts';
import { questionOf } from '../../src/contracts/run_select.ts';
import { actors, command, toldIn, write } from '../fixtures/workflows/acting.ts';
import { meta, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeEach(async () => {
  house = await WorkflowHouse.open();
});
afterEach(() => house.close());
const { file, read, acting, asked, start, statusOf, permit } = actors(() => house);

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
