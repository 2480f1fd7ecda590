/**
 * The numbers of each session's frames. They are counted in memory, which one process does for a
 * whole database, and written once for each transaction.
 */
import type { Sql } from './sql.ts';

/** Sessions whose number is remembered, at most. */
const REMEMBERED = 1000;

export class Sequences {
  readonly #db: Sql;
  readonly #last = new Map<string, number>();
  readonly #unwritten = new Set<string>();

  constructor(db: Sql) {
    this.#db = db;
  }

  /** @returns the number of the newest frame; undefined for an unknown session. */
  last(session_id: string): number | undefined {
    const known = this.#last.get(session_id);
    if (known !== undefined) return known;
    const row = this.#db.get('SELECT last_seq FROM session_seq WHERE session_id = ?', [session_id]);
    if (row) this.#last.set(session_id, Number(row.last_seq));
    return row && Number(row.last_seq);
  }

  /** Counts one frame more; `write` must follow in the same transaction. */
  next(session_id: string): number {
    const seq = (this.last(session_id) ?? 0) + 1;
    this.#last.set(session_id, seq);
    this.#unwritten.add(session_id);
    return seq;
  }

  /** Counts on from `seq` where the newest number is lower; `next` must follow. */
  raise(session_id: string, seq: number): void {
    if ((this.last(session_id) ?? 0) < seq) this.#last.set(session_id, seq);
  }

  /** Writes what was counted in this transaction, as its last step. */
  write(): void {
    for (const session_id of this.#unwritten) {
      this.#db.run('UPDATE session_seq SET last_seq = ? WHERE session_id = ?', [
        this.#last.get(session_id) ?? 0,
        session_id,
      ]);
    }
    this.#unwritten.clear();
    if (this.#last.size > REMEMBERED) this.#last.clear();
  }

  /** Call when sessions were removed, or a transaction was rolled back. */
  forget(): void {
    this.#last.clear();
    this.#unwritten.clear();
  }
}
