// The sandbox child as a process: what it inherits, what it may do, and when it dies.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { SandboxChild } from '../../src/workflows/sandbox/child_process.ts';
import { BUSY_LIMIT } from '../../src/workflows/sandbox/limits.ts';
import { FromChild, type ToChild } from '../../src/workflows/sandbox/messages.ts';
import { findAddon, findNode } from '../../src/workflows/sandbox/node.ts';
import { SandboxPool } from '../../src/workflows/sandbox/pool.ts';
import { Sandbox } from '../../src/workflows/sandbox/sandbox.ts';
import { newPool, play } from './sandbox.house.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const onLinux = test.runIf(process.platform === 'linux');

let folder: string;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'boocode-sandbox-')));
});
afterAll(() => rm(folder, { recursive: true }));

async function nodeAndAddon() {
  const searchPath = process.env.PATH ?? '';
  const node = await findNode({ nodePath: '', extensionFolder: ROOT, searchPath });
  return { node, addon: await findAddon(ROOT, node) };
}

/** Starts another program in the child's place, with the child's own rights. */
async function childRunning(source: string): Promise<SandboxChild> {
  const child = path.join(await mkdtemp(path.join(folder, 'child-')), 'child.mjs');
  await writeFile(child, source);
  return new SandboxChild({ ...(await nodeAndAddon()), child });
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('what the child inherits', () => {
  const pool = newPool();
  afterAll(() => pool.close());

  onLinux('no environment variable and no open file, socket or folder of ours', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { pid } = await play(pool, `return 1`);
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toBe('');
    const handles = (await readdir(`/proc/${pid}/fd`)).filter((fd) => Number(fd) > 2);
    const open = await Promise.all(
      handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => 'closed')),
    );
    // What is left is Node's own: its event loop, the pipes of its threads, and the file in
    // which the child's watch reads how much memory the child has.
    const own =
      /^(?:anon_inode:\[(?:eventpoll|eventfd|io_uring)\]|pipe:\[\d+\]|\/dev\/null|closed)$/;
    const memory = `/proc/${pid}/stat`;
    expect(open.filter((target) => !own.test(target) && target !== memory)).toEqual([]);
    server.close();
  });

  test('Node’s permission model refuses all that the child does not need', async () => {
    const probe = `
import * as fs from 'node:fs';
const tried = {};
const attempt = async (name, act) => { try { await act(); tried[name] = 'done'; } catch (error) { tried[name] = error.code ?? String(error); } };
await attempt('read a file', () => fs.readFileSync(${JSON.stringify(path.join(ROOT, 'package.json'))}));
await attempt('read through a link', () => fs.readFileSync('/proc/self/root' + ${JSON.stringify(path.join(ROOT, 'package.json'))}));
await attempt('list a folder', () => fs.readdirSync(${JSON.stringify(ROOT)}));
await attempt('write beside itself', () => fs.writeFileSync(new URL('./new.txt', import.meta.url), 'x'));
await attempt('write elsewhere', () => fs.writeFileSync(${JSON.stringify(path.join(folder, 'new.txt'))}, 'x'));
await attempt('start a process', async () => (await import('node:child_process')).execFileSync(process.execPath, ['-v']));
await attempt('start a thread', async () => new (await import('node:worker_threads')).Worker('1', { eval: true }));
await attempt('open a debugger', async () => (await import('node:inspector')).open(0));
await attempt('read beside itself', () => fs.readdirSync(new URL('.', import.meta.url)));
tried.environment = Object.keys(process.env);
process.stdout.write(JSON.stringify({ type: 'broken', realm: 0, reason: 'internal', message: JSON.stringify(tried), stack: '' }) + '\\n');`;
    const child = await childRunning(probe);
    const said = await new Promise<FromChild>((resolve, reject) => {
      child.listen({ onMessage: resolve, onGone: (why) => reject(new Error(why)) });
    });
    child.kill('The test has ended.');
    const denied = 'ERR_ACCESS_DENIED';
    expect(JSON.parse(said.type === 'broken' ? said.message : '')).toEqual({
      'read a file': denied,
      'read through a link': denied,
      'list a folder': denied,
      'write beside itself': denied,
      'write elsewhere': denied,
      'start a process': denied,
      'start a thread': denied,
      'open a debugger': denied,
      'read beside itself': 'done',
      environment: [],
    });
  });
});

describe('the child does not outlive its parent', () => {
  test.each([
    ['is warm after its run', `return 1;`],
    ['waits for an agent', `await agent('never answered');`],
    ['runs a loop', `agent('x'); for (;;);`],
    ['runs microtasks without end', `agent('x'); for (;;) await null;`],
    ['sends without end', `agent('x'); for (;;) { try { log('x'.repeat(16000)); } catch {} }`],
  ])('when it %s', async (_, body) => {
    // Says the child's pid once that script runs, or has ended.
    const parent = spawn(
      process.execPath,
      ['--no-warnings', path.join(import.meta.dirname, 'sandbox.parent.ts'), body],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const [chunk]: unknown[] = await once(parent.stdout, 'data');
    const pid = Number(String(chunk).trim());
    expect(alive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
  });
});

const load = (code: string): ToChild => {
  const script = { form: 2, code, file: 'attack.js' } as const;
  return { type: 'load', realm: 0, ...script, spent: 0, total: null };
};

/** The child alone, its messages as they come; ready. */
async function bareChild() {
  const { node, addon } = await nodeAndAddon();
  const script = path.join(ROOT, 'src/workflows/sandbox/child.ts');
  const child = spawn(node.path, ['--no-node-snapshot', '--no-warnings', script, addon], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: FromChild[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(FromChild.parse(JSON.parse(line))));
  await expect.poll(() => said.length).toBe(1);
  const tell = (message: ToChild): void => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  return { child, said, tell };
}

describe('an isolate that waits for its script rehearses', () => {
  // It begins 50 ms after it was opened: before, while and after it does.
  test.each([0, 50, 55, 300])(
    'nothing of it is heard by a script that comes after %i ms',
    async (ms) => {
      const { said, tell } = await bareChild();
      tell({ type: 'open', memory: 32 });
      await pause(ms);
      tell(load(`return [await agent('x'), Object.keys(globalThis).includes('rehearsal')];`));
      await expect.poll(() => said.length).toBe(2);
      const asked: unknown = JSON.parse(said[1]?.type === 'call' ? said[1].text : '');
      expect(asked).toMatchObject({ call: 'agent', id: 1, prompt: 'x' });
      const text = JSON.stringify({ id: 1, value: 'y', spent: 0, total: null });
      tell({ type: 'reply', realm: 0, id: 1, text });
      await expect.poll(() => said.length).toBe(3);
      const done: unknown = JSON.parse(said[2]?.type === 'call' ? said[2].text : '');
      expect(done).toMatchObject({ call: 'done', result: ['y', false] });
      // Nothing comes from elsewhere either.
      tell({ type: 'ping' });
      await expect.poll(() => said.length).toBe(4);
      expect(said.map(({ type }) => type)).toEqual(['ready', 'call', 'call', 'pong']);
    },
  );
});

describe('the child ends when its stdin is closed, although somebody still reads its stdout', () => {
  test.each<[string, ToChild[]]>([
    ['before a run', []],
    ['with an isolate at hand', [{ type: 'open', memory: 32 }]],
    ['while a script waits', [{ type: 'open', memory: 32 }, load(`await agent('x');`)]],
    ['while a script runs a loop', [{ type: 'open', memory: 32 }, load(`log('x'); for (;;);`)]],
  ])('%s', async (_, messages) => {
    const { child, said, tell } = await bareChild();
    messages.forEach(tell);
    // Each script makes one call before it waits or loops.
    if (messages.length > 1) await expect.poll(() => said.length).toBe(2);
    child.stdin.end();
    // Not that it closes, which would need that its stdout is closed: that the process is gone.
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
  });
});

describe('time is counted while the computer serves the script', () => {
  const pool = newPool();
  afterAll(() => pool.close());

  // As a computer does that has other things to do. Windows cannot stop a process so.
  test.skipIf(process.platform === 'win32')(
    'a script whose process was held up for longer than the limit goes on',
    async () => {
      let pid = 0;
      let held = false;
      const end = await play(
        pool,
        `const late = agent('x'); let sum = 0; for (let i = 0; i < 1.5e7; i += 1) sum += i; await late; return sum;`,
        {
          onLoaded: (sandbox) => {
            pid = sandbox.pid ?? 0;
          },
          answer: () => {
            process.kill(pid, 'SIGSTOP');
            held = true;
            setTimeout(() => process.kill(pid, 'SIGCONT'), 2 * BUSY_LIMIT);
            return { value: 'y' };
          },
        },
      );
      expect([held, end.failure, end.result]).toEqual([true, undefined, 112499992500000]);
    },
  );
});

test('a script that keeps its thread with hardly any CPU time ends by the number of looks at it', async () => {
  const { node, addon } = await nodeAndAddon();
  const harness = path.join(import.meta.dirname, 'sandbox.held.ts');
  const child = spawn(node.path, ['--no-node-snapshot', '--no-warnings', harness, addon], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: unknown[] = [];
  createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line)));
  await once(child, 'close');
  expect(said).toEqual([
    'not yet',
    { type: 'broken', realm: 3, reason: 'held', message: '', stack: '' },
  ]);
});

describe('a child that misbehaves', () => {
  const ended = async (source: string): Promise<{ why: string; child: SandboxChild }> => {
    const child = await childRunning(source);
    const why = await new Promise<string>((resolve) => {
      const sandbox = new Sandbox(child, 32, {
        onCall: () => {},
        onFailed: () => {},
        onFatal: (failure) => resolve(failure.message),
        spending: () => ({ spent: 0, total: null }),
      });
      sandbox.load(0, { form: 2, code: 'return 1', file: 'attack.js' });
    });
    return { why, child };
  };
  const say = (text: string): string => `process.stdin.resume(); process.stdout.write(${text});`;

  test.each([
    ['speaks no JSON', say(`'hello\\n'`), /no message/],
    ['speaks of unknown things', say(`'{"type":"exec"}\\n'`), /no message/],
    ['says more than a message has', say(`'{"type":"ready","x":1}\\n'`), /no message/],
    [
      'sends a line without end',
      `process.stdin.resume(); const more = () => process.stdout.write('x'.repeat(1e6), more); more();`,
      /too large/,
    ],
    ['ends at once', `process.exit(3);`, /ended with code 3/],
    ['throws', `throw new Error('broken child');`, /broken child/],
    [
      'claims to be busy',
      say(`'{"type":"pong","busy":1e9,"stalled":false}\\n'`),
      /more than a second/,
    ],
    [
      'sends a call that is none',
      say(`'{"type":"call","realm":0,"text":"{"}\\n'`),
      /call that is not JSON/,
    ],
    ['does not answer', say(`'{"type":"ready"}\\n'`), /did not answer for 10 seconds/],
  ])('%s: it is killed, and the run ends with the reason', async (_, source, message) => {
    const { why, child } = await ended(source);
    expect(why).toMatch(message);
    expect(child.alive).toBe(false);
    const pid = child.pid ?? 0;
    await expect.poll(() => alive(pid)).toBe(false);
  });
});

describe('an installation that is reached through a link', () => {
  test('runs scripts all the same', async () => {
    const link = path.join(folder, 'linked');
    await symlink(ROOT, link, 'junction');
    const pool = new SandboxPool(
      { childPath: path.join(link, 'src/workflows/sandbox/child.ts'), extensionFolder: link },
      () => '',
    );
    expect(await play(pool, `return 1;`)).toMatchObject({ result: 1 });
    pool.close();
  });
});

describe('one child for one run after another', () => {
  const pool = newPool();
  afterAll(() => pool.close());

  const LEAK = `
globalThis.leak = 1; Object.prototype.leak = 2; Array.prototype.map = () => 'leak';
Error.prepareStackTrace = () => 'leak'; Error.stackTraceLimit = 0;
JSON.parse = () => 'leak'; Promise.prototype.then = function () {}; Symbol.for('leak').description;
globalThis.agent = () => 'leak'; globalThis.log = null;
Object.freeze(Function.prototype);`;
  const CLEAN = `return [typeof leak, ({}).leak ?? null, [1].map((n) => n), typeof new Error('x').stack, JSON.parse('1'), await agent('mine'), typeof log]`;

  test('what a run changes is gone in the next, which has the same process', async () => {
    const first = await play(pool, `${LEAK}\nreturn 1;`);
    expect(first.result).toBe(1);
    const second = await play(pool, CLEAN);
    expect(second.pid).toBe(first.pid);
    expect(second.result).toEqual(['undefined', null, [1], 'string', 1, '[mine]', 'function']);
  });

  test('what a run leaves unfinished never speaks in the next', async () => {
    const first = await play(
      pool,
      `agent('left').then(() => agent('left again')).then(() => log('left')); (async () => { for (;;) { await agent('left over'); } })(); return 1;`,
      { answer: () => null },
    );
    expect(first.result).toBe(1);
    const second = await play(pool, `await agent('mine'); await agent('mine'); return 2;`);
    expect(second.calls).toMatchObject([
      { call: 'agent', prompt: 'mine' },
      { call: 'agent', prompt: 'mine' },
      { call: 'done' },
    ]);
  });

  test('a run that leaves an endless loop behind does not hold up the next', async () => {
    const first = await play(pool, `agent('x').then(() => { for (;;); }); return 1;`);
    // The loop may come first; then the run is ended as stuck.
    expect(first.result ?? first.failure?.kind).toBeOneOf([1, 'limit']);
    expect(await play(pool, `return 2;`)).toMatchObject({ result: 2 });
  });

  test('runs side by side have a process each, and one that is killed takes no other along', async () => {
    const waiting = Promise.withResolvers<() => void>();
    const patient = play(pool, `return agent('slow');`, {
      answer: () => null,
      onLoaded: (sandbox) => waiting.resolve(() => sandbox.answer(0, 1, { value: 'survived' })),
    });
    const hostile = await play(pool, `for (;;) await null;`);
    expect(hostile.failure?.kind).toBe('limit');
    (await waiting.promise)();
    const end = await patient;
    expect(end.result).toBe('survived');
    expect(end.pid).not.toBe(hostile.pid);
  });

  test('a child that somebody kills ends its run with a reason', async () => {
    const end = await play(pool, `await agent('x');`, {
      answer: () => null,
      onLoaded: (sandbox) => process.kill(sandbox.pid ?? 0, 'SIGKILL'),
    });
    expect(end.failure).toMatchObject({
      kind: 'internal',
      message: expect.stringMatching(/SIGKILL/),
    });
    expect(await play(pool, `return 3;`)).toMatchObject({ result: 3 });
  });
});
