/** A number of places; who finds none waits in line, first come first served. */

/** The place of one who works, given up while a person is asked and taken again before going on. */
export interface Seat {
  /** Does nothing where the place is given up already. */
  leave(): void;
  /** @throws the signal's reason when it is aborted first. */
  back(): Promise<void>;
  /** Leaves it for good. */
  end(): void;
}

export class Slots {
  readonly #limit: () => number;
  #taken = 0;
  readonly #line: (() => void)[] = [];

  /** @param limit asked each time, since it is a setting that may change. */
  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Whether who comes now need not wait. */
  get free(): boolean {
    return this.#taken < this.#limit();
  }

  /**
   * @param onWait called when no place is free, with the number of those who wait already.
   * @returns a function that gives the place back. @throws the signal's reason when it is aborted first.
   */
  async take(signal: AbortSignal, onWait?: (ahead: number) => void): Promise<() => void> {
    signal.throwIfAborted();
    if (!this.free) {
      onWait?.(this.#line.length);
      await this.#wait(signal);
    } else this.#taken += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      // The place is handed over while it is counted, so that nobody slips in between.
      for (let turn = this.#turn(); turn; turn = this.#turn()) turn();
    };
  }

  /** As `take`, for one who may leave the place for a while. */
  async seat(signal: AbortSignal, onWait?: (ahead: number) => void): Promise<Seat> {
    let release: (() => void) | null = await this.take(signal, onWait);
    let taking: Promise<void> | null = null;
    let ended = false;
    const leave = (): void => {
      release?.();
      release = null;
    };
    const take = async (): Promise<void> => {
      try {
        release = await this.take(signal, onWait);
        if (ended) leave();
      } finally {
        taking = null;
      }
    };
    return {
      leave,
      end() {
        ended = true;
        leave();
      },
      back() {
        if (release) return Promise.resolve();
        taking ??= take();
        return taking;
      },
    };
  }

  #turn(): (() => void) | undefined {
    if (!this.free) return undefined;
    const turn = this.#line.shift();
    if (turn) this.#taken += 1;
    return turn;
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#line.splice(this.#line.indexOf(turn), 1);
        reject(signal.reason);
      };
      this.#line.push(turn);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
