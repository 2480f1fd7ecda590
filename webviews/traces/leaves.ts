/** Many rows without children, side by side by their parents, without a list per parent. */

/** The order of siblings: by key, then as they came. */
export type KeyOf = (row: number) => number;
export function byKey(key: KeyOf): (a: number, b: number) => number {
  return (a, b) => key(a) - key(b) || a - b;
}

export class Leaves {
  /** Rows that stand at the top or under a row that is taken: for their lists. */
  readonly others: number[] = [];
  readonly #counts: Int32Array;
  /** Where each parent's rows end. */
  readonly #ends: Int32Array;
  readonly #rows: Int32Array;

  /**
   * @param parents row of each one's parent, all below `first`.
   * @param first row of the first of them.
   * @param key of every row.
   * @param taken 1 for each row below `first` that has a list of children already.
   */
  constructor(parents: Int32Array, first: number, key: KeyOf, taken: Uint8Array) {
    const counts = new Int32Array(first);
    for (let i = 0; i < parents.length; i++) {
      const parent = parents[i] ?? -1;
      if (parent < 0 || taken[parent] === 1) this.others.push(first + i);
      else counts[parent] = (counts[parent] ?? 0) + 1;
    }
    // Where the next row of each parent goes; in the end, where its rows end.
    const ends = new Int32Array(first);
    for (let row = 1; row < first; row++) ends[row] = (ends[row - 1] ?? 0) + (counts[row - 1] ?? 0);
    const rows = new Int32Array(parents.length - this.others.length);
    const unsorted = new Set<number>();
    for (let i = 0; i < parents.length; i++) {
      const parent = parents[i] ?? -1;
      if (parent < 0 || taken[parent] === 1) continue;
      const at = ends[parent] ?? 0;
      rows[at] = first + i;
      ends[parent] = at + 1;
      const time = key(first + i);
      // The row before may be another parent's: then that is sorted for nothing.
      if (at > 0 && time < key(rows[at - 1] ?? 0)) unsorted.add(parent);
    }
    this.#counts = counts;
    this.#ends = ends;
    this.#rows = rows;
    for (const parent of unsorted) this.#of(parent).sort(byKey(key));
  }

  /** Number of rows that can be parents here. */
  get parents(): number {
    return this.#counts.length;
  }

  count(parent: number): number {
    return this.#counts[parent] ?? 0;
  }

  /** @returns the rows of a parent in order; they are no longer counted here. */
  take(parent: number): Int32Array {
    const rows = this.#of(parent);
    this.#counts[parent] = 0;
    return rows;
  }

  #of(parent: number): Int32Array {
    const end = this.#ends[parent] ?? 0;
    return this.#rows.subarray(end - this.count(parent), end);
  }
}
