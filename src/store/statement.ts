/** One prepared statement: its parameters go into the engine's memory as they are, at once. */
import type { SqlValue } from 'sql.js';
import type { Engine } from './engine.ts';

export type { SqlValue };
export type Row = Record<string, SqlValue>;

const ROW = 100;
const DONE = 101;
const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;
/** UTF-8 takes at most this many bytes for each UTF-16 unit. */
const BYTES_PER_UNIT = 3;

export class Statement {
  readonly #engine: Engine;
  readonly #db: number;
  readonly #pointer: number;
  #columns: readonly string[] | null = null;

  /** @param db the open database's pointer. @throws Error with SQLite's message. */
  constructor(engine: Engine, db: number, sql: string) {
    this.#engine = engine;
    this.#db = db;
    const { natives, heap } = engine;
    heap.clear(8 + sql.length * BYTES_PER_UNIT);
    // The statement's pointer is written to the room's first bytes; they stay aligned.
    const into = heap.put(new Uint8Array(8));
    const text = heap.put(sql);
    if (natives.sqlite3_prepare_v2(db, text, heap.end - text, into, 0) !== 0) throw this.#error();
    this.#pointer = heap.pointerAt(into);
  }

  /** @returns how many rows it inserted, changed or removed; any number for other statements. */
  run(params: readonly SqlValue[]): number {
    const { natives } = this.#engine;
    try {
      this.#bind(params);
      while (this.#step());
      return natives.sqlite3_changes(this.#db);
    } finally {
      natives.sqlite3_reset(this.#pointer);
    }
  }

  all(params: readonly SqlValue[]): Row[] {
    const rows: Row[] = [];
    try {
      this.#bind(params);
      while (this.#step()) rows.push(this.#row());
    } finally {
      this.#engine.natives.sqlite3_reset(this.#pointer);
    }
    return rows;
  }

  *each(): Generator<Row, undefined> {
    try {
      while (this.#step()) yield this.#row();
    } finally {
      this.#engine.natives.sqlite3_reset(this.#pointer);
    }
  }

  free(): void {
    this.#engine.natives.sqlite3_finalize(this.#pointer);
  }

  #error(): Error {
    const { natives, heap } = this.#engine;
    return new Error(heap.textAt(natives.sqlite3_errmsg(this.#db)));
  }

  #check(result: number): void {
    if (result !== 0) throw this.#error();
  }

  #step(): boolean {
    const result = this.#engine.natives.sqlite3_step(this.#pointer);
    if (result !== ROW && result !== DONE) throw this.#error();
    return result === ROW;
  }

  // Texts are not copied a second time by SQLite: the room is left alone until the next call.
  #bind(params: readonly SqlValue[]): void {
    const { natives, heap } = this.#engine;
    const statement = this.#pointer;
    natives.sqlite3_clear_bindings(statement);
    let needed = 0;
    for (const value of params) {
      if (typeof value === 'string') needed += value.length * BYTES_PER_UNIT;
      else if (value instanceof Uint8Array) needed += value.length;
    }
    heap.clear(needed);
    for (let i = 0; i < params.length; i++) {
      const value = params[i] ?? null;
      if (value === null) continue;
      if (typeof value === 'string') {
        const at = heap.put(value);
        this.#check(natives.sqlite3_bind_text(statement, i + 1, at, heap.end - at, 0));
      } else if (typeof value === 'number') {
        const bind = value === (value | 0) ? natives.sqlite3_bind_int : natives.sqlite3_bind_double;
        this.#check(bind(statement, i + 1, value));
      } else {
        const at = heap.put(value);
        this.#check(natives.sqlite3_bind_blob(statement, i + 1, at, value.length, 0));
      }
    }
  }

  #row(): Row {
    this.#columns ??= this.#columnNames();
    const columns = this.#columns;
    const row: Row = {};
    for (let i = 0; i < columns.length; i++) row[columns[i] ?? ''] = this.#value(i);
    return row;
  }

  #value(column: number): SqlValue {
    const { natives, heap } = this.#engine;
    const statement = this.#pointer;
    const type = natives.sqlite3_column_type(statement, column);
    if (type === INTEGER || type === FLOAT) {
      return natives.sqlite3_column_double(statement, column);
    }
    if (type === TEXT) {
      const at = natives.sqlite3_column_text(statement, column);
      return heap.text(at, natives.sqlite3_column_bytes(statement, column));
    }
    if (type === BLOB) {
      const at = natives.sqlite3_column_blob(statement, column);
      const length = natives.sqlite3_column_bytes(statement, column);
      return new Uint8Array(heap.bytes.subarray(at, at + length));
    }
    return null;
  }

  #columnNames(): string[] {
    const { natives, heap } = this.#engine;
    const count = natives.sqlite3_column_count(this.#pointer);
    return Array.from({ length: count }, (_, i) =>
      heap.textAt(natives.sqlite3_column_name(this.#pointer, i)),
    );
  }
}
