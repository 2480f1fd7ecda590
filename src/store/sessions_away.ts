/**
 * Removing whole sessions with everything that hangs on them. The session's own row goes first,
 * with a note of it; the rest follows in pieces, and is finished by the next removal when the
 * process ends in between. Step results stay: they serve later runs.
 */
import { nextTurn, SLICE } from './slices.ts';
import type { Sql } from './sql.ts';

const NOTE = 'removed:';
const TABLES = [
  'tool_traces',
  'timeline_events',
  'executions',
  'stages',
  'cache_stats',
  'context_messages',
  'agent_sessions',
  'tasks',
];

/** Whether rows of a session that was removed are still there, and about to go. */
export function isGoing(db: Sql, session_id: string): boolean {
  return db.get('SELECT 1 FROM meta WHERE key = ?', [NOTE + session_id]) !== undefined;
}

/** Facts for these sessions are refused from here on, until all their rows are gone. */
export function markRemoved(db: Sql, session_ids: readonly string[]): void {
  db.transaction(() => {
    for (const id of session_ids) {
      db.run('DELETE FROM sessions WHERE session_id = ?', [id]);
      db.run('DELETE FROM session_seq WHERE session_id = ?', [id]);
      db.run('INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)', [NOTE + id, id]);
    }
  });
}

/** Removes what is left of all sessions that were marked. */
export async function finishRemovals(db: Sql): Promise<void> {
  const notes = db.all('SELECT key, value FROM meta WHERE key >= ? AND key < ?', [
    NOTE,
    `${NOTE}\u{ffff}`,
  ]);
  for (const { key, value } of notes) {
    const id = String(value);
    for (const table of TABLES) {
      while (removeSome(db, table, id) === SLICE) await nextTurn();
    }
    db.run('DELETE FROM meta WHERE key = ?', [String(key)]);
    await nextTurn();
  }
}

function removeSome(db: Sql, table: string, session_id: string): number {
  const rows = db.all(`SELECT rowid AS n FROM ${table} WHERE session_id = ? LIMIT ${SLICE}`, [
    session_id,
  ]);
  if (rows.length === 0) return 0;
  db.transaction(() => {
    for (const { n } of rows) {
      if (table === 'timeline_events') {
        db.run(
          `DELETE FROM timeline_chunks WHERE event_id =
             (SELECT event_id FROM timeline_events WHERE rowid = ?)`,
          [Number(n)],
        );
      }
      db.run(`DELETE FROM ${table} WHERE rowid = ?`, [Number(n)]);
    }
  });
  return rows.length;
}
