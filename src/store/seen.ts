/** The number of the newest frame that was seen of each session. */
import type { Frame } from '../contracts/frames.ts';

/** Sessions that are remembered. */
const LIMIT = 500;

export type SeenFrames = readonly (readonly [session_id: string, seq: number])[];

export class Seen {
  readonly #newest: Map<string, number>;

  constructor(before: SeenFrames = []) {
    this.#newest = new Map(before);
  }

  get all(): [session_id: string, seq: number][] {
    return [...this.#newest];
  }

  add(frames: readonly Frame[]): void {
    for (const { session_id, seq } of frames) {
      this.#newest.delete(session_id);
      this.#newest.set(session_id, seq);
    }
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= LIMIT) break;
      this.#newest.delete(oldest);
    }
  }
}
