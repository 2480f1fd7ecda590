/** Readings of the trace screen: all calls of a session without their bodies, and a text search. */
import * as z from 'zod/mini';
import {
  FIGURES,
  type Figure,
  type ListedTrace,
  packTraces,
  type TraceSnapshot,
} from '../contracts/columns.ts';
import { packExecutions } from '../contracts/execution_columns.ts';
import { Trace } from '../contracts/records.ts';
import { withinLimit } from './limit.ts';
import type { Reading } from './queries.ts';
import type { Row } from './sql.ts';
import type { TraceSearch } from './store.ts';
import { EXECUTIONS, SESSIONS, STAGES } from './tables.ts';

const text = z.nullable(z.string());
const ListedRow = z.object({
  ...(Object.fromEntries(FIGURES.map((name) => [name, z.nullable(z.number())])) as Record<
    Figure,
    z.ZodMiniNullable<z.ZodMiniNumber>
  >),
  id: z.string(),
  execution_id: z.string(),
  kind: Trace.shape.kind,
  outcome: Trace.shape.outcome,
  turn_number: z.number(),
  started_at: z.number(),
  tool_name: text,
  model: text,
  summary: text,
  error: text,
});
// Columns by name: reading all of them would read the bodies too.
const LISTED = Object.keys(ListedRow.shape).join(', ');

/** Everything about a session but the bodies of its calls and its timeline. */
export function traceSnapshot(reading: Reading, session_id: string): TraceSnapshot | null {
  const { db } = reading;
  const row = SESSIONS.read(db, [session_id]);
  if (!row) return null;
  const of = (table: string, order: string): Row[] =>
    db.all(`${table} WHERE session_id = ? ORDER BY ${order}`, [session_id]);
  const seq = db.get('SELECT last_seq FROM session_seq WHERE session_id = ?', [session_id]);
  const traces: ListedTrace[] = of(`SELECT ${LISTED} FROM tool_traces`, 'started_at, id').map((r) =>
    ListedRow.parse(r),
  );
  return {
    session: withinLimit(SESSIONS.preview(row), 'result_truncated'),
    stages: of(STAGES.selection, 'stage_index, stage_id').map((r) =>
      withinLimit(STAGES.preview(r)),
    ),
    executions: packExecutions(
      of(EXECUTIONS.selection, 'created_at, execution_id').map((r) => EXECUTIONS.preview(r)),
    ),
    traces: packTraces(traces),
    last_seq: Number(seq?.last_seq ?? 0),
  };
}

/** Rows looked at before other work of the store gets its turn. */
const PAGE = 200;
/** Text looked at by one search, in UTF-16 units. */
const BUDGET = 256 * 1024 * 1024;

const BodyRow = z.object({
  id: z.string(),
  started_at: z.number(),
  input: text,
  input_ref: text,
  output: text,
  output_ref: text,
  error: text,
});

/**
 * Calls whose input, output or error contains the text, ignoring case; oldest first.
 * `complete` is false where the search stopped at `limit` calls or at the most text it looks at.
 */
export async function searchTraces(
  { db, payloads }: Reading,
  query: TraceSearch,
): Promise<{ ids: string[]; complete: boolean }> {
  const plain = query.text.toLowerCase();
  // Bodies are often JSON, where a quote or a line end is written with a backslash.
  const escaped = JSON.stringify(plain).slice(1, -1);
  const bodies = new Map<string, boolean>();
  const ids: string[] = [];
  let budget = BUDGET;
  const contains = (body: string | null): boolean => {
    if (body === null) return false;
    budget -= body.length;
    const found = body.toLowerCase();
    return found.includes(plain) || (escaped !== plain && found.includes(escaped));
  };
  const matches = async (body: string | null, ref: string | null): Promise<boolean> => {
    if (ref === null) return contains(body);
    const known = bodies.get(ref);
    if (known !== undefined) return known;
    // A body that is gone is still searched by what is left of it.
    const found = contains((await payloads.get(ref)) ?? body);
    bodies.set(ref, found);
    return found;
  };
  let after: readonly [number, string] = [Number.MIN_SAFE_INTEGER, ''];
  for (;;) {
    const rows = db.all(
      `SELECT ${Object.keys(BodyRow.shape).join(', ')} FROM tool_traces
       WHERE session_id = ? AND (started_at, id) > (?, ?) ORDER BY started_at, id LIMIT ?`,
      [query.session_id, ...after, PAGE],
    );
    for (const row of rows.map((r) => BodyRow.parse(r))) {
      if (ids.length >= query.limit || budget <= 0) return { ids, complete: false };
      after = [row.started_at, row.id];
      const hit =
        contains(row.error) ||
        (await matches(row.input, row.input_ref)) ||
        (await matches(row.output, row.output_ref));
      if (hit) ids.push(row.id);
    }
    if (rows.length < PAGE) return { ids, complete: true };
    await new Promise((resolve) => setImmediate(resolve));
  }
}
