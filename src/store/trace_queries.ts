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
import { compiled } from './compiled.ts';
import { withinLimit } from './limit.ts';
import type { Reading } from './queries.ts';
import type { Row } from './sql.ts';
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
  const listed = compiled(ListedRow);
  const traces: ListedTrace[] = of(`SELECT ${LISTED} FROM tool_traces`, 'started_at, id').map((r) =>
    z.parse(listed, r),
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
