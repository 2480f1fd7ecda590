// A run whose process is killed at a random moment is resumed by another process. What the model
// server received tells which agents were repeated. Runs the packed command line: build first.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseFrame } from '../../src/contracts/frames.ts';
import type { Execution } from '../../src/contracts/records.ts';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';

const CLI = path.resolve('dist/cli.mjs');
const ITEMS = 5;
/** One plan, two stages for each item, one end. */
const AGENTS = 2 + 2 * ITEMS;
const SCRIPT = `export const meta = { name: 'long', description: 'Has many agents', phases: [{ title: 'A' }, { title: 'B' }] };
const plan = await agent('plan of ' + args.tag, { phase: 'A' });
const parts = await pipeline(Array.from({ length: ${ITEMS} }, (_, i) => i),
  (i) => agent('first ' + i + ' of ' + plan, { phase: 'A' }),
  (before, i) => agent('second ' + i + ' after ' + before, { phase: 'B', cache: false }));
return agent('end of ' + parts.join());`;

let folder = '';
let server: OfflineServer;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'boocode-kill-'));
  await mkdir(path.join(folder, 'work/.boocode/workflows'), { recursive: true });
  await writeFile(path.join(folder, 'work/.boocode/workflows/long.js'), SCRIPT);
  server = await startOfflineServer({ delay_ms: 4 });
  server.script((request) => {
    arrived();
    return { text: `<${promptOf(request)}>` };
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

type Body = OfflineServer['requests'][number]['body'];
const promptOf = (body: Body): string =>
  String(body.messages.findLast((m) => m.role === 'user')?.content);
const prompts = (): string[] => server.requests.map(({ body }) => promptOf(body));

interface Cli {
  readonly child: ChildProcess;
  /** Steps that were seen to be completed, by their ids. */
  readonly finished: Map<string, Execution>;
  /** Resolves with the run's id once it is known. */
  readonly run: Promise<string>;
  readonly code: Promise<number | null>;
}

function boocode(...args: string[]): Cli {
  const child = spawn(
    process.execPath,
    [
      CLI,
      'run',
      ...args,
      '--json',
      '--base-url',
      server.url,
      '--workspace',
      path.join(folder, 'work'),
    ],
    {
      env: { PATH: process.env.PATH ?? '', HOME: folder, BOOCODE_HOME: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const finished = new Map<string, Execution>();
  const run = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return; // The last line of a process that was killed may be cut.
    }
    const parsed = parseFrame(value);
    if (!('frame' in parsed)) return;
    run.resolve(parsed.frame.session_id);
    if (parsed.frame.type !== 'execution.status') return;
    const { execution } = parsed.frame;
    if (execution.status === 'completed') finished.set(execution.execution_id, execution);
  });
  const code = new Promise<number | null>((done) => child.on('close', done));
  return { child, finished, run: run.promise, code };
}

const waiting = new Set<{ readonly count: number; readonly done: () => void }>();
function arrived(): void {
  for (const one of waiting) if (server.requests.length >= one.count) one.done();
}

/** Resolves when the server has got this many requests in all. */
function requests(count: number): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => resolve();
    if (server.requests.length >= count) done();
    else waiting.add({ count, done });
  });
}

const random = (below: number): number => Math.floor(Math.random() * below);
/**
 * How many model calls are waited for, and how many ms more, before each of the two kills.
 * BOOCODE_KILLS=50 tries more moments than there is time for each day.
 */
const MOMENTS = Array.from({ length: Number(process.env.BOOCODE_KILLS ?? 6) }, () => [
  random(AGENTS),
  random(40),
  random(8),
  random(40),
]);

test.each(MOMENTS)(
  'killed after %i calls and %i ms, then after %i calls and %i ms, it is resumed and repeats no finished agent',
  async (calls = 0, ms = 0, more = 0, later = 0) => {
    const tag = `${calls}/${ms}/${more}/${later}`;
    const start = server.requests.length;
    const first = boocode('long', JSON.stringify({ tag }));
    const run_id = await first.run;
    await killed(first, start + calls, ms);
    const kill = server.requests.length;
    // The second process is killed as well, so that a resumed run is resumed.
    const second = boocode('--resume', run_id);
    const second_id = await second.run;
    await killed(second, kill + more, later);
    const kill2 = server.requests.length;
    const last = boocode('--resume', second_id);
    expect(await last.code).toBe(0);

    const asked = prompts();
    const tasks = (cli: Cli) => [...cli.finished.values()].map((step) => step.task ?? '');
    const repeated = [
      ...tasks(first).filter((task) => asked.slice(kill).includes(task)),
      ...tasks(second).filter((task) => asked.slice(kill2).includes(task)),
    ];
    expect(repeated).toEqual([]);
    const mine = asked.slice(start);
    expect(new Set(mine).size).toBe(AGENTS);
    // What was under way at a kill is asked again, and nothing else: at most all items, twice.
    expect(mine.length).toBeLessThanOrEqual(AGENTS + 2 * ITEMS);
  },
  60_000,
);

async function killed(cli: Cli, count: number, ms: number): Promise<void> {
  // It may have nothing left to ask.
  await Promise.race([requests(count), cli.code]);
  const timer = setTimeout(() => cli.child.kill('SIGKILL'), ms);
  await cli.code;
  clearTimeout(timer);
}
