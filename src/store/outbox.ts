/** The calls of one process that may have to be made again, in the order in which they were made. */
import { type CallName, type ParamsOf, parseResult, type ResultOf } from './calls.ts';
import type { Core } from './core.ts';
import { asStoreError, type StoreError } from './errors.ts';
import { Line } from './line.ts';
import type { Origin } from './messages.ts';

export interface Pending {
  readonly id: number;
  readonly method: CallName;
  readonly params: ParamsOf<CallName>;
  /** Asks a database of this process. */
  readonly ask: (core: Core, origin: Origin) => Promise<void>;
  /** Takes what another process answered. */
  readonly accept: (result: unknown) => void;
  readonly reject: (error: StoreError) => void;
  /** Makes the same call once more; nobody waits for its answer but `failed`. */
  readonly repeat: (failed: (error: StoreError) => void) => void;
  /** A damaged database was read out once for this call already. */
  repaired: boolean;
  /** Another process was asked, and may have done it before it died. */
  told: boolean;
}

export class Outbox {
  readonly #pending = new Line<Pending>();
  #nextId: number;
  #whenEmpty: (() => void)[] = [];

  /** @param former calls with numbers up to this one were made before. */
  constructor(former = 0) {
    this.#nextId = former + 1;
  }

  add<M extends CallName>(
    method: M,
    params: ParamsOf<M>,
    resolve: (result: ResultOf<M>) => void,
    reject: (error: StoreError) => void,
  ): Pending {
    const pending: Pending = {
      id: this.#nextId++,
      method,
      params,
      ask: async (core, origin) => resolve(await core.call(method, params, origin)),
      accept: (result) => resolve(parseResult(method, result)),
      reject,
      repeat: (failed) => {
        this.add(method, params, () => {}, failed);
      },
      repaired: false,
      told: false,
    };
    this.#pending.add(pending.id, pending);
    return pending;
  }

  /** Every call before this number is answered: they stand in the order of their numbers. */
  get lowest(): number {
    return this.#pending.oldest ?? this.#nextId;
  }

  get all(): Pending[] {
    return this.#pending.all.map(([, pending]) => pending);
  }

  has(id: number): boolean {
    return this.#pending.get(id) !== undefined;
  }

  /** Lets `first` add calls that come before those that are there. */
  putFirst(first: () => void): void {
    const later = this.all;
    this.#pending.clear();
    first();
    for (const pending of later) {
      const id = this.#nextId++;
      this.#pending.add(id, { ...pending, id });
    }
  }

  answer(id: number, result: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    try {
      pending.accept(result);
      this.answered(id);
    } catch (error) {
      this.refuse(id, asStoreError(error));
    }
  }

  refuse(id: number, error: StoreError): void {
    this.#pending.get(id)?.reject(error);
    this.#pending.remove(id);
    this.#tellWhenEmpty();
  }

  refuseAll(error: StoreError): void {
    for (const [id] of this.#pending.all) this.refuse(id, error);
  }

  answered(id: number): void {
    this.#pending.answered(id);
    this.#tellWhenEmpty();
  }

  #tellWhenEmpty(): void {
    if (this.#pending.size > 0) return;
    for (const tell of this.#whenEmpty.splice(0)) tell();
  }

  /** Resolves when all calls are answered, or after `limit` milliseconds. */
  async emptied(limit: number): Promise<void> {
    if (this.#pending.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limit);
      this.#whenEmpty.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
