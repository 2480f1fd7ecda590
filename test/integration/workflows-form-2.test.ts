// The rows of form 2 of the script format, each with a test that names it. What runs is the whole way:
// file, parser, sandbox child, agents, offline server, store.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { meta, type Played, WorkflowHouse } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const play = (source: string, args?: unknown): Promise<Played> =>
  house.play(source, args, { fresh: true });
const names = (run: Played): string[] => run.snapshot.executions.map((e) => e.agent_name);
const phasesOf = (run: Played): (string | undefined)[] => {
  const titles = new Map(run.snapshot.stages.map((s) => [s.stage_id, s.title]));
  return run.snapshot.executions.map((e) => titles.get(e.stage_id ?? ''));
};
/** Requests of the server whose last user message is this. */
const requestOf = (prompt: string) =>
  house.server.requests.findLast(({ body }) =>
    body.messages.some((m) => m.role === 'user' && m.content === prompt),
  )?.body;

describe('form 2', () => {
  test('meta: pure literal, with name, description, phases and whenToUse', async () => {
    const run = await play(
      `/* a comment before it */
export const meta = {
  name: 'test', description: 'It\\'s a test', whenToUse: \`never\`,
  phases: [{ title: 'One', detail: 'd', model: 'haiku' }, { title: 'Unused' }],
}
phase('One')
return agent('x')`,
    );
    expect(run.result).toBe('[x]');
    expect(run.snapshot.stages.map((s) => [s.title, s.status])).toEqual([
      ['One', 'completed'],
      ['Unused', 'cancelled'],
    ]);
    const entry = await house.workflows.get('test');
    expect(entry).toMatchObject({ description: "It's a test", when_to_use: 'never', form: 2 });
  });

  test.each([
    [
      `export const meta = {\n  name: 'test', description: 'd',\n  tags: ['x'] };`,
      /^test\.js: Line 3: .*"tags"/,
    ],
    [`export const meta = {\n  name: 'test' };`, /no "description"/],
    [`export const meta = { name: 'test',\n description: 'a' + b };`, /Line 2: .*pure literal/],
    [`const x = 1;\nexport const meta = { name: 'test', description: 'd' };`, /first statement/],
    [`export const meta = { name: 'a', description: 'd', phases: [{}] };`, /phases/],
  ])('meta: anything else in it is an error that names the line: %s', async (source, message) => {
    await expect(play(source)).rejects.toThrow(message);
  });

  test('body: top-level await and return; the returned value is the result', async () => {
    const run = await play(
      meta(`async function later(x) { return (await agent(x)).length }
if (args === undefined) return { deep: [await later('four')], none: null }
return 'not reached'`),
    );
    expect(run.result).toEqual({ deep: [6], none: null });
    expect((await play(meta('await agent("nothing returned")'))).result).toBeUndefined();
  });

  test('args: verbatim, arrays and objects; undefined when omitted; may be taken over', async () => {
    const source = meta(`let input = args
if (typeof input === 'string') { try { input = JSON.parse(input) } catch {} }
return [Array.isArray(args), typeof args, input ?? null]`);
    expect((await play(source, ['a', { b: [1] }])).result).toEqual([
      true,
      'object',
      ['a', { b: [1] }],
    ]);
    expect((await play(source)).result).toEqual([false, 'undefined', null]);
    expect((await play(source, '{"n":1}')).result).toEqual([false, 'string', { n: 1 }]);
  });

  test('agent(prompt) starts now: two that are called are at work before either is awaited', async () => {
    const both = Promise.withResolvers<void>();
    let open = 0;
    const stop = house.store.subscribe((frame) => {
      if (frame.type === 'execution.status' && frame.execution.status === 'running') open += 1;
      if (open === 2) both.resolve();
    });
    house.server.script(() => ({ fault: { kind: 'hang' } }));
    await house.put({
      'workspace/.boocode/workflows/test.js': meta(
        `const a = agent('eager a', { cache: false }); const b = agent('eager b', { cache: false }); return [await a, await b];`,
      ),
    });
    const run = await house.workflows.run('test');
    await both.promise;
    stop();
    await house.workflows.cancel(run.run_id);
  });

  test('agent(prompt, {label, phase}): label names it, phase overrides the group, null is no choice', async () => {
    const run = await play(
      meta(`phase('Outer');
await agent('p1', { label: 'named', phase: 'Inner', model: null, schema: null, agentType: undefined });
await agent('p2\\nsecond line');
await agent('p3', { label: 'x'.repeat(300) });`),
    );
    expect(phasesOf(run)).toEqual(['Inner', 'Outer', 'Outer']);
    expect(names(run)).toEqual(['named', 'p2', `${'x'.repeat(199)}…`]);
  });

  test('agent with schema: resolves to the validated object; unions of types and additionalProperties work', async () => {
    house.server.script(() => ({
      tool_calls: [{ name: 'return_result', input: { file: null, kind: 'bug', lines: [1] } }],
    }));
    const run = await play(
      meta(`return agent('Find', { schema: {
  type: 'object', additionalProperties: false, required: ['file', 'kind', 'lines'],
  properties: { file: { type: ['string', 'null'] }, kind: { enum: ['bug', 'nit'] }, lines: { type: 'array', items: { type: 'number' } } },
} })`),
    );
    expect(run.result).toEqual({ file: null, kind: 'bug', lines: [1] });
  });

  test.each([
    [
      'a required field that is not allowed',
      `{ type: 'object', required: ['x'], additionalProperties: false, properties: {} }`,
    ],
    [
      'a minimum above the maximum',
      `{ type: 'object', properties: { n: { type: 'number', minimum: 5, maximum: 1 } }, required: ['n'] }`,
    ],
    ['no object at the root', `{ type: 'array', items: {} }`],
  ])('agent with schema: %s throws before the agent starts', async (_, schema) => {
    const before = house.server.requests.length;
    const run = await play(
      meta(
        `try { await agent('Never', { schema: ${schema} }); } catch (error) { return error.message; }`,
      ),
    );
    expect(run.result).toMatch(/^Agent "Never" cannot start\. /);
    expect(house.server.requests.length).toBe(before);
    expect(run.snapshot.executions).toEqual([]);
  });

  test('agent with schema: never satisfied within 5 tries throws with the last validation failure', async () => {
    let tries = 0;
    house.server.script(() => {
      tries += 1;
      return { tool_calls: [{ name: 'return_result', input: { count: `try ${tries}` } }] };
    });
    const run = await play(
      meta(`try { return await agent('Count', { schema: { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] } }); }
catch (error) { return { thrown: error.message }; }`),
    );
    expect(tries).toBe(5);
    expect(run.result).toEqual({
      thrown: expect.stringMatching(/in 5 tries\. The last one: \/count must be integer/),
    });
  });

  test.each([
    ['a final provider error', { kind: 'status', status: 401 } as const],
    ['a connection that breaks for good', { kind: 'close', after: 0 } as const],
  ])('agent resolves to null when it dies on %s', async (_, fault) => {
    house.server.script(() => ({ fault }));
    const run = await play(meta(`return { got: await agent('dies') };`));
    expect(run.result).toEqual({ got: null });
    expect(run.log[0]).toMatch(/^error Agent "dies" failed: /);
  });

  test('parallel(thunks): a barrier that never rejects; a thunk that throws gives null', async () => {
    const run = await play(
      meta(`const got = await parallel([
  () => agent('a'),
  () => { throw new Error('sync'); },
  async () => { throw new Error('async'); },
  async () => { await agent('b'); return 'own value'; },
  null, undefined, false && (() => agent('never')), 7,
]);
return [got, got.filter(Boolean).length];`),
    );
    expect(run.result).toEqual([['[a]', null, null, 'own value', null, null, null, null], 2]);
    expect(run.log.slice(-3)).toEqual([
      'warn parallel: item 2 failed and gives null: sync',
      'warn parallel: Item 8 is 7; it must be an agent, a promise or a function. It gives null.',
      'warn parallel: item 3 failed and gives null: async',
    ]);
  });

  test('pipeline(items, …stages): no barrier, (previous, item, index), null drops on a throw', async () => {
    const order: string[] = [];
    const slow = Promise.withResolvers<void>();
    house.server.script(async (request) => {
      const text = String(request.messages.findLast((m) => m.role === 'user')?.content);
      order.push(text);
      if (text === 'first slow') await slow.promise;
      if (text.startsWith('second [first quick]')) slow.resolve();
      return { text: `[${text}]` };
    });
    const run = await play(
      meta(`return pipeline(['slow', 'quick', 'bad', 'nothing'],
  (item) => item === 'nothing' ? null : agent('first ' + item),
  (previous, item, index) => { if (item === 'bad') throw new Error('dropped'); return previous && agent('second ' + previous + ' of ' + item + index); },
  (previous, item) => agent('third', { label: item }).then((r) => (previous ? r : null)))`),
    );
    // The quick item is in its second stage while the slow one still waits in its first.
    expect(order.indexOf('second [first quick] of quick1')).toBeLessThan(
      order.indexOf('second [first slow] of slow0'),
    );
    expect(run.result).toEqual(['[third]', '[third]', null, null]);
  });

  test('phase(title): agents that follow are grouped under it', async () => {
    const run = await play(
      meta(
        `await agent('before'); phase('A'); await agent('a'); phase('B'); await agent('b'); phase('A'); await agent('a again');`,
      ),
    );
    expect(phasesOf(run)).toEqual([undefined, 'A', 'B', 'A']);
    expect(run.snapshot.stages.every((s) => s.status === 'completed')).toBe(true);
  });

  test('budget: {total, spent(), remaining()}; null and Infinity without a limit', async () => {
    const source =
      meta(`const before = [budget.total, budget.spent(), budget.remaining() === Infinity];
await agent('spends');
return [...before, budget.spent() > 0, budget.total === null ? null : budget.total - budget.spent() === budget.remaining()];`);
    expect((await play(source)).result).toEqual([null, 0, true, true, null]);
    const limited = await house.play(source, undefined, { fresh: true, budget_tokens: 50_000 });
    expect(limited.result).toEqual([50_000, 0, false, true, true]);
  });

  test('budget: once spent reaches total, further agent() calls throw', async () => {
    const source = meta(`let rounds = 0;
try { for (;;) { await agent('round ' + rounds + ' ' + 'word '.repeat(500)); rounds += 1; } }
catch (error) { return [rounds, /budget/i.test(error.name), budget.remaining() < 1000]; }`);
    const run = await house.play(source, undefined, { fresh: true, budget_tokens: 2500 });
    expect(run.result).toEqual([expect.any(Number), true, true]);
    const [rounds] = Array.isArray(run.result) ? run.result : [];
    expect(rounds).toBeGreaterThan(0);
    expect(rounds).toBeLessThan(5);
  });

  test('workflow(nameOrRef, args): inline by name or path, beside agents; shares count and budget', async () => {
    await house.put({
      'workspace/.boocode/workflows/child.js': `export const meta = { name: 'child', description: 'd' };
const said = await agent('child ' + JSON.stringify(args)); return { said, total: budget.total };`,
      'workspace/flows/by-path.js': `export const workflow = { name: 'by-path', async run(args) { return ['form 1', args]; } };`,
    });
    const run = await house.play(
      meta(`const results = await parallel([
  () => workflow('child', { n: 1 }),
  () => workflow({ scriptPath: './flows/by-path.js' }, [2]),
  () => agent('own'),
]);
return [results, budget.spent() > 0];`),
      undefined,
      { fresh: true, budget_tokens: 90_000 },
    );
    expect(run.result).toEqual([
      [{ said: '[child {"n":1}]', total: 90_000 }, ['form 1', [2]], '[own]'],
      true,
    ]);
    expect(names(run).sort()).toEqual(['child {"n":1}', 'own']);
  });

  test('workflow(): one level deep; deeper, an unknown name, a broken or a foreign file throw', async () => {
    await house.put({
      'workspace/.boocode/workflows/circle.js': `export const meta = { name: 'circle', description: 'd' };
try { return await workflow('circle'); } catch (error) { return error.message; }`,
      'workspace/.boocode/workflows/broken.js': `export const meta = {`,
      'outside.js': meta(`return 'never'`),
    });
    const run = await play(
      meta(`const tell = async (ref) => { try { return await workflow(ref); } catch (error) { return error.message; } };
return [await tell('circle'), await tell('unknown'), await tell('broken'), await tell({ scriptPath: '../outside.js' }), await tell(7)];`),
    );
    expect(run.result).toEqual([
      expect.stringContaining('cannot call a third'),
      expect.stringContaining('There is no workflow named "unknown"'),
      expect.stringContaining('Syntax error at line 1'),
      expect.stringContaining('must be a .js file of the workspace or of a workflow folder'),
      expect.stringContaining('needs a name or { scriptPath }'),
    ]);
  });

  test('workflow(): an error of the nested script is thrown where it was called; cancelling ends both', async () => {
    await house.put({
      'workspace/.boocode/workflows/thrower.js': `export const meta = { name: 'thrower', description: 'd' };\nthrow new RangeError('inner trouble');`,
      'workspace/.boocode/workflows/hanger.js': `export const meta = { name: 'hanger', description: 'd' };\nreturn agent('hangs', { cache: false });`,
    });
    const run = await play(
      meta(`try { await workflow('thrower'); } catch (error) { return error.message; }`),
    );
    expect(run.result).toBe('RangeError: inner trouble (thrower.js, line 2)');
    house.server.script(() => ({ fault: { kind: 'hang' } }));
    await house.put({ 'workspace/.boocode/workflows/test.js': meta(`return workflow('hanger');`) });
    const working = house.frame(
      (f) => f.type === 'execution.status' && f.execution.status === 'running',
    );
    const started = await house.workflows.run('test');
    await working;
    await house.workflows.cancel(started.run_id);
    const end = await house.played(await started.ended);
    expect(end.snapshot.executions.map((e) => e.status)).toEqual(['cancelled']);
  });

  test.each(['low', 'medium', 'high', 'xhigh', 'max'])(
    'effort: %s is mapped to the reasoning setting of the model',
    async (effort) => {
      await play(meta(`return agent('effort ${effort}', { effort: '${effort}' });`));
      const sent = requestOf(`effort ${effort}`) as Record<string, unknown> | undefined;
      const mapped = { low: 'low', medium: 'high', high: 'high', xhigh: 'max', max: 'max' };
      expect(sent?.reasoning_effort).toBe(mapped[effort as keyof typeof mapped]);
    },
  );

  test('agent: one that fails before it is awaited does not end the run, which may handle it', async () => {
    const run = await play(
      meta(`const early = agent('early', { schema: { type: 'array' } });
const meanwhile = await parallel([() => agent('a'), () => agent('b')]);
try { await early; } catch (error) { return [meanwhile, error.message]; }`),
    );
    expect(run.result).toEqual([['[a]', '[b]'], expect.stringContaining('"type": "object"')]);
    expect(run.log).toEqual([
      expect.stringMatching(/^warn A promise failed while nothing waited for it: .*line 2\)/),
    ]);
  });

  test('parallel: never rejects, whatever is thrown', async () => {
    const run = await play(
      meta(`return parallel([
  () => { throw new Error('x'.repeat(300_000)); },
  () => { throw { get message() { throw 1; } }; },
  () => Promise.reject(),
  () => { throw Symbol('s'); },
]);`),
    );
    expect(run.result).toEqual([null, null, null, null]);
    expect(run.log).toHaveLength(4);
  });

  test('workflow(name, args): null stays null, what is omitted is undefined', async () => {
    await house.put({
      'workspace/.boocode/workflows/echo.js': `export const meta = { name: 'echo', description: 'd' };\nreturn args === undefined ? 'omitted' : [args];`,
    });
    const run = await play(
      meta(
        `return [await workflow('echo'), await workflow('echo', undefined), await workflow('echo', null), await workflow('echo', 0), await workflow('echo', '')];`,
      ),
    );
    expect(run.result).toEqual(['omitted', 'omitted', [null], [0], ['']]);
  });

  test('log and console: any value is shown, and none of them ends the run', async () => {
    const run = await play(
      meta(`const loop = { n: 1 }; loop.self = loop;
log(new TypeError('wrong')); log('several', 1, [2]); log(loop); log(new Map([['k', 1]])); log(new Set([1]));
log(() => 1); log(function named() {}); log(10n); log(Symbol('s')); log({ deep: { f: agent, e: new Error('in') } });
log({ get x() { throw new Error('boom'); } }); log(Promise.resolve(1)); log(agent('h', { prompt: 'p' })); log('x'.repeat(100_000).length);
console.table([{ a: 1 }]); console.group('g'); console.groupEnd(); console.dir({ a: 1 }); console.time('t'); console.assert(true, 'no'); console.assert(false, 'yes');`),
    );
    expect(run.error).toBeUndefined();
    expect(run.log).toEqual([
      'info TypeError: wrong',
      'info several 1 [2]',
      'info {"n":1,"self":"[circular]"}',
      'info {"Map":[["k",1]]}',
      'info {"Set":[1]}',
      'info [function ]',
      'info [function named]',
      'info 10',
      'info Symbol(s)',
      'info {"deep":{"f":"[function agent]","e":"Error: in"}}',
      'info [a value that cannot be shown]',
      'info [a promise that was not awaited]',
      'info [agent h, not awaited]',
      'info 100000',
      'info [{"a":1}]',
      'info g',
      'info {"a":1}',
      'error Assertion failed yes',
    ]);
  });

  test('log: an answer of an agent fits into a line', async () => {
    house.server.script(() => ({ text: 'y'.repeat(40_000) }));
    const run = await play(meta(`log(await agent('long'));`));
    expect(run.log[0]).toHaveLength('info '.length + 40_000);
  });

  test('console: as log, with levels', async () => {
    const run = await play(
      meta(`console.log('a', { b: 1 }); console.warn('w'); console.error('e'); console.info('i');`),
    );
    expect(run.log).toEqual(['info a {"b":1}', 'warn w', 'error e', 'info i']);
  });
});
