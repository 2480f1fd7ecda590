// Attacks on the sandbox: scripts that never end, take all memory, or flood the host.
// Each run must end by itself with a reason; how soon and at what cost is for the bench to say.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { SCRIPT_LIMITS } from '../../src/workflows/sandbox/limits.ts';
import { ENDLESS, HUNGRY, NIBBLING } from './sandbox.attacks.ts';
import { newPool, play } from './sandbox.house.ts';

const pool = newPool();
afterAll(() => pool.close());

const STUCK = /ran for more than a second without giving control back/;
const MEMORY = /used more than its 32 MB of memory/;
const MEMORY_OR_TIME =
  /used more than its 32 MB of memory|without giving control back.* It took \d\d+ MB of memory/;

const Played = z.object({ ended: z.string(), grown: z.number() });

/** Each takes its whole second of a processor: all of them run in `npm run test:soak`. */
const endless = process.env.BOOCODE_SOAK ? ENDLESS : ENDLESS.filter((_, n) => n % 3 === 0);

// Side by side, since each takes its whole second.
describe('time without end', { concurrent: true }, () => {
  test.each(endless)('%s is ended as stuck', async (_, body) => {
    const { failure } = await play(pool, body);
    expect(failure).toMatchObject({ kind: 'limit', message: expect.stringMatching(STUCK) });
  });

  test('a promise that is never resolved is found out', async () => {
    const { failure } = await play(pool, `await new Promise(() => {});`);
    expect(failure).toMatchObject({
      kind: 'script',
      message: expect.stringContaining('waits for something that never comes'),
    });
  });

  test('a loop names its line', async () => {
    const { failure } = await play(pool, `const n = 1;\n\nwhile (n) {}`);
    expect(failure?.message).toMatch(/\(attack\.js, line 4\)$/);
  });

  test('recursion without end is an error of the script', async () => {
    const { failure } = await play(pool, `const dive = () => dive() + 1; dive();`);
    expect(failure?.message).toMatch(/Maximum call stack size exceeded/);
  });
});

describe('memory without end', () => {
  test.each(HUNGRY)('%s are ended as too much memory', async (_, body) => {
    const { failure } = await play(pool, body);
    expect(failure).toMatchObject({ kind: 'limit', message: expect.stringMatching(MEMORY) });
  });

  // Which of the two limits these meet first depends on the computer.
  test.each(NIBBLING)('%s are ended with a word about memory', async (_, body) => {
    const { failure } = await play(pool, body);
    expect(failure).toMatchObject({
      kind: 'limit',
      message: expect.stringMatching(MEMORY_OR_TIME),
    });
  });

  test.each([
    ['ArrayBuffers', `const all = []; for (;;) all.push(new ArrayBuffer(2 ** 22));`],
    ['one ArrayBuffer of 4 GB', `return new ArrayBuffer(2 ** 32).byteLength;`],
    ['typed arrays', `const all = []; for (;;) all.push(new Float64Array(2 ** 20).fill(1));`],
    [
      'copies of a buffer',
      `const all = [new Uint8Array(2 ** 20)]; for (;;) all.push(all[0].slice());`,
    ],
  ])('%s are refused by the isolate', async (_, body) => {
    const { failure } = await play(pool, body);
    expect(failure?.message).toMatch(/Array buffer allocation failed|used more than its 32 MB/);
  });

  test('a buffer that grows comes to an end', async () => {
    const { failure } = await play(
      pool,
      `const all = []; for (;;) { const buffer = new ArrayBuffer(8, { maxByteLength: 2 ** 30 }); buffer.resize(2 ** 28); all.push(new Uint8Array(buffer).fill(1)); }`,
    );
    expect(failure?.message).toMatch(
      /allocation failed|used more than its 32 MB|more than a second/,
    );
  });

  test('WebAssembly, whose memory nobody counts, is not there', async () => {
    const { failure } = await play(
      pool,
      `return new WebAssembly.Memory({ initial: 65536 }).buffer.byteLength;`,
    );
    expect(failure?.message).toMatch(/^ReferenceError: WebAssembly is not defined/);
  });
});

describe('floods', () => {
  const { log_lines, log_volume, calls, phases } = SCRIPT_LIMITS;
  const counted = (all: readonly { call: string }[], kind: string): number =>
    all.filter(({ call }) => call === kind).length;

  test('lines of the log', async () => {
    const end = await play(pool, `for (;;) log('x');`);
    expect(end.failure?.message).toContain(`logged more than ${log_lines} lines`);
    expect(counted(end.calls, 'log')).toBe(log_lines);
  });

  test('long lines of the log', async () => {
    const end = await play(pool, `for (;;) log('x'.repeat(16000));`);
    expect(end.failure?.message).toContain(`logged more than ${log_volume} characters`);
    expect(counted(end.calls, 'log')).toBeLessThanOrEqual(log_volume / 16_000);
  });

  test('lines of the log whose refusal is caught', async () => {
    const end = await play(pool, `for (;;) try { console.error('x'.repeat(16000)); } catch {}`);
    expect(end.failure).toMatchObject({ kind: 'limit', message: expect.stringMatching(STUCK) });
    expect(counted(end.calls, 'log')).toBeLessThanOrEqual(log_volume / 16_000);
  });

  test('one line of 10 MB', async () => {
    const end = await play(pool, `log('x'.repeat(1e7));`);
    expect(end.failure?.message).toMatch(/has 10000000 characters, and the limit is 131072/);
  });

  test('phases', async () => {
    const end = await play(pool, `for (let i = 0; ; i += 1) phase('p' + i);`);
    expect(end.failure).toMatchObject({
      kind: 'limit',
      message: expect.stringContaining(`more than ${phases} phases`),
    });
    expect(counted(end.calls, 'phase')).toBe(phases * 2);
  });

  test('budgets', async () => {
    const end = await play(pool, `for (;;) budget(5);`);
    expect(end.failure).toMatchObject({
      kind: 'limit',
      message: expect.stringContaining('budgets'),
    });
  });

  test('agents', async () => {
    const end = await play(
      pool,
      `for (let i = 0; i < 30; i += 1) await Promise.all(Array.from({ length: 1000 }, () => agent('x')));`,
    );
    expect(end.failure?.message).toContain(`made more than ${calls} calls`);
    expect(counted(end.calls, 'agent')).toBeLessThanOrEqual(calls);
  });

  test('agents whose prompts are as long as they may be', async () => {
    const end = await play(
      pool,
      `const all = []; for (let i = 0; ; i += 1) all.push(agent('x'.repeat(1e6)));`,
      { answer: () => null },
    );
    expect(end.failure?.message).toMatch(
      /wait for an answer have more than 33554432 characters|used more than its/,
    );
    // Only so many are with the host at once; the others wait in the child.
    expect(counted(end.calls, 'agent')).toBe(2);
  });

  test('schemas, all different', async () => {
    const end = await play(
      pool,
      `const wide = (n) => ({ type: 'object', properties: Object.fromEntries(Array.from({ length: 1000 }, (_, i) => ['p' + n + '_' + i, { type: 'string' }])) });
for (let i = 0; i < 100; i += 1) await agent('x', { schema: wide(i) });`,
    );
    expect(end.failure).toMatchObject({
      kind: 'limit',
      message: expect.stringContaining('different schemas'),
    });
    expect(counted(end.calls, 'agent')).toBeLessThan(10);
  });

  test('promises that fail all at once', async () => {
    const end = await play(
      pool,
      `for (let i = 0; i < 1e5; i += 1) Promise.reject(new Error('x' + i)); return agent('x');`,
    );
    expect(end.result).toBe('[x]');
    // Told once for each time that the script gives control back, not for each of them.
    expect(counted(end.calls, 'log')).toBe(1);
  });
});

test('the host grows by less than 64 MB, whatever a script does', async () => {
  const named = (name: string): string => HUNGRY.find(([n]) => n === name)?.[1] ?? '';
  // With what it must come to: a script that is not played takes nothing.
  const attacks: readonly (readonly [body: string, ended: RegExp])[] = [
    [named('one text of 500 MB'), MEMORY],
    [named('numbers'), MEMORY],
    [`for (;;) log('x'.repeat(16000));`, /logged more than/],
    [`for (;;) log('x');`, /logged more than/],
    [`for (let i = 0; ; i += 1) phase('p' + i);`, /phases/],
    [
      `const all = []; for (let i = 0; ; i += 1) all.push(agent('x'.repeat(1e6)));`,
      /wait for an answer|used more than its/,
    ],
    [`await Promise.all(Array.from({ length: 30000 }, () => agent('x')));`, /calls/],
    [
      `for (let i = 0; i < 1e5; i += 1) Promise.reject(new Error('x'.repeat(10000) + i)); return 1;`,
      /It returned|used more than its|more than a second/,
    ],
    [`throw new Error('x'.repeat(2 ** 24));`, /^Error: xxx/],
    [`return 'x'.repeat(2 ** 24);`, /has 16777218 characters/],
  ];
  const host = path.join(import.meta.dirname, 'sandbox.host.ts');
  const bodies = JSON.stringify(attacks.map(([body]) => body));
  const flags = ['--no-warnings', '--expose-gc', host, bodies];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  const played = z.parse(z.array(Played), JSON.parse(stdout));
  expect(played.map(({ ended }) => ended)).toEqual(
    attacks.map(([, ended]) => expect.stringMatching(ended)),
  );
  const megabytes = played.map(({ grown }) => grown / 1024 / 1024);
  expect(megabytes.filter((size) => size >= 64)).toEqual([]);
});
