/** Which rows a filter lets through; what stands above a match stays, so that it has a place. */
import { isFailed, type Outcome } from '../../src/contracts/status.ts';
import { EXECUTION, MODEL, type SpanTable, STAGE, TOOL } from './span_table.ts';
import { isWithin, type TimeRange } from './time_range.ts';
import { ROOT } from './tree_order.ts';

export interface Filter {
  /** `model`, or the name of a tool. */
  readonly tool: string;
  /** `failed` stands for everything that counts as failed. */
  readonly outcome: Outcome | '';
  readonly min_ms: number;
  readonly agent: string;
  /** What was at work in a stretch of time; null for all. */
  readonly range: TimeRange | null;
}

export const NO_FILTER: Filter = { tool: '', outcome: '', min_ms: 0, agent: '', range: null };
export const MODEL_CALLS = 'model:';

export function isActive(filter: Filter): boolean {
  return filter.range !== null || asksOfRows(filter);
}

/** True where something else than its time is asked of a row. */
function asksOfRows({ tool, outcome, min_ms, agent }: Filter): boolean {
  return tool !== '' || outcome !== '' || min_ms > 0 || agent !== '';
}

export function matcher(table: SpanTable, filter: Filter, now: number): (row: number) => boolean {
  const only_time = !asksOfRows(filter);
  return (row) => {
    const kind = table.kind(row);
    if (filter.range && !isWithin(table, row, filter.range)) return false;
    // Of a time one wants the calls; agents and stages stand around them.
    if (only_time) return kind < EXECUTION || (kind !== STAGE && !table.order.hasChildren(row));
    if (filter.tool !== '') {
      if (filter.tool === MODEL_CALLS ? kind !== MODEL : kind !== TOOL) return false;
      if (filter.tool !== MODEL_CALLS && table.name(row) !== filter.tool) return false;
    }
    if (filter.outcome !== '') {
      const outcome = table.outcome(row);
      const same = filter.outcome === 'failed' ? isFailed(outcome) : outcome === filter.outcome;
      if (kind === STAGE || !same) return false;
    }
    if (filter.agent !== '' && agentOf(table, row) !== filter.agent) return false;
    if (filter.min_ms === 0) return true;
    return kind !== STAGE && table.durationAt(row, now) >= filter.min_ms;
  };
}

/** Name of the agent that a row belongs to; empty for stages. */
export function agentOf(table: SpanTable, row: number): string {
  for (let at = row; at !== ROOT; at = table.order.parent(at)) {
    if (table.kind(at) === EXECUTION) return table.name(at);
  }
  return '';
}

/** @returns the number of matches. Opens what leads to a match. */
export function applyFilter(table: SpanTable, accepts: (row: number) => boolean): number {
  const shown = new Uint8Array(table.length);
  const leads = new Uint8Array(table.length);
  let matches = 0;
  for (let row = 0; row < table.length; row++) {
    if (!accepts(row)) continue;
    matches++;
    shown[row] = 1;
    for (let at = table.order.parent(row); at !== ROOT && !leads[at]; at = table.order.parent(at)) {
      leads[at] = 1;
      shown[at] = 1;
    }
  }
  table.order.reset({
    open: (row) => leads[row] === 1,
    shown: (row) => shown[row] === 1,
  });
  return matches;
}

/** More agents than this are not listed: nobody reads on, and each is an element of the page. */
const LISTED = 100;

/** Names for the filter's lists, in the order in which they came. `also` is listed in any case. */
export function namesOf(names: ReadonlySet<string>, also: string): string[] {
  const listed = [...names].slice(0, LISTED);
  if (also !== '' && !listed.includes(also)) listed.push(also);
  return listed;
}
