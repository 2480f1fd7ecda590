// Workflows and arguments that cannot be used: each is refused in words that say what to change.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { meta, WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const runs = async () => (await house.store.sessions({ limit: 1000 })).length;

describe('refused before a run exists', () => {
  test.each([
    [
      'exports both forms',
      `${meta('')}\nexport const workflow = { run() {} };`,
      /^test\.js: Line 3: .*both "workflow" and "meta".*remove one/,
    ],
    ['exports neither', 'const x = 1;', /exports neither "workflow" nor "meta"/],
    ['is CommonJS', 'module.exports = { run() {} };', /exports neither/],
    [
      'has a meta with a computed value',
      `export const meta = { name: 'test', description: ['a'].join() };`,
      /^test\.js: Line 1: "meta" must be a pure literal, and this is a call/,
    ],
    [
      'has a meta with a spread',
      `const more = {};\nexport const meta = { name: 'test', description: 'd', ...more };`,
      /Line 2|first statement/,
    ],
    [
      'has a name with path parts',
      `export const meta = { name: '../../etc/passwd', description: 'd' };`,
      /The name "\.\.\/\.\.\/etc\/passwd" cannot be used/,
    ],
    [
      'has an empty name',
      `export const meta = { name: '', description: 'd' };`,
      /"meta\.name" is not valid|name "" cannot be used/,
    ],
    ['has a form 1 without run', `export const workflow = { name: 'test' };`, /no "run" function/],
    ['has 5 MB', `${meta('')}\n//${'x'.repeat(5 * 1024 * 1024)}`, /the limit .* is 1024 KB/],
    ['is empty', '', /exports neither/],
    ['is binary', '\u0000\u0001\u0002', /Syntax error at line 1/],
    ['nests without end', `${meta('')}\n${'['.repeat(50_000)}`, /cannot be parsed|Syntax error/],
  ])('a script that %s', async (_, source, message) => {
    const before = await runs();
    await expect(house.play(source)).rejects.toThrow(message);
    expect(await runs()).toBe(before);
  });

  test.each(['', '../test', 'no\u0000thing', 'x'.repeat(10_000), '__proto__', 'constructor'])(
    'a workflow name that is none: %j',
    async (name) => {
      await expect(house.workflows.run(name)).rejects.toThrow(/There is no workflow named/);
    },
  );

  test.each([
    [
      '10 MB',
      'x'.repeat(10_000_000),
      /The arguments have 10000002 characters of JSON, and the limit is/,
    ],
    ['a function', { deep: [() => 1] }, /"0" is a function/],
    ['a BigInt', { n: 1n }, /"n" is a bigint/],
    ['a symbol', Symbol('x'), /They are a symbol/],
  ])('arguments: %s', async (_, args, message) => {
    await expect(house.play(meta(''), args)).rejects.toThrow(message);
  });

  test('arguments: a cycle', async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    await expect(house.play(meta(''), cyclic)).rejects.toThrow(/circular/i);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'a budget of %d for the run',
    async (budget_tokens) => {
      await expect(house.play(meta(''), undefined, { budget_tokens })).rejects.toThrow(
        /A budget must be a positive number of tokens/,
      );
      await expect(
        house.play(meta(''), undefined, { budget_steps: budget_tokens }),
      ).rejects.toThrow(/A budget must be a positive number of steps/);
    },
  );
});

describe('refused while the script runs', () => {
  test.each([
    [
      'a function',
      `return () => 1;`,
      /The result of the workflow must be JSON, and it is a function/,
    ],
    ['a function inside', `return { a: [() => 1] };`, /"0" in it is a function/],
    ['a BigInt', `return { n: 10n };`, /"n" in it is a BigInt/],
    ['a symbol', `return [Symbol('x')];`, /a symbol/],
    ['a cycle', `const a = {}; a.a = a; return a;`, /circular/i],
    ['a Map', `return new Map([[1, 2]]);`, /a Map; use Object\.fromEntries/],
    ['an agent that was not awaited', `return [agent('x', { prompt: 'y' })];`, /not awaited/],
    ['a getter that throws', `return { get x() { throw new Error('boom'); } };`, /boom/],
    ['a toJSON that throws', `return { toJSON() { throw new Error('bang'); } };`, /bang/],
  ])('a result that is %s', async (_, body, message) => {
    const run = await house.play(meta(body));
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(message);
  });

  test('a result that is undefined is no result, and no failure', async () => {
    const run = await house.play(meta('return undefined;'));
    expect(run.status).toBe('completed');
    expect(run.result).toBeUndefined();
    expect((await house.play(meta('return { a: undefined, b: NaN };'))).result).toEqual({
      b: null,
    });
  });

  test('a circle of nested workflows: the second call throws, and the run ends with it', async () => {
    const calling = (name: string, next: string): string =>
      `export const meta = { name: '${name}', description: 'd' };\nreturn workflow('${next}');`;
    await house.put({ 'workspace/.boocode/workflows/pong.js': calling('pong', 'ping') });
    const run = await house.play(calling('ping', 'pong'), undefined, { name: 'ping' });
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(/called by another one cannot call a third one/);
    const own = await house.play(calling('me', 'me'), undefined, { name: 'me' });
    expect(own.error).toMatch(/called by another one cannot call a third one/);
  });

  test('a runtime error carries the script’s stack, in the log and with its place', async () => {
    const run = await house.play(
      meta(
        `const inner = (x) => {\n  throw new Error('deep ' + x);\n};\nfunction outer() {\n  inner(1);\n}\nawait agent('x');\nouter();`,
      ),
    );
    expect(run.error).toMatch(/^deep 1 \(test\.js, line 3\)$/);
    expect(run.log.at(-1)).toMatch(
      /^error deep 1 .*\n\s+at inner \(test\.js:3:9\)\n\s+at outer \(test\.js:6:3\)\n/,
    );
    const [line] = run.snapshot.timeline.filter((e) => e.metadata.level === 'error');
    expect(line?.metadata).toMatchObject({
      line: 3,
      column: 9,
      path: expect.stringMatching(/test\.js$/),
    });
  });

  test('an agent id used twice: the later ones are numbered, and the log says so', async () => {
    const run = await house.play(
      workflow(
        `return parallel([agent('twin', { prompt: 'a' }), agent('twin', { prompt: 'b' }), agent('twin', { prompt: 'c' })]);`,
      ),
    );
    expect(run.result).toEqual(['[a]', '[b]', '[c]']);
    expect(run.snapshot.executions.map((e) => e.agent_name)).toEqual([
      'twin',
      'twin (2)',
      'twin (3)',
    ]);
    expect(run.log).toEqual([
      'warn The agent id "twin" is used more than once; the later ones are numbered.',
    ]);
  });

  const bad = ['0', '-5', 'NaN', 'Infinity', '"many"', '{}', '{ tokens: 0 }', '{ steps: NaN }'];
  test.each(
    bad.flatMap((value) => [
      [value, `budget(${value})`],
      [value, `await agent('x', { prompt: 'x', budget: ${value} })`],
      [value, `await agent('x', { budget: ${value} })`],
      [value, `await parallel([agent('x', { prompt: 'x' })], { budget: ${value} })`],
      [value, `await phase('P', { agents: [agent('x', { prompt: 'x' })], budget: ${value} })`],
    ]),
  )('a budget of %s in %s', async (_, call) => {
    const before = house.server.requests.length;
    const run = await house.play(meta(`${call};`));
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(/budget/i);
    expect(house.server.requests.length).toBe(before);
  });

  test.each([
    ['agent()', /first argument of agent\(prompt\) must be a text/],
    ['agent("")', /must be a text/],
    ['agent("a", "options")', /options of agent "a" must be an object, not a string/],
    ['agent("", { prompt: "x" })', /must be a name/],
    ['agent("a", { prompt: "" })', /prompt of agent "a" must be a text/],
    [
      'agent("a", { tools: ["no_such_tool"] })',
      /tools that do not exist: no_such_tool\. There are/,
    ],
    ['agent("a", { effort: "huge" })', /"effort" is not valid/],
    ['agent("a", { isolation: "container" })', /"isolation" is not valid/],
    ['agent("a", { timeout: -1 })', /"timeout" is not valid/],
    ['agent({ prompt: "x" })', /must be a text, not an object/],
    ['agent(agent("x"))', /must be a text, not a promise \(await it first\)/],
    ['agent(["x"])', /must be a text, not an array \(join it first\)/],
    ['parallel("x")', /parallel needs an array\. It was given x/],
    ['parallel(() => 1, () => 2)', /parallel needs an array\. Put \[ \] around/],
    ['parallel(new Set([() => 1]))', /parallel needs an array\. Write \[\.\.\.x\]/],
    ['parallel(Promise.resolve([]))', /parallel needs an array\. Put await before/],
    ['pipeline(args, (x) => x)', /pipeline needs an array\. It was given undefined/],
    ['pipeline([1], [(x) => x])', /Stage 1 of pipeline must be a function\. .* one after another/],
    ['pipeline([1], Promise.resolve(1))', /Stage 1 of pipeline must be a function\. .*=>/],
    ['phase("x", async () => agent("y"))', /phase\(\) runs no function\. Call phase\("x"\)/],
    ['pipeline([1])', /pipeline: Item 1 is 1; it must be an agent, a promise or a function/],
    ['phase("x", { agents: [1] })', /phase: Item 1 is 1; it must be an agent/],
    ['pipeline()', /pipeline needs an array/],
    ['pipeline([1], 2)', /Stage 1 of pipeline must be a function/],
    ['Promise.all(["a"].map(agent))', /options of agent "a" .* not a number\. In map\(\), write/],
    ['phase("x".repeat(300))', /title of phase\(\) has 300 characters, and the limit is 200/],
    ['Promise.any([agent("")])', /All promises were rejected \(cause: The first argument/],
    ['phase()', /phase\(\) needs a title/],
    ['phase("x", { budget: 5 })', /needs \{ agents/],
    ['workflow()', /needs a name or \{ scriptPath \}/],
  ])('a call that cannot be meant: %s', async (call, message) => {
    const run = await house.play(meta(`await ${call};`));
    expect(run.status).toBe('failed');
    expect(run.error).toMatch(message);
    expect(run.error).toContain('(test.js, line 2)');
  });

  test.each([
    ['const { files } = args;', undefined, /destructure.* started without arguments/],
    ['return args.files.map((f) => f);', undefined, /\(reading 'files'\)\. .* without arguments/],
    ['return args.files.map((f) => f);', 'plain', /arguments are a text here; .* give JSON/],
  ])('arguments that the script needs and does not get: %s', async (line, args, message) => {
    const run = await house.play(meta(line), args);
    expect(run.error).toMatch(message);
    expect(run.error).toContain('(test.js, line 2)');
  });

  test('an agent that died and whose null is read: the error names it', async () => {
    house.server.script(() => ({ fault: { kind: 'status', status: 401 } }));
    const run = await house.play(meta(`const plan = await agent('plan');\nreturn plan.found;`));
    expect(run.error).toMatch(
      /reading 'found'\)\. An agent that dies .* gives null, as "plan" in line 2 did.*\(test\.js, line 3\)/,
    );
  });

  test('a cause is told with the error that was made of it', async () => {
    const run = await house.play(meta(`throw new Error('outer', { cause: new Error('inner') });`));
    expect(run.error).toBe('outer (cause: inner) (test.js, line 2)');
  });

  test('a result that is used without await is told: in a prompt, and at the end', async () => {
    const run = await house.play(
      meta(
        `const first = agent('first');\nawait agent('go on: ' + first);\nagent('left', { cache: false });`,
      ),
      undefined,
      { fresh: true },
    );
    expect(run.log).toContain(
      'warn The prompt of the agent in line 3 holds "[object Promise]": a promise was used as text. Put await before the call that gives it.',
    );
    expect(run.log.at(-1)).toBe(
      'warn The script ended without waiting for 1 of its agents; they were stopped ("left" in line 4). Write await before the calls whose results are needed.',
    );
  });

  test('an object in a prompt is told', async () => {
    const run = await house.play(meta(`await agent('look at ' + { a: 1 });`));
    expect(run.log).toEqual([expect.stringMatching(/\[object Object\].*JSON\.stringify/)]);
  });

  test('an option that is misspelt: the log says which was meant', async () => {
    const run = await house.play(meta(`await agent('a', { lable: 'x', schma: {}, modle: 'm' });`));
    expect(run.log).toEqual(
      ['label', 'schema', 'model'].map((name) =>
        expect.stringContaining(`is not known and is ignored. Did you mean "${name}"?`),
      ),
    );
  });

  test('an option that is not known is ignored, with one line in the log', async () => {
    const run = await house.play(
      meta(`await agent('a', { stallMs: 5 }); return agent('b', { stallMs: 6 });`),
    );
    expect(run.result).toBe('[b]');
    expect(run.log).toEqual(['warn The agent option "stallMs" is not known and is ignored.']);
  });
});
