/** Arithmetic of figures that may be unknown, which columns say by NaN. */
import { isTerminal, type Outcome } from '../../src/contracts/status.ts';

/** True for what has begun and not ended. */
export function isLive(outcome: Outcome): boolean {
  return outcome !== 'pending' && !isTerminal(outcome);
}

/** A clock that jumped back must not make a bar of negative length. */
export function length(start: number, end: number | null | undefined): number {
  if (end === null || end === undefined) return Number.NaN;
  return Math.max(0, end - start);
}

export function known(value: number): boolean {
  return !Number.isNaN(value);
}

/** NaN stands for a figure that is not known; it adds nothing. */
export function zero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** NaN only where no part is known. */
export function sum(...parts: readonly number[]): number {
  const found = parts.filter(known);
  return found.length > 0 ? found.reduce((a, b) => a + b, 0) : Number.NaN;
}

/**
 * @param rows sorted by what `keyOf` says of them.
 * @returns where a row with this key belongs among them, behind its equals; undefined at the end.
 */
export function placeAmong(
  rows: readonly number[],
  keyOf: (row: number) => number,
  key: number,
): number | undefined {
  const at = (i: number): number => keyOf(rows[i] ?? 0);
  if (rows.length === 0 || at(rows.length - 1) <= key) return undefined;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) <= key) low = middle + 1;
    else high = middle;
  }
  return low;
}
