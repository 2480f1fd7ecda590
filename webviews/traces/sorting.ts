/** Orders of siblings: by time as they happened, or the largest figure first. */
import { type SpanTable, STAGE } from './span_table.ts';

export const SORTS = ['time', 'duration', 'self', 'tokens', 'cost'] as const;
export type SortKey = (typeof SORTS)[number];

/** @returns null for the order in which rows come anyway, once they have been put into it. */
export function comparatorOf(
  table: SpanTable,
  sort: SortKey,
  now: number,
): ((a: number, b: number) => number) | null {
  const byTime = (a: number, b: number): number =>
    table.float('sort_key', a) - table.float('sort_key', b) || a - b;
  if (sort === 'time') return now === 0 ? byTime : null;
  const figure = (row: number): number => {
    if (sort === 'duration') return table.durationAt(row, now);
    if (sort === 'self') return table.selfTimeAt(row, now);
    if (sort === 'cost') return table.float('sum_cost', row);
    return table.float('sum_input', row) + table.float('sum_output', row);
  };
  const value = (row: number): number => {
    const found = figure(row);
    return Number.isNaN(found) ? -1 : found;
  };
  return (a, b) => {
    // Stages keep their order: they are the chapters of the run.
    if (table.kind(a) === STAGE && table.kind(b) === STAGE) return byTime(a, b);
    return value(b) - value(a) || byTime(a, b);
  };
}
