// Attacks on the sandbox: scripts that look for a way to the host, to modules, to time and chance.
import { afterAll, describe, expect, test } from 'vitest';
import { newPool, play } from './sandbox.house.ts';

const pool = newPool();
afterAll(() => pool.close());

const NOTHING = 'undefined undefined undefined';
/** What a function of the host would see and a function of the isolate does not. */
const SEEN = `'return [typeof process, typeof require, typeof setTimeout].join(" ")'`;

/**
 * Walks everything that can be reached from some values, and returns the paths of what belongs to
 * another world: functions that are not this script's own kind, objects of isolated-vm, and what the
 * host put there to be called, which has no name and no source, as few of the language's have.
 */
const CRAWL = `
function foreign(roots) {
  const seen = new Set(), found = [];
  const accessors = (owner, key) => { const { get, set } = Object.getOwnPropertyDescriptor(owner, key); return [get, set]; };
  const nameless = [Function.prototype, ...accessors(Function.prototype, 'caller'), ...accessors(new Error(''), 'stack')];
  const open = Object.entries(roots);
  while (open.length > 0) {
    const [path, value] = open.pop();
    if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue;
    seen.add(value);
    const parent = Object.getPrototypeOf(value);
    if (parent === null && value !== Object.prototype && 'constructor' in value) found.push(path);
    const maker = Object.getOwnPropertyDescriptor(value, 'constructor')?.value?.name;
    if (/^(?:Reference|Callback|ExternalCopy|Isolate|Context|Script|Module)$/.test(maker)) found.push(path);
    if (typeof value === 'function' && !(value instanceof Function) && value !== Function.prototype) found.push(path);
    if (typeof value === 'function' && !nameless.includes(value) && Function.prototype.toString.call(value) === 'function () { [native code] }') found.push(path);
    open.push([path + '.[[Prototype]]', parent]);
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      for (const part of ['value', 'get', 'set']) open.push([path + '.' + String(key), property[part]]);
    }
  }
  return { found, seen: seen.size };
}`;

/** A function that keeps who called it: of its own kind, since one of a module may not ask. */
const CALLED_BY = `const callers = [];
const calledBy = new Function('callers', 'return function () { callers.push(arguments.callee.caller); return "p"; }')(callers);`;

describe('a way out through objects', () => {
  test('everything that a script can reach belongs to its own world', async () => {
    const { result, failure } = await play(
      pool,
      `${CRAWL}
let sites; Error.prepareStackTrace = (_, all) => { sites ??= all; return ''; };
const call = agent('x'); delete Error.prepareStackTrace;
const failed = await agent('fail').catch((error) => error);
const handle = agent('n', { prompt: 'p' });
const out = foreign({ globalThis, call, failed, handle, sites, args, answer: await agent('object') });
return { ...out, sites: sites.length > 0 };`,
      {
        args: { list: [{ deep: true }] },
        answer: ({ prompt }) =>
          prompt === 'fail'
            ? { error: { name: 'AgentError', message: 'no', kind: 'limit' } }
            : { value: { nested: [1, { x: 2 }] } },
      },
    );
    expect(failure).toBeUndefined();
    expect(result).toEqual({ found: [], seen: expect.any(Number), sites: true });
    expect(Object(result).seen).toBeGreaterThan(500);
  });

  test('the globals are those of the language and of the format, and no others', async () => {
    const { result } = await play(
      pool,
      `return Object.getOwnPropertyNames(globalThis).filter((name) => !/(?:Array|Error)$/.test(name)).sort()`,
    );
    expect(result).toEqual(
      [
        ...['ArrayBuffer', 'AsyncDisposableStack', 'BigInt', 'Boolean', 'DataView', 'Date'],
        ...['DisposableStack', 'Function', 'Infinity', 'Intl', 'Iterator', 'JSON', 'Map', 'Math'],
        ...['NaN', 'Number', 'Object', 'Promise', 'Proxy', 'Reflect', 'RegExp', 'Set', 'String'],
        ...['Symbol', 'WeakMap', 'WeakSet', 'agent', 'args', 'budget', 'console', 'decodeURI'],
        ...['decodeURIComponent', 'encodeURI', 'encodeURIComponent', 'escape', 'eval'],
        ...['globalThis', 'isFinite', 'isNaN', 'log', 'parallel', 'parseFloat', 'parseInt'],
        ...['phase', 'pipeline', 'undefined', 'unescape', 'workflow'],
      ].sort(),
    );
  });

  test.each([
    ['a literal', `return [].constructor.constructor(${SEEN})()`],
    ['agent()', `return agent.constructor(${SEEN})()`],
    ['console', `return console.log.constructor.constructor(${SEEN})()`],
    [
      'a getter of budget',
      `return Object.getOwnPropertyDescriptor(budget, 'total').get.constructor(${SEEN})()`,
    ],
    [
      'the promise of an agent',
      `return (await agent('x'), agent('y').constructor.constructor(${SEEN})())`,
    ],
    [
      'an agent that is defined',
      `return agent('n', { prompt: 'p' }).constructor.constructor(${SEEN})()`,
    ],
    ['arguments', `return args.list.constructor.constructor(${SEEN})()`],
    [
      'an async function',
      `return (await (async () => {}).constructor('return 0')(), (async () => {}).constructor(${SEEN})())`,
    ],
    ['a generator', `return (function* () {}).constructor(${SEEN})().next().value`],
    [
      'an asynchronous generator',
      `return (await (async function* () {}).constructor(${SEEN})().next()).value`,
    ],
    ['indirect eval', `return (0, eval)('new Function(${SEEN.replaceAll("'", '`')})()')`],
    [
      'an error of the prelude',
      `try { parallel.call(null, 1).catch(() => {}); agent(5, { prompt: 1 }); } catch (error) { return error.constructor.constructor(${SEEN})(); }`,
    ],
    [
      'an error of the host',
      `return agent('fail').catch((error) => error.constructor.constructor(${SEEN})())`,
    ],
    [
      'a stack overflow',
      `let deepest; const dive = () => { try { dive(); } catch (error) { deepest ??= error; } }; dive(); return deepest.constructor.constructor(${SEEN})()`,
    ],
    [
      'a stack overflow inside of the API',
      `const seen = []; const dive = () => { try { dive(); } catch (error) { seen.push(error); log('x'); } }; try { dive(); } catch (error) { seen.push(error); } return seen.map((error) => error.constructor.constructor(${SEEN})()).find((text) => !text.startsWith('undefined undefined')) ?? '${NOTHING}'`,
    ],
    [
      'a species constructor',
      `class Mine extends Promise {} ; return Mine.resolve(agent('x')).then(() => Mine.constructor.constructor(${SEEN})())`,
    ],
    ['a tagged template', `return ((parts) => parts.raw.constructor.constructor(${SEEN})())\`x\``],
  ])('%s leads to no host object', async (_, body) => {
    const end = await play(pool, body, {
      args: { list: [] },
      answer: ({ prompt }) =>
        prompt === 'fail' ? { error: { name: 'AgentError', message: 'no' } } : { value: 'x' },
    });
    // An asynchronous function's answer is a promise, which arrives awaited.
    expect(end).toMatchObject({ result: NOTHING });
  });

  test.each([
    [
      'call sites give no function',
      `let sites; Error.prepareStackTrace = (_, all) => { sites ??= all; return ''; }; await agent('x'); return sites.map((site) => site.getFunction()).filter(Boolean).length`,
      0,
    ],
    [
      'call sites give no receiver',
      `let sites; Error.prepareStackTrace = (_, all) => { sites ??= all; return ''; }; await agent('x'); return sites.map((site) => site.getThis()).filter(Boolean).length`,
      0,
    ],
    [
      'the caller of a getter stays hidden',
      `${CALLED_BY} await agent('n', Object.defineProperty({}, 'prompt', { get: calledBy, enumerable: true })); return callers`,
      [null],
    ],
    [
      'the caller of a function stays hidden',
      `${CALLED_BY} await parallel([calledBy]); return callers`,
      [null],
    ],
    [
      'this is undefined or the own global',
      `let self; await parallel([function () { self = this; }]); return self === undefined || self === globalThis`,
      true,
    ],
  ])('%s', async (_, body, expected) => {
    expect(await play(pool, body)).toMatchObject({ result: expected });
  });
});

describe('a way out through modules', () => {
  test.each([
    ['eval', `return eval("import('node:fs')").then(() => 'in', String)`],
    ['Function', `return new Function("return import('node:fs')")().then(() => 'in', String)`],
    [
      'an async function constructor',
      `return (async () => {}).constructor("return import('node:child_process')")().then(() => 'in', String)`,
    ],
    [
      'data: addresses',
      `return eval("import('data:text/javascript,export default 1')").then(() => 'in', String)`,
    ],
    ['its own file', `return eval("import('attack.js')").then(() => 'in', String)`],
  ])('import() through %s is refused', async (_, body) => {
    expect(await play(pool, body)).toMatchObject({ result: 'Error: Not supported' });
  });

  test.each([
    ['import.meta', `return eval('import.meta')`],
    ['a static import', `return eval('import fs from "node:fs"')`],
    ['a static import in a Function', `return new Function('import fs from "node:fs"')()`],
  ])('%s is a syntax error', async (_, body) => {
    const { failure } = await play(pool, body);
    expect(failure?.message).toMatch(/^SyntaxError: Cannot use /);
  });

  test('a module of its own inherits nothing', async () => {
    const { result } = await play(
      pool,
      `return ['process', 'require', 'module', 'exports', '__dirname', '__filename', 'global', 'fetch', 'Buffer', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'crypto', 'navigator', 'WebSocket', 'Worker', 'MessageChannel', 'structuredClone', 'WebAssembly', 'ShadowRealm', 'd8', 'gc', 'print'].filter((name) => name in globalThis || eval('typeof ' + name) !== 'undefined')`,
    );
    expect(result).toEqual([]);
  });
});

describe('time, chance and what is shared', () => {
  const each = (attempts: string): string => `
const refused = [];
for (const attempt of [${attempts}]) {
  try { refused.push([String(attempt), String(attempt())]); } catch (error) { if (!/not available in a workflow/.test(error.message)) refused.push([String(attempt), String(error)]); }
}
return refused;`;

  test.each([
    [
      'Date',
      `() => Date.now(), () => new Date(), () => Date(), () => Date.call({}, 1), () => Reflect.construct(Date, []), () => Reflect.construct(Date, [], Object)`,
    ],
    [
      'what leads to Date',
      `() => new (new Date(0).constructor)(), () => new (class extends Date {})(), () => Date.prototype.constructor.now(), () => new (Object.getPrototypeOf(new Date(5)).constructor)()`,
    ],
    [
      'Intl',
      `() => new Intl.DateTimeFormat('en').format(), () => Intl.DateTimeFormat('en').format(undefined), () => new Intl.DateTimeFormat('en').formatToParts(), () => Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, 'format').get.call(Intl.DateTimeFormat())()`,
    ],
    [
      'Math.random',
      `() => Math.random(), () => Math.random.call(null), () => [1, 2].sort(() => Math.random())`,
    ],
  ])('no way of %s tells two runs apart', async (_, attempts) => {
    expect(await play(pool, each(attempts))).toMatchObject({ result: [] });
  });

  test('garbage collection, shared memory and blocking cannot be seen', async () => {
    const { result } = await play(
      pool,
      `return ['SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'Temporal', 'WebAssembly'].filter((name) => eval('typeof ' + name) !== 'undefined')`,
    );
    expect(result).toEqual([]);
  });

  test('a fixed date is told in the same words on every computer', async () => {
    const { result } = await play(
      pool,
      `return [new Date(0).toString(), new Date(0).toLocaleString(), Intl.DateTimeFormat().resolvedOptions().timeZone]`,
    );
    expect(result).toEqual([
      'Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)',
      '1/1/1970, 12:00:00 AM',
      'UTC',
    ]);
  });
});
