/**
 * How frames travel to a page: one post per animation frame at most, so that text streams smoothly;
 * a crowd of agents is told ten times a second, so that the page has time for its reader.
 */
import type { Frame } from '../contracts/frames.ts';

/** One animation frame. */
export const SMOOTH_MS = 16;
/** Between two posts while much is going on. */
export const CROWD_MS = 100;
/** A post of more frames than this says that much is going on. */
const CROWD = 4;

export class FramePosts {
  readonly #post: (frames: readonly Frame[]) => void;
  #waiting: Frame[] = [];
  #timer: NodeJS.Timeout | undefined;
  #open = false;
  #crowded = false;

  constructor(post: (frames: readonly Frame[]) => void) {
    this.#post = post;
  }

  add(frame: Frame): void {
    this.#waiting.push(frame);
    this.#timer ??= setTimeout(() => this.#flush(), this.#crowded ? CROWD_MS : SMOOTH_MS);
  }

  /** Forgets what waits and keeps what comes, until `start`: a snapshot is on its way. */
  hold(): void {
    this.#open = false;
    this.#waiting = [];
  }

  /** Posts what has come since, and all that follows. */
  start(): void {
    this.#open = true;
    this.#flush();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.dispose();
    if (!this.#open || this.#waiting.length === 0) return;
    const frames = this.#waiting;
    this.#waiting = [];
    this.#crowded = frames.length > CROWD;
    this.#post(frames);
  }
}
