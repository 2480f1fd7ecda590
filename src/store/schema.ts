/** The tables, their indexes, and the steps from one version of them to the next. */
import { CHATS_SCHEMA } from './chats.ts';
import { REFERENCE_INDEXES } from './payloads.ts';
import type { Sql } from './sql.ts';
import type { Table } from './table.ts';
import { RECORDS } from './tables.ts';

/** Stored as `PRAGMA user_version`; a file with a higher one belongs to a newer BooCode. */
export const SCHEMA_VERSION = 4;

const TYPES = { text: 'TEXT', number: 'NUMERIC', bool: 'INTEGER', json: 'TEXT', body: 'TEXT' };

function columnsOf({ rule }: Table<never> | Table<object>): string[] {
  const { key, columns, bodies } = rule;
  return Object.entries(columns).flatMap(([column, kind]) => {
    const line = `${column} ${TYPES[kind]}${(key as readonly string[]).includes(column) ? ' NOT NULL' : ''}`;
    return column in bodies ? [line, `${column}_bytes INTEGER`, `${column}_ref TEXT`] : [line];
  });
}

function createTable(table: Table<never> | Table<object>): string {
  const { name, key } = table.rule;
  const lines = columnsOf(table);
  return `CREATE TABLE IF NOT EXISTS ${name} (\n  ${lines.join(',\n  ')},\n  PRIMARY KEY (${key.join(', ')})\n);`;
}

const LIVE = "('pending', 'running', 'awaiting_input')";

const VERSION_1 = `
${RECORDS.map(createTable).join('\n')}

-- The number of a session's newest frame, and the process that works on it.
CREATE TABLE IF NOT EXISTS session_seq (
  session_id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL, writer TEXT
) WITHOUT ROWID;

-- Text that arrived for events that are still streaming; gone once the event is complete.
CREATE TABLE IF NOT EXISTS timeline_chunks (
  event_id TEXT NOT NULL, offset INTEGER NOT NULL, delta TEXT NOT NULL,
  PRIMARY KEY (event_id, offset)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS payloads (
  hash TEXT PRIMARY KEY, bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
  encoding TEXT NOT NULL, body BLOB, created_at NUMERIC NOT NULL
);

-- Serialised agents at their turn boundaries.
CREATE TABLE IF NOT EXISTS agent_sessions (
  agent_session_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, execution_id TEXT,
  status TEXT NOT NULL, turn_number INTEGER NOT NULL, state TEXT NOT NULL,
  created_at NUMERIC NOT NULL, updated_at NUMERIC NOT NULL
);

CREATE TABLE IF NOT EXISTS tasks (
  task_id TEXT PRIMARY KEY, type TEXT NOT NULL CHECK (type IN ('background')),
  session_id TEXT NOT NULL, execution_id TEXT, parent_execution_id TEXT, name TEXT, input TEXT,
  status TEXT NOT NULL, progress TEXT, result TEXT, error TEXT,
  created_at NUMERIC NOT NULL, started_at NUMERIC, finished_at NUMERIC
);

-- How the prompt cache served each model call.
CREATE TABLE IF NOT EXISTS cache_stats (
  trace_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, chat_id TEXT, execution_id TEXT NOT NULL,
  turn_number INTEGER NOT NULL, model TEXT, input_tokens NUMERIC, cache_tokens NUMERIC,
  cache_write_tokens NUMERIC, segments TEXT, created_at NUMERIC NOT NULL
);

-- Writes of other processes that were applied, so that one sent twice is done once.
CREATE TABLE IF NOT EXISTS requests (
  client_id TEXT NOT NULL, request_id INTEGER NOT NULL, seq INTEGER NOT NULL, ts NUMERIC NOT NULL,
  PRIMARY KEY (client_id, request_id)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_by_time ON sessions (created_at DESC, session_id DESC);
CREATE INDEX IF NOT EXISTS stages_by_session ON stages (session_id, stage_index);
CREATE INDEX IF NOT EXISTS executions_by_session ON executions (session_id);
CREATE INDEX IF NOT EXISTS events_by_session ON timeline_events (session_id, sequence);
CREATE INDEX IF NOT EXISTS traces_by_turn
  ON tool_traces (session_id, turn_number, started_at, id);
CREATE INDEX IF NOT EXISTS agent_sessions_by_session ON agent_sessions (session_id);
CREATE INDEX IF NOT EXISTS tasks_by_session ON tasks (session_id);
CREATE INDEX IF NOT EXISTS cache_stats_by_session ON cache_stats (session_id, turn_number);

-- What a crash leaves behind is found without reading whole tables.
CREATE INDEX IF NOT EXISTS sessions_live ON sessions (session_id) WHERE status IN ${LIVE};
CREATE INDEX IF NOT EXISTS stages_live ON stages (session_id) WHERE status IN ${LIVE};
CREATE INDEX IF NOT EXISTS executions_live ON executions (session_id) WHERE status IN ${LIVE};
CREATE INDEX IF NOT EXISTS traces_live ON tool_traces (session_id) WHERE outcome IN ${LIVE};
CREATE INDEX IF NOT EXISTS events_live ON timeline_events (session_id) WHERE status = 'streaming';
`;

// Payloads are collected when no row names them.
const VERSION_3 = REFERENCE_INDEXES;

// An index that chats gained after version 2, and one for searching a session's calls in order.
const VERSION_4 = `
${CHATS_SCHEMA}
CREATE INDEX IF NOT EXISTS traces_by_start ON tool_traces (session_id, started_at, id);
CREATE INDEX IF NOT EXISTS payload_files ON payloads (stored_bytes) WHERE body IS NULL;
CREATE INDEX IF NOT EXISTS sessions_by_use ON sessions (updated_at, session_id);
`;

/** Step n brings a file of version n to version n + 1. */
const STEPS_UP: readonly string[] = [VERSION_1, CHATS_SCHEMA, VERSION_3, VERSION_4];

export function schemaVersion(db: Sql): number {
  return Number(db.get('PRAGMA user_version')?.user_version ?? 0);
}

/**
 * Brings the file to this version's tables, in one transaction; does nothing to a file that is
 * there already. The caller makes the backup copy and refuses newer files.
 */
export function applySchema(db: Sql): void {
  const from = schemaVersion(db);
  if (from < SCHEMA_VERSION) {
    db.transaction(() => {
      for (const step of STEPS_UP.slice(from)) db.script(step);
      db.script(`PRAGMA user_version = ${SCHEMA_VERSION}`);
    });
  }
  addColumns(db);
}

// A column that a record gained later is empty in rows from before, and an older BooCode does not
// ask for it: so it needs no version of its own.
function addColumns(db: Sql): void {
  for (const table of RECORDS) {
    const { name } = table.rule;
    const present = new Set(db.all(`PRAGMA table_info(${name})`, []).map((row) => row.name));
    const missing = columnsOf(table).filter((line) => !present.has(line.split(' ')[0] ?? ''));
    for (const line of missing) db.script(`ALTER TABLE ${name} ADD COLUMN ${line};`);
  }
}
