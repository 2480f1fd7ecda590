/**
 * The store as the rest of the house sees it: one way in for facts, a few ways out for readings.
 * Everything that an agent does passes `record`; frames go out after the commit, in `seq` order.
 */
import type { CacheStat } from '../contracts/cache_shape.ts';
import type { AgentSession, ChatSummary, ContextMessage } from '../contracts/chat.ts';
import type { TraceSnapshot } from '../contracts/columns.ts';
import type { Fact, Frame, Snapshot } from '../contracts/frames.ts';
import type { Session, StepResult, Trace } from '../contracts/records.ts';
import type { Asides } from './aside.ts';
import type { Exported } from './export.ts';
import type { Sizes } from './sizes.ts';
import type { Kind, Limits, Removed } from './upkeep.ts';

/**
 * When the promise of a record resolves. `durable`: once the fact is on disk and synced (the sync
 * is shared by concurrent writers). `written`: once it is committed to the file, where it survives
 * its process; synced within 100 ms. `lazy`: the same, but it waits a moment for company; for
 * streamed text.
 */
export const DURABILITIES = ['durable', 'written', 'lazy'] as const;
export type Durability = (typeof DURABILITIES)[number];

export interface TracePage {
  readonly traces: readonly Trace[];
  /** Opaque; null on the last page. */
  readonly next_cursor: string | null;
}

export interface TraceSearch {
  readonly session_id: string;
  readonly text: string;
  /** The most calls to name. */
  readonly limit: number;
}

/**
 * `ok`: facts reach the disk. `memory`: the disk refuses (full, failing); facts are kept in memory
 * and follow when it recovers. `readonly`: readings work, facts are refused.
 * `message` says what happened and what to do, in words for the user.
 */
export interface StoreHealth {
  readonly state: 'ok' | 'memory' | 'readonly';
  readonly message?: string;
}

/** What can be known of many kept results at once. */
export interface KeptSteps {
  /** Another value after each time that kept results were removed: all numbers begin anew then. */
  readonly cleared: string;
  /** The number of the newest; ask for those after it next time. */
  readonly newest: number;
  /** What each key begins with, `STEP_KEY_BEGIN` long; null where they are too many. */
  readonly begins: readonly string[] | null;
}

/** UTF-16 units. */
export const STEP_KEY_BEGIN = 16;

/** See `chat.list`. */
export interface ChatQuery {
  readonly search?: string | undefined;
  readonly deleted?: boolean | undefined;
  readonly limit: number;
}

export interface Store {
  /** Commits one fact and publishes its frame. @throws StoreError when it cannot be kept at all. */
  record(fact: Fact, durability?: Durability): Promise<Frame>;
  /**
   * Commits facts of one session as one: all of them are kept, or none. Each is seen by those after
   * it. @returns their frames, numbered one after another.
   * @throws StoreError for the first that is refused; `bad_request` for facts of several sessions.
   */
  recordAll(facts: readonly Fact[], durability?: Durability): Promise<Frame[]>;
  /** Resolves once every durable fact of this process up to now is on disk, or was refused. */
  settled(): Promise<void>;
  /** Frames of every session, in commit order. @returns a function that ends the subscription. */
  subscribe(listener: (frame: Frame) => void): () => void;

  /** @returns null for an unknown session. Bodies beyond the frame limit are previews. */
  snapshot(session_id: string): Promise<Snapshot | null>;
  /** One session with its whole arguments and result. @returns null for an unknown id. */
  session(session_id: string): Promise<Session | null>;
  /** Newest first. */
  sessions(query: { kind?: Session['kind']; limit: number }): Promise<Session[]>;
  /** Ordered by `turn_number, started_at, id`; bodies are previews. */
  traces(query: {
    session_id: string;
    cursor?: string | undefined;
    limit: number;
  }): Promise<TracePage>;
  /** All calls of a session as columns, without bodies. @returns null for an unknown session. */
  traceSnapshot(session_id: string): Promise<TraceSnapshot | null>;
  /**
   * Calls whose input, output or error contains `text`, ignoring case; oldest first.
   * `complete` is false where the search stopped early.
   */
  searchTraces(query: TraceSearch): Promise<{ ids: string[]; complete: boolean }>;
  /** How the prompt cache served each model call of a session that reported it, oldest first. */
  cacheStats(session_id: string): Promise<CacheStat[]>;
  /** One trace with its whole input and output. @returns null for an unknown id. */
  trace(id: string): Promise<Trace | null>;
  /** The whole result text of an execution. */
  executionResult(execution_id: string): Promise<string | null>;
  /** The whole text of a timeline event. @returns null for an unknown id. */
  eventContent(event_id: string): Promise<string | null>;
  /** The newest kept result for a step key. */
  stepResult(step_key: string): Promise<StepResult | null>;
  /** Which steps have a kept result, by whichever window. @param after see `KeptSteps.newest`; 0: all. */
  keptSteps(after: number): Promise<KeptSteps>;

  /** The serialised agent of a chat, whole. @returns null where the session is no chat. */
  agentSession(session_id: string): Promise<AgentSession | null>;
  /** The conversation that ends with this message, oldest first. */
  contextMessages(head_message_id: string): Promise<ContextMessage[]>;
  /** The newest message that a turn of a chat added to the conversation. */
  lastMessage(execution_id: string): Promise<string | null>;
  /** Whether the process that set the session's status last is another one, and still lives. */
  atWorkElsewhere(session_id: string): Promise<boolean>;
  /** Names (sha-256, hex) of the files that chats point at: attachments, states of changed files. */
  keptFiles(): Promise<string[]>;
  /** Newest change first. */
  chats(query: ChatQuery): Promise<ChatSummary[]>;

  /** Removes what is beyond the limits, oldest first; what is at work stays. */
  prune(limits: Limits): Promise<Removed>;
  /** Removes everything of a kind but what is at work. */
  clear(kind: Kind): Promise<Removed>;
  sizes(): Promise<Sizes>;
  /** Deletes what was set aside. @returns what is gone. @throws StoreError when the disk refuses. */
  removeAsides(): Promise<Asides>;
  /**
   * Writes everything to one new file: `ndjson` one record per line, `sqlite` a database.
   * @param path absolute. @param signal ends it early, so that nothing of it is left.
   * @throws StoreError `cancelled` then; `bad_request` for a path inside the store's own folder.
   */
  exportTo(format: 'ndjson' | 'sqlite', path: string, signal?: AbortSignal): Promise<Exported>;

  /** Marks what a dead process left `running` as `interrupted`. @returns the sessions touched. */
  recover(): Promise<Session[]>;

  /** Masks these texts (API keys, say) in everything that is recorded from now on. */
  addSecrets(secrets: readonly string[]): void;
  health(): StoreHealth;
  /** Called at once with the present health, then at each change. @returns ends it. */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  /** Syncs what waits. Calls after it are refused with a StoreError `closed`. */
  close(): Promise<void>;
}

export { StoreError, type StoreErrorCode } from './errors.ts';
/** Ids that sort by the time of their creation; unique across processes. */
export { newId } from './id.ts';
