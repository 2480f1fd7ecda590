/** Writes one run's facts: its session, its stages and its log, and notices when they cannot be kept. */
import type { Fact } from '../contracts/frames.ts';
import type { Session, Stage, TimelineEvent } from '../contracts/records.ts';
import { isTerminal, type Status } from '../contracts/status.ts';
import { type Durability, newId, type Store } from '../store/store.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** Changes the line's fields; with words it is done. */
export type LiveLine = (fields: Record<string, unknown>, words?: string) => void;

export class RunJournal {
  readonly #store: Pick<Store, 'record'>;
  readonly #onLost: (error: unknown) => void;
  readonly #stages: Stage[] = [];
  readonly #keeping = new Set<Promise<void>>();
  #session: Session;
  #logged = 0;

  /** @param onLost called when a fact cannot be kept; the run must not go on then. */
  constructor(store: Pick<Store, 'record'>, session: Session, onLost: (error: unknown) => void) {
    this.#store = store;
    this.#session = session;
    this.#onLost = onLost;
  }

  get session(): Session {
    return this.#session;
  }

  /** Records a change of the run itself. @throws StoreError when it cannot be kept. */
  async update(change: Partial<Session>): Promise<void> {
    this.#session = { ...this.#session, ...change, updated_at: Date.now() };
    await this.#store.record({ type: 'session.status', session: this.#session });
  }

  /** While an agent waits for the user, so does the run. */
  waits(waits: boolean): void {
    const { status } = this.#session;
    if (status !== (waits ? 'running' : 'awaiting_input')) return;
    this.keeping(this.update({ status: waits ? 'awaiting_input' : 'running' }));
  }

  /** Records without waiting; a failure ends the run. */
  note(fact: Fact, durability: Durability = 'durable'): void {
    const kept = this.#store.record(fact, durability);
    if (durability === 'durable') this.keeping(kept);
    else kept.catch(this.#onLost);
  }

  /** The run goes on while this is being kept; a failure ends it. */
  keeping(kept: Promise<unknown>): void {
    const over = kept.then(() => {}, this.#onLost).finally(() => this.#keeping.delete(over));
    this.#keeping.add(over);
  }

  /** Resolves when all of the run so far is on disk, or known to be lost. */
  async kept(): Promise<void> {
    await Promise.all(this.#keeping);
  }

  log(level: LogLevel, content: string, metadata: Record<string, unknown> = {}): void {
    const event = this.#newLine(content, { level, ...metadata });
    this.note({ type: 'timeline.created', event }, 'lazy');
  }

  /** A line of the log whose fields change until it is done; only then has it words. */
  line(metadata: Record<string, unknown>): LiveLine {
    const { completed_at: _, ...open } = this.#newLine('', { level: 'info', ...metadata });
    this.note({ type: 'timeline.created', event: { ...open, status: 'streaming' } }, 'lazy');
    return (fields, content) => {
      const event = { ...open, metadata: { ...open.metadata, ...fields } };
      if (content === undefined) {
        this.note({ type: 'timeline.created', event: { ...event, status: 'streaming' } }, 'lazy');
      } else {
        const done = { ...event, content, completed_at: Date.now() };
        this.note({ type: 'timeline.completed', event: done }, 'lazy');
      }
    };
  }

  #newLine(content: string, metadata: Record<string, unknown>): TimelineEvent {
    const now = Date.now();
    const event: TimelineEvent = {
      event_id: newId(),
      session_id: this.#session.session_id,
      stage_id: null,
      execution_id: null,
      sequence: this.#logged,
      event_type: 'log',
      status: 'completed',
      content,
      metadata,
      created_at: now,
      completed_at: now,
    };
    this.#logged += 1;
    return event;
  }

  /** The stage of a phase: the open one of that title, or a new one at the end. */
  stage(title: string): Stage {
    const open = this.#stages.find((s) => s.title === title && !isTerminal(s.status));
    return open ?? this.#put({ status: 'pending', title });
  }

  /** Marks a phase as begun. */
  begin(title: string): string {
    const stage = this.stage(title);
    if (stage.status === 'pending') {
      this.#put({ ...stage, status: 'running', started_at: Date.now() });
    }
    return stage.stage_id;
  }

  /** Shows the tokens that a phase may spend. */
  limit(title: string, budget_tokens: number): void {
    this.#put({ ...this.stage(title), budget_tokens });
  }

  end(stage_id: string, status: Status, finished_at = Date.now()): void {
    const stage = this.#stages.find((s) => s.stage_id === stage_id);
    if (!stage || isTerminal(stage.status)) return;
    this.#put({ ...stage, status, finished_at });
  }

  stages(): readonly Stage[] {
    return this.#stages;
  }

  #put(change: Partial<Stage> & Pick<Stage, 'title' | 'status'>): Stage {
    const index = change.stage_index ?? this.#stages.length;
    const stage: Stage = {
      stage_id: newId(),
      session_id: this.#session.session_id,
      ...change,
      stage_index: index,
    };
    this.#stages[index] = stage;
    this.note({ type: 'stage.status', stage });
    return stage;
  }
}
