/** The readings of the store: each takes the open database and answers at once. */
import * as z from 'zod/mini';
import { CacheStat, SegmentShare } from '../contracts/cache_shape.ts';
import type { Snapshot } from '../contracts/frames.ts';
import type { Session, StepResult, Trace } from '../contracts/records.ts';
import type { ResultOf } from './calls.ts';
import { agentSession } from './chats.ts';
import { withinLimit } from './limit.ts';
import type { Payloads } from './payloads.ts';
import type { Recorder } from './record.ts';
import type { Signatures } from './signatures.ts';
import type { Row, Sql, SqlValue } from './sql.ts';
import { type KeptSteps, STEP_KEY_BEGIN } from './store.ts';
import type { Table } from './table.ts';
import { EVENTS, EXECUTIONS, SESSIONS, STAGES, STEPS, TRACES } from './tables.ts';

export interface Reading {
  readonly db: Sql;
  readonly payloads: Payloads;
  readonly recorder: Recorder;
  readonly signatures: Signatures;
}

function select<R extends object>(
  { db }: Reading,
  table: Table<R>,
  tail: string,
  params: readonly SqlValue[],
): Row[] {
  return db.all(`${table.selection} ${tail}`, params);
}

/** Everything about a session at one moment, its bodies as previews. */
export function snapshot(reading: Reading, session_id: string): Snapshot | null {
  const { db, recorder } = reading;
  const row = SESSIONS.read(db, [session_id]);
  if (!row) return null;
  const of = [session_id];
  const seq = db.get('SELECT last_seq FROM session_seq WHERE session_id = ?', of);
  const progress = recorder.progressOf(session_id);
  const agent = agentSession(reading, session_id);
  return {
    session: withinLimit(SESSIONS.preview(row), 'result_truncated'),
    stages: select(reading, STAGES, 'WHERE session_id = ? ORDER BY stage_index, stage_id', of).map(
      (r) => withinLimit(STAGES.preview(r)),
    ),
    executions: select(
      reading,
      EXECUTIONS,
      'WHERE session_id = ? ORDER BY agent_index, execution_id',
      of,
    ).map((r) => withinLimit(EXECUTIONS.preview(r), 'result_truncated')),
    timeline: select(reading, EVENTS, 'WHERE session_id = ? ORDER BY sequence, event_id', of).map(
      (r) => recorder.events.shown(r),
    ),
    traces: select(reading, TRACES, `WHERE session_id = ? ${TRACE_ORDER}`, of).map((r) =>
      withinLimit(TRACES.preview(r), 'truncated'),
    ),
    ...(progress.length > 0 ? { progress } : {}),
    ...(agent ? { agent_session: withinLimit(agent) } : {}),
    last_seq: Number(seq?.last_seq ?? 0),
  };
}

/** Newest first. */
export function sessions(
  reading: Reading,
  query: { kind?: Session['kind'] | undefined; limit: number },
): Session[] {
  const kind = query.kind ?? null;
  return select(
    reading,
    SESSIONS,
    'WHERE kind = coalesce(?, kind) ORDER BY created_at DESC, session_id DESC LIMIT ?',
    [kind, query.limit],
  ).map((r) => withinLimit(listed(SESSIONS.preview(r)), 'result_truncated'));
}

/** Lists tell sessions apart; no list shows results, which can be long. */
function listed(session: Session): Session {
  return session.result ? { ...session, result: null, result_truncated: true } : session;
}

const TRACE_ORDER = 'ORDER BY turn_number, started_at, id';

/** Pages of a session's calls; the index `traces_by_turn` finds the place after a cursor. */
export const TRACE_PAGE = {
  first: `WHERE session_id = ? ${TRACE_ORDER} LIMIT ?`,
  after: `WHERE session_id = ? AND (turn_number, started_at, id) > (?, ?, ?) ${TRACE_ORDER} LIMIT ?`,
};

/** One page in the order of the tree. The cursor holds the sort columns of the last row. */
export function traces(
  reading: Reading,
  query: { session_id: string; cursor?: string | undefined; limit: number },
): ResultOf<'traces'> {
  const after = query.cursor === undefined ? null : parseCursor(query.cursor);
  const rows = after
    ? select(reading, TRACES, TRACE_PAGE.after, [query.session_id, ...after, query.limit + 1])
    : select(reading, TRACES, TRACE_PAGE.first, [query.session_id, query.limit + 1]);
  const page = rows.slice(0, query.limit).map((r) => withinLimit(TRACES.preview(r), 'truncated'));
  const last = page.at(-1);
  const more = rows.length > query.limit && last;
  return {
    traces: page,
    next_cursor: more ? JSON.stringify([last.turn_number, last.started_at, last.id]) : null,
  };
}

// A cursor that is none of ours starts from the beginning rather than failing the screen.
function parseCursor(cursor: string): SqlValue[] | null {
  try {
    const parts: unknown = JSON.parse(cursor);
    if (!Array.isArray(parts)) return null;
    const [turn, started, id]: unknown[] = parts;
    const valid = typeof turn === 'number' && typeof started === 'number' && typeof id === 'string';
    return valid ? [turn, started, id] : null;
  } catch {
    return null;
  }
}

const Segments = z.array(SegmentShare);

/** Oldest first; calls whose provider reports no cache have no row. */
export function cacheStats({ db }: Reading, session_id: string): CacheStat[] {
  const rows = db.all(
    `SELECT trace_id, session_id, execution_id, turn_number, model, input_tokens, cache_tokens,
       cache_write_tokens, segments, created_at
     FROM cache_stats WHERE session_id = ? ORDER BY created_at, trace_id`,
    [session_id],
  );
  return rows.map((row) => {
    // Rows of earlier versions have none.
    const segments = Segments.safeParse(JSON.parse(String(row.segments ?? '[]')));
    return CacheStat.parse({ ...row, segments: segments.data ?? [] });
  });
}

export async function session({ db, payloads }: Reading, id: string): Promise<Session | null> {
  const row = SESSIONS.read(db, [id]);
  return row ? SESSIONS.whole(row, payloads) : null;
}

export async function trace({ db, payloads }: Reading, id: string): Promise<Trace | null> {
  const row = TRACES.read(db, [id]);
  return row ? TRACES.whole(row, payloads) : null;
}

export async function executionResult(
  { db, payloads }: Reading,
  id: string,
): Promise<string | null> {
  const row = EXECUTIONS.read(db, [id]);
  return row ? ((await EXECUTIONS.whole(row, payloads)).result ?? null) : null;
}

/** The whole text of an event, streaming or complete. */
export async function eventContent(
  { db, payloads, recorder }: Reading,
  id: string,
): Promise<string | null> {
  const row = EVENTS.read(db, [id]);
  if (!row) return null;
  if (row.status === 'streaming') return recorder.events.text(row);
  return (await EVENTS.whole(row, payloads)).content;
}

/** Kept results that are listed, at most. */
const LISTED = 50_000;

export function keptSteps({ db }: Reading, after: number): KeptSteps {
  const cleared = String(db.get("SELECT value FROM meta WHERE key = 'steps_cleared'")?.value ?? '');
  const newest = Number(db.get('SELECT max(rowid) AS n FROM step_results')?.n ?? 0);
  // All of them are read from the index of keys alone: the rows hold the results.
  const which = after > 0 ? 'WHERE rowid > ?1' : 'ORDER BY step_key';
  const row = db.get(
    `SELECT count(*) AS n, group_concat(substr(step_key, 1, ${STEP_KEY_BEGIN})) AS begins
     FROM (SELECT step_key FROM step_results ${which} LIMIT ${LISTED + 1})`,
    after > 0 ? [after] : [],
  );
  const begins = row?.begins ? String(row.begins).split(',') : [];
  return { cleared, newest, begins: Number(row?.n) > LISTED ? null : begins };
}

export async function stepResult(
  { db, payloads }: Reading,
  step_key: string,
): Promise<StepResult | null> {
  const row = db.get(
    `${STEPS.selection} WHERE step_key = ? ORDER BY created_at DESC, execution_id DESC LIMIT 1`,
    [step_key],
  );
  if (!row) return null;
  const step = await STEPS.whole(row, payloads);
  // A result whose body is gone would be a wrong answer; a step cache must miss instead.
  const whole = row.result_ref === null || (await payloads.get(String(row.result_ref)));
  return whole === null ? null : step;
}
