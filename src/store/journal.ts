/**
 * The one path by which facts reach the disk. What waits is committed as one transaction, its
 * frames go out in order, and writers that asked for durability share one sync of the log.
 */
import type { Fact, Frame } from '../contracts/frames.ts';
import { asStoreError, OVERTAKEN, StoreError } from './errors.ts';
import type { Origin } from './messages.ts';
import { type Prepared, prepare } from './prepare.ts';
import type { Recorder } from './record.ts';
import { findRequest, forgetRequests, noteRequest } from './requests.ts';
import type { Sql } from './sql.ts';
import type { Durability } from './store.ts';

/** A streamed delta waits this long for company. Milliseconds. */
const LAZY_COMMIT_MS = 8;
/** Lazy facts are on disk within 100 ms: this and the time of one sync. Milliseconds. */
const LAZY_SYNC_MS = 50;
/** One transaction never holds back its writers for longer than this many facts. */
const BATCH_LIMIT = 256;

/** Facts that one call records: all of them or none. */
interface Waiting {
  readonly facts: readonly Prepared[];
  readonly durability: Durability;
  readonly origin: Origin;
  readonly resolve: (frames: Frame[]) => void;
  readonly reject: (error: StoreError) => void;
}

/** A fact was refused after others of its call had been written. */
class HalfWritten extends Error {
  readonly waiting: Waiting;
  readonly refusal: StoreError;

  constructor(waiting: Waiting, refusal: StoreError) {
    super(refusal.message);
    this.waiting = waiting;
    this.refusal = refusal;
  }
}

export interface JournalOptions {
  readonly db: Sql;
  readonly recorder: Recorder;
  /** Frames in commit order, right after their commit. */
  readonly publish: (frames: readonly Frame[]) => void;
  /** Whether this process still owns the file; asked after a sync, before its writers are told. */
  readonly owns: () => boolean;
  readonly log: (message: string) => void;
}

export class Journal {
  readonly #options: JournalOptions;
  #queue: Waiting[] = [];
  #scheduled: 'no' | 'soon' | 'now' = 'no';
  #lazyTimer: NodeJS.Timeout | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  #syncing: Promise<void> | null = null;
  /** Resolvers of the durable writes that the next sync will cover. */
  #unsynced: { resolve: () => void; reject: (error: StoreError) => void }[] = [];
  /** Something was committed since the newest sync began. */
  #dirty = false;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Resolves with the frames once the facts, all of one session, are kept as `durability` asks. */
  record(facts: readonly Fact[], durability: Durability, origin: Origin): Promise<Frame[]> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new StoreError('closed', 'The store is closed'));
        return;
      }
      this.#queue.push({ facts: facts.map(prepare), durability, origin, resolve, reject });
      this.#schedule(durability);
    });
  }

  #schedule(durability: Durability): void {
    if (durability !== 'lazy' && this.#scheduled !== 'now') {
      this.#scheduled = 'now';
      setImmediate(() => this.flush());
    } else if (durability === 'lazy' && this.#scheduled === 'no') {
      this.#scheduled = 'soon';
      this.#lazyTimer = setTimeout(() => this.flush(), LAZY_COMMIT_MS);
    }
  }

  /** Commits everything that waits. Readings call it first, so that they see all earlier facts. */
  flush(): void {
    if (this.#closed) return;
    this.#scheduled = 'no';
    if (this.#lazyTimer) clearTimeout(this.#lazyTimer);
    while (this.#queue.length > 0) this.#commit(this.#nextBatch());
  }

  #nextBatch(): Waiting[] {
    let calls = 0;
    for (let facts = 0; facts < BATCH_LIMIT && calls < this.#queue.length; calls++) {
      facts += this.#queue[calls]?.facts.length ?? 0;
    }
    return this.#queue.splice(0, calls);
  }

  #commit(batch: readonly Waiting[]): void {
    const done: { waiting: Waiting; frames: Frame[]; again: boolean }[] = [];
    const refused: { waiting: Waiting; error: StoreError }[] = [];
    try {
      this.#options.db.transaction(() => {
        for (const waiting of batch) {
          try {
            done.push({ waiting, ...this.#apply(waiting) });
          } catch (error) {
            // A refusal comes before the first write of its call; everything else undoes the batch.
            if (!(error instanceof StoreError)) throw error;
            refused.push({ waiting, error });
          }
        }
        this.#options.recorder.finish();
      });
    } catch (error) {
      this.#options.recorder.forget();
      this.#afterFailure(batch, error);
      return;
    }
    const fresh = done.flatMap((d) => (d.again ? [] : d.frames));
    if (fresh.length > 0) this.#options.publish(fresh);
    for (const { waiting, error } of refused) waiting.reject(error);
    for (const { waiting, frames } of done) {
      if (waiting.durability !== 'durable') waiting.resolve(frames);
      else this.#unsynced.push({ resolve: () => waiting.resolve(frames), reject: waiting.reject });
    }
    this.#dirty ||= done.length > 0;
    this.#sync(done.some((d) => d.waiting.durability === 'durable'));
  }

  // A write that another process sends again, since its answer was lost, is not done twice.
  #apply(waiting: Waiting): { frames: Frame[]; again: boolean } {
    const { db, recorder } = this.#options;
    const { writer, request, below } = waiting.origin;
    const before = request === undefined ? null : findRequest(db, writer, request);
    if (before) {
      const { seq, ts } = before;
      return { frames: waiting.facts.map((f, i) => recorder.again(f, seq + i, ts)), again: true };
    }
    const ts = Date.now();
    const frames: Frame[] = [];
    for (const prepared of waiting.facts) {
      try {
        frames.push(recorder.apply(prepared, ts, writer));
      } catch (error) {
        const undo = frames.length > 0 && error instanceof StoreError;
        throw undo ? new HalfWritten(waiting, error) : error;
      }
    }
    if (request !== undefined && frames[0]) noteRequest(db, writer, request, frames[0]);
    if (below !== undefined) forgetRequests(db, writer, below);
    return { frames, again: false };
  }

  // A call that is refused, or that the engine cannot take, must not take the others with it.
  #afterFailure(batch: readonly Waiting[], error: unknown): void {
    const [only] = batch;
    if (error instanceof HalfWritten) {
      error.waiting.reject(error.refusal);
      const others = batch.filter((waiting) => waiting !== error.waiting);
      if (others.length > 0) this.#commit(others);
    } else if (batch.length > 1) {
      for (const waiting of batch) this.#commit([waiting]);
    } else if (only) {
      const types = only.facts.map(({ fact }) => fact.type).join(', ');
      this.#options.log(`A fact (${types}) was not kept: ${String(error)}`);
      only.reject(asStoreError(error));
    }
  }

  #sync(now: boolean): void {
    if (!now) {
      if (this.#dirty) this.#syncTimer ??= setTimeout(() => this.#sync(true), LAZY_SYNC_MS);
      return;
    }
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    this.#syncTimer = null;
    this.#syncing ??= this.#syncUntilCovered().finally(() => {
      this.#syncing = null;
      this.#sync(false);
    });
  }

  // A sync that runs may have begun before the newest commit: that one needs another.
  async #syncUntilCovered(): Promise<void> {
    do {
      const covered = this.#unsynced;
      this.#unsynced = [];
      this.#dirty = false;
      try {
        await this.#options.db.syncLog();
        // A successor sees what was in the file before it came, and perhaps not what came after.
        if (!this.#options.owns()) throw new StoreError('fenced', OVERTAKEN);
        for (const { resolve } of covered) resolve();
      } catch (error) {
        for (const { reject } of covered) reject(asStoreError(error));
      }
    } while (this.#unsynced.length > 0);
  }

  /**
   * Another process owns the file now. What was not acknowledged is refused as `fenced` and goes
   * to the new owner: a fact that is recorded twice is the same as once.
   */
  abandon(): void {
    this.#closed = true;
    if (this.#lazyTimer) clearTimeout(this.#lazyTimer);
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
    const error = new StoreError('fenced', OVERTAKEN);
    for (const { reject } of [...this.#unsynced.splice(0), ...this.#queue.splice(0)]) reject(error);
  }

  /** Commits and syncs what waits, then refuses all further facts. */
  async close(): Promise<void> {
    this.flush();
    this.#closed = true;
    this.#sync(true);
    await this.#syncing;
    if (this.#syncTimer) clearTimeout(this.#syncTimer);
  }
}
