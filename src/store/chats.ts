/** Chats: their serialised agents, the messages of their conversations, their list and its search. */
import { AgentSession, type ChatSummary, ContextMessage } from '../contracts/chat.ts';
import { withinLimit } from './limit.ts';
import { restore } from './payloads.ts';
import type { Reading } from './queries.ts';
import { nextTurn } from './slices.ts';
import type { Row, Sql } from './sql.ts';

export const CHATS_SCHEMA = `
CREATE TABLE IF NOT EXISTS context_messages (
  message_id TEXT PRIMARY KEY, session_id TEXT NOT NULL, parent_message_id TEXT,
  execution_id TEXT NOT NULL, created_at NUMERIC NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS context_messages_by_session ON context_messages (session_id);
CREATE INDEX IF NOT EXISTS context_messages_by_execution ON context_messages (execution_id);
`;

const AGENT = 'SELECT * FROM agent_sessions WHERE session_id = ?';
/** Characters around a hit. */
const AROUND = 60;
const HITS_TOLD = 5;

/** @throws Error for a row that is none. */
export function agentOf(row: Row): AgentSession {
  return AgentSession.parse({ ...row, state: JSON.parse(String(row.state)) });
}

/** Keeps the serialised agent and what its conversation grew by, in one transaction. */
export function putAgent(
  db: Sql,
  agent: AgentSession,
  messages: readonly ContextMessage[],
): AgentSession {
  for (const m of messages) {
    db.run('INSERT OR REPLACE INTO context_messages VALUES (?, ?, ?, ?, ?, ?)', [
      m.message_id,
      m.session_id,
      m.parent_message_id,
      m.execution_id,
      m.created_at,
      JSON.stringify(m.message),
    ]);
  }
  db.run(
    `INSERT OR REPLACE INTO agent_sessions (agent_session_id, session_id, execution_id, status,
      turn_number, state, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      agent.agent_session_id,
      agent.session_id,
      agent.execution_id,
      agent.status,
      agent.turn_number,
      JSON.stringify(agent.state),
      agent.created_at,
      agent.updated_at,
    ],
  );
  return withinLimit(agent);
}

/** @returns null where the session is no chat. */
export function agentSession({ db }: Pick<Reading, 'db'>, session_id: string): AgentSession | null {
  const row = db.get(AGENT, [session_id]);
  return row ? agentOf(row) : null;
}

/** The conversation that ends with this message, oldest first. */
export function contextMessages({ db }: Reading, head_message_id: string): ContextMessage[] {
  const rows = db.all(
    `WITH RECURSIVE line (message_id, depth) AS (
       SELECT ?, 0
       UNION ALL
       SELECT m.parent_message_id, line.depth + 1 FROM context_messages m
         JOIN line ON m.message_id = line.message_id WHERE m.parent_message_id IS NOT NULL)
     SELECT m.* FROM line JOIN context_messages m ON m.message_id = line.message_id
     ORDER BY line.depth DESC`,
    [head_message_id],
  );
  return rows.map(messageOf);
}

/** @throws Error for a row that is none. */
export function messageOf(row: Row): ContextMessage {
  return ContextMessage.parse({ ...row, message: JSON.parse(String(row.message)) });
}

/** The id of the newest message that a turn added, or null. */
export function lastMessage({ db }: Reading, execution_id: string): string | null {
  const row = db.get(
    'SELECT message_id FROM context_messages WHERE execution_id = ? ORDER BY message_id DESC LIMIT 1',
    [execution_id],
  );
  return row ? String(row.message_id) : null;
}

/**
 * After a crash, inside the transaction of `recover`: a turn at work has become an interrupted
 * one. An approval that the turn itself waits for stays open, one of a sub-agent is gone with it.
 * @returns the agent as it is now, or null where nothing had to change and nothing waits.
 */
export function interruptAgent(db: Sql, session_id: string): AgentSession | null {
  const agent = agentSession({ db }, session_id);
  if (!agent || agent.status === 'idle' || agent.status === 'interrupted') return null;
  const approvals = agent.state.approvals.filter((a) => a.execution_id === agent.execution_id);
  const status = approvals.length > 0 ? 'awaiting_input' : 'interrupted';
  const state = { ...agent.state, approvals };
  // `updated_at` stays: how long ago the turn was at work decides whether it goes on by itself.
  return putAgent(db, { ...agent, status, state }, []);
}

/** Every name of a kept file that a chat still points at: attachments, states of changed files. */
export function keptFiles({ db }: Reading): string[] {
  const rows = db.all(
    `SELECT metadata AS text FROM timeline_events
       WHERE event_type = 'user' AND metadata LIKE '%"attachment_id"%'
          OR event_type = 'tool_call' AND metadata LIKE '%"changes"%'
     UNION ALL SELECT state FROM agent_sessions
     UNION ALL SELECT message FROM context_messages WHERE message LIKE '%attachment:%'`,
  );
  const found = new Set<string>();
  for (const row of rows) {
    for (const [name] of String(row.text).matchAll(/\b[0-9a-f]{64}\b/g)) found.add(name);
  }
  return [...found];
}

/** Newest change first; see `chat.list`. */
export async function chats(
  reading: Reading,
  query: { search?: string | undefined; deleted?: boolean | undefined; limit: number },
): Promise<ChatSummary[]> {
  const wanted = query.search?.trim().toLowerCase() ?? '';
  const rows = reading.db.all(
    `SELECT s.title, s.simulated, s.status AS shown, a.*,
       (SELECT count(*) FROM executions e WHERE e.session_id = s.session_id AND e.kind = 'turn') AS turns
     FROM sessions s JOIN agent_sessions a ON a.session_id = s.session_id
     WHERE s.kind = 'chat'
       AND (json_extract(a.state, '$.deleted_at') IS NOT NULL) = ?
     ORDER BY a.updated_at DESC, s.session_id DESC`,
    [query.deleted ? 1 : 0],
  );
  const found: ChatSummary[] = [];
  for (const row of rows) {
    if (found.length >= query.limit) break;
    if (wanted !== '') await nextTurn();
    const title = String(row.title);
    const matches = wanted === '' ? [] : await hits(reading, String(row.session_id), wanted);
    if (wanted !== '' && matches.length === 0 && !title.toLowerCase().includes(wanted)) continue;
    const agent = agentOf(pick(row));
    found.push({
      session_id: agent.session_id,
      title,
      status: agent.status,
      created_at: agent.created_at,
      updated_at: agent.updated_at,
      turns: Number(row.turns),
      simulated: row.simulated !== 0,
      deleted: query.deleted ?? false,
      matches,
    });
  }
  return found;
}

function pick(row: Row): Row {
  const names = Object.keys(AgentSession.shape);
  return Object.fromEntries(names.map((name) => [name, row[name] ?? null]));
}

// SQLite folds the case of ASCII alone, so the comparison is done here.
async function hits(
  { db, payloads }: Reading,
  session_id: string,
  wanted: string,
): Promise<ChatSummary['matches']> {
  const rows = db.all(
    `SELECT event_id, execution_id, content, content_ref FROM timeline_events
     WHERE session_id = ? AND event_type IN ('user', 'text', 'final') ORDER BY event_id`,
    [session_id],
  );
  const found: ChatSummary['matches'] = [];
  for (const row of rows) {
    const begin = String(row.content ?? '');
    const text = (await restore(payloads, begin, row.content_ref)) ?? begin;
    const at = text.toLowerCase().indexOf(wanted);
    if (at === -1) continue;
    const excerpt = text.slice(Math.max(0, at - AROUND), at + wanted.length + AROUND);
    const execution_id = row.execution_id === null ? null : String(row.execution_id);
    found.push({
      event_id: String(row.event_id),
      execution_id,
      excerpt: excerpt.toWellFormed().replaceAll(/\s+/g, ' ').trim(),
    });
    if (found.length >= HITS_TOLD) break;
  }
  return found;
}
