/**
 * One description per table: which record it keeps, how each field becomes a column, and which
 * fields are bodies that may be large. Everything that reads or writes rows goes by it, so that a
 * live frame and a later snapshot are made by the same code and say the same.
 */
import type { ZodMiniObject, ZodMiniType } from 'zod/mini';
import * as z from 'zod/mini';
import { compiled } from './compiled.ts';
import { StoreError } from './errors.ts';
import { type Payloads, restore } from './payloads.ts';
import type { Row, Sql, SqlValue } from './sql.ts';
import { byteLength, cutBytes } from './text.ts';

/** One bit of a number stands for each column; numbers have 53. */
const MOST_COLUMNS = 53;
/** Texts of UPDATE statements that a table keeps. */
const UPDATES = 64;

export type Kind = 'text' | 'number' | 'bool' | 'json' | 'body';

export interface BodyRule {
  /** Bodies up to this size stay in their column; longer ones go to the payloads. Bytes. */
  readonly inline: number;
  /** What frames, lists and snapshots show of a body. Bytes; never more than `inline`. */
  readonly preview: number;
  /** The field that says that a preview is shorter than its body. */
  readonly flag?: string;
  /** The field that carries the whole body's size; `always`, or only beside `flag`. */
  readonly size?: { readonly field: string; readonly always: boolean };
}

export interface TableRule<R> {
  readonly name: string;
  /** Columns that identify a row. */
  readonly key: readonly (keyof R & string)[];
  readonly columns: Readonly<Record<string, Kind>>;
  readonly bodies: Readonly<Record<string, BodyRule>>;
  readonly schema: ZodMiniType<R>;
}

export class Table<R extends object> {
  readonly rule: TableRule<R>;
  readonly columns: readonly string[];
  readonly #optional: ReadonlySet<string>;
  readonly #computed: ReadonlySet<string>;
  readonly #kinds: readonly [column: string, kind: Kind][];
  readonly #bodies: readonly [field: string, rule: BodyRule][];
  readonly #select: string;
  readonly #where: string;
  readonly #insert: string;
  /** The text for each set of columns that changed. */
  readonly #updates = new Map<number, string>();

  constructor(rule: TableRule<R>, shape: ZodMiniObject) {
    this.rule = rule;
    this.#optional = new Set(
      Object.entries(shape.shape)
        .filter(([, field]) => z.safeParse(field, undefined).success)
        .map(([name]) => name),
    );
    this.#kinds = Object.entries(rule.columns);
    this.#bodies = Object.entries(rule.bodies);
    this.#computed = new Set(this.#bodies.flatMap(([, b]) => [b.flag ?? '', b.size?.field ?? '']));
    // A body takes three columns: its text or preview, its size, and the payload it continues in.
    this.columns = Object.keys(rule.columns).flatMap((column) =>
      column in rule.bodies ? [column, `${column}_bytes`, `${column}_ref`] : [column],
    );
    if (this.columns.length > MOST_COLUMNS) throw new Error(`${rule.name} has too many columns`);
    this.#where = rule.key.map((k) => `${k} = ?`).join(' AND ');
    const names = this.columns.join(', ');
    this.#select = `SELECT ${names} FROM ${rule.name} WHERE ${this.#where}`;
    const slots = this.columns.map(() => '?').join(', ');
    this.#insert = `INSERT INTO ${rule.name} (${names}) VALUES (${slots}) ON CONFLICT DO NOTHING`;
  }

  /** @throws StoreError for a key with half an emoji: as UTF-8 it would be the same as others. */
  keyOf(record: R): SqlValue[] {
    return this.rule.key.map((k) => {
      const value = toColumn('text', record[k]);
      if (typeof value !== 'string' || value.isWellFormed()) return value;
      const why = `its ${k} has half of a character (a lone surrogate)`;
      throw new StoreError('bad_fact', `A row of ${this.rule.name} was refused: ${why}`);
    });
  }

  read(db: Sql, key: readonly SqlValue[]): Row | undefined {
    return db.get(this.#select, key);
  }

  /** All columns of this table as they are selected in a query with a WHERE of its own. */
  get selection(): string {
    return `SELECT ${this.columns.join(', ')} FROM ${this.rule.name}`;
  }

  /** @returns false where a row of that key is there already; nothing is written then. */
  insert(db: Sql, row: Row): boolean {
    return (
      db.run(
        this.#insert,
        this.columns.map((column) => row[column] ?? null),
      ) === 1
    );
  }

  /** Writes the columns in which `next` differs from `current`, the row as it is stored. */
  update(db: Sql, current: Row, next: Row): void {
    const values: SqlValue[] = [];
    // One bit for each column that changes: the same ones change again and again.
    let changes = 0;
    for (const [i, column] of this.columns.entries()) {
      const value = next[column] ?? null;
      if (value === (current[column] ?? null)) continue;
      values.push(value);
      changes += 2 ** i;
    }
    if (changes === 0) return;
    for (const k of this.rule.key) values.push(current[k] ?? null);
    db.run(this.#updateOf(changes), values);
  }

  #updateOf(changes: number): string {
    let sql = this.#updates.get(changes);
    if (sql === undefined) {
      const set = this.columns.filter((_, i) => Math.floor(changes / 2 ** i) % 2 === 1);
      sql = `UPDATE ${this.rule.name} SET ${set.map((c) => `${c} = ?`).join(', ')} WHERE ${this.#where}`;
      if (this.#updates.size >= UPDATES) this.#updates.clear();
      this.#updates.set(changes, sql);
    }
    return sql;
  }

  /** The columns that a record sets; fields that it leaves out keep what is stored. */
  patchOf(record: R, keep: (body: string) => string): Row {
    const patch: Row = {};
    const fields = record as Readonly<Record<string, unknown>>;
    for (const field of Object.keys(fields)) {
      const value = fields[field];
      const kind = this.rule.columns[field];
      if (value === undefined || kind === undefined) continue;
      const body = this.rule.bodies[field];
      if (body && typeof value === 'string') {
        Object.assign(patch, splitBody(field, value, body, keep));
      } else if (!body || value !== null) {
        patch[field] = toColumn(kind, value);
      }
    }
    return patch;
  }

  /** The record as frames, lists and snapshots show it: bodies cut to their previews. */
  preview(row: Row): R {
    return z.parse(compiled(this.rule.schema), this.#shown(row));
  }

  /** The same for a row that a fact has just written: its values were parsed with the fact. */
  written(row: Row): R {
    return this.#shown(row) as R;
  }

  #shown(row: Row): Record<string, unknown> {
    const shown: Record<string, unknown> = this.#fields(row);
    for (const [field, rule] of this.#bodies) {
      const text = row[field];
      if (typeof text !== 'string') continue;
      const size = Number(row[`${field}_bytes`] ?? 0);
      const cut = size > rule.preview;
      shown[field] = cut ? cutBytes(text, rule.preview) : text;
      if (cut && rule.flag) shown[rule.flag] = true;
      if (rule.size && (cut || rule.size.always)) shown[rule.size.field] = size;
    }
    return shown;
  }

  /** The record with its whole bodies. A payload that is gone leaves its preview and the flag. */
  async whole(row: Row, payloads: Payloads): Promise<R> {
    const full: Record<string, unknown> = this.#fields(row);
    for (const [field, rule] of this.#bodies) {
      const text = row[field];
      if (typeof text !== 'string') continue;
      const body = await restore(payloads, text, row[`${field}_ref`]);
      full[field] = body ?? text;
      if (body === null && rule.flag) full[rule.flag] = true;
      if (rule.size && (body === null || rule.size.always)) {
        full[rule.size.field] = Number(row[`${field}_bytes`] ?? 0);
      }
    }
    return z.parse(compiled(this.rule.schema), full);
  }

  #fields(row: Row): Record<string, unknown> {
    const fields: Record<string, unknown> = {};
    for (const [column, kind] of this.#kinds) {
      if (this.#computed.has(column)) continue;
      const value = row[column] ?? null;
      if (value === null && this.#optional.has(column)) continue;
      fields[column] = fromColumn(kind, value);
    }
    return fields;
  }
}

function splitBody(
  field: string,
  text: string,
  rule: BodyRule,
  keep: (body: string) => string,
): Row {
  const bytes = byteLength(text);
  const long = bytes > rule.inline;
  return {
    [field]: long ? cutBytes(text, rule.preview) : text,
    [`${field}_bytes`]: bytes,
    [`${field}_ref`]: long ? keep(text) : null,
  };
}

function toColumn(kind: Kind, value: unknown): SqlValue {
  if (value === null || value === undefined) return null;
  if (kind === 'json') return JSON.stringify(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return JSON.stringify(value);
}

function fromColumn(kind: Kind, value: SqlValue): unknown {
  if (value === null) return null;
  if (kind === 'json') return typeof value === 'string' ? JSON.parse(value) : null;
  return kind === 'bool' ? value !== 0 : value;
}
