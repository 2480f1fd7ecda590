/**
 * The trace screen beside others, in a real browser: same session, same batches, one run.
 * `npm run bench -- traces [sizes, such as 1000,10000] [rounds] [contenders, such as ours,react_virtual]`;
 * by itself 1,000, 10,000 and 100,000 spans, nine rounds each. In a round every contender has its
 * turn, so that other work on the machine meets all of them. test-results/bench-traces.json keeps
 * every figure.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../scripts/lib/paths.mjs';
import { type Measured, openBench } from './traces/measure.ts';
import { CONTENDERS, type ContenderName } from './traces/pages.ts';
import { type Rounds, tableOf } from './traces/report.ts';

const NAMES = Object.keys(CONTENDERS) as ContenderName[];

export async function bench(args: readonly string[]): Promise<void> {
  const sizes = (args[0] ?? '1000,10000,100000').split(',').map(Number);
  const rounds = Number(args[1] ?? 9);
  const asked = args[2]?.split(',');
  const names = NAMES.filter((name) => asked?.includes(name) ?? true);
  const results = new Map<number, Rounds>();
  const open = await openBench();
  try {
    for (const spans of sizes) {
      const measured = new Map<ContenderName, Measured[]>(names.map((name) => [name, []]));
      results.set(spans, measured);
      for (let round = 0; round < rounds; round++) {
        // Data arrives at any time between two frames: each round at another one, for everyone.
        const phase = (round + 0.5) / rounds;
        for (let turn = 0; turn < names.length; turn++) {
          const name = names[(round + turn) % names.length] ?? 'ours';
          const figures = await open.measure(name, spans, phase);
          measured.get(name)?.push(figures);
          console.error(`${spans} spans, ${name}: ${Math.round(figures.to_paint_ms)} ms`);
        }
      }
      console.log(`\n${tableOf(spans, measured)}`);
    }
  } finally {
    await open.close();
  }
  keep(results);
}

function keep(results: ReadonlyMap<number, Rounds>): void {
  const folder = join(ROOT, 'test-results');
  mkdirSync(folder, { recursive: true });
  const runs = [...results].map(([spans, measured]) => ({
    spans,
    contenders: Object.fromEntries(measured),
  }));
  const machine = { processors: cpus().length, model: cpus()[0]?.model };
  writeFileSync(
    join(folder, 'bench-traces.json'),
    `${JSON.stringify({ at: new Date().toISOString(), machine, runs }, null, 2)}\n`,
  );
}
