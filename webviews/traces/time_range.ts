/** A stretch of the session's time: chosen by drag or by keys, and what lies in it. */
import { isTerminal } from '../../src/contracts/status.ts';
import type { SpanTable } from './span_table.ts';

/** Epoch milliseconds; an end at infinity goes with the session while it runs. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** A selection as shares of the strip's width: 0 is the session's start, 1 is now or its end. */
export interface Selection {
  readonly from: number;
  readonly to: number;
}
export const WHOLE: Selection = { from: 0, to: 1 };

/** The least that can be selected: a share that still can be seen and taken hold of. */
const LEAST = 0.004;
const STEP = 0.01;
const LEAP = 0.1;

/** What a key does to one end of a selection; with Shift the whole selection moves. */
export function moved(
  selection: Selection,
  end: 'from' | 'to',
  key: string,
  shift: boolean,
): Selection | null {
  const by = KEYS.get(key);
  if (by === undefined) return null;
  if (shift && Math.abs(by) < 1) return panned(selection, by);
  return end === 'from'
    ? { from: clamp(selection.from + by, 0, selection.to - LEAST), to: selection.to }
    : { from: selection.from, to: clamp(selection.to + by, selection.from + LEAST, 1) };
}

const KEYS: ReadonlyMap<string, number> = new Map([
  ['ArrowLeft', -STEP],
  ['ArrowDown', -STEP],
  ['ArrowRight', STEP],
  ['ArrowUp', STEP],
  ['PageDown', -LEAP],
  ['PageUp', LEAP],
  ['Home', -1],
  ['End', 1],
]);

/** The same stretch elsewhere. */
export function panned({ from, to }: Selection, by: number): Selection {
  const start = clamp(from + by, 0, 1 - (to - from));
  return { from: start, to: start + (to - from) };
}

/** Between two places of a drag, in either order. */
export function between(a: number, b: number): Selection {
  const from = clamp(Math.min(a, b), 0, 1 - LEAST);
  return { from, to: clamp(Math.max(a, b), from + LEAST, 1) };
}

/** @returns null where all is selected. An end at an edge of the strip is open. */
export function rangeOf(selection: Selection, start: number, length: number): TimeRange | null {
  const from = selection.from <= 0 ? Number.NEGATIVE_INFINITY : start + selection.from * length;
  const to = selection.to >= 1 ? Number.POSITIVE_INFINITY : start + selection.to * length;
  return Number.isFinite(from) || Number.isFinite(to) ? { from, to } : null;
}

export function selectionOf(range: TimeRange | null, start: number, length: number): Selection {
  if (!range || !(length > 0)) return WHOLE;
  const share = (time: number): number => clamp((time - start) / length, 0, 1);
  return { from: share(range.from), to: share(range.to) };
}

/** True where any of a row's time lies in the range. */
export function isWithin(table: SpanTable, row: number, range: TimeRange): boolean {
  const start = table.float('start', row);
  if (!(start <= range.to)) return false;
  const duration = table.float('duration', row);
  if (!Number.isNaN(duration)) return start + duration >= range.from;
  return isTerminal(table.outcome(row)) ? start >= range.from : true;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
