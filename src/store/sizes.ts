/** How much of the store each kind of thing takes. */
import fs from 'node:fs';
import { type Asides, asides } from './aside.ts';
import { nextTurn } from './slices.ts';
import type { Sql } from './sql.ts';

export interface KindSize {
  /** `bodies`: large inputs and outputs, shared by whatever names them. */
  readonly kind: 'runs' | 'chats' | 'steps' | 'bodies';
  /** Sessions, step results or bodies. */
  readonly count: number;
  /** Text and values, without the database's own overhead; compressed for `bodies`. */
  readonly bytes: number;
}

export interface Sizes {
  readonly kinds: KindSize[];
  /** Files on the disk: the database with its log, and the bodies beside it. Bytes. */
  readonly database_bytes: number;
  readonly body_file_bytes: number;
  readonly aside: Asides;
}

const OF_SESSIONS = [
  'sessions',
  'stages',
  'executions',
  'timeline_events',
  'tool_traces',
  'cache_stats',
  'context_messages',
  'agent_sessions',
  'tasks',
];
/** Rows measured at once. */
const PIECE = 1000;

export async function sizes(db: Sql, file: string): Promise<Sizes> {
  const bytes = { workflow: 0, chat: 0 };
  for (const table of OF_SESSIONS) {
    const session = table === 'sessions' ? 'r.kind' : 's.kind';
    const join = table === 'sessions' ? '' : 'JOIN sessions s ON s.session_id = r.session_id';
    await eachPiece(db, table, (where) => {
      const rows = db.all(
        `SELECT ${session} AS kind, sum(${lengthOf(db, table)}) AS bytes
         FROM ${table} r ${join} WHERE ${where} GROUP BY 1`,
      );
      for (const row of rows) {
        bytes[row.kind === 'chat' ? 'chat' : 'workflow'] += Number(row.bytes);
      }
    });
  }
  let steps = 0;
  await eachPiece(db, 'step_results', (where) => {
    const sql = `SELECT sum(${lengthOf(db, 'step_results')}) AS n FROM step_results r WHERE ${where}`;
    steps += Number(db.get(sql)?.n ?? 0);
  });
  const count = (sql: string): number => Number(db.get(sql)?.n ?? 0);
  const bodies = db.get('SELECT count(*) AS n, sum(stored_bytes) AS bytes FROM payloads');
  return {
    kinds: [
      {
        kind: 'runs',
        count: count("SELECT count(*) AS n FROM sessions WHERE kind = 'workflow'"),
        bytes: bytes.workflow,
      },
      {
        kind: 'chats',
        count: count("SELECT count(*) AS n FROM sessions WHERE kind = 'chat'"),
        bytes: bytes.chat,
      },
      { kind: 'steps', count: count('SELECT count(*) AS n FROM step_results'), bytes: steps },
      { kind: 'bodies', count: Number(bodies?.n ?? 0), bytes: Number(bodies?.bytes ?? 0) },
    ],
    database_bytes: sizeOf(file) + sizeOf(`${file}-wal`),
    body_file_bytes: count(
      'SELECT coalesce(sum(stored_bytes), 0) AS n FROM payloads WHERE body IS NULL',
    ),
    aside: await asides(file),
  };
}

function lengthOf(db: Sql, table: string): string {
  const columns = db.all(`PRAGMA table_info(${table})`).map((row) => String(row.name));
  return columns.map((column) => `coalesce(octet_length(r.${column}), 0)`).join(' + ');
}

async function eachPiece(db: Sql, table: string, measure: (where: string) => void): Promise<void> {
  const last = Number(db.get(`SELECT max(rowid) AS n FROM ${table}`)?.n ?? 0);
  for (let from = 0; from <= last; from += PIECE) {
    measure(`r.rowid > ${from} AND r.rowid <= ${from + PIECE}`);
    await nextTurn();
  }
}

function sizeOf(file: string): number {
  return fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
