/** The database and everything that reads and writes it, in the one thread that may. */
import { type Fact, type Frame, frameOf, subjectOf } from '../contracts/frames.ts';
import type { Session } from '../contracts/records.ts';
import { removeAsides } from './aside.ts';
import type { CallName, ParamsOf, ResultOf } from './calls.ts';
import * as chats from './chats.ts';
import type { OpenDatabase } from './database.ts';
import { OVERTAKEN, StoreError } from './errors.ts';
import { checkTarget, type Exported, exportCopy, exportLines } from './export.ts';
import { Journal } from './journal.ts';
import { withinLimit } from './limit.ts';
import type { Origin } from './messages.ts';
import { packSnapshot } from './packed.ts';
import { Payloads } from './payloads.ts';
import * as queries from './queries.ts';
import { Recorder } from './record.ts';
import { recover } from './recover.ts';
import { searchTraces } from './search.ts';
import type { SeenFrames } from './seen.ts';
import { Signatures } from './signatures.ts';
import { sizes } from './sizes.ts';
import type { Durability } from './store.ts';
import { SESSIONS } from './tables.ts';
import { traceSnapshot } from './trace_queries.ts';
import { Upkeep } from './upkeep.ts';

type Handlers = {
  [M in CallName]: (params: ParamsOf<M>, origin: Origin) => Promise<ResultOf<M>> | ResultOf<M>;
};

export interface CoreOptions extends Pick<OpenDatabase, 'db' | 'readonly'> {
  readonly wasmPath?: string | undefined;
  /** Where large payloads become files. */
  readonly payloadFolder: string;
  /** Whether files can be written now. */
  readonly writable: () => boolean;
  /** Whether no other process has taken over. */
  readonly owns: () => boolean;
  /** Frames in commit order. */
  readonly publish: (frames: readonly Frame[]) => void;
  readonly log: (message: string) => void;
  /** Resolves once every living process had the time to connect. */
  readonly gathered: Promise<void>;
  /** What `abandon` of the one before gave: exports of both would write the same draft. */
  readonly former: Promise<unknown>;
}

export class Core {
  readonly #options: CoreOptions;
  readonly #journal: Journal;
  readonly #reading: queries.Reading;
  readonly #upkeep: Upkeep;
  readonly #handlers: Handlers;
  /** Those that are under way. */
  readonly #exports = new Map<string, AbortController>();
  /** The processes that are connected now: what they work on is not abandoned. */
  readonly writers = new Set<string>();

  constructor(options: CoreOptions) {
    this.#options = options;
    const { db, publish, owns, log } = options;
    const payloads = new Payloads(db, options.payloadFolder, options.writable);
    const signatures = new Signatures();
    const recorder = new Recorder(db, payloads, signatures);
    this.#reading = { db, payloads, recorder, signatures };
    this.#journal = new Journal({ db, recorder, publish, owns, log });
    this.#upkeep = new Upkeep(db, payloads, () => recorder.forget(), options.former);
    this.#handlers = this.#makeHandlers();
  }

  /** Readings see every fact that was recorded before them. */
  async call<M extends CallName>(
    method: M,
    params: ParamsOf<M>,
    origin: Origin,
  ): Promise<ResultOf<M>> {
    try {
      if (method !== 'record') this.#journal.flush();
      return await this.#handlers[method](params, origin);
    } catch (error) {
      // The engine says "disk I/O error" where the fence refused a write: the next owner is asked.
      throw this.#options.owns() ? error : new StoreError('fenced', OVERTAKEN, { cause: error });
    }
  }

  #makeHandlers(): Handlers {
    const reading = this.#reading;
    return {
      record: ({ facts, durability }, origin) => this.#record(facts, durability, origin),
      snapshot: ({ session_id }) => queries.snapshot(reading, session_id),
      session: ({ session_id }) => queries.session(reading, session_id),
      sessions: (query) => queries.sessions(reading, query),
      traces: (query) => queries.traces(reading, query),
      traceSnapshot: ({ session_id }) => {
        const snapshot = traceSnapshot(reading, session_id);
        return snapshot && packSnapshot(snapshot);
      },
      searchTraces: (query) => searchTraces(reading, query),
      cacheStats: ({ session_id }) => queries.cacheStats(reading, session_id),
      trace: ({ id }) => queries.trace(reading, id),
      executionResult: ({ execution_id }) => queries.executionResult(reading, execution_id),
      eventContent: ({ event_id }) => queries.eventContent(reading, event_id),
      stepResult: ({ step_key }) => queries.stepResult(reading, step_key),
      keptSteps: ({ after }) => queries.keptSteps(reading, after),
      agentSession: ({ session_id }) => chats.agentSession(reading, session_id),
      contextMessages: ({ head_message_id }) => chats.contextMessages(reading, head_message_id),
      lastMessage: ({ execution_id }) => chats.lastMessage(reading, execution_id),
      atWorkElsewhere: ({ session_id }, origin) => this.#atWorkElsewhere(session_id, origin),
      keptFiles: () => chats.keptFiles(reading),
      chats: (query) => chats.chats(reading, query),
      prune: (limits) => this.#writing(() => this.#upkeep.prune(limits, Date.now())),
      clear: ({ kind }) => this.#writing(() => this.#upkeep.clear(kind)),
      sizes: () => sizes(reading.db, reading.db.mount.path),
      removeAsides: () => this.#writing(() => removeAsides(reading.db.mount.path)),
      exportTo: (asked) => this.#exportTo(asked),
      cancelExport: ({ id }) => {
        this.#exports.get(id)?.abort(new StoreError('cancelled', 'The export was cancelled.'));
        return {};
      },
      recover: (_, origin) => this.#recover(origin),
    };
  }

  async #record(facts: readonly Fact[], durability: Durability, origin: Origin): Promise<Frame[]> {
    if (this.#options.readonly) throw new StoreError('readonly', this.#options.readonly);
    const [first, other] = new Set(facts.map((fact) => subjectOf(fact).session_id));
    if (first === undefined) return [];
    if (other === undefined) return this.#journal.record(facts, durability, origin);
    throw new StoreError(
      'bad_request',
      `Facts of the sessions ${first} and ${other} cannot be recorded as one: ` +
        'record those of each session by a call of their own',
    );
  }

  async #exportTo({ id, format, path }: ParamsOf<'exportTo'>): Promise<Exported> {
    const reading = this.#reading;
    checkTarget(reading, path);
    const ending = new AbortController();
    const { signal } = ending;
    this.#exports.set(id, ending);
    // One that waits behind a long removal is cancelled at once, and one at work once its draft is gone.
    const waits = Promise.withResolvers<never>();
    const cancel = (): void => waits.reject(signal.reason);
    signal.addEventListener('abort', cancel);
    const made = this.#upkeep.alone(async () => {
      signal.throwIfAborted();
      signal.removeEventListener('abort', cancel);
      return format === 'ndjson'
        ? await exportLines(reading, path, signal)
        : await exportCopy(reading, path, signal, this.#options.wasmPath);
    });
    try {
      return await Promise.race([made, waits.promise]);
    } finally {
      this.#exports.delete(id);
    }
  }

  async #writing<T>(work: () => Promise<T>): Promise<T> {
    if (this.#options.readonly) throw new StoreError('readonly', this.#options.readonly);
    return await work();
  }

  /** Whether the process that worked on the session last is another one, and lives. */
  async #atWorkElsewhere(session_id: string, origin: Origin): Promise<boolean> {
    await this.#options.gathered;
    const sql = 'SELECT writer FROM session_seq WHERE session_id = ?';
    const writer = String(this.#options.db.get(sql, [session_id])?.writer ?? '');
    return writer !== origin.writer && this.writers.has(writer);
  }

  async #recover(origin: Origin): Promise<Session[]> {
    await this.#options.gathered;
    if (this.#options.readonly) return [];
    this.#journal.flush();
    // Whoever asks has only just started: what carries its name cannot be in progress.
    const alive = (writer: string): boolean => writer !== origin.writer && this.writers.has(writer);
    const { db } = this.#options;
    const recovered = this.#changing(() => recover(this.#reading, alive, Date.now()));
    if (recovered.frames.length > 0) this.#options.publish(recovered.frames);
    await db.syncLog();
    return recovered.sessions;
  }

  /** A transaction of its own beside the journal's. */
  #changing<T>(work: () => T): T {
    const { recorder, db } = this.#reading;
    try {
      return db.transaction(() => {
        const result = work();
        recorder.finish();
        return result;
      });
    } finally {
      recorder.forget();
    }
  }

  /**
   * A window that missed frames while the owner changed is given one with a number beyond them:
   * the gap makes its screens ask for a snapshot. So is one that saw more than this database has,
   * since the former owner could not write it: lower numbers would mean nothing to its screens.
   * @param seen the newest frame it saw of each session.
   */
  remind(seen: SeenFrames): void {
    if (this.#options.readonly) return;
    try {
      this.#remind(seen);
    } catch (error) {
      // Nobody waits for it. Whatever is wrong with the database, the next call meets it, too.
      this.#options.log(`A window could not be reminded of what it missed: ${String(error)}`);
    }
  }

  #remind(seen: SeenFrames): void {
    const { db } = this.#options;
    this.#journal.flush();
    const apart = seen.filter(([session_id, seq]) => {
      const row = db.get('SELECT last_seq FROM session_seq WHERE session_id = ?', [session_id]);
      return Number(row?.last_seq ?? seq) !== seq;
    });
    const frames = this.#changing(() =>
      apart.flatMap(([session_id, seen_seq]): Frame[] => {
        const row = SESSIONS.read(db, [session_id]);
        if (!row) return [];
        this.#reading.recorder.countFrom(session_id, seen_seq + 1);
        const session = withinLimit(SESSIONS.preview(row), 'result_truncated');
        const seq = this.#reading.recorder.nextSeq(session_id);
        return [frameOf({ type: 'session.status', session }, seq, Date.now())];
      }),
    );
    if (frames.length > 0) this.#options.publish(frames);
  }

  async close(): Promise<void> {
    await this.#journal.close();
    this.#options.db.close();
  }

  /**
   * Another process owns the file now: what was committed counts, nothing more is written.
   * @returns resolves once its exports and removals have ended, which can depend on other disks.
   */
  abandon(): Promise<void> {
    for (const ending of this.#exports.values()) ending.abort(new StoreError('fenced', OVERTAKEN));
    this.#journal.abandon();
    try {
      this.#options.db.close();
    } catch {
      // The fence refuses the checkpoint that closing would do; that is its purpose.
    }
    return this.#upkeep.alone(async () => {});
  }
}
