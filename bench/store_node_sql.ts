/**
 * `node:sqlite` behind the five verbs of `src/store/sql.ts`. A store's thread that is bundled with
 * this file in that one's place is our whole store on the other engine: the same facts, checks,
 * masks, frames and thread, so that only the engines differ.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { SqlOptions } from '../src/store/sql.ts';
import type { Row, SqlValue } from '../src/store/statement.ts';

export type { Row, SqlValue };

export class Sql {
  readonly mount: { readonly path: string };
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(path: string) {
    this.mount = { path };
    this.#db = new DatabaseSync(path);
  }

  /** The same settings as ours, but for the sync of each commit, which is the engine's own here. */
  static async open({ path }: SqlOptions): Promise<Sql> {
    const self = new Sql(path);
    self.script('PRAGMA locking_mode = EXCLUSIVE; PRAGMA page_size = 8192');
    self.script('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL');
    self.script('PRAGMA synchronous = FULL; PRAGMA cache_size = -16384');
    self.script('PRAGMA temp_store = MEMORY');
    return self;
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  run(sql: string, params: readonly SqlValue[] = []): number {
    return Number(this.#prepare(sql).run(...params).changes);
  }

  all(sql: string, params: readonly SqlValue[] = []): Row[] {
    return this.#prepare(sql).all(...params) as Row[];
  }

  get(sql: string, params: readonly SqlValue[] = []): Row | undefined {
    return this.#prepare(sql).get(...params) as Row | undefined;
  }

  script(sql: string): void {
    this.#db.exec(sql);
  }

  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.run('COMMIT');
      return result;
    } catch (error) {
      this.run('ROLLBACK');
      throw error;
    }
  }

  async syncLog(): Promise<void> {}

  close(): void {
    this.#db.close();
  }
}
