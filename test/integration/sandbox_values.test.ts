// Attacks on the sandbox: values that are no plain JSON, too large, too deep, or poisoned.
import { afterAll, describe, expect, test } from 'vitest';
import { newPool, play } from './sandbox.house.ts';

const pool = newPool();
afterAll(() => pool.close());

describe('results', () => {
  test.each([
    ['a cycle', `const loop = {}; loop.self = loop; return loop`, /circular structure/],
    ['a BigInt', `return [1n]`, /"0" in it is a BigInt/],
    ['a function', `return { f() {} }`, /"f" in it is a function/],
    ['a symbol', `return Symbol('x')`, /it is a symbol/],
    ['a Map', `return new Map()`, /it is a Map; use Object\.fromEntries/],
    ['a promise inside', `return [agent('x')]`, /"0" in it is a promise; await it first/],
    ['an agent inside', `return { a: agent('n', { prompt: 'p' }) }`, /was not awaited/],
    [
      'a revoked proxy',
      `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy`,
      /revoked/,
    ],
    [
      'a getter that throws',
      `return { get x() { throw new Error('from the getter'); } }`,
      /from the getter/,
    ],
    [
      '3 MB of text',
      `return 'x'.repeat(3e6)`,
      /3000002 characters of JSON, and the limit is 2097152/,
    ],
    [
      '20,000 levels',
      `let deep = []; for (let i = 0; i < 2e4; i += 1) deep = [deep]; return deep`,
      /call stack/,
    ],
    [
      '3,000 levels',
      `let deep = []; for (let i = 0; i < 3000; i += 1) deep = [deep]; return deep`,
      /nested more than 200 levels/,
    ],
    [
      '3,000 levels of objects',
      `let deep = {}; for (let i = 0; i < 3000; i += 1) deep = { deep }; return deep`,
      /nested more than 200 levels/,
    ],
    [
      'a thenable that is rejected',
      `return { then(_, fail) { fail(new Error('inside')); } }`,
      /inside/,
    ],
    [
      'a thenable that resolves to itself without end',
      `let turns = 0; const loop = { then(done) { if ((turns += 1) < 50) done(loop); else throw new Error('turned ' + turns); } }; return loop`,
      /turned 50/,
    ],
  ])('%s fails the run in words', async (_, body, message) => {
    const { failure } = await play(pool, body);
    expect(failure).toMatchObject({ kind: 'script', message: expect.stringMatching(message) });
  });

  test.each([
    ['undefined parts', `return { a: undefined, b: [undefined, NaN, -0] }`, { b: [null, null, 0] }],
    ['brackets in texts', `return '['.repeat(5000) + '"\\\\"{'`, `${'['.repeat(5000)}"\\"{`],
    ['half characters', `return '\\ud800'`, '\ud800'],
    ['line ends and zeros', `return '\\u2028\\n\\0\\r'`, '\u2028\n\0\r'],
    ['a thenable', `return { then(done) { done('later'); } }`, 'later'],
    [
      'a class with toJSON',
      `return new (class { toJSON() { return { chosen: 1 }; } })()`,
      { chosen: 1 },
    ],
    [
      'a proxy',
      `return new Proxy({ a: 1 }, { get: (target, key) => (key === 'toJSON' ? undefined : 5) })`,
      { a: 5 },
    ],
    [
      '200 levels less the call’s own',
      `let deep = 1; for (let i = 0; i < 199; i += 1) deep = [deep]; return deep`,
      expect.any(Array),
    ],
  ])('%s arrive as JSON gives them', async (_, body, result) => {
    expect(await play(pool, body)).toMatchObject({ result });
  });

  test('keys of prototypes arrive as plain keys and change nothing in the host', async () => {
    const end = await play(
      pool,
      `const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
const schema = JSON.parse('{"type":"object","__proto__":{"polluted":1},"properties":{"__proto__":{"type":"string"}}}');
await agent('x', { schema, label: 'poison' });
await workflow('y', JSON.parse(poison)).catch(() => {});
return JSON.parse(poison);`,
      { onWorkflow: () => ({ value: null }) },
    );
    expect(end.failure).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn(Object(end.result), '__proto__')).toBe(true);
    expect(Object.getPrototypeOf(end.result)).toBe(Object.prototype);
    const [call] = end.calls;
    const schema = call?.call === 'agent' ? call.schema : undefined;
    expect(Object.getPrototypeOf(schema)).toBe(Object.prototype);
    expect(Object(schema).polluted).toBeUndefined();
  });
});

describe('what is thrown', () => {
  test.each([
    ['null', `throw null`, 'null'],
    ['undefined', `throw undefined`, 'undefined'],
    ['zero', `throw 0`, '0'],
    ['a symbol', `throw Symbol('s')`, 'Symbol(s)'],
    ['a function', `throw () => 1`, '() => 1'],
    ['a text', `throw 'plain words'`, 'plain words'],
    [
      'an object with odd fields',
      `throw { message: { toString() { return 'x'; } }, name: 5, stack: [] }`,
      '[object Object]',
    ],
    ['an object without a prototype', `throw Object.create(null)`, 'unknown error'],
    [
      'a revoked proxy',
      `const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy`,
      'unknown error',
    ],
    [
      'an error whose fields throw',
      `throw Object.defineProperties(new Error(''), { message: { get() { throw 1; } }, stack: { get() { throw 2; } }, name: { get() { throw 3; } }, toString: { value() { throw 4; } } })`,
      'unknown error',
    ],
    [
      'an error whose stack is no text',
      `const error = new Error('said'); Object.defineProperty(error, 'stack', { get: () => ({ toString() { throw 1; } }) }); throw error`,
      'Error: said',
    ],
    ['a frozen error', `throw Object.freeze(new Error('cold'))`, 'Error: cold'],
  ])('%s ends the run with what can be said of it', async (_, body, message) => {
    const { failure } = await play(pool, body);
    expect(failure).toMatchObject({ kind: 'script', message: expect.stringContaining(message) });
  });

  test('a message of a megabyte is cut', async () => {
    const { failure } = await play(pool, `throw new Error('x'.repeat(1e6))`);
    expect(failure?.message.length).toBeLessThan(20_000);
  });

  test('a promise that nobody listens to is told with its line, and the script goes on', async () => {
    const { result, calls } = await play(
      pool,
      `Promise.reject(new Error('unheard'));\nconst late = agent('');\nawait agent('x');\nreturn late.catch((e) => e.message);`,
    );
    expect(result).toMatch(/must be a text, not an empty one/);
    expect(calls.find((call) => call.call === 'log')).toMatchObject({
      level: 'warn',
      text: 'A promise failed while nothing waited for it: unheard (attack.js, line 2). Put await before it, or add catch().',
    });
  });
});

describe('options and arguments', () => {
  test.each([
    ['a number', `5`],
    ['a text', `'x'`],
    ['a function', `() => 1`],
    ['tools that are no list', `{ tools: 'read_file' }`],
    ['a timeout below zero', `{ timeout: -1 }`],
    ['a timeout that is no number', `{ timeout: NaN }`],
    ['a budget of zero', `{ budget: 0 }`],
    ['a budget that is no number', `{ budget: NaN }`],
    ['a phase that is no text', `{ phase: {} }`],
    ['a schema that is a list', `{ schema: [] }`],
    ['an effort that does not exist', `{ effort: 'huge' }`],
    ['a label of 20,000 characters', `{ label: 'x'.repeat(20000) }`],
    ['a prompt of 2 MB', `{ system: 'x'.repeat(2e6) }`],
    [
      'a cyclic schema',
      `(() => { const schema = {}; schema.self = schema; return { schema }; })()`,
    ],
    ['a BigInt in the schema', `{ schema: { minimum: 1n } }`],
    ['a getter that throws', `{ get model() { throw new TypeError('no'); } }`],
    ['a proxy that throws', `new Proxy({}, { ownKeys() { throw new TypeError('no'); } })`],
  ])('%s is refused with an error that the script can catch', async (_, options) => {
    const end = await play(
      pool,
      `try { await agent('x', ${options}); return 'accepted'; } catch (error) { return [error instanceof Error, error.name]; }`,
    );
    expect(end.result).toEqual([true, expect.stringMatching(/^(?:Type|Range)Error$/)]);
    expect(end.calls.filter(({ call }) => call === 'agent')).toEqual([]);
  });

  test.each(['parallel(many)', 'pipeline(many, (item) => item())', `phase('P', { agents: many })`])(
    '%s refuses too many items before any of them starts',
    async (call) => {
      const end = await play(
        pool,
        `const many = Array.from({ length: 5000 }, () => () => agent('x'));\nawait ${call};`,
      );
      expect(end.failure?.message).toMatch(/was given 5000 items, and the limit is 4096/);
      expect(end.calls).toMatchObject([{ call: 'failed' }]);
    },
  );

  test('what the script does to its arguments stays with it', async () => {
    const args = { list: [1, 2], name: 'x' };
    const end = await play(
      pool,
      `args.list.length = 0; args.name = 'y'; Object.freeze(args); return args;`,
      { args },
    );
    expect(end.result).toEqual({ list: [], name: 'y' });
    expect(args).toEqual({ list: [1, 2], name: 'x' });
  });

  test('arguments with keys of prototypes stay plain data', async () => {
    const end = await play(
      pool,
      `return [({}).polluted ?? null, Object.hasOwn(args, '__proto__')];`,
      {
        args: JSON.parse('{"__proto__":{"polluted":1}}'),
      },
    );
    expect(end.result).toEqual([null, true]);
  });
});
