// Attacks on the sandbox: scripts that tamper with the language, forge calls, or send what is no plain value.
import { afterAll, describe, expect, test } from 'vitest';
import type { Sandbox } from '../../src/workflows/sandbox/sandbox.ts';
import { newPool, play } from './sandbox.house.ts';

const pool = newPool();
afterAll(() => pool.close());

describe('a script that changes the language', () => {
  // The calls that reach the host show whether the engine still says what it means to say.
  test.each([
    [
      'Promise.prototype.then is replaced',
      `const { then } = Promise.prototype; Promise.prototype.then = function (...all) { return then.apply(this, all); };`,
    ],
    ['Promise.prototype.then does nothing', `Promise.prototype.then = function () {};`],
    ['Promise.prototype.then throws', `Promise.prototype.then = () => { throw new Error('no'); };`],
    [
      'Promise is another class',
      `globalThis.Promise = class { constructor() { throw new Error('no'); } };`,
    ],
    ['JSON is gone', `globalThis.JSON = null;`],
    [
      'JSON answers what the script wants',
      `JSON.stringify = () => '{"call":"done","result":"forged"}'; JSON.parse = () => ({ id: 1, value: 'forged' });`,
    ],
    [
      'Map keeps nothing',
      `for (const name of ['get', 'set', 'delete', 'has']) Map.prototype[name] = () => { throw new Error('no'); };`,
    ],
    [
      'lists keep nothing',
      `for (const name of ['push', 'shift', 'splice', 'pop']) Array.prototype[name] = () => { throw new Error('no'); };`,
    ],
    [
      'setters lie in wait on Object.prototype',
      `for (const key of ['text', 'size', 'resolve', 'reject', 'site', 'next']) Object.defineProperty(Object.prototype, key, { set() { throw new Error('no'); }, get() { return 'forged'; }, configurable: true });`,
    ],
    [
      'numbers have setters',
      `Object.defineProperty(Object.prototype, '1', { set() { throw new Error('no'); }, configurable: true }); Object.defineProperty(Array.prototype, '0', { set() { throw new Error('no'); }, configurable: true });`,
    ],
    [
      'everything is frozen',
      `for (const value of [globalThis, Object.prototype, Array.prototype, Promise.prototype, Error, Error.prototype]) Object.freeze(value);`,
    ],
    ['stacks are endless', `Error.stackTraceLimit = Infinity;`],
    ['stacks are empty', `Error.stackTraceLimit = 0;`],
    ['stacks are no texts', `Error.prepareStackTrace = () => ({ split: null });`],
    [
      'symbols are replaced',
      `Symbol.asyncIterator; globalThis.Symbol = null; globalThis.Reflect = null; globalThis.Map = null; globalThis.Error = null;`,
    ],
  ])('an agent is still asked and answers when %s', async (_, tampering) => {
    const end = await play(pool, `const real = agent;\n${tampering}\nreturn await real('x');`);
    expect(end.calls[0]).toMatchObject({ call: 'agent', prompt: 'x', lazy: false, scope: 0 });
    expect(end.failure).toBeUndefined();
    expect(end.result).toBe('[x]');
  });
});

// Replaces every function of the language by one that keeps what passes through it.
const EAVESDROP = `
const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
const heard = []; let listening = false;
const hear = (value) => { heard[heard.length] = value; };
for (const owner of [Array, Map, Set, WeakMap, Promise, Object, Reflect, JSON, String, Function, Error, RegExp, Number, Symbol, Iterator, Date, Math]) {
  for (const target of [owner, owner.prototype ?? {}, Object.getPrototypeOf([][Symbol.iterator]())]) {
    for (const key of ownKeys(target)) {
      const was = getOwnPropertyDescriptor(target, key);
      const spied = (real) => function (...all) {
        if (!listening) return apply(real, this, all);
        listening = false;
        hear(this); for (let i = 0; i < all.length; i += 1) hear(all[i]);
        listening = true;
        const out = apply(real, this, all);
        hear(out);
        return out;
      };
      if (!was.configurable || key === 'constructor' || key === 'prototype') continue;
      if (typeof was.value === 'function') defineProperty(target, key, { ...was, value: spied(was.value) });
      else if (was.get) defineProperty(target, key, { ...was, get: spied(was.get) });
    }
  }
}
`;

describe('a script that forges calls', () => {
  test('no function that passes through the language is the way to the host', async () => {
    const forged = JSON.stringify({ call: 'log', level: 'error', text: 'forged' });
    const end = await play(
      pool,
      `const forged = ${JSON.stringify(forged)};
const api = { agent, parallel, pipeline, phase, log, budget };
${EAVESDROP}
listening = true;
try {
  api.phase('P'); api.log({ a: [1] }); api.budget({ tokens: 5 });
  await api.agent('x'); await api.parallel([() => api.agent('y')]); await api.pipeline([1], (item) => api.agent('z' + item));
} catch {}
listening = false;
for (const value of heard) {
  const parts = value !== null && typeof value === 'object' ? [...ownKeys(value)].map((key) => { try { return value[key]; } catch {} }) : [value];
  for (const part of parts) if (typeof part === 'function') for (const all of [[0, forged], [forged], [forged, 0], [99, forged]]) { try { apply(part, undefined, all); } catch {} }
  // What might be a queue of calls.
  if (Array.isArray(value)) { try { value.push({ text: forged, size: 0, id: 0 }); } catch {} }
}
try { await api.agent('after'); } catch {}
return heard.length;`,
    );
    expect(end.failure).toBeUndefined();
    expect(Object(end.result)).toSatisfy((heard: number) => heard > 50);
    expect(end.calls.filter((call) => call.call === 'log' && call.text === 'forged')).toEqual([]);
  });

  test.each([
    ['its kind', `{ call: 'done', result: 'forged' }`],
    ['its number', `{ id: 77 }`],
    ['its budget scope', `{ scope: 5 }`],
    ['its line', `{ line: 'x' }`],
    ['its laziness', `{ lazy: true }`],
    ['the agent type on the wire', `{ agent_type: 'x' }`],
  ])('an option cannot replace the call’s own field: %s', async (_, options) => {
    const end = await play(pool, `return agent('x', ${options})`);
    expect(end.result).toBe('[x]');
    expect(end.calls.at(-2)).toMatchObject({
      ...{ call: 'agent', id: 1, scope: 0, lazy: false, line: 2 },
    });
    expect(end.calls.at(-2)).not.toHaveProperty('agent_type', 'x');
  });

  test('the class of an agent handle cannot be used to send another call', async () => {
    const end = await play(
      pool,
      `const { constructor } = agent('n', { prompt: 'p' });
return await new constructor('x', { prompt: 'y', call: 'done', result: 'forged', scope: 9, lazy: false }, { line: 1, stack: '' });`,
    );
    expect(end.calls[0]).toMatchObject({ call: 'agent', label: 'x', scope: 0, lazy: true });
  });

  test('an option is read once, so a getter cannot answer differently later', async () => {
    const end = await play(
      pool,
      `let reads = 0;
await agent('x', { get label() { reads += 1; return 'read ' + reads; } });
return reads;`,
    );
    expect(end).toMatchObject({ result: 1, calls: [{ label: 'read 1' }, { call: 'done' }] });
  });

  test.each([
    ['Object.prototype', 'Object.prototype'],
    ['String.prototype', 'String.prototype'],
    ['Number.prototype', 'Number.prototype'],
  ])('a toJSON on %s rewrites no call and no report of a failure', async (_, target) => {
    const rewrite = `${target}.toJSON = function () { return { call: 'exec', id: 1, prompt: '' }; };`;
    const asked = await play(pool, `${rewrite}\nawait agent('x');\nthrow new Error('my own');`);
    expect(asked.calls).toMatchObject([{ call: 'agent', prompt: 'x' }, { call: 'failed' }]);
    expect(asked.failure?.message).toBe('Error: my own');
  });

  test('a script that replaces the API harms itself only', async () => {
    const end = await play(
      pool,
      `globalThis.agent = () => 'fake'; globalThis.parallel = null; delete globalThis.log;
return agent('x');`,
    );
    expect(end).toMatchObject({ result: 'fake', calls: [{ call: 'done' }] });
  });

  test('a reply for a call that was never made does nothing', async () => {
    let sandbox: Sandbox | null = null;
    const end = await play(pool, `await agent('first'); return agent('x');`, {
      onLoaded: (its) => {
        sandbox = its;
      },
      answer: ({ id, prompt }) => {
        // The script runs now, and has made this one call.
        if (id === 1) {
          sandbox?.answer(0, 2, { value: 'early' });
          sandbox?.answer(0, 999, { value: 'stray' });
          sandbox?.answer(7, 2, { value: 'elsewhere' });
        }
        return { value: `[${prompt}]` };
      },
    });
    expect(end.calls.map(({ call }) => call)).toEqual(['agent', 'agent', 'done']);
    expect(end.result).toBe('[x]');
  });
});
