/**
 * Keeping the store small: what is too old, or more than the size that was set, is removed, oldest
 * first. Running sessions and the newest result of each step stay.
 */
import { newId } from './id.ts';
import type { Payloads } from './payloads.ts';
import { finishRemovals, markRemoved } from './sessions_away.ts';
import { nextTurn, SLICE } from './slices.ts';
import type { Sql } from './sql.ts';

export interface Limits {
  /** Sessions that were last touched longer ago are removed; null keeps them. Milliseconds. */
  readonly max_age_ms: number | null;
  /** Database and payload files together; null: no limit. Bytes. */
  readonly max_bytes: number | null;
}

/** `runs`, `chats`: whole sessions. `steps`: kept results of steps. */
export type Kind = 'runs' | 'chats' | 'steps';

export interface Removed {
  readonly sessions: number;
  readonly steps: number;
  readonly bodies: number;
}

/** What can be removed: it has ended, and nobody may still want to go on with it. */
const ENDED = "status NOT IN ('pending', 'running', 'awaiting_input')";
/** A chat that the user deleted can be restored for this long. Milliseconds. */
const DELETED_KEPT_MS = 24 * 3600 * 1000;
/** Pages given back to the file system at once. */
const VACUUM_PAGES = 200;
/** Sessions removed before the size is looked at again. */
const STEP = 8;
const none = (): string[] => [];

export class Upkeep {
  readonly #db: Sql;
  readonly #payloads: Payloads;
  /** Tells whoever remembers rows that some are gone. */
  readonly #forget: () => void;
  #busy: Promise<unknown>;

  /** @param former begins after it. */
  constructor(db: Sql, payloads: Payloads, forget: () => void, former: Promise<unknown>) {
    this.#busy = former;
    this.#db = db;
    this.#payloads = payloads;
    this.#forget = forget;
  }

  /** Applies the limits. @param now epoch milliseconds. */
  prune(limits: Limits, now: number): Promise<Removed> {
    return this.alone(async () => {
      const { max_age_ms } = limits;
      const old = (): string[] => (max_age_ms === null ? [] : this.#olderThan(now - max_age_ms));
      const which = (): string[] => [
        ...new Set([...this.#deletedChats(now - DELETED_KEPT_MS), ...old()]),
      ];
      let removed = await this.#remove(which, []);
      while (limits.max_bytes !== null && this.bytes() > limits.max_bytes) {
        const oldest = (): string[] => this.#sessions('1 = 1', []).slice(0, STEP);
        const sessions = oldest().length;
        const steps = sessions > 0 ? [] : this.#oldestSteps();
        if (sessions + steps.length === 0) break;
        const more = await this.#remove(oldest, steps);
        removed = {
          sessions: removed.sessions + more.sessions,
          steps: removed.steps + more.steps,
          bodies: removed.bodies + more.bodies,
        };
      }
      return removed;
    });
  }

  /** Removes everything of a kind but what is at work. */
  clear(kind: Kind): Promise<Removed> {
    return this.alone(async () => {
      if (kind === 'steps') {
        const all = this.#db.all('SELECT rowid AS n FROM step_results').map((row) => Number(row.n));
        return await this.#remove(none, all);
      }
      const which = kind === 'chats' ? 'chat' : 'workflow';
      return await this.#remove(() => this.#sessions('kind = ?', [which]), []);
    });
  }

  /** Removes the bodies that no row names. */
  collect(): Promise<Removed> {
    return this.alone(() => this.#remove(none, []));
  }

  /** What the database uses of its file, and the payload files. Bytes. */
  bytes(): number {
    const page = Number(this.#db.get('PRAGMA page_size')?.page_size);
    const pages = Number(this.#db.get('PRAGMA page_count')?.page_count);
    const free = Number(this.#db.get('PRAGMA freelist_count')?.freelist_count);
    return page * (pages - free) + this.#payloads.fileBytes();
  }

  /**
   * One after the other: two removals at once would count the same rows twice, and one during an
   * export would take bodies away from it.
   */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#busy.then(work, work);
    this.#busy = mine.catch(() => {});
    return mine;
  }

  /** @param which asked anew for each piece: a session may have gone back to work meanwhile. */
  async #remove(which: () => readonly string[], steps: readonly number[]): Promise<Removed> {
    let sessions = 0;
    // What ends only now was not there to be removed when this began.
    const first = which();
    const meant = new Set(first);
    for (let some = first; some.length > 0; some = which().filter((id) => meant.has(id))) {
      const piece = some.slice(0, SLICE);
      markRemoved(this.#db, piece);
      this.#forget();
      sessions += piece.length;
      await nextTurn();
    }
    await finishRemovals(this.#db);
    this.#forget();
    await this.#removeSteps(steps);
    const superseded = sessions > 0 ? this.#superseded() : [];
    await this.#removeSteps(superseded);
    const bodies = await this.#payloads.collect();
    await this.#giveBack();
    return { sessions, steps: steps.length + superseded.length, bodies };
  }

  // Told with each piece: their numbers are given out again, also after a crash in between.
  async #removeSteps(steps: readonly number[]): Promise<void> {
    for (let at = 0; at < steps.length; at += SLICE) {
      this.#db.transaction(() => {
        for (const n of steps.slice(at, at + SLICE)) {
          this.#db.run('DELETE FROM step_results WHERE rowid = ?', [n]);
        }
        this.#db.run("INSERT OR REPLACE INTO meta VALUES ('steps_cleared', ?)", [newId()]);
      });
      await nextTurn();
    }
  }

  /** Results of sessions that are gone, where a newer result of the same step serves. */
  #superseded(): number[] {
    const rows = this.#db.all(
      `SELECT s.rowid AS n FROM step_results s
       WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE session_id = s.session_id)
         AND EXISTS (SELECT 1 FROM step_results newer WHERE newer.step_key = s.step_key
           AND (newer.created_at, newer.execution_id) > (s.created_at, s.execution_id))`,
    );
    return rows.map((row) => Number(row.n));
  }

  async #giveBack(): Promise<void> {
    const free = (): number => Number(this.#db.get('PRAGMA freelist_count')?.freelist_count);
    for (let left = free(); left > 0; ) {
      this.#db.run(`PRAGMA incremental_vacuum(${VACUUM_PAGES})`);
      await nextTurn();
      const now = free();
      if (now >= left) return;
      left = now;
    }
  }

  #olderThan(limit: number): string[] {
    return this.#sessions('updated_at < ?', [limit]);
  }

  /** Ended sessions, the one that was touched longest ago first. */
  #sessions(where: string, params: readonly (string | number)[]): string[] {
    // An agent that is at work or waits for its user keeps its chat.
    const rows = this.#db.all(
      `SELECT session_id FROM sessions WHERE ${ENDED} AND ${where} AND session_id NOT IN (
         SELECT session_id FROM agent_sessions WHERE status IN ('in_progress', 'awaiting_input'))
       ORDER BY updated_at, session_id`,
      params,
    );
    return rows.map((row) => String(row.session_id));
  }

  #deletedChats(limit: number): string[] {
    const rows = this.#db.all(
      `SELECT session_id FROM agent_sessions
       WHERE json_extract(state, '$.deleted_at') < ? AND status NOT IN ('in_progress')
         AND session_id IN (SELECT session_id FROM sessions)`,
      [limit],
    );
    return rows.map((row) => String(row.session_id));
  }

  #oldestSteps(): number[] {
    const rows = this.#db.all(
      `SELECT rowid AS n FROM step_results
       WHERE session_id NOT IN (SELECT session_id FROM sessions WHERE NOT ${ENDED})
       ORDER BY created_at LIMIT ?`,
      [SLICE],
    );
    return rows.map((row) => Number(row.n));
  }
}
