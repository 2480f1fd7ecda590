/**
 * `npm run bench -- store [--quick] [--rounds=5]`: the store beside others, in one run, on the same disk.
 * Each figure is the median of several rounds, with the least and the most beside it; each round is
 * a process of its own, and within a round the stores take turns. Ratios are made within a round
 * and their median is printed, so that a slow moment of the machine meets both sides of a ratio.
 * Ours runs as it is shipped, from its bundle and in its thread.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { NAMES, type Name } from './store_contenders.ts';
import { type Column, type Figures, median, type Rounds, ratioOf, table } from './store_figures.ts';
import { buildOnNode } from './store_threads.ts';

const CHILD = path.join(import.meta.dirname, 'store_child.ts');
const ROOT = path.join(import.meta.dirname, '..');
const YARDSTICK: Name = 'node:sqlite, WAL, FULL';
const OURS: Name = 'ours, record()';
/** What `record()` would do with the other engine below it: the same facts, checks and thread. */
const OURS_ON_NODE: Name = 'the same, on node:sqlite';

const WRITES: readonly Column[] = [
  { key: 'per_second', label: 'rows / s', digits: 0, ratio: true },
  { key: 'p50_ms', label: 'p50 ms', digits: 2, ratio: true },
  { key: 'all_us', label: 'CPU µs / row', digits: 0, ratio: true },
  { key: 'caller_us', label: 'caller CPU µs / row', digits: 0 },
  { key: 'bytes_per_row', label: 'bytes / row', digits: 0 },
  { key: 'memory_mb', label: 'memory MB', digits: 0 },
];
const STALLS: readonly Column[] = [
  { key: 'stall_ms', label: 'longest stall ms', digits: 1 },
  { key: 'without_ms', label: 'without a store', digits: 1 },
  { key: 'busy_ms', label: 'busiest turn CPU ms', digits: 1 },
];
const OPENS: readonly Column[] = [
  { key: 'open_ms', label: 'ms', digits: 0, ratio: true },
  { key: 'memory_mb', label: 'memory MB', digits: 0 },
];

function measure(what: string, name: Name, folder: string, amount: number): Figures {
  const args = ['--no-warnings', CHILD, what, name, folder, String(amount)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name}, ${what}: ${stderr.slice(-600)}`);
  return JSON.parse(stdout);
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-store-'));
  try {
    return work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Every contender once in each round. */
function rounds(count: number, one: (name: Name) => Figures): Rounds<Name> {
  const all = new Map<Name, Figures[]>(NAMES.map((name) => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const name of NAMES) all.get(name)?.push(one(name));
  }
  return all;
}

/** Opening and committing must cost the same in a large database: within a factor of two. */
function growth(sizes: readonly [number, number], count: number): void {
  console.log(`\nOurs at ${sizes.join(' and ')} MB`);
  const [small, large] = sizes.map((size) =>
    inFolder((folder) => {
      measure('fill', OURS, folder, size);
      const opens = Array.from({ length: count }, () => measure('open', OURS, folder, 0));
      const writes = Array.from({ length: count }, () => measure('write', OURS, folder, 1));
      const open = median(opens.map((f) => f.open_ms ?? 0));
      const commit = median(writes.map((f) => f.p50_ms ?? 0));
      console.log(
        `${String(size).padStart(5)} MB: open ${open.toFixed(0)} ms, commit p50 ${commit.toFixed(2)} ms`,
      );
      return { open, commit };
    }),
  );
  if (!small || !large) return;
  const ratio = (key: 'open' | 'commit'): string => (large[key] / small[key]).toFixed(2);
  console.log(`ratio: open ${ratio('open')}×, commit ${ratio('commit')}×`);
}

function readings(rows: number, count: number): void {
  console.log(`\nOurs, readings of a session with ${rows.toLocaleString('en')} calls of 2 KB`);
  inFolder((folder) => {
    measure('fill', OURS, folder, (rows * 2.8) / 1024);
    const all = Array.from({ length: count }, () => measure('read', OURS, folder, rows));
    for (const [key, label] of [
      ['page_ms', 'a page of 50 calls, p50'],
      ['page_p99_ms', 'a page of 50 calls, p99'],
      ['page_cpu_ms', 'a page of 50 calls, CPU of the process'],
      ['search_ms', 'a search that finds nothing, the first'],
      ['search_again_ms', 'a search that finds nothing, the next'],
    ] as const) {
      const value = median(all.map((figures) => figures[key] ?? 0));
      console.log(`${label.padEnd(44)}${value.toFixed(2).padStart(9)} ms`);
    }
  });
}

export async function bench(args: readonly string[]): Promise<void> {
  const quick = args.includes('--quick');
  const asked = Number(args.find((arg) => arg.startsWith('--rounds='))?.slice(9));
  const count = asked > 0 ? asked : quick ? 1 : 5;
  const built = spawnSync(process.execPath, [path.join(ROOT, 'esbuild.mjs')], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`The build failed: ${built.stderr}`);
  await buildOnNode();
  const load = os.loadavg().map((n) => n.toFixed(1));
  console.log(
    `Node ${process.version}, ${os.platform()} ${os.release()}, ${os.cpus().length} cores, load ` +
      `${load.join(' ')}; rows of 2 KB; median (least–most) of ${count} rounds, ratios to ${YARDSTICK}`,
  );

  for (const writers of [1, 16]) {
    const results = rounds(count, (name) =>
      inFolder((folder) => measure('write', name, folder, writers)),
    );
    const many = writers === 1 ? '1 writer' : `${writers} writers`;
    table(`Durable writes, ${many}`, results, WRITES, YARDSTICK);
    const ratio = ratioOf(results, OURS, OURS_ON_NODE, 'per_second');
    console.log(`rows / s of record() to those of the same store on node:sqlite: ${ratio}`);
    table(`The caller's event loop, ${many}`, results, STALLS, YARDSTICK);
  }

  for (const size of quick ? [10] : [10, 100]) {
    const folders = new Map<Name, string>();
    try {
      for (const name of NAMES) {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-store-'));
        folders.set(name, folder);
        measure('fill', name, folder, size);
      }
      const results = rounds(count, (name) => measure('open', name, folders.get(name) ?? '', size));
      table(`Opening ${size} MB, to the first answer`, results, OPENS, YARDSTICK);
    } finally {
      for (const folder of folders.values()) fs.rmSync(folder, { recursive: true, force: true });
    }
  }

  growth(quick ? [1, 50] : [1, 500], count);
  readings(quick ? 10_000 : 100_000, quick ? 1 : 3);
}
