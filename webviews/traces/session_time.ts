/** The session's time as a whole: when it began, how long it is, and whether it goes on. */
import type { Base } from './row_model.ts';
import type { SpanTable } from './span_table.ts';
import { ROOT } from './tree_order.ts';

export function sessionBase(table: SpanTable, now: number): Base {
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const row of table.order.children(ROOT)) {
    const from = table.float('start', row);
    if (Number.isNaN(from)) continue;
    const duration = table.durationAt(row, now);
    start = Math.min(start, from);
    end = Math.max(end, from + (Number.isNaN(duration) ? 0 : duration));
  }
  return { start, length: end - start };
}

export function hasLive(table: SpanTable): boolean {
  return table.order.children(ROOT).some((row) => table.isLive(row));
}
