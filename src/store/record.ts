/** One fact becomes its rows and its frame, inside the transaction that the journal opened. */
import { cacheShape } from '../contracts/cache_shape.ts';
import { type Fact, type Frame, frameOf, type Progress, subjectOf } from '../contracts/frames.ts';
import type {
  Execution,
  Session,
  Stage,
  StepResult,
  TimelineEvent,
  Trace,
} from '../contracts/records.ts';
import { isTerminal } from '../contracts/status.ts';
import { agentSession, putAgent } from './chats.ts';
import { StoreError } from './errors.ts';
import { Events } from './events.ts';
import { withinLimit } from './limit.ts';
import type { Payloads } from './payloads.ts';
import { type Prepared, prepare } from './prepare.ts';
import { isLive, Rows } from './rows.ts';
import { Sequences } from './sequences.ts';
import { isGoing } from './sessions_away.ts';
import type { Signatures } from './signatures.ts';
import type { Row, Sql } from './sql.ts';
import type { Table } from './table.ts';
import { EVENTS, EXECUTIONS, SESSIONS, STAGES, STEPS, TRACES } from './tables.ts';

const OWNED = ['session_id', 'parent_execution_id'];

export class Recorder {
  readonly #db: Sql;
  readonly #payloads: Payloads;
  readonly #rows: Rows;
  readonly #sequences: Sequences;
  readonly #signatures: Signatures;
  readonly events: Events;
  /** The last word of each running execution; not worth a row, since it dies with its process. */
  readonly #progress = new Map<string, Progress>();
  /** Changes of it by the transaction that is under way. */
  #progressed: (() => void)[] = [];

  constructor(db: Sql, payloads: Payloads, signatures: Signatures) {
    this.#db = db;
    this.#payloads = payloads;
    this.#signatures = signatures;
    this.#rows = new Rows(db);
    this.#sequences = new Sequences(db);
    this.events = new Events(db, this.#rows);
  }

  /** Call when a transaction was rolled back, or something else wrote to the same tables. */
  forget(): void {
    this.#rows.forget();
    this.#sequences.forget();
    this.#signatures.forget();
    this.events.forget();
    this.#progressed = [];
  }

  progressOf(session_id: string): Progress[] {
    return [...this.#progress.values()].filter((p) => p.session_id === session_id);
  }

  /**
   * @param ts epoch milliseconds of the frame.
   * @throws StoreError before anything is written when the fact contradicts what is stored.
   */
  apply(prepared: Prepared, ts: number, writer: string): Frame {
    const { fact } = prepared;
    const session_id = subjectOf(fact).session_id;
    const known = this.#sequences.last(session_id) !== undefined;
    if (!known && fact.type !== 'session.status') {
      throw new StoreError(
        'unknown_session',
        `A fact of type ${fact.type} names the session ${session_id}, which was never recorded`,
      );
    }
    if (!known && isGoing(this.#db, session_id)) {
      throw new StoreError(
        'unknown_session',
        `The session ${session_id} is being removed from the store; record it when that is done`,
      );
    }
    const shown = this.#write(prepared, ts);
    for (const [ref, body] of prepared.bodies) this.#payloads.put(ref, body);
    this.#noteWriter(fact, known, writer);
    return frameOf(shown, this.#sequences.next(session_id), ts);
  }

  /** The last step of a transaction in which something was applied or numbered. */
  finish(): void {
    this.#sequences.write();
    for (const change of this.#progressed.splice(0)) change();
  }

  // Whoever sets a session's status works on it; when that process dies, so has the session.
  #noteWriter(fact: Fact, known: boolean, writer: string): void {
    if (fact.type !== 'session.status') return;
    const { session_id } = fact.session;
    this.#db.run(
      known
        ? 'UPDATE session_seq SET writer = ?1 WHERE session_id = ?2'
        : 'INSERT INTO session_seq VALUES (?2, 0, ?1)',
      [writer, session_id],
    );
  }

  /** The frame of a fact that was applied before, with what is stored by now. */
  again(prepared: Prepared, seq: number, ts: number): Frame {
    return frameOf(this.#stored(prepared.fact), seq, ts);
  }

  #stored(fact: Fact): Fact {
    switch (fact.type) {
      case 'session.status':
        return { ...fact, session: this.#shown(SESSIONS, fact.session, 'result_truncated') };
      case 'stage.status':
        return { ...fact, stage: this.#shown(STAGES, fact.stage) };
      case 'execution.status':
        return { ...fact, execution: this.#shown(EXECUTIONS, fact.execution, 'result_truncated') };
      case 'timeline.created':
      case 'timeline.completed': {
        const row = EVENTS.read(this.#db, [fact.event.event_id]);
        return {
          ...fact,
          event: row ? withinLimit(this.events.shown(row), 'truncated') : fact.event,
        };
      }
      case 'interaction':
      case 'tool_trace':
        return { ...fact, trace: this.#shown(TRACES, fact.trace, 'truncated') };
      case 'step.result':
        return { ...fact, step: this.#shown(STEPS, fact.step) };
      case 'agent.session': {
        const { agent_session: given } = fact;
        const agent = agentSession({ db: this.#db }, given.session_id) ?? given;
        return { type: fact.type, agent_session: withinLimit(agent) };
      }
      case 'execution.progress':
      case 'stream.chunk':
        return withinLimit(fact);
    }
  }

  #shown<R extends object>(table: Table<R>, record: R, flag?: string): R {
    const row = table.read(this.#db, table.keyOf(record));
    return withinLimit(row ? table.preview(row) : record, flag);
  }

  /** The next frame's number will be beyond `seq`. */
  countFrom(session_id: string, seq: number): void {
    this.#sequences.raise(session_id, seq);
  }

  /** Numbers a frame that no fact made. */
  nextSeq(session_id: string): number {
    return this.#sequences.next(session_id);
  }

  /** Writes the rows. @returns the fact as it is stored now, its bodies cut to previews. */
  #write(prepared: Prepared, ts: number): Fact {
    const { fact, patch } = prepared;
    switch (fact.type) {
      case 'session.status':
        return { type: fact.type, session: this.#session(fact.session, patch) };
      case 'stage.status':
        return { type: fact.type, stage: this.#stage(fact.stage, patch) };
      case 'execution.status':
        return { type: fact.type, execution: this.#execution(fact.execution, patch) };
      case 'execution.progress':
        this.#noteProgress(fact.progress);
        return withinLimit(fact);
      case 'timeline.created':
      case 'timeline.completed':
        return {
          type: fact.type,
          event: withinLimit(this.events.put(fact.event, patch), 'truncated'),
        };
      case 'stream.chunk':
        this.events.append(fact.chunk, ts);
        return { type: fact.type, chunk: withinLimit(fact.chunk) };
      case 'interaction':
      case 'tool_trace':
        return { type: fact.type, trace: this.#trace(fact.trace, patch) };
      case 'step.result':
        return { type: fact.type, step: this.#step(fact.step, patch) };
      case 'agent.session': {
        const { agent_session, messages = [] } = fact;
        return { type: fact.type, agent_session: putAgent(this.#db, agent_session, messages) };
      }
    }
  }

  /** Ends a stream whose writer is gone, with the text that had arrived. */
  interruptEvent(row: Row, ts: number): TimelineEvent {
    const event: TimelineEvent = {
      ...EVENTS.preview(row),
      content: this.events.text(row).toWellFormed(),
      status: 'interrupted',
      completed_at: ts,
    };
    const { patch, bodies } = prepare({ type: 'timeline.completed', event });
    for (const [ref, body] of bodies) this.#payloads.put(ref, body);
    return withinLimit(this.events.put(event, patch), 'truncated');
  }

  #noteProgress(progress: Progress): void {
    const row = this.#rows.find(EXECUTIONS, [progress.execution_id]);
    if (row && !isLive(row.status)) return;
    this.#progressed.push(() => this.#progress.set(progress.execution_id, progress));
  }

  #session(session: Session, patch: Row): Session {
    // A chat goes on after a turn has ended; a run does not.
    const status = session.kind === 'chat' ? null : 'status';
    const row = this.#rows.upsert(SESSIONS, session, patch, { status, fixed: ['kind'] });
    return withinLimit(SESSIONS.written(row), 'result_truncated');
  }

  #stage(stage: Stage, patch: Row): Stage {
    const row = this.#rows.upsert(STAGES, stage, patch, {
      status: 'status',
      fixed: ['session_id'],
    });
    return withinLimit(STAGES.written(row));
  }

  #execution(execution: Execution, patch: Row): Execution {
    this.#rows.checkParent(patch);
    const row = this.#rows.upsert(EXECUTIONS, execution, patch, { status: 'status', fixed: OWNED });
    const shown = withinLimit(EXECUTIONS.written(row), 'result_truncated');
    if (isTerminal(shown.status)) {
      this.#progressed.push(() => this.#progress.delete(shown.execution_id));
    }
    return shown;
  }

  #trace(trace: Trace, patch: Row): Trace {
    this.#rows.checkParent(patch);
    const rule = { status: 'outcome', fixed: [...OWNED, 'execution_id', 'kind'] } as const;
    const row = this.#rows.upsert(TRACES, trace, patch, rule);
    this.#signatures.touch(trace.session_id, [trace.started_at, trace.id]);
    if (row.kind === 'model' && isTerminal(trace.outcome)) this.#cacheStats(row, trace);
    return withinLimit(TRACES.written(row), 'truncated');
  }

  #step(step: StepResult, patch: Row): StepResult {
    const row = this.#rows.upsert(STEPS, step, patch, { status: null, fixed: ['session_id'] });
    return withinLimit(STEPS.written(row));
  }

  // How the prompt cache served one model call, where the provider reports it. The fact still has
  // the whole request, which the row may have set aside.
  #cacheStats(row: Row, trace: Trace): void {
    if ((row.cache_tokens ?? null) === null) return;
    const segments = JSON.stringify(cacheShape(trace) ?? []);
    const columns = ['id', 'session_id', 'chat_id', 'execution_id', 'turn_number', 'model'];
    const tokens = ['input_tokens', 'cache_tokens', 'cache_write_tokens', 'started_at'];
    this.#db.run(
      `INSERT OR REPLACE INTO cache_stats (trace_id, session_id, chat_id, execution_id, turn_number,
        model, input_tokens, cache_tokens, cache_write_tokens, created_at, segments)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [...[...columns, ...tokens].map((column) => row[column] ?? null), segments],
    );
  }
}
