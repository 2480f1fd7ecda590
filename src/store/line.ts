/**
 * Calls that are under way, the oldest first. When the place that answers them is lost they are
 * made once more, and a record that was already answered must not be undone by an older one that
 * was not: it stays in the line until all older records are answered, and is made again after them.
 */
import type { CallName } from './calls.ts';

export class Line<C extends { readonly method: CallName }> {
  readonly #calls = new Map<number, C>();
  readonly #answered = new Set<number>();

  get size(): number {
    return this.#calls.size;
  }

  /** The number of the oldest; undefined where there is none. */
  get oldest(): number | undefined {
    return this.#calls.keys().next().value;
  }

  get(id: number): C | undefined {
    return this.#calls.get(id);
  }

  get all(): [id: number, call: C][] {
    return [...this.#calls];
  }

  /** @param id higher than all before. */
  add(id: number, call: C): void {
    this.#calls.set(id, call);
  }

  answered(id: number): void {
    if (this.#calls.get(id)?.method === 'record') this.#answered.add(id);
    else this.#calls.delete(id);
    this.#letGo();
  }

  /** One that was refused, or is given up. */
  remove(id: number): void {
    this.#calls.delete(id);
    this.#answered.delete(id);
    this.#letGo();
  }

  // Records that wait for no older one any more.
  #letGo(): void {
    for (const [id, { method }] of this.#calls) {
      if (method !== 'record') continue;
      if (!this.#answered.delete(id)) return;
      this.#calls.delete(id);
    }
  }

  clear(): void {
    this.#calls.clear();
    this.#answered.clear();
  }
}
