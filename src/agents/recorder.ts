/** Records what one agent does: its execution, its timeline and its calls, all through the store. */
import type { Fact } from '../contracts/frames.ts';
import type { Execution, TimelineEvent, Trace, Usage } from '../contracts/records.ts';
import { addUsage } from '../contracts/select.ts';
import { type Durability, newId, type Store } from '../store/store.ts';
import type { AgentSpec, Place } from './agent.ts';
import { StreamEvent } from './stream_event.ts';

export type EventType = TimelineEvent['event_type'];
/** Figures and words that change quickly are recorded this often at most. Milliseconds. */
const GATHER_MS = 50;

type Ids = Pick<Trace, 'session_id' | 'stage_id' | 'execution_id' | 'parent_execution_id'>;

export class Recorder {
  readonly #store: Store;
  readonly #place: Place;
  readonly #ids: Ids;
  readonly #lazy = new Set<Promise<unknown>>();
  #execution: Execution;
  #sequence = 0;
  #failure: { readonly error: unknown } | null = null;
  #waiting = 0;
  /** What is worth recording unless something newer comes first. */
  #phase: string | null = null;
  #counted = false;
  #timer: NodeJS.Timeout | undefined;
  /** Facts of the same moment, which are written as one. */
  #batch: Fact[] = [];
  #urgent = false;
  #soon: NodeJS.Immediate | undefined;
  readonly #gathers: boolean;

  /**
   * @param gathers whether facts of one moment may be written as one: not where somebody else
   * records what must come after them.
   */
  constructor(store: Store, place: Place, spec: AgentSpec, model: string, gathers = false) {
    this.#store = store;
    this.#place = place;
    this.#gathers = gathers;
    const { session_id, stage_id, execution_id, parent_execution_id } = place;
    const parent = parent_execution_id ? { parent_execution_id } : {};
    this.#ids = { session_id, stage_id, execution_id, ...parent };
    this.#sequence = place.previous?.sequence ?? 0;
    this.#execution = place.previous?.execution ?? {
      ...this.#ids,
      kind: place.kind,
      agent_index: place.agent_index,
      agent_name: spec.name,
      task: spec.prompt,
      status: 'pending',
      model,
      created_at: Date.now(),
      usage: {},
      model_calls: 0,
      tool_calls: 0,
    };
  }

  /** Whether it has events already. */
  get begun(): boolean {
    return this.#sequence > 0;
  }

  /** As last recorded. */
  get execution(): Execution {
    return this.#execution;
  }

  /** As `update`, without waiting: for a change that another fact, which is waited for, follows. */
  announce(changes: Partial<Execution>): void {
    this.#put(this.#changed(changes), 'durable');
  }

  /** Changes the execution; on disk when the promise resolves. */
  async update(changes: Partial<Execution>): Promise<void> {
    await this.#durable(this.#changed(changes));
  }

  /**
   * The agent's last change, and what else is true from then on, as one write; on disk together
   * with all that was recorded before when the promise resolves. @throws what made one of them fail.
   */
  async end(changes: Partial<Execution>, also: () => readonly Fact[]): Promise<void> {
    clearTimeout(this.#timer);
    this.#check();
    this.#batch.push(this.#changed(changes), ...also());
    this.#flush('durable');
    await Promise.all(this.#lazy);
    this.#check();
  }

  #check(): void {
    if (this.#failure) throw this.#failure.error;
  }

  /** Adds the figures of a call that has ended; recorded soon, or with what is waited for next. */
  count(call: { usage?: Usage; cost?: number | null; model_calls?: number; tool_calls?: number }) {
    const { usage, cost } = this.#execution;
    const known =
      call.cost === null || call.cost === undefined ? {} : { cost: (cost ?? 0) + call.cost };
    this.#execution = {
      ...this.#execution,
      ...known,
      usage: addUsage(usage, call.usage ?? {}),
      model_calls: this.#execution.model_calls + (call.model_calls ?? 0),
      tool_calls: this.#execution.tool_calls + (call.tool_calls ?? 0),
    };
    this.#counted = true;
    this.#later();
  }

  /** While `work` waits for the user, the execution says so. */
  async whileWaiting<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      if (this.#waiting === 1) await this.update({ status: 'awaiting_input' });
      return await work();
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) await this.update({ status: 'running' });
    }
  }

  /** What the agent is doing now, in a few words. */
  progress(phase: string): void {
    this.#phase = phase;
    this.#later();
  }

  /** An event that is whole from the start. */
  event(event_type: EventType, content: string, metadata: Record<string, unknown> = {}): void {
    const event = this.#newEvent(event_type, content, metadata);
    this.#put({
      type: 'timeline.completed',
      event: { ...event, status: 'completed', completed_at: event.created_at },
    });
  }

  /** An event that stays open until it is completed. */
  open(event_type: EventType, content = '', metadata: Record<string, unknown> = {}): StreamEvent {
    const event = this.stream(event_type, content, metadata);
    event.begin();
    return event;
  }

  /** As `open`, but recorded only with its first text: one that comes and goes at once is one fact. */
  stream(event_type: EventType, content = '', metadata: Record<string, unknown> = {}): StreamEvent {
    return new StreamEvent(this.#newEvent(event_type, content, metadata), (fact) =>
      this.#put(fact),
    );
  }

  /** Goes on with an event that the store still holds open. */
  reopen(event: TimelineEvent): StreamEvent {
    return new StreamEvent(event, (fact) => this.#put(fact), true);
  }

  /** A row for a call that begins; not recorded yet. */
  newTrace(fields: Pick<Trace, 'kind' | 'input'> & Partial<Trace>): Trace {
    return {
      id: newId(),
      ...this.#ids,
      ...(this.#place.chat_id ? { chat_id: this.#place.chat_id } : {}),
      turn_number: this.#place.turn_number,
      output: null,
      started_at: Date.now(),
      outcome: 'running',
      ...fields,
    };
  }

  /** Records a call's row; on disk when the promise resolves. */
  async trace(trace: Trace): Promise<void> {
    await this.#durable(traceFact(trace));
  }

  /**
   * Records the row of a model call that is about to leave. When the promise resolves, it survives
   * this process, and all that any agent recorded before survives a power loss.
   */
  async asking(trace: Trace): Promise<void> {
    await Promise.all([this.#durable(traceFact(trace), 'written'), this.#store.settled()]);
  }

  /** As `trace`, without waiting: `end` does. */
  announceTrace(trace: Trace): void {
    this.#put(traceFact(trace), 'durable');
  }

  #changed(changes: Partial<Execution>): Fact {
    this.#execution = { ...this.#execution, ...changes };
    this.#counted = false;
    return { type: 'execution.status', execution: this.#execution };
  }

  #later(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#counted) this.#put(this.#changed({}), 'lazy');
      if (this.#phase !== null) {
        const progress = { ...this.#ids, phase: this.#phase };
        this.#put({ type: 'execution.progress', progress }, 'lazy');
      }
      this.#phase = null;
    }, GATHER_MS);
  }

  async #durable(fact: Fact, durability: Durability = 'durable'): Promise<void> {
    // What is to be synced must not become less durable by going along with what is not.
    if (durability !== 'durable' && this.#urgent) this.#flush();
    // What is waited for must not be on disk without the figures of what came before it.
    if (this.#counted) this.announce({});
    this.#batch.push(fact);
    await this.#flush(durability);
    this.#check();
  }

  #put(fact: Fact, durability: Durability = durabilityOf(fact)): void {
    this.#batch.push(fact);
    this.#urgent ||= durability === 'durable';
    if (this.#gathers) this.#soon ??= setImmediate(() => this.#flush());
    else this.#flush();
  }

  /** Never rejects: what failed is known from then on. */
  #flush(durability: Durability = this.#urgent ? 'durable' : 'lazy'): Promise<void> {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const facts = this.#batch;
    if (facts.length === 0) return Promise.resolve();
    this.#batch = [];
    this.#urgent = false;
    const done = this.#store.recordAll(facts, durability).then(
      () => {},
      (error: unknown) => {
        this.#failure ??= { error };
      },
    );
    this.#lazy.add(done);
    void done.then(() => this.#lazy.delete(done));
    return done;
  }

  #newEvent(
    event_type: EventType,
    content: string,
    metadata: Record<string, unknown>,
  ): TimelineEvent {
    this.#sequence += 1;
    return {
      event_id: newId(),
      ...this.#ids,
      sequence: this.#sequence,
      event_type,
      status: 'streaming',
      content,
      metadata,
      created_at: Date.now(),
    };
  }
}

function traceFact(trace: Trace): Fact {
  return trace.kind === 'model' ? { type: 'interaction', trace } : { type: 'tool_trace', trace };
}

// What completes an event is committed at once: the agent's end waits for it.
function durabilityOf(fact: Fact): Durability {
  return fact.type === 'timeline.completed' ? 'durable' : 'lazy';
}
