/** Tables of what was measured: the median of the rounds with its quartiles, and ours beside the best peer. */
import type { Measured } from './measure.ts';
import { CONTENDERS, type ContenderName } from './pages.ts';

export type Rounds = ReadonlyMap<ContenderName, readonly Measured[]>;

interface Column {
  readonly title: string;
  readonly digits: number;
  readonly more_is_better: boolean;
  /** What a contender has none of: a canvas has no rows in the document. */
  readonly not?: readonly ContenderName[];
}

const less = { digits: 0, more_is_better: false };
const more = { digits: 0, more_is_better: true };
const COLUMNS: Readonly<Record<keyof Measured, Column>> = {
  to_paint_ms: { ...less, title: 'data to paint ms' },
  first_paint_ms: { ...less, title: 'arrival to paint ms' },
  paint_work_ms: { ...less, title: 'work to paint ms' },
  scroll_fps: { ...more, title: 'scrolling fps' },
  scroll_longest_ms: { ...less, title: 'longest ms' },
  jump_ms: { ...less, title: 'jump to end ms' },
  append_fps: { ...more, title: 'appending fps' },
  append_longest_ms: { ...less, title: 'longest ms' },
  use_work_ms: { ...less, title: 'work in use ms' },
  dom_nodes: { ...less, title: 'DOM nodes', not: ['flame_chart'] },
  memory_mb: { ...less, title: 'memory MB', digits: 1 },
};
const FIGURES = Object.keys(COLUMNS) as (keyof Measured)[];

export function tableOf(spans: number, rounds: Rounds): string {
  const lines = [
    `${spans.toLocaleString('en')} spans: median (quartiles) of ${rounds.get('ours')?.length ?? 0} rounds`,
    '',
    `| contender | ${FIGURES.map((figure) => COLUMNS[figure].title).join(' | ')} |`,
    `|---|${FIGURES.map(() => '---:').join('|')}|`,
  ];
  for (const [name, runs] of rounds) {
    const cells = FIGURES.map((figure) => spread(runs, figure));
    lines.push(`| ${CONTENDERS[name]} | ${cells.join(' | ')} |`);
  }
  const best = FIGURES.map((figure) => beside(rounds, figure));
  return `${[...lines, `| **ours beside the best peer** | ${best.join(' | ')} |`].join('\n')}\n`;
}

function spread(runs: readonly Measured[], figure: keyof Measured): string {
  const { digits } = COLUMNS[figure];
  const values = runs.map((run) => run[figure]);
  const [low, middle, high] = [0.25, 0.5, 0.75].map((q) => quantile(values, q).toFixed(digits));
  return low === high ? `${middle}` : `${middle} (${low}–${high})`;
}

/**
 * Ours as a multiple of the peer with the best median. Compared within each round, where both met
 * the same load of the machine, and the median of that.
 */
function beside(rounds: Rounds, figure: keyof Measured): string {
  const { more_is_better, not = [] } = COLUMNS[figure];
  const ours = rounds.get('ours') ?? [];
  const medians = [...rounds]
    .filter(([name]) => name !== 'ours' && !not.includes(name))
    .map(([, runs]) => ({ runs, median: median(runs.map((run) => run[figure])) }))
    .sort((a, b) => (more_is_better ? b.median - a.median : a.median - b.median));
  const peer = medians[0]?.runs;
  if (!peer || ours.length === 0) return '–';
  const ratios = ours.flatMap((run, i) => {
    const other = peer[i]?.[figure];
    return other ? [run[figure] / other] : [];
  });
  return `×${median(ratios).toFixed(2)}`;
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values where no value stands at the place. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
