/** Tables of measurements that were repeated: medians, their spread, and ratios within a round. */

export type Figures = Readonly<Record<string, number | null>>;
/** What each contender measured, by rounds; the same round of two of them belongs together. */
export type Rounds<N extends string> = ReadonlyMap<N, readonly Figures[]>;

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly digits: number;
  /** Whether to print the ratio to the yardstick. */
  readonly ratio?: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function numbers(rounds: readonly Figures[], key: string): number[] {
  return rounds.map((f) => f[key]).filter((value) => typeof value === 'number');
}

/** The median of the ratios that two contenders have in each round, as it is printed. */
export function ratioOf<N extends string>(
  results: Rounds<N>,
  name: N,
  yardstick: N,
  key: string,
): string {
  const base = results.get(yardstick) ?? [];
  const ratios = (results.get(name) ?? []).flatMap((figures, round) => {
    const value = figures[key];
    const other = base[round]?.[key];
    return typeof value === 'number' && typeof other === 'number' && other !== 0
      ? [value / other]
      : [];
  });
  return ratios.length > 0 ? `${median(ratios).toFixed(2)}×` : '';
}

export function table<N extends string>(
  title: string,
  results: Rounds<N>,
  columns: readonly Column[],
  yardstick: N,
): void {
  const width = (column: Column): number => (column.ratio ? 34 : 24);
  const head = columns.map((column) => column.label.padStart(width(column))).join('  ');
  console.log(`\n${title}\n${''.padEnd(26)}${head}`);
  for (const [name, rounds] of results) {
    const cells = columns.map((column) => {
      const values = numbers(rounds, column.key);
      if (values.length === 0) return '-'.padStart(width(column));
      const text = (value: number): string =>
        value.toLocaleString('en', { maximumFractionDigits: column.digits });
      const spread = `(${text(Math.min(...values))}–${text(Math.max(...values))})`;
      const ratio = column.ratio ? ` ${ratioOf(results, name, yardstick, column.key)}` : '';
      return `${text(median(values))} ${spread}${ratio}`.padStart(width(column));
    });
    console.log(`${name.padEnd(26)}${cells.join('  ')}`);
  }
}
