/** The engine behind five verbs: sql.js opened on a real file, with its statements kept prepared. */
import type { Database } from 'sql.js';
import type { Disk } from './disk.ts';
import { type Engine, loadEngine } from './engine.ts';
import { Mount } from './file.ts';
import { GatheringDisk } from './gathering_disk.ts';
import { type Row, type SqlValue, Statement } from './statement.ts';

export type { Row, SqlValue };

/** Statements kept prepared, at most; the one that was prepared first goes. */
const PREPARED = 256;

export interface SqlOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly wasmPath?: string | undefined;
  /** Pages come from the file, but nothing may be written to it. */
  readonly readonly?: boolean;
  /** For reading what is left of it: a file that was cut short is not refused as a whole. */
  readonly damaged?: boolean;
}

export class Sql {
  readonly #engine: Engine;
  readonly #db: Database;
  readonly #pointer: number;
  readonly mount: Mount;
  readonly #statements = new Map<string, Statement>();
  #open = true;

  private constructor(engine: Engine, db: Database, mount: Mount) {
    this.#engine = engine;
    this.#db = db;
    this.#pointer = Number(Reflect.get(db, 'db'));
    this.mount = mount;
  }

  /** Opens or creates the file and sets it up for one process that writes it durably. */
  static async open(options: SqlOptions): Promise<Sql> {
    const engine = await loadEngine(options.wasmPath);
    const { sql, mounts } = engine;
    const mount = new Mount(new GatheringDisk(options.disk), options.path, !options.readonly);
    mounts.claimNext(mount);
    // The empty array makes sql.js create a file of the same name in its own file system; it is
    // never read, but close() would fail without it.
    const db = new sql.Database([]);
    const self = new Sql(engine, db, mount);
    try {
      // EXCLUSIVE comes first: the log's index then lives in memory, there is no shared memory.
      self.run('PRAGMA locking_mode = EXCLUSIVE');
      // As SQLite's own `.recover` does: pages beyond the end are an error only where they are read.
      if (options.damaged) self.run('PRAGMA writable_schema = ON');
      if (self.get('PRAGMA page_count')?.page_count === 0) {
        self.run('PRAGMA page_size = 8192');
        // Said to a file that has it already, this would write to it.
        self.run('PRAGMA auto_vacuum = INCREMENTAL');
      }
      self.run('PRAGMA journal_mode = WAL');
      self.run('PRAGMA synchronous = NORMAL');
      self.run('PRAGMA cache_size = -16384');
      self.run('PRAGMA temp_store = MEMORY');
    } catch (error) {
      self.close();
      throw error;
    }
    return self;
  }

  #prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    if (!this.#open) throw new Error('the database is closed');
    for (const [oldest, statement] of this.#statements) {
      if (this.#statements.size < PREPARED) break;
      statement.free();
      this.#statements.delete(oldest);
    }
    const statement = new Statement(this.#engine, this.#pointer, sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** How many statements are kept prepared now. */
  get prepared(): number {
    return this.#statements.size;
  }

  /** @returns how many rows were inserted, changed or removed; any number for other statements. */
  run(sql: string, params: readonly SqlValue[] = []): number {
    return this.#prepare(sql).run(params);
  }

  all(sql: string, params: readonly SqlValue[] = []): Row[] {
    return this.#prepare(sql).all(params);
  }

  /** The same one by one; nothing may be written until the last one was taken. */
  *each(sql: string): Generator<Row, undefined> {
    return yield* this.#prepare(sql).each();
  }

  get(sql: string, params: readonly SqlValue[] = []): Row | undefined {
    return this.all(sql, params)[0];
  }

  /** Runs several statements without parameters, such as a schema. */
  script(sql: string): void {
    this.#db.run(sql);
  }

  /** All of `work` or nothing of it. Does not nest. */
  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      // After a full disk SQLite may have rolled back by itself; a second rollback then fails.
      try {
        this.run('ROLLBACK');
      } catch {}
      throw error;
    }
  }

  /** Resolves when everything committed so far would survive a power loss. */
  syncLog(): Promise<void> {
    return this.mount.syncLog();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const statement of this.#statements.values()) statement.free();
    this.#statements.clear();
    try {
      this.#db.close();
    } finally {
      const name = Reflect.get(this.#db, 'filename');
      if (typeof name === 'string') this.#engine.mounts.unmount(`/${name}`);
    }
  }
}
