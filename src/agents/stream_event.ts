/** A timeline event that grows while a model streams; chunks are gathered to one per 50 ms. */
import type { Fact } from '../contracts/frames.ts';
import type { TimelineEvent } from '../contracts/records.ts';

const GATHER_MS = 50;

/** Records without being waited for; the recorder keeps a failure for later. */
type Put = (fact: Fact) => void;

export class StreamEvent {
  readonly #put: Put;
  #event: TimelineEvent;
  #pending = '';
  #recorded = 0;
  /** Whether the store has the event. */
  #known: boolean;
  #timer: NodeJS.Timeout | undefined;
  #done = false;

  /** @param event with status `streaming`; `known` when the store has it. */
  constructor(event: TimelineEvent, put: Put, known = false) {
    this.#put = put;
    this.#event = event;
    this.#recorded = event.content.length;
    this.#known = known;
  }

  /** Records the event as it is now; otherwise that comes with its first text. */
  begin(): void {
    if (this.#known) return;
    this.#known = true;
    this.#put({ type: 'timeline.created', event: this.#event });
  }

  get id(): string {
    return this.#event.event_id;
  }

  /** Adds fields to the metadata while the event is open. */
  note(metadata: Readonly<Record<string, unknown>>): void {
    if (this.#done) return;
    this.#flush();
    this.#event = { ...this.#event, metadata: { ...this.#event.metadata, ...metadata } };
    this.#known = true;
    this.#put({ type: 'timeline.created', event: this.#event });
  }

  append(delta: string): void {
    if (this.#done) return;
    this.#pending += delta;
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Ends the event once; later calls do nothing. `changes.content` replaces what was streamed. */
  complete(
    status: Exclude<TimelineEvent['status'], 'streaming'>,
    changes: Partial<Pick<TimelineEvent, 'event_type' | 'content' | 'metadata'>> = {},
  ): void {
    if (this.#done) return;
    // Who has followed the text gets the rest of it; of one that nobody has seen the end says all.
    if (this.#known) this.#flush();
    clearTimeout(this.#timer);
    this.#done = true;
    const content = this.#event.content + this.#pending;
    this.#event = { ...this.#event, content, ...changes, status, completed_at: Date.now() };
    this.#put({ type: 'timeline.completed', event: this.#event });
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending === '') return;
    this.begin();
    const { event_id, session_id, stage_id, execution_id, parent_execution_id, event_type } =
      this.#event;
    const ids = { event_id, session_id, stage_id, execution_id, parent_execution_id, event_type };
    this.#put({
      type: 'stream.chunk',
      chunk: { ...ids, offset: this.#recorded, delta: this.#pending },
    });
    this.#recorded += this.#pending.length;
    this.#event = { ...this.#event, content: this.#event.content + this.#pending };
    this.#pending = '';
  }
}
