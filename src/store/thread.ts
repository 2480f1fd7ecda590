/**
 * A backend in a worker thread: calls out, answers and frames in. A thread that fails is started
 * anew, and what it had not answered is asked again: a fact that is recorded twice is the same as
 * once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { CallName, ParamsOf, ResultOf } from './calls.ts';
import { StoreError } from './errors.ts';
import { Gather } from './gather.ts';
import {
  type Backend,
  type BackendEvents,
  type FromWorker,
  fromWire,
  type ToWorker,
} from './messages.ts';

/** A thread that fails more often than this in a row, with less than a minute between, is given up. */
const RESTARTS = 3;
const CALM_MS = 60_000;
/** A thread that has closed its database ends by itself within this time, or is ended. Milliseconds. */
const EXIT_MS = 1000;
/** A call that was under way at so many failures is taken for their cause. */
const FAILURES_PER_CALL = 2;

interface Pending {
  readonly message: ToWorker;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StoreError) => void;
  failures: number;
}

export class ThreadBackend implements Backend {
  readonly #start: () => Worker;
  readonly #events: BackendEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #secrets: string[] = [];
  readonly #outgoing = new Gather<ToWorker>((messages) => this.#send(messages));
  #worker: Worker;
  #ready = false;
  #nextId = 1;
  #restarts = 0;
  #startedAt = performance.now();
  #ended: StoreError | null = null;
  #closing = false;
  #settleReady: { resolve: () => void; reject: (error: StoreError) => void } | null = null;
  #settleClosed: (() => void) | null = null;

  private constructor(start: () => Worker, events: BackendEvents) {
    this.#start = start;
    this.#events = events;
    this.#worker = this.#watched();
  }

  /** Resolves once the database is open. @throws StoreError when it cannot be opened. */
  static async open(
    workerPath: string | URL,
    workerData: { readonly folder: string; readonly wasmPath: string | undefined },
    events: BackendEvents,
  ): Promise<ThreadBackend> {
    const start = (): Worker =>
      new Worker(workerPath, { workerData, execArgv: [], name: 'boocode-store' });
    const backend = new ThreadBackend(start, events);
    try {
      await new Promise<void>((resolve, reject) => {
        backend.#settleReady = { resolve, reject };
      });
    } catch (error) {
      await backend.#worker.terminate();
      throw error;
    }
    return backend;
  }

  #watched(): Worker {
    const worker = this.#start();
    this.#startedAt = performance.now();
    let failure = 'it ended by itself';
    worker.on('message', (messages: readonly FromWorker[]) => {
      for (const message of messages) this.#receive(message);
    });
    worker.on('error', (error) => {
      failure = error.message;
    });
    worker.on('exit', () => this.#exited(failure));
    return worker;
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#ready = true;
        if (this.#secrets.length > 0) this.#post({ kind: 'secrets', secrets: this.#secrets });
        for (const { message: call } of this.#pending.values()) this.#post(call);
        this.#settleReady?.resolve();
        return;
      case 'failed':
        this.#settleReady?.reject(fromWire(message.error));
        this.#end(fromWire(message.error));
        return;
      case 'frames':
        this.#events.frames(message.frames);
        return;
      case 'health':
        this.#events.health(message.health);
        return;
      case 'log':
        this.#events.log(message.message);
        return;
      case 'closed':
        this.#settleClosed?.();
        return;
      case 'reply':
        this.#take(message.id)?.resolve(message.result);
        return;
      case 'error':
        this.#take(message.id)?.reject(fromWire(message.error));
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #exited(why: string): void {
    if (this.#closing || this.#ended) {
      this.#end(new StoreError('closed', 'The store is closed'));
      return;
    }
    if (performance.now() - this.#startedAt > CALM_MS) this.#restarts = 0;
    const error = new StoreError('engine', `The store's thread failed: ${why}`);
    if (!this.#ready || ++this.#restarts > RESTARTS) {
      this.#end(error);
      return;
    }
    this.#events.log(`${error.message}; it is started again`);
    this.#ready = false;
    // All calls are sent again once the new thread is ready.
    this.#outgoing.drop();
    for (const [id, pending] of this.#pending) {
      pending.failures++;
      if (pending.failures >= FAILURES_PER_CALL) this.#take(id)?.reject(error);
    }
    this.#worker = this.#watched();
  }

  #end(error: StoreError): void {
    if (!this.#ended && !this.#closing) {
      this.#events.health({ state: 'readonly', message: `${error.message} Reload the window.` });
    }
    this.#ended ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#ended);
    this.#pending.clear();
    this.#settleReady?.reject(this.#ended);
    this.#settleClosed?.();
  }

  #post(message: ToWorker): void {
    if (this.#ready) this.#outgoing.add(message);
  }

  #send(messages: readonly ToWorker[]): void {
    try {
      this.#worker.postMessage(messages);
    } catch (error) {
      // One of them holds what cannot be copied, such as a function; the others must not suffer.
      if (messages.length > 1) for (const message of messages) this.#send([message]);
      else if (messages[0]?.kind === 'call') {
        const why = error instanceof Error ? error.message : String(error);
        const refusal = new StoreError(
          'bad_request',
          `A call of the store cannot be copied: ${why}`,
        );
        this.#take(messages[0].id)?.reject(refusal);
      }
    }
  }

  call<M extends CallName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return new Promise<ResultOf<M>>((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId++;
      const message: ToWorker = { kind: 'call', id, method, params };
      this.#pending.set(id, {
        message,
        // The thread is this build's own code and typed by the same table: no second look at it.
        resolve: (r) => resolve(r as ResultOf<M>),
        reject,
        failures: 0,
      });
      this.#post(message);
    });
  }

  addSecrets(secrets: readonly string[]): void {
    this.#secrets.push(...secrets);
    this.#post({ kind: 'secrets', secrets });
  }

  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#ended && this.#ready) {
      const exited = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()));
      await new Promise<void>((resolve) => {
        this.#settleClosed = resolve;
        this.#post({ kind: 'close' });
      });
      // A thread that is stopped in the middle of its work has been seen to take its process along.
      await Promise.race([exited, pause(EXIT_MS, undefined, { ref: false })]);
    }
    await this.#worker.terminate();
  }
}
