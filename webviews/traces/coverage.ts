/**
 * Time that something covered: intervals that may overlap, counted once. Adding one at the end and
 * measuring a span cost the logarithm of their number, since nearly all arrive in order.
 */
export class Coverage {
  // Disjoint and sorted.
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** Covered time before each interval, of the first ones: the rest is summed when asked for. */
  readonly #before: number[] = [];

  /** An interval without length, or with an unknown end, covers nothing. */
  add(start: number, end: number): void {
    if (!(end > start)) return;
    const [starts, ends] = [this.#starts, this.#ends];
    // Those that touch the new one become a part of it.
    const first = firstAtLeast(ends, start);
    let last = first;
    while (last < starts.length && (starts[last] ?? 0) <= end) last++;
    const from = Math.min(start, starts[first] ?? start);
    const to = last > first ? Math.max(end, ends[last - 1] ?? end) : end;
    if (first === starts.length) {
      starts.push(start);
      ends.push(end);
      return;
    }
    starts.splice(first, last - first, last > first ? from : start);
    ends.splice(first, last - first, to);
    this.#before.length = Math.min(this.#before.length, first + 1);
  }

  /** @returns how much of a span is covered. */
  within(from: number, to: number): number {
    return to > from ? this.#until(to) - this.#until(from) : 0;
  }

  /** Covered time before a moment. */
  #until(time: number): number {
    const at = firstAtLeast(this.#ends, time);
    const before = this.#sum(at);
    return before + Math.max(0, time - (this.#starts[at] ?? time));
  }

  /** Length of the first intervals. */
  #sum(count: number): number {
    const before = this.#before;
    if (before.length === 0) before.push(0);
    for (let i = before.length; i <= count; i++) {
      before.push((before[i - 1] ?? 0) + (this.#ends[i - 1] ?? 0) - (this.#starts[i - 1] ?? 0));
    }
    return before[count] ?? 0;
  }
}

/** @returns the index of the first value that is not less; their number where all are. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
