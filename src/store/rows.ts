/** Writing one row of an aggregate by the rules that hold for all of them. */
import { isTerminal, type Outcome, Outcome as OutcomeSchema, settle } from '../contracts/status.ts';
import { StoreError } from './errors.ts';
import type { Row, Sql, SqlValue } from './sql.ts';
import type { Table } from './table.ts';
import { EXECUTIONS } from './tables.ts';

export interface UpsertRule {
  readonly status: 'status' | 'outcome' | null;
  /** Columns that keep their first value. */
  readonly fixed: readonly string[];
}

/** Rows remembered at most; beyond it the one that was written longest ago is read again. */
const REMEMBERED = 1000;

export class Rows {
  readonly #db: Sql;
  /** Rows that are still live, as they are stored: the next fact about one needs not read it. */
  readonly #live = new Map<string, Row>();

  constructor(db: Sql) {
    this.#db = db;
  }

  /** Call when rows were written or removed in another way, or a transaction was rolled back. */
  forget(): void {
    this.#live.clear();
  }

  /** @returns the row as it is stored; undefined for an unknown key. */
  find<R extends object>(table: Table<R>, key: readonly SqlValue[]): Row | undefined {
    return this.#live.get(nameOf(table, key)) ?? table.read(this.#db, key);
  }

  /**
   * Inserts a row, or merges the patch into the stored one. A terminal row never goes back to a
   * live one, whatever arrives last (acceptance 26).
   * @returns the row as it is stored now.
   */
  upsert<R extends object>(table: Table<R>, record: R, patch: Row, rule: UpsertRule): Row {
    const key = table.keyOf(record);
    const name = nameOf(table, key);
    let current = this.#live.get(name);
    if (!current) {
      // Most rows without a live one are new: writing says so, and reading first would cost more.
      if (table.insert(this.#db, patch)) return this.#remember(name, patch, rule);
      current = table.read(this.#db, key) ?? {};
    }
    for (const column of rule.fixed) {
      if (!(column in patch) || (patch[column] ?? null) === (current[column] ?? null)) continue;
      throw new StoreError(
        'immutable',
        `${table.rule.name}: ${column} of ${key.join(', ')} is ` +
          `${String(current[column])} and cannot become ${String(patch[column])}`,
      );
    }
    if (rule.status && !wins(current[rule.status], patch[rule.status])) return current;
    const merged = { ...current, ...patch };
    table.update(this.#db, current, merged);
    return this.#remember(name, merged, rule);
  }

  #remember(name: string, row: Row, { status }: UpsertRule): Row {
    this.#live.delete(name);
    if (status && isLive(row[status])) {
      this.#live.set(name, row);
      const oldest = this.#live.size > REMEMBERED ? this.#live.keys().next().value : undefined;
      if (oldest !== undefined) this.#live.delete(oldest);
    }
    return row;
  }

  /** Acceptance 13: a parent exists, in the same session and the same stage. */
  checkParent(patch: Row): void {
    const parent = patch.parent_execution_id;
    if (typeof parent !== 'string') return;
    const row =
      this.#live.get(nameOf(EXECUTIONS, [parent])) ??
      this.#db.get('SELECT session_id, stage_id FROM executions WHERE execution_id = ?', [parent]);
    const same =
      row &&
      row.session_id === patch.session_id &&
      (row.stage_id ?? null) === (patch.stage_id ?? null);
    if (same) return;
    throw new StoreError(
      'unknown_parent',
      row
        ? `The parent execution ${parent} belongs to another session or stage`
        : `The parent execution ${parent} was never recorded`,
    );
  }
}

function nameOf<R extends object>(table: Table<R>, key: readonly SqlValue[]): string {
  return `${table.rule.name} ${key.join(' ')}`;
}

function wins(current: unknown, next: unknown): boolean {
  const from = statusOf(current);
  const to = statusOf(next);
  return settle(from, to) === to;
}

// Events say `streaming` where everything else says `running`.
function statusOf(value: unknown): Outcome {
  return value === 'streaming' ? 'running' : OutcomeSchema.parse(value);
}

export function isLive(status: unknown): boolean {
  return !isTerminal(statusOf(status));
}
