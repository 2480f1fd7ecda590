/**
 * Writes of other processes, remembered until they know the outcome: when an owner dies, they
 * send again what was not answered, and what had been done is not done twice.
 */
import type { Sql } from './sql.ts';

/** Forgetting is put off until this many requests can go at once. */
const FORGET_EVERY = 64;

/** One write may be several facts: their frames are numbered one after another, at one time. */
export interface Done {
  /** Of the first frame. */
  readonly seq: number;
  readonly ts: number;
}

export function findRequest(db: Sql, client: string, request: number): Done | null {
  const row = db.get('SELECT seq, ts FROM requests WHERE client_id = ? AND request_id = ?', [
    client,
    request,
  ]);
  return row ? { seq: Number(row.seq), ts: Number(row.ts) } : null;
}

export function noteRequest(db: Sql, client: string, request: number, done: Done): void {
  db.run('INSERT INTO requests VALUES (?, ?, ?, ?)', [client, request, done.seq, done.ts]);
}

/** @param below the client has the answers of all requests before this one. */
export function forgetRequests(db: Sql, client: string, below: number): void {
  const oldest = db.get(
    'SELECT request_id FROM requests WHERE client_id = ? ORDER BY request_id LIMIT 1',
    [client],
  );
  if (oldest && Number(oldest.request_id) + FORGET_EVERY <= below) {
    db.run('DELETE FROM requests WHERE client_id = ? AND request_id < ?', [client, below]);
  }
}

/** Requests of processes that cannot come back. @param before epoch milliseconds. */
export function forgetOldRequests(db: Sql, before: number): void {
  db.run('DELETE FROM requests WHERE ts < ?', [before]);
}
