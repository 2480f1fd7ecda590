/** Timeline events: their rows, and the text that streams into them chunk by chunk. */
import type { StreamChunk } from '../contracts/frames.ts';
import type { TimelineEvent } from '../contracts/records.ts';
import { parentOf, TEXT_CAP } from '../contracts/state.ts';
import { withinLimit } from './limit.ts';
import type { Rows } from './rows.ts';
import type { Row, Sql } from './sql.ts';
import { EVENTS } from './tables.ts';

const RULE = { status: 'status', fixed: ['session_id', 'parent_execution_id'] } as const;

/** The offset of the empty chunk that says: text was missed here. */
const HOLE = -1;

/** Text of a streaming event, with its chunks. */
function streamed(db: Sql, row: Row): string {
  const chunks = db.all('SELECT delta FROM timeline_chunks WHERE event_id = ? ORDER BY offset', [
    row.event_id ?? null,
  ]);
  return String(row.content ?? '') + chunks.map((c) => deltaOf(String(c.delta))).join('');
}

// The first files of version 1 held chunks as they were, not as JSON.
function deltaOf(stored: string): string {
  try {
    const text: unknown = JSON.parse(stored);
    return typeof text === 'string' ? text : stored;
  } catch {
    return stored;
  }
}

function dropChunks(db: Sql, event_id: string): void {
  db.run('DELETE FROM timeline_chunks WHERE event_id = ?', [event_id]);
}

export class Events {
  readonly #db: Sql;
  readonly #rows: Rows;
  /** Length of the text of streams in progress, so that a chunk need not read what came before. */
  readonly #lengths = new Map<string, number>();

  constructor(db: Sql, rows: Rows) {
    this.#db = db;
    this.#rows = rows;
  }

  /** Forgets what it knew, after a transaction that did not happen. */
  forget(): void {
    this.#lengths.clear();
  }

  put(event: TimelineEvent, patch: Row): TimelineEvent {
    this.#rows.checkParent(patch);
    const known = this.#rows.find(EVENTS, [event.event_id]);
    // An event that ended stays so, even an interrupted one: its stream is gone for good.
    if (known && known.status !== 'streaming' && event.status === 'streaming') {
      return this.shown(known);
    }
    // A late or repeated `created` must not shorten text that has grown since.
    const shorter =
      known?.status === 'streaming' &&
      event.status === 'streaming' &&
      streamed(this.#db, known).length > event.content.length;
    if (shorter) {
      for (const column of ['content', 'content_bytes', 'content_ref']) delete patch[column];
    }
    // This may refuse the event, so nothing is written before it.
    const row = this.#rows.upsert(EVENTS, event, patch, RULE);
    this.#lengths.delete(event.event_id);
    if (known && !shorter) dropChunks(this.#db, event.event_id);
    return this.shown(row);
  }

  /** Appends a chunk; one that was seen before changes nothing. */
  append(chunk: StreamChunk, ts: number): void {
    const row = this.#rows.find(EVENTS, [chunk.event_id]) ?? this.#provisional(chunk, ts);
    if (row.status !== 'streaming') return;
    const have = this.#lengths.get(chunk.event_id) ?? streamed(this.#db, row).length;
    this.#lengths.set(chunk.event_id, have);
    // Beyond a hole nothing can be placed; the completed event will bring the whole text.
    if (chunk.offset > have) {
      this.#db.run('INSERT OR IGNORE INTO timeline_chunks VALUES (?, ?, \'""\')', [
        chunk.event_id,
        HOLE,
      ]);
      return;
    }
    const fresh = chunk.delta.slice(have - chunk.offset);
    if (fresh === '') return;
    this.#db.run('INSERT INTO timeline_chunks (event_id, offset, delta) VALUES (?, ?, ?)', [
      chunk.event_id,
      have,
      // As JSON, since a chunk may end between the two halves of an emoji.
      JSON.stringify(fresh),
    ]);
    this.#lengths.set(chunk.event_id, have + fresh.length);
  }

  // The chunk came before its event: its place is known, the rest arrives with the event.
  #provisional(chunk: StreamChunk, ts: number): Row {
    const row: Row = {
      event_id: chunk.event_id,
      session_id: chunk.session_id,
      stage_id: chunk.stage_id,
      execution_id: chunk.execution_id,
      parent_execution_id: parentOf(chunk.parent_execution_id),
      sequence: Number.MAX_SAFE_INTEGER,
      event_type: chunk.event_type,
      status: 'streaming',
      content: '',
      content_bytes: 0,
      metadata: '{}',
      created_at: ts,
    };
    this.#rows.checkParent(row);
    EVENTS.insert(this.#db, row);
    return row;
  }

  #hasHole(event_id: string): boolean {
    const sql = 'SELECT 1 FROM timeline_chunks WHERE event_id = ? AND offset = ?';
    return this.#db.get(sql, [event_id, HOLE]) !== undefined;
  }

  /** The whole text of a streaming event so far. */
  text(row: Row): string {
    return streamed(this.#db, row);
  }

  /** The event as screens see it: streaming text up to the reducer's cap, else a preview. */
  shown(row: Row): TimelineEvent {
    const event = EVENTS.preview(row);
    if (event.status !== 'streaming') return withinLimit(event, 'truncated');
    const text = streamed(this.#db, row);
    const cut = text.length > TEXT_CAP || this.#hasHole(event.event_id);
    if (text === event.content && !cut) return event;
    return { ...event, content: text.slice(0, TEXT_CAP), ...(cut ? { truncated: true } : {}) };
  }
}
