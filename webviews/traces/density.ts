/**
 * How many calls were at work when: begins, ends and errors, counted in slices of the session's
 * time. When time runs out of slices, they are made twice as long and folded in pairs, so that a
 * call costs the same at 100 and at 100,000.
 */

import { isFailed, isTerminal } from '../../src/contracts/status.ts';
import { known } from './figures.ts';
import type { Timing } from './self_time.ts';

/** An even number, as folding to the left asks for. */
const SLICES = 1_024;

/** What is counted of a call. */
export interface Span {
  /** Epoch milliseconds; NaN while it has not begun. */
  readonly start: number;
  /** NaN while it is at work, and where its end was never learnt. */
  readonly end: number;
  readonly failed: boolean;
}

/** @returns what is counted of a call; one whose end was never learnt was there for a moment. */
export function spanOf({ outcome, start, duration }: Timing): Span {
  const end = known(duration) ? start + duration : isTerminal(outcome) ? start : Number.NaN;
  return { start, end, failed: isFailed(outcome) };
}

/** One piece of time: the most calls at work in any slice of it, and all its errors. */
export interface Piece {
  readonly at_work: number;
  readonly errors: number;
}

export class Density {
  #origin = Number.NaN;
  /** Length of a slice in milliseconds. */
  #width = 1;
  readonly #begins = new Int32Array(SLICES);
  readonly #ends = new Int32Array(SLICES);
  readonly #errors = new Int32Array(SLICES);

  add(span: Span): void {
    this.#count(span, 1);
  }

  /** Takes back what was added. */
  remove(span: Span): void {
    this.#count(span, -1);
  }

  /** Cuts a stretch of time into `count` pieces of one length. */
  pieces(from: number, to: number, count: number): Piece[] {
    const pieces = Array.from({ length: count }, () => ({ at_work: 0, errors: 0 }));
    if (!(to > from) || Number.isNaN(this.#origin)) return pieces;
    let working = 0;
    const place = (time: number): number => ((time - from) / (to - from)) * count;
    const work = (first: number, last: number): void => {
      for (let at = Math.max(0, first); at <= Math.min(count - 1, last); at++) {
        const piece = pieces[at];
        if (piece) piece.at_work = Math.max(piece.at_work, working);
      }
    };
    for (let i = 0; i < SLICES; i++) {
      const [begins, ends] = [this.#begins[i] ?? 0, this.#ends[i] ?? 0];
      // What begins where another has ended takes its place.
      const relieved = Math.min(working, begins, ends);
      working += begins - relieved;
      const left = this.#origin + i * this.#width;
      const first = Math.floor(place(left));
      work(first, Math.max(first, Math.ceil(place(left + this.#width)) - 1));
      const errors = this.#errors[i] ?? 0;
      const marked = pieces[Math.min(count - 1, Math.max(0, first))];
      if (errors > 0 && marked) marked.errors += errors;
      // What ends within a slice was at work in it.
      working -= ends - relieved;
    }
    work(Math.floor(place(this.#origin + SLICES * this.#width)), count - 1);
    return pieces;
  }

  #count({ start, end, failed }: Span, by: 1 | -1): void {
    if (Number.isNaN(start)) return;
    add(this.#begins, this.#sliceOf(start), by);
    // Growing for the end moves what was counted for the start along.
    if (Number.isNaN(end)) {
      if (failed) add(this.#errors, this.#sliceOf(start), by);
      return;
    }
    const last = this.#sliceOf(Math.max(start, end));
    add(this.#ends, last, by);
    if (failed) add(this.#errors, last, by);
  }

  /** @returns the slice of a moment, after making room for it. */
  #sliceOf(time: number): number {
    if (Number.isNaN(this.#origin)) this.#origin = time;
    while (time < this.#origin) this.#fold(SLICES / 2);
    while (time >= this.#origin + SLICES * this.#width) this.#fold(0);
    return Math.floor((time - this.#origin) / this.#width);
  }

  /** Makes slices twice as long. @param to where the folded ones begin: later ones leave room before. */
  #fold(to: number): void {
    for (const counts of [this.#begins, this.#ends, this.#errors]) {
      const folded = Array.from(
        { length: SLICES / 2 },
        (_, i) => (counts[2 * i] ?? 0) + (counts[2 * i + 1] ?? 0),
      );
      counts.fill(0).set(folded, to);
    }
    if (to > 0) this.#origin -= SLICES * this.#width;
    this.#width *= 2;
  }
}

function add(counts: Int32Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}
