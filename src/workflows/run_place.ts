/**
 * A run's place among the runs at work. It is given up while all that the run does is to wait for
 * its user, so that a question which nobody answers holds up no other run, and taken again before
 * an agent of the run goes on.
 */
import type { Seat, Slots } from './slots.ts';

/** Milliseconds in which a script may go on with its next agent before the place is given up. */
const MOMENT = 500;

export interface RunPlaceOptions {
  readonly runs: Slots;
  readonly agents: Slots;
  /** The run's. */
  readonly signal: AbortSignal;
  /** The run finds no place; with the number of those who wait already. */
  readonly onWait: (ahead: number) => void;
}

export class RunPlace {
  readonly #options: RunPlaceOptions;
  #own: Seat | null = null;
  #working = 0;
  #asking = 0;
  #leaving: NodeJS.Timeout | undefined;
  /** While the run waits for a place: how many were before it when it came. */
  #ahead: number | null = null;

  constructor(options: RunPlaceOptions) {
    this.#options = options;
  }

  /** Waits for the run's turn. @throws the signal's reason when it is aborted first. */
  async begin(): Promise<void> {
    const { runs, signal, onWait } = this.#options;
    this.#own = await runs.seat(signal, (ahead) => {
      this.#ahead = ahead;
      onWait(ahead);
    });
    this.#ahead = null;
  }

  end(): void {
    clearTimeout(this.#leaving);
    this.#own?.end();
  }

  /** An agent's place, which needs that its run has one. As `Slots.seat`. */
  async seat(signal: AbortSignal, onWait?: (ahead: number) => void): Promise<Seat> {
    let state: 'working' | 'asking' | 'ended' = 'working';
    const become = (next: typeof state): void => {
      if (state === next || state === 'ended') return;
      this.#count(state, -1);
      this.#count(next, 1);
      state = next;
      this.#look();
    };
    this.#count('working', 1);
    try {
      await this.#back(signal, onWait);
      const own = await this.#options.agents.seat(signal, onWait);
      return {
        leave: () => {
          own.leave();
          become('asking');
        },
        back: async () => {
          become('working');
          await this.#back(signal, onWait);
          await own.back();
        },
        end: () => {
          own.end();
          become('ended');
        },
      };
    } catch (error) {
      become('ended');
      throw error;
    }
  }

  async #back(signal: AbortSignal, onWait?: (ahead: number) => void): Promise<void> {
    clearTimeout(this.#leaving);
    const back = this.#own?.back();
    if (!back) return;
    if (this.#ahead !== null) onWait?.(this.#ahead);
    const gone = Promise.withResolvers<never>();
    const leave = (): void => gone.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    try {
      await Promise.race([back, gone.promise]);
    } finally {
      signal.removeEventListener('abort', leave);
      // The agent may have been stopped alone; then nobody needs the place that comes.
      back.then(
        () => {
          this.#ahead = null;
          this.#look();
        },
        () => undefined,
      );
    }
  }

  #count(state: 'working' | 'asking' | 'ended', by: number): void {
    if (state === 'working') this.#working += by;
    if (state === 'asking') this.#asking += by;
  }

  // Between two agents a script needs a moment; only a run with a question left over gives way.
  #look(): void {
    clearTimeout(this.#leaving);
    if (this.#working > 0 || this.#asking === 0) return;
    this.#leaving = setTimeout(() => this.#own?.leave(), MOMENT);
  }
}
