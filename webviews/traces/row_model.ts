/** What one row of the tree says, as text and numbers; the component only places it. */
import { formatCost, formatDuration, formatTokens } from '../../src/contracts/select.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { EXECUTION, MODEL, type SpanTable, STAGE, TOOL } from './span_table.ts';
import { STRINGS } from './strings.ts';
import { ROOT } from './tree_order.ts';
import type { Scale } from './view.ts';

export const UNKNOWN = '–';

export interface Bar {
  /** Percent of the column. */
  readonly left: number;
  readonly width: number;
  /** Percent of the bar that passed before the first token; 0 where that is unknown. */
  readonly waiting: number;
}

/** Start and length of what bars are drawn against, in milliseconds. */
export interface Base {
  readonly start: number;
  readonly length: number;
}

/** The execution at the top of its stage that a row belongs to, or the row itself. */
export function turnOf(table: SpanTable, row: number): number {
  let at = row;
  for (;;) {
    const parent = table.order.parent(at);
    if (parent === ROOT || table.kind(parent) === STAGE) return at;
    at = parent;
  }
}

export function baseOf(
  table: SpanTable,
  row: number,
  scale: Scale,
  session: Base,
  now: number,
): Base {
  if (scale === 'session' || table.kind(row) === STAGE) return session;
  const turn = turnOf(table, row);
  return { start: table.float('start', turn), length: table.durationAt(turn, now) };
}

/** @returns null where the row has no place in time, such as one that has not started. */
export function barOf(table: SpanTable, row: number, base: Base, now: number): Bar | null {
  const start = table.float('start', row);
  if (Number.isNaN(start) || !(base.length > 0)) return null;
  const duration = table.durationAt(row, now);
  const from = clamp(((start - base.start) / base.length) * 100);
  const to = clamp(((start + (duration > 0 ? duration : 0) - base.start) / base.length) * 100);
  const ttft = table.float('ttft', row);
  const waiting = duration > 0 && ttft > 0 ? clamp((ttft / duration) * 100) : 0;
  return { left: from, width: to - from, waiting };
}

function clamp(percent: number): number {
  return Math.min(100, Math.max(0, percent));
}

/** Whole seconds while it runs, so that the text does not flicker. */
export function durationText(table: SpanTable, row: number, now: number): string {
  const duration = table.durationAt(row, now);
  if (Number.isNaN(duration)) return UNKNOWN;
  if (isTerminal(table.outcome(row)) || duration >= 60_000) return formatDuration(duration);
  return `${Math.floor(duration / 1000)}s`;
}

/** What was the row's own of its duration, told in the same way. */
export function selfText(table: SpanTable, row: number, now: number): string {
  const own = table.selfTimeAt(row, now);
  if (Number.isNaN(own)) return UNKNOWN;
  if (isTerminal(table.outcome(row)) || own >= 60_000) return formatDuration(own);
  return `${Math.floor(own / 1000)}s`;
}

export function tokensText(table: SpanTable, row: number): string {
  if (table.kind(row) === TOOL || table.int('reported', row) === 0) return UNKNOWN;
  const input = formatTokens(table.float('sum_input', row));
  return `${input} / ${formatTokens(table.float('sum_output', row))}`;
}

/** Share of the prompt read from the provider's cache, 0 to 1; null where unknown. */
export function cacheShare(table: SpanTable, row: number): number | null {
  const input = table.float('sum_input', row);
  if (table.kind(row) === TOOL || table.int('reported', row) === 0 || !(input > 0)) return null;
  if (table.kind(row) === MODEL && Number.isNaN(table.float('cached', row))) return null;
  return table.float('sum_cached', row) / input;
}

export function costText(table: SpanTable, row: number): string {
  return table.int('priced', row) === 0 ? UNKNOWN : formatCost(table.float('sum_cost', row));
}

const KIND_LOOK: Readonly<Record<number, { readonly icon: string; readonly label: string }>> = {
  [MODEL]: { icon: 'sparkle', label: STRINGS.model_call },
  [TOOL]: { icon: 'tools', label: STRINGS.tool_call },
  [EXECUTION]: { icon: 'hubot', label: STRINGS.agent },
  [STAGE]: { icon: 'layers', label: STRINGS.stage },
};
const SUB_AGENT = { icon: 'type-hierarchy-sub', label: STRINGS.sub_agent };

export function kindLook(table: SpanTable, row: number): { icon: string; label: string } {
  const kind = table.kind(row);
  if (kind === EXECUTION && table.executionRecord(row)?.parent_execution_id) return SUB_AGENT;
  return KIND_LOOK[kind] ?? SUB_AGENT;
}
