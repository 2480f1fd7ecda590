// The rows of the script format that hold in both forms, each with a test that names it. What runs is the whole way:
// file, parser, sandbox child, agents, offline server, store.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { meta, type Played, WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const play = (source: string, args?: unknown): Promise<Played> =>
  house.play(source, args, { fresh: true });
const phasesOf = (run: Played): (string | undefined)[] => {
  const titles = new Map(run.snapshot.stages.map((s) => [s.stage_id, s.title]));
  return run.snapshot.executions.map((e) => titles.get(e.stage_id ?? ''));
};
describe('both forms', () => {
  test('which call: it is read by its arguments, in either form', async () => {
    const run = await play(
      meta(`const lazy = agent('lazy', { prompt: 'lazy prompt' });
const eager = agent('eager prompt', { label: 'eager' });
const mixed = await parallel([lazy, eager, () => 'function', Promise.resolve('promise')]);
const chained = await pipeline([agent('c', { prompt: 'chain' }), (x) => x + '!']);
const [grouped] = await phase('P', { agents: [agent('g', { prompt: 'grouped' })] });
return [mixed, chained, grouped];`),
    );
    expect(run.result).toEqual([
      ['[lazy prompt]', '[eager prompt]', 'function', 'promise'],
      '[chain]!',
      '[grouped]',
    ]);
    const other = await play(
      workflow(`phase('Q'); const eager = agent('eager in form 1');
        return pipeline([1, 2], (n) => agent('item ' + n), async (r, n, i) => [r, n, i, await eager].join('|'));`),
    );
    expect(other.result).toEqual([
      '[item 1]|1|0|[eager in form 1]',
      '[item 2]|2|1|[eager in form 1]',
    ]);
    expect(phasesOf(other)).toEqual(['Q', 'Q', 'Q']);
  });

  test('no ambient authority: no require, process, fs, net, fetch, child_process, timers', async () => {
    const run = await play(
      meta(`return ['require', 'process', 'fs', 'net', 'fetch', 'child_process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'Buffer', 'global', 'WebAssembly']
  .filter((name) => typeof globalThis[name] !== 'undefined');`),
    );
    expect(run.result).toEqual([]);
  });

  test.each([
    [`import fs from 'node:fs';\n${meta('')}`, /line 1|Line 1/],
    [
      `${meta('')}\nconst x = 1;\n  await import('x');`,
      /Line 4, column 9: "import\(\)" is not allowed/,
    ],
    [`${meta('')}\nconst fs = require('fs');`, /Line 3, column 12: "require\(\)" is not allowed/],
    [`${meta('')}\nlog(import.meta.url);`, /Line 3, column 5: "import\.meta" is not allowed/],
    [`${meta('')}\nconst x: number = 1;`, /line 3, .*TypeScript syntax is not understood/],
    [`${meta('')}\ninterface A { b: string }`, /line 3, .*TypeScript syntax is not understood/],
  ])(
    'no ambient authority: refused before the run starts, with its place: %s',
    async (source, message) => {
      const runs = (await house.store.sessions({ limit: 1000 })).length;
      await expect(play(source)).rejects.toThrow(message);
      expect((await house.store.sessions({ limit: 1000 })).length).toBe(runs);
    },
  );

  test.each([
    ['await fetch("https://a.b");', /fetch does not exist in a workflow script\. An agent reads/],
    ['return process.env.HOME;', /process does not exist .* as an argument/],
    ['await new Promise((r) => setTimeout(r, 9));', /setTimeout does not exist .* await/],
    ['return fs.readFileSync("a");', /fs does not exist .* agents read files/],
    ['return await Bash("ls");', /Bash does not exist .* in the prompt of an agent/],
  ])('no ambient authority: %s says what to do instead', async (line, message) => {
    const run = await play(meta(line));
    expect(run.error).toMatch(message);
    expect(run.error).toContain('(test.js, line 2)');
    const inside = await play(meta(`return parallel([async () => { ${line} }]);`));
    expect(inside.log.join('\n')).toMatch(message);
  });

  test('determinism: the clock and chance throw and say why; new Date(value) works', async () => {
    const run = await play(
      meta(`const tell = (f) => { try { return f(); } catch (error) { return error.message; } };
return [tell(() => Date.now()), tell(() => Math.random()), tell(() => new Date()), tell(() => Date()),
  new Date('2026-01-02T03:04:05Z').toISOString(), new Date(0).getTime(), Date.UTC(2020, 0), Math.max(1, 2)];`),
    );
    const why = expect.stringContaining('A resumed run must take the same path again');
    expect(run.result).toEqual([
      ...[why, why, why, why],
      ...['2026-01-02T03:04:05.000Z', 0, 1577836800000, 2],
    ]);
  });

  test.each([
    [
      'items per parallel',
      `await parallel(Array(4097).fill(() => 1));`,
      /parallel was given 4097 items, and the limit is 4096/,
    ],
    [
      'items per pipeline',
      `await pipeline(Array(4097).fill(1), (x) => x);`,
      /pipeline was given 4097 items, and the limit is 4096/,
    ],
    ['log lines', `for (let i = 0; i <= 10_000; i++) log('x');`, /logged more than 10000 lines/],
    [
      'a log line',
      `log('x'.repeat(200_000));`,
      /A log line has 200000 characters, and the limit is 131072/,
    ],
    [
      'the result',
      `return 'x'.repeat(5_000_000);`,
      /The result of the workflow has 5000002 characters of JSON, and the limit is/,
    ],
    [
      'a prompt',
      `await agent('x'.repeat(2_000_000));`,
      /has \d+ characters of JSON, and the limit is/,
    ],
    ['CPU time', `for (;;);`, /ran for more than a second without giving control back/],
    ['memory', `const a = []; for (;;) a.push(new Array(100_000).fill(a.length));`, /memory/],
  ])('limits: %s gives an explicit error', async (_, body, message) => {
    const run = await play(meta(body));
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(message);
  });

  test('limits: agents per run, 1,000, nested ones included', async () => {
    const source =
      meta(`const all = await parallel(Array.from({ length: 1000 }, (_, i) => () => agent('same')));
let more; try { await agent('one more'); } catch (error) { more = error.message; }
return [all.filter(Boolean).length, more];`);
    const run = await house.play(source);
    expect(run.result).toEqual([1000, 'The run has started 1000 agents, which is the limit.']);
  }, 60_000);

  test('limits: concurrent agents, by the setting', async () => {
    const { settings } = house;
    house.settings = { ...settings, maxConcurrentAgents: 3 };
    let now = 0;
    let most = 0;
    const stop = house.store.subscribe((frame) => {
      if (frame.type !== 'execution.status') return;
      if (frame.execution.status === 'completed') now -= 1;
      else if (frame.execution.status === 'running' && frame.execution.model_calls === 0) now += 1;
      most = Math.max(most, now);
    });
    const run = await play(
      meta(
        `return (await parallel(Array.from({ length: 12 }, (_, i) => () => agent('n' + i)))).length;`,
      ),
    );
    stop();
    house.settings = settings;
    expect(run.result).toBe(12);
    expect(most).toBeLessThanOrEqual(3);
  });

  test('steps and cache: the nth identical call is a step of its own; three votes are three answers', async () => {
    let votes = 0;
    house.server.script(() => {
      votes += 1;
      return { text: `vote ${votes}` };
    });
    const source = meta(
      `return (await parallel([1, 2, 3].map(() => () => agent('Vote!')))).sort();`,
    );
    const first = await house.play(source);
    const second = await house.play(source);
    expect(first.result).toEqual(['vote 1', 'vote 2', 'vote 3']);
    expect(second.result).toEqual(first.result);
    expect(votes).toBe(3);
    expect(new Set(first.snapshot.executions.map((e) => e.step_key)).size).toBe(3);
  });

  test.each([
    ['prompt', `agent('P2')`],
    ['system', `agent('P', { system: 's' })`],
    ['model', `agent('P', { model: 'm' })`],
    ['tools', `agent('P', { tools: [] })`],
    ['budget', `agent('P', { budget: 1e6 })`],
    ['effort', `agent('P', { effort: 'low' })`],
    ['agent type', `agent('P', { agentType: 'Explore' })`],
  ])('steps and cache: the %s is a part of the key, label and phase are not', async (_, call) => {
    await house.play(meta(`return agent('P');`));
    const same = await house.play(meta(`phase('Other'); return agent('P', { label: 'renamed' });`));
    expect(same.snapshot.executions[0]?.cached_from).toBeTruthy();
    const other = await house.play(meta(`return ${call};`));
    expect(other.snapshot.executions[0]?.step_key).not.toBe(same.snapshot.executions[0]?.step_key);
  });

  test('discovery: workspace before home before built-in, .claude too; hidden names and broken files are listed', async () => {
    const named = (name: string, of: string) =>
      `export const meta = { name: '${name}', description: '${of}' }; return '${of}';`;
    await house.put({
      'workspace/.boocode/workflows/d1.js': named('twice', 'workspace boocode'),
      'workspace/.claude/workflows/d1.js': named('twice', 'workspace claude'),
      'home/.boocode/workflows/d2.js': named('twice', 'home boocode'),
      'home/.claude/workflows/d3.js': named('of-claude-home', 'home claude'),
      'workspace/.boocode/workflows/deep-research.js': named('deep-research', 'my own'),
      'workspace/.claude/workflows/bad.js': 'export const meta = { name: nope() };',
    });
    const entries = await house.workflows.list();
    const listed = (name: string) =>
      entries
        .filter((e) => e.name === name)
        .map((e) => [e.source, e.description.slice(0, 16), e.hidden_by !== undefined]);
    expect(listed('twice')).toEqual([
      ['workspace', 'workspace boocod', false],
      ['workspace', 'workspace claude', true],
      ['home', 'home boocode', true],
    ]);
    expect(listed('of-claude-home')).toEqual([['home', 'home claude', false]]);
    expect(listed('deep-research').map(([source, , hidden]) => [source, hidden])).toEqual([
      ['workspace', false],
      ['built-in', true],
    ]);
    expect(entries.find((e) => e.name === 'bad')?.problem).toMatchObject({
      message: expect.stringContaining('pure literal'),
      position: { line: 1, column: 29 },
    });
    const run = await house.workflows.run('twice');
    expect((await run.ended).result).toBe('workspace boocode');
    await expect(house.workflows.run('bad')).rejects.toThrow(/^bad\.js: Line 1: "meta" must be/);
  });
});
