/**
 * How many calls were at work when: begins, ends and errors, counted in slices of the session's
 * time. When time runs out of slices, they are made twice as long and folded in pairs, so that a
 * call costs the same at 100 and at 100,000.
 */

/** An even number, as folding to the left asks for. */
export const SLICES = 1_024;

/** What is counted of a call. */
export interface Span {
  /** Epoch milliseconds; NaN while it has not begun. */
  readonly start: number;
  /** NaN while it is at work, and where its end was never learnt. */
  readonly end: number;
  readonly failed: boolean;
}

/** One slice, or several side by side: the most calls at work in any, and all errors. */
export interface Slice {
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
  slices(from: number, to: number, count: number): Slice[] {
    const pieces = Array.from({ length: count }, () => ({ at_work: 0, errors: 0 }));
    if (!(to > from) || Number.isNaN(this.#origin)) return pieces;
    let working = 0;
    for (let i = 0; i < SLICES; i++) {
      working += this.#begins[i] ?? 0;
      const left = this.#origin + i * this.#width;
      const first = Math.floor(((left - from) / (to - from)) * count);
      const last = Math.ceil(((left + this.#width - from) / (to - from)) * count) - 1;
      for (let at = Math.max(0, first); at <= Math.min(count - 1, Math.max(first, last)); at++) {
        const piece = pieces[at];
        if (piece) piece.at_work = Math.max(piece.at_work, working);
      }
      const errors = this.#errors[i] ?? 0;
      const marked = pieces[Math.min(count - 1, Math.max(0, first))];
      if (errors > 0 && marked) marked.errors += errors;
      // What ends within a slice was at work in it.
      working -= this.#ends[i] ?? 0;
    }
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
