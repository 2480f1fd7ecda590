// What an agent of a script can have of its own: a git worktree, a type, an effort; and how agents
// that act on the workspace are replayed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { changesOf, questionOf } from '../../src/contracts/run_select.ts';
import type { ChatRequest } from '../../src/models/offline/request.ts';
import { meta, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
let git: (...args: string[]) => string;
beforeAll(async () => {
  house = await WorkflowHouse.open();
  git = (...args) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', ...args], {
      cwd: house.root,
      encoding: 'utf8',
    }).trim();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const worktrees = () => readdir(path.join(house.folder, 'worktrees')).catch(() => []);
const lastUser = (request: ChatRequest): string =>
  String(request.messages.findLast((m) => m.role === 'user')?.content);

/** The agent calls this tool once and then says "done". */
function calling(name: string, args: object): void {
  house.server.script((request) =>
    request.messages.some((m) => m.role === 'tool')
      ? { text: 'done' }
      : { tool_calls: [{ name, input: { ...args } }] },
  );
}

describe("isolation: 'worktree'", () => {
  test('without a repository, the script is told what is missing', async () => {
    const run = await house.play(
      meta(
        `try { await agent('x', { isolation: 'worktree' }); } catch (error) { return error.message; }`,
      ),
    );
    expect(run.result).toMatch(/needs a git repository with at least one commit/);
  });

  test('an agent that changes nothing leaves no worktree and no branch', async () => {
    git('init', '-q', '-b', 'main');
    await house.put({ 'workspace/.gitignore': '.boocode\n', 'workspace/notes.txt': 'committed\n' });
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    await house.put({ 'workspace/notes.txt': 'not committed\n' });
    let seen = '';
    house.server.script((request) => {
      const read = request.messages.findLast((m) => m.role === 'tool');
      if (!read) return { tool_calls: [{ name: 'read_file', input: { path: 'notes.txt' } }] };
      seen = JSON.stringify(read.content);
      return { text: 'looked' };
    });
    const run = await house.play(meta(`return agent('Look', { isolation: 'worktree' });`));
    expect(run.result).toBe('looked');
    expect(seen).toContain('committed');
    expect(seen).not.toContain('not committed');
    expect(await worktrees()).toEqual([]);
    expect(git('branch', '--list', 'boocode/*')).toBe('');
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  });

  test('an agent that only looked is replayed until there is a new commit', async () => {
    const source = meta(`return agent('Look', { isolation: 'worktree' });`);
    const again = await house.play(source);
    expect(again.snapshot.executions[0]?.cached_from).toBeTruthy();
    git('commit', '-q', '-a', '-m', 'second');
    const later = await house.play(source);
    expect(later.snapshot.executions[0]?.cached_from).toBeFalsy();
  });

  test('changes stay in the worktree on a branch of its own, and the log says where', async () => {
    calling('write_file', { path: 'notes.txt', content: 'by the agent\n' });
    const run = await house.play(
      meta(
        `return parallel([1, 2].map((n) => () => agent('Change ' + n, { isolation: 'worktree' })));`,
      ),
    );
    expect(run.result).toEqual(['done', 'done']);
    expect(await readFile(path.join(house.root, 'notes.txt'), 'utf8')).toBe('not committed\n');
    const kept = await worktrees();
    expect(kept).toHaveLength(2);
    for (const name of kept) {
      const file = path.join(house.folder, 'worktrees', name, 'notes.txt');
      expect(await readFile(file, 'utf8')).toBe('by the agent\n');
      expect(git('branch', '--list', `boocode/${name}`)).toContain(name);
      expect(run.log.join('\n')).toContain(name);
    }
  });

  test('writes there need no question, commands do: they reach beyond the worktree', async () => {
    const asked = house.frame(
      (f) => f.type === 'session.status' && f.session.status === 'awaiting_input',
    );
    house.server.script((request) => {
      const told = request.messages.filter((m) => m.role === 'tool').length;
      if (told === 0)
        return { tool_calls: [{ name: 'write_file', input: { path: 'w', content: '' } }] };
      return told === 1
        ? { tool_calls: [{ name: 'run_command', input: { command: 'git status' } }] }
        : { text: 'done' };
    });
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `return agent('Work apart', { isolation: 'worktree' });`,
      ),
    });
    const run = await house.workflows.run('test');
    await asked;
    const events = (await house.store.snapshot(run.run_id))?.timeline ?? [];
    expect(events.map(questionOf).filter((q) => q !== null)).toMatchObject([
      { title: 'git status', permission: 'execute' },
    ]);
    expect(changesOf(events)).toMatchObject([{ path: 'w', apart: true }]);
    await house.workflows.cancel(run.run_id);
    // What is in a worktree is git's to take back.
    await expect(house.workflows.moveChanges(run.run_id, null, 'undo')).rejects.toThrow(
      'This run changed no file.',
    );
  });

  test('it is removed when the agent fails or is cancelled before it changed anything', async () => {
    const before = await worktrees();
    house.server.script(() => ({ fault: { kind: 'status', status: 401 } }));
    const run = await house.play(meta(`return agent('Fails', { isolation: 'worktree' });`));
    expect(run.result).toBeNull();
    expect(await worktrees()).toEqual(before);
  });

  test('what a process that died left behind is removed, unless something changed in it', async () => {
    const leave = (name: string) => {
      const at = path.join(house.folder, 'worktrees', name);
      git('worktree', 'add', '--quiet', '-b', `boocode/${name}`, at, 'HEAD');
      const label = { pid: 2 ** 30, root: house.root, branch: `boocode/${name}` };
      return writeFile(`${at}.json`, JSON.stringify({ ...label, start: git('rev-parse', 'HEAD') }));
    };
    await leave('unchanged');
    await leave('changed');
    await house.put({ 'worktrees/changed/work.txt': 'half done' });
    const manager = house.manager();
    await house.play(meta(`return agent('Sweep', { isolation: 'worktree' });`), undefined, {
      manager,
    });
    const left = await worktrees();
    expect(left).toContain('changed');
    expect(left.filter((name) => /unchanged|json$/.test(name))).toEqual([]);
    expect(git('branch', '--list', 'boocode/unchanged')).toBe('');
  });
});

describe('agents that write or execute', () => {
  test('are not replayed by another run, but within a resume of their own', async () => {
    house.server.script((request) => {
      if (lastUser(request).startsWith('broken')) return { fault: { kind: 'status', status: 401 } };
      return request.messages.some((m) => m.role === 'tool')
        ? { text: 'wrote' }
        : { tool_calls: [{ name: 'write_file', input: { path: 'out.txt', content: 'x' } }] };
    });
    const source = `export const workflow = { name: 'test', async run() {
      const said = await agent('writer', { prompt: 'Write', isolation: 'worktree' });
      return agent('next', { prompt: 'broken ' + said });
    } };`;
    const first = await house.play(source);
    expect(first.status).toBe('failed');
    const second = await house.play(source);
    expect(second.snapshot.executions[0]?.cached_from).toBeFalsy();
    house.echo();
    const resumed = await house.workflows.resume(second.run_id);
    const end = await house.played(await resumed.ended);
    expect(end.result).toBe('[broken wrote]');
    expect(end.snapshot.executions[0]?.cached_from).toBe(
      second.snapshot.executions[0]?.execution_id,
    );
    expect(existsSync(path.join(house.root, 'out.txt'))).toBe(false);
    expect(second.log.join('\n')).toMatch(/writer changed files in its worktree/);
  });
});

describe('agentType', () => {
  test('gives the system prompt, the tools and the model of its file; the nearer file wins', async () => {
    await house.put({
      'workspace/.claude/agents/reviewer.md':
        '---\nname: reviewer\ndescription: Reviews\ntools: Read, Grep, WebSearch\nmodel: inherit\n---\n\nYou review like a hawk.\n',
      'home/.claude/agents/reviewer.md': '---\nname: reviewer\n---\nFrom home.\n',
      'home/.boocode/agents/tester.md':
        '---\nname: tester\ntools:\n  - read_file\nmodel: special-model\n---\nYou test.\n',
    });
    const run = await house.play(
      meta(
        `return parallel([() => agent('r', { agentType: 'reviewer' }), () => agent('t', { agentType: 'tester' })]);`,
      ),
    );
    expect(run.result).toEqual(['[r]', '[t]']);
    const sent = (prompt: string) =>
      house.server.requests.findLast(({ body }) => lastUser(body) === prompt)?.body;
    expect(JSON.stringify(sent('r')?.messages[0])).toContain('You review like a hawk.');
    expect(sent('r')?.tools?.map((t) => t.function.name)).toEqual(['read_file', 'grep']);
    expect(sent('t')?.model).toBe('special-model');
    expect(sent('t')?.tools?.map((t) => t.function.name)).toEqual(['read_file']);
    expect(run.log).toEqual([expect.stringMatching(/^warn .*left out: WebSearch\.$/)]);
  });

  test('Explore and Plan look and do not write; an unknown type is named and the usual tools are used', async () => {
    const run = await house.play(
      meta(
        `return parallel(['Explore', 'Plan', 'general-purpose', 'team:unknown'].map((agentType) => () => agent(agentType, { agentType })));`,
      ),
      undefined,
      { fresh: true },
    );
    expect(run.result).toEqual(['[Explore]', '[Plan]', '[general-purpose]', '[team:unknown]']);
    expect(run.log).toEqual([
      expect.stringMatching(/^warn The agent type "team:unknown" is not known here/),
    ]);
    const explore = house.server.requests.findLast(({ body }) => lastUser(body) === 'Explore');
    const tools = explore?.body.tools?.map((t) => t.function.name);
    expect(tools).toContain('read_file');
    expect(tools).not.toContain('write_file');
  });

  test('together with a schema: the type has the prompt, the schema its tool', async () => {
    house.server.script(() => ({ tool_calls: [{ name: 'return_result', input: { ok: true } }] }));
    const run = await house.play(
      meta(
        `return agent('both', { agentType: 'Explore', schema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] } });`,
      ),
    );
    expect(run.result).toEqual({ ok: true });
  });
});

test('effort: a model without a reasoning setting ignores it with one logged warning', async () => {
  const run = await house.play(
    meta(`return parallel([1, 2].map((n) => () => agent('n' + n, { effort: 'high' })));`),
    undefined,
    { manager: house.manager('openai-compatible', 'gpt-4o-mini') },
  );
  expect(run.result).toEqual(['[n1]', '[n2]']);
  expect(run.log).toEqual([
    "warn The model gpt-4o-mini has no reasoning setting: effort 'high' is ignored.",
  ]);
  expect(JSON.stringify(house.server.requests.at(-1)?.body)).not.toContain('reasoning_effort');
});

test("a model name of another provider's means the configured one, with a note", async () => {
  const run = await house.play(meta(`return agent('m', { model: 'sonnet' });`));
  expect(run.log).toEqual([
    'warn The model "sonnet" is not offered here; the configured model is used instead.',
  ]);
  expect(run.result).toBe('[m]');
});
