/**
 * After a crash: whatever a dead process left live becomes `interrupted`, except what waits for the
 * user in a chat's own turn: an open approval needs no process and is answered after the restart.
 */
import { ToolCallMeta } from '../contracts/chat.ts';
import { type Fact, type Frame, frameOf } from '../contracts/frames.ts';
import type { Session } from '../contracts/records.ts';
import { interruptAgent } from './chats.ts';
import { withinLimit } from './limit.ts';
import type { Reading } from './queries.ts';
import type { Row, Sql } from './sql.ts';
import type { Table } from './table.ts';
import { EVENTS, EXECUTIONS, SESSIONS, STAGES, TRACES } from './tables.ts';

const LIVE = "('pending', 'running', 'awaiting_input')";

export interface Recovered {
  readonly sessions: Session[];
  readonly frames: Frame[];
}

/**
 * Runs inside a transaction of the caller.
 * @param alive tells whether the process of that name still works on its sessions.
 * @param ts epoch milliseconds; becomes the time at which the interrupted things ended.
 */
export function recover(
  reading: Reading,
  alive: (writer: string) => boolean,
  ts: number,
): Recovered {
  const { db, recorder } = reading;
  const frames: Frame[] = [];
  const publish = (session_id: string, fact: Fact): void => {
    frames.push(frameOf(fact, recorder.nextSeq(session_id), ts));
  };
  const touched = new Map<string, Session>();
  for (const session_id of abandoned(db, alive)) {
    const agent = interruptAgent(db, session_id);
    const waits = agent?.status === 'awaiting_input' ? waitsForUser : () => false;
    // Innermost first: nothing may look finished while a part of it still looks alive.
    for (const row of live(db, TRACES, 'outcome', session_id)) {
      if (waits(row)) continue;
      const trace = settle(db, TRACES, row, { outcome: 'interrupted', finished_at: ts });
      publish(session_id, {
        type: trace.kind === 'model' ? 'interaction' : 'tool_trace',
        trace: withinLimit(trace, 'truncated'),
      });
    }
    for (const row of db.all(
      `${EVENTS.selection} WHERE session_id = ? AND status = 'streaming' ORDER BY event_id`,
      [session_id],
    )) {
      if (waits(row)) continue;
      publish(session_id, {
        type: 'timeline.completed',
        event: recorder.interruptEvent(row, ts),
      });
    }
    for (const row of live(db, EXECUTIONS, 'status', session_id)) {
      if (waits(row)) continue;
      const execution = settle(db, EXECUTIONS, row, { status: 'interrupted', finished_at: ts });
      publish(session_id, {
        type: 'execution.status',
        execution: withinLimit(execution, 'result_truncated'),
      });
    }
    for (const row of live(db, STAGES, 'status', session_id)) {
      if (waits(row)) continue;
      const stage = settle(db, STAGES, row, { status: 'interrupted', finished_at: ts });
      publish(session_id, { type: 'stage.status', stage: withinLimit(stage) });
    }
    for (const row of live(db, SESSIONS, 'status', session_id)) {
      if (waits(row)) continue;
      const patch = { status: 'interrupted', finished_at: ts, updated_at: ts };
      const session = withinLimit(settle(db, SESSIONS, row, patch), 'result_truncated');
      publish(session_id, { type: 'session.status', session });
    }
    if (agent) publish(session_id, { type: 'agent.session', agent_session: agent });
    const row = SESSIONS.read(db, [session_id]);
    if (row) touched.set(session_id, withinLimit(SESSIONS.preview(row), 'result_truncated'));
  }
  return { sessions: [...touched.values()], frames };
}

/** What belongs to an open approval of the turn itself; sub-agents died with their process. */
function waitsForUser(row: Row): boolean {
  if ((row.parent_execution_id ?? null) !== null) return false;
  if (row.event_type !== 'tool_call') return (row.outcome ?? row.status) === 'awaiting_input';
  const meta = ToolCallMeta.safeParse(JSON.parse(String(row.metadata)));
  return meta.success && meta.data.approval?.state === 'asked';
}

function abandoned(db: Sql, alive: (writer: string) => boolean): string[] {
  const found = db.all(
    `SELECT session_id, writer FROM session_seq WHERE session_id IN (
       SELECT session_id FROM sessions WHERE status IN ${LIVE}
       UNION SELECT session_id FROM agent_sessions WHERE status IN ('in_progress', 'awaiting_input')
       UNION SELECT session_id FROM stages WHERE status IN ${LIVE}
       UNION SELECT session_id FROM executions WHERE status IN ${LIVE}
       UNION SELECT session_id FROM timeline_events WHERE status = 'streaming'
       UNION SELECT session_id FROM tool_traces WHERE outcome IN ${LIVE})
     ORDER BY session_id`,
  );
  return found
    .filter((row) => !alive(String(row.writer ?? '')))
    .map((row) => String(row.session_id));
}

function live<R extends object>(
  db: Sql,
  table: Table<R>,
  column: string,
  session_id: string,
): Row[] {
  const order = table.rule.key.join(', ');
  return db.all(
    `${table.selection} WHERE session_id = ? AND ${column} IN ${LIVE} ORDER BY ${order}`,
    [session_id],
  );
}

// Straight to the row: its bodies stay as they are, which a fact made from previews would not do.
function settle<R extends object>(db: Sql, table: Table<R>, row: Row, patch: Row): R {
  const settled = { ...row, ...patch };
  table.update(db, row, settled);
  return table.preview(settled);
}
