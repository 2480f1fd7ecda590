// Scripts as they are written for Claude Code, with the features that such scripts in public
// repositories use. They lie in `.claude/workflows` and run as they are.
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { WorkflowHouse } from '../fixtures/workflows/house.ts';

const SCRIPTS = path.resolve(import.meta.dirname, '../fixtures/workflows/scripts');
const source = (name: string) => readFile(path.join(SCRIPTS, `${name}.js.txt`), 'utf8');

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
  // As on the command line, where nobody can be asked: the prompts name commands.
  house.settings = { ...house.settings, permissionsExecute: 'deny' };
  const names = ['directions', 'recover', 'hunt', 'conductor'];
  for (const name of names) {
    await house.put({ [`workspace/.claude/workflows/${name}.js`]: await source(name) });
  }
  await house.put({
    'workspace/flows/unit.js': await source('unit'),
    'workspace/src/shop.js':
      'export function total(order) {\n  return order.items * order.price;\n}\n',
    'workspace/README.md': '# Shop\n\nFinds problems of correctness and limits.\n',
  });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', ...args], {
      cwd: house.root,
    });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
});
afterAll(() => house.close());
// The offline model's own rules fill the schemas.
beforeEach(() => house.server.script(null));

async function run(name: string, args?: unknown, options = {}) {
  const started = await house.workflows.run(name, args, options);
  return house.played(await started.ended);
}

test('they are listed from .claude/workflows with their phases', async () => {
  const entries = (await house.workflows.list()).filter((e) => e.source === 'workspace');
  expect(entries.map((e) => [e.name, e.form, e.problem, e.phases.length])).toEqual([
    ['conductor', 2, undefined, 0],
    ['directions', 2, undefined, 1],
    ['hunt', 2, undefined, 3],
    ['recover', 2, undefined, 3],
  ]);
});

test('a fan-out with options spread from its arguments', async () => {
  const directions = ['Brutal', 'Calm', 'Lost'].map((name) => ({ name, prompt: `Draw ${name}` }));
  const end = await run('directions', {
    directions,
    model: 'sonnet',
    routing: { builder: { effort: 'low', model: 'opus' } },
  });
  expect(end.error).toBeUndefined();
  expect(end.result).toMatchObject({ dropped: [], blocked: [] });
  expect(end.snapshot.executions.map((e) => e.agent_name)).toEqual(['Brutal', 'Calm', 'Lost']);
  expect((await run('directions', { directions: [] })).error).toContain('needs 2..8');
});

test('a fan-out whose agents die says which are missing', async () => {
  house.server.script((request) =>
    JSON.stringify(request.messages).includes('Draw Lost')
      ? { fault: { kind: 'status', status: 400 } }
      : undefined,
  );
  const directions = ['Found', 'Lost'].map((name) => ({ name, prompt: `Draw ${name}` }));
  const end = await run('directions', { directions }, { fresh: true });
  expect(end.result).toMatchObject({ dropped: [{ direction: 'Lost' }] });
  expect(end.log).toContain('info GAP: direction "Lost" returned nothing.');
});

test('a pipeline with values that pass through, worktrees, unions of types and then()', async () => {
  const end = await run('recover');
  expect(end.error).toBeUndefined();
  expect(end.result).toMatchObject([
    { issue: 279, label: 'names' },
    { issue: 281, label: 'short-circuit' },
    { issue: 999, error: 'no result' },
  ]);
  const names = end.snapshot.executions.map((e) => e.agent_name).sort();
  expect(names).toEqual(expect.arrayContaining(['impl:short-circuit', 'review:names']));
  expect(end.snapshot.executions.every((e) => e.status === 'completed')).toBe(true);
});

test('a loop until nothing new is found, with votes, agent types and a guard over the budget', async () => {
  const end = await run('hunt', JSON.stringify({ lenses: ['correctness'] }));
  expect(end.error).toBeUndefined();
  expect(end.result).toMatchObject({ used: expect.any(Number) });
  const votes = end.snapshot.executions.filter((e) => e.agent_name.startsWith('vote:'));
  expect(votes.length % 3).toBe(0);
  expect(votes.length).toBeGreaterThan(0);
  const limited = await run('hunt', { maxRounds: 2 }, { budget_tokens: 1500, fresh: true });
  expect(limited.log.join('\n')).toContain('token budget nearly spent');
});

test('a conductor: retries, nested workflows in parallel, a stop at a gate', async () => {
  let died = 0;
  house.server.script((request) => {
    const text = String(request.messages.findLast((m) => m.role === 'user')?.content);
    if (text.startsWith('plan') && died === 0) {
      died += 1;
      return { fault: { kind: 'status', status: 400 } };
    }
    return { text: `PASS ${text}` };
  });
  const end = await run('conductor', 'PLAN');
  expect(end.error).toBeUndefined();
  expect(end.result).toEqual({
    halted: null,
    spend: { plan: 2, review: 1 },
    results: [
      { plan: 'PASS plan: say PASS' },
      {
        left: { side: 'left', n: 1, length: 14, left: null },
        right: { side: 'right', n: 2, length: 15, left: null },
      },
      { review: 'PASS review: say PASS' },
    ],
  });
  const stages = new Map(end.snapshot.stages.map((s) => [s.stage_id, s.title]));
  expect(end.snapshot.executions.map((e) => [e.agent_name, stages.get(e.stage_id ?? '')])).toEqual(
    expect.arrayContaining([
      ['plan#retry1', 'plan'],
      ['unit:left', 'act'],
      ['review', 'review'],
    ]),
  );
  expect((await run('conductor', 'nowhere')).error).toContain('Unknown phase: nowhere');
});

test.each(['directions', 'recover', 'hunt', 'conductor'])('%s has a dry run', async (name) => {
  const directions = ['A', 'B'].map((n) => ({ name: n, prompt: n }));
  const plan = await house.workflows.dryRun(name, name === 'directions' ? { directions } : {});
  expect(plan.stopped).toBeNull();
  expect(plan.steps.length).toBeGreaterThan(1);
});
