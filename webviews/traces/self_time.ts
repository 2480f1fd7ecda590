/**
 * Self time: how long a row took apart from what stands directly beneath it, where what happened
 * side by side counts once. Made for the rows that are looked at, then kept up to date call by
 * call: an appended call costs the same whatever came before it.
 */
import { isTerminal, type Outcome } from '../../src/contracts/status.ts';
import { Coverage } from './coverage.ts';

/** When a row began and how long it took; the length is NaN while that is not known. */
export interface Timing {
  readonly outcome: Outcome;
  readonly start: number;
  readonly duration: number;
}

/** What is asked of the table of rows. */
export interface Timings {
  timing(row: number): Timing;
  children(row: number): readonly number[];
}

interface Busy {
  /** Children that have ended. */
  readonly ended: Coverage;
  /** Children at work, and since when. */
  readonly live: Map<number, number>;
}

export class SelfTimes {
  readonly #table: Timings;
  readonly #busy = new Map<number, Busy>();

  constructor(table: Timings) {
    this.#table = table;
  }

  /**
   * @param start of the row; `length` is its duration up to now.
   * @returns milliseconds; NaN where the row's own time is not known.
   */
  of(row: number, start: number, length: number): number {
    if (Number.isNaN(start) || Number.isNaN(length)) return length;
    const { ended, live } = this.#of(row);
    const end = start + length;
    // What is at work now was at work since it began: together they cover all since the first.
    let since = end;
    for (const began of live.values()) since = Math.min(since, began);
    since = Math.max(start, since);
    return Math.max(0, since - start - ended.within(start, since));
  }

  /** Says that a child has come or changed. */
  changed(parent: number, child: number, before: Timing, after: Timing): void {
    const busy = this.#busy.get(parent);
    if (!busy) return;
    if (isTerminal(before.outcome)) {
      // An end that is corrected: rare enough to count all anew.
      if (before.start !== after.start || !Object.is(before.duration, after.duration)) {
        this.#busy.delete(parent);
      }
      return;
    }
    take(busy, child, after);
  }

  /** Says that a row's children are others than before. */
  forget(row: number): void {
    this.#busy.delete(row);
  }

  #of(row: number): Busy {
    const known = this.#busy.get(row);
    if (known) return known;
    const busy: Busy = { ended: new Coverage(), live: new Map() };
    for (const child of this.#table.children(row)) take(busy, child, this.#table.timing(child));
    this.#busy.set(row, busy);
    return busy;
  }
}

function take(busy: Busy, child: number, timing: Timing): void {
  const { outcome, start, duration } = timing;
  busy.live.delete(child);
  if (isTerminal(outcome)) busy.ended.add(start, start + duration);
  // What has not begun covers nothing.
  else if (outcome !== 'pending' && !Number.isNaN(start)) busy.live.set(child, start);
}
