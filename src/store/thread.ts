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
import { newId } from './id.ts';
import { Line } from './line.ts';
import {
  type Backend,
  type BackendEvents,
  type FromWorker,
  fromWire,
  type ToWorker,
} from './messages.ts';
import { Seen, type SeenFrames } from './seen.ts';

/** A thread that fails more often than this in a row, with less than a minute between, is given up. */
const RESTARTS = 3;
const CALM_MS = 60_000;
/** A thread that has closed its database ends by itself within this time, or is ended. Milliseconds. */
const EXIT_MS = 1000;

/** More calls than one thread ever makes: those of the next one have other numbers. */
const REQUESTS = 2 ** 40;

/** What takes long, and whoever asked for it can ask again. */
const LONG: ReadonlySet<CallName> = new Set(['exportTo', 'prune', 'clear']);

/** What a thread is told of those before it. */
interface Former {
  readonly seen: SeenFrames;
  /** Calls with lower numbers are theirs. */
  readonly requests: number;
}

interface Pending {
  readonly method: CallName;
  readonly message: ToWorker;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export class ThreadBackend implements Backend {
  readonly #start: (former: Former) => Worker;
  readonly #events: BackendEvents;
  readonly #pending = new Line<Pending>();
  readonly #seen = new Seen();
  #started = 0;
  readonly #secrets: string[] = [];
  readonly #outgoing = new Gather<ToWorker>((messages) => this.#send(messages));
  /** Calls that were under way at a failure, while they are made again: one by one, so that the
   * cause of the next failure is known. All others wait for them. */
  #again: { readonly id: number; readonly message: ToWorker }[] = [];
  #worker: Worker;
  #ready = false;
  #nextId = 1;
  #restarts = 0;
  #startedAt = performance.now();
  #ended: StoreError | null = null;
  #closing = false;
  #settleReady: { resolve: () => void; reject: (error: StoreError) => void } | null = null;
  #settleClosed: (() => void) | null = null;

  private constructor(start: (former: Former) => Worker, events: BackendEvents) {
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
    const client = newId();
    const start = (former: Former): Worker =>
      new Worker(workerPath, {
        workerData: { ...workerData, client, ...former },
        execArgv: [],
        name: 'boocode-store',
      });
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
    const worker = this.#start({ seen: this.#seen.all, requests: this.#started++ * REQUESTS });
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
        this.#goOn();
        this.#settleReady?.resolve();
        return;
      case 'failed':
        this.#settleReady?.reject(fromWire(message.error));
        this.#end(fromWire(message.error));
        return;
      case 'frames':
        this.#seen.add(message.frames);
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
        this.#pending.get(message.id)?.resolve(message.result);
        this.#pending.answered(message.id);
        this.#madeAgain(message.id);
        return;
      case 'error':
        this.#refuse(message.id, fromWire(message.error));
    }
  }

  #goOn(): void {
    const [first] = this.#again;
    if (first) this.#post(first.message);
    else for (const [, { message }] of this.#pending.all) this.#post(message);
  }

  #madeAgain(id: number): void {
    if (this.#again[0]?.id !== id) return;
    this.#again.shift();
    this.#goOn();
  }

  #refuse(id: number, error: StoreError): void {
    this.#pending.get(id)?.reject(error);
    this.#pending.remove(id);
    this.#madeAgain(id);
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
    // Calls are sent again once the new thread is ready.
    this.#outgoing.drop();
    // But none of those: all facts would wait for their ends, and so would what cancels them.
    for (const [id, { method }] of this.#pending.all) {
      if (LONG.has(method)) this.#refuse(id, error);
    }
    const cause = this.#again.shift();
    if (cause) this.#refuse(cause.id, error);
    else this.#again = this.#pending.all.map(([id, { message }]) => ({ id, message }));
    this.#worker = this.#watched();
  }

  #end(error: StoreError): void {
    if (!this.#ended && !this.#closing) {
      this.#events.health({ state: 'readonly', message: `${error.message} Reload the window.` });
    }
    this.#ended ??= error;
    for (const [, { reject }] of this.#pending.all) reject(this.#ended);
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
        this.#refuse(messages[0].id, refusal);
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
      this.#pending.add(id, {
        method,
        message,
        // The thread is this build's own code and typed by the same table: no second look at it.
        resolve: (r) => resolve(r as ResultOf<M>),
        reject,
      });
      if (this.#again.length === 0) this.#post(message);
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
        // What waits for its turn is still done.
        const [first] = this.#again.splice(0);
        if (first) {
          for (const [id, { message }] of this.#pending.all) {
            if (id !== first.id) this.#post(message);
          }
        }
        this.#post({ kind: 'close' });
      });
      // A thread that is stopped in the middle of its work has been seen to take its process along.
      await Promise.race([exited, pause(EXIT_MS, undefined, { ref: false })]);
    }
    await this.#worker.terminate();
  }
}
