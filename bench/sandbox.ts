/**
 * `npm run bench -- sandbox`: how soon an attack of a script ends, and what it costs the process
 * that the editor shares: its longest stall and what its memory grows by. Beside it, as the floor,
 * how long the same process stands still while nothing runs in the sandbox at all.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { ENDLESS, HUNGRY, NIBBLING } from '../test/integration/sandbox.attacks.ts';
import { newPool, play } from '../test/integration/sandbox.house.ts';

/** What the product promises of any script. */
const GOALS = { end_ms: 2000, growth_mb: 64 };
/** The sandbox child of the next script starts meanwhile, as it does in the editor. Milliseconds. */
const BETWEEN = 600;
const MEMORY = 32;
const MB = 1024 * 1024;

const LONG_PROMPTS = 'long prompts';
const FLOODS = [
  ['lines of the log', `for (;;) log('x');`],
  ['long lines of the log', `for (;;) log('x'.repeat(16000));`],
  ['phases', `for (let i = 0; ; i += 1) phase('p' + i);`],
  ['agents', `for (;;) await Promise.all(Array.from({ length: 1000 }, () => agent('x')));`],
  [LONG_PROMPTS, `const all = []; for (;;) all.push(agent('x'.repeat(1e6)));`],
  ['failing promises', `for (;;) { Promise.reject(new Error('x')); await null; }`],
  ['a regular expression', `return /^(a+)+$/.test('a'.repeat(40) + 'b');`],
] as const;

interface Measured {
  readonly name: string;
  readonly end_ms: number;
  readonly stall_ms: number;
  readonly growth_mb: number;
}

export async function bench(): Promise<void> {
  await measure('warm-up', `log('warm'); return agent('x');`);
  const idle = await stalls(() => pause(2000));
  const measured: Measured[] = [];
  for (const [name, body] of [...ENDLESS, ...HUNGRY, ...NIBBLING, ...FLOODS]) {
    const one = await measure(name, body);
    measured.push(one);
    console.error(`${name}: ${Math.round(one.end_ms)} ms`);
  }
  const late = measured.filter((one) => one.end_ms > GOALS.end_ms);
  const large = measured.filter((one) => one.growth_mb > GOALS.growth_mb);
  const row = (title: string, pick: (one: Measured) => number, digits: number, goal: string) => {
    const values = measured.map(pick).sort((a, b) => a - b);
    const at = (share: number): string =>
      (values[Math.floor((values.length - 1) * share)] ?? Number.NaN).toFixed(digits).padStart(10);
    console.log(`${title.padEnd(34)}${goal.padStart(6)}${at(0.5)}${at(0.95)}${at(1)}`);
  };
  console.log(`\n${measured.length} attacks${' '.repeat(30)}goal       p50       p95       max`);
  row('until it has ended, ms', (one) => one.end_ms, 0, String(GOALS.end_ms));
  row('longest stall of the host, ms', (one) => one.stall_ms, 1, '');
  row('growth of the host, MB', (one) => one.growth_mb, 1, String(GOALS.growth_mb));
  console.log(`Longest stall while nothing runs: ${idle.toFixed(1)} ms`);
  console.log(`Later than the goal: ${late.map((one) => one.name).join(', ') || 'none'}`);
  console.log(`Larger than the goal: ${large.map((one) => one.name).join(', ') || 'none'}`);
}

/** Each attack has a pool of its own, whose child is warm. */
async function measure(name: string, body: string): Promise<Measured> {
  const pool = newPool();
  try {
    await pool.prepare(MEMORY);
    await pause(BETWEEN);
    const before = process.memoryUsage.rss();
    let largest = before;
    const look = setInterval(() => {
      largest = Math.max(largest, process.memoryUsage.rss());
    }, 20);
    let begun = performance.now();
    let end_ms = 0;
    const stall_ms = await stalls(async () => {
      await play(pool, body, {
        // What is kept of answered calls is this measurement's own memory.
        ...(name === LONG_PROMPTS ? { answer: () => null } : {}),
        onLoaded: () => {
          begun = performance.now();
        },
      });
      end_ms = performance.now() - begun;
    });
    clearInterval(look);
    return { name, end_ms, stall_ms, growth_mb: (largest - before) / MB };
  } finally {
    pool.close();
  }
}

/** @returns the longest time for which the event loop stood still meanwhile, milliseconds. */
async function stalls(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await work();
  delay.disable();
  return delay.max / 1e6;
}
