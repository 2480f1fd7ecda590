/** The `Store` that the rest of the house holds, in front of whatever backend answers. */
import type { Frame } from '../contracts/frames.ts';
import { StoreError } from './errors.ts';
import { newId } from './id.ts';
import type { Backend, BackendEvents } from './messages.ts';
import { unpackSnapshot } from './packed.ts';
import type { Store, StoreHealth } from './store.ts';

/** Listeners and the latest health; its `events` are handed to the backend. */
export class Watchers {
  readonly #frames = new Set<(frame: Frame) => void>();
  readonly #health = new Set<(health: StoreHealth) => void>();
  readonly #log: (message: string) => void;
  health: StoreHealth = { state: 'ok' };

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  get events(): BackendEvents {
    return {
      frames: (frames) => {
        for (const frame of frames)
          for (const listener of [...this.#frames]) this.#tell(() => listener(frame));
      },
      health: (health) => {
        this.health = health;
        for (const listener of [...this.#health]) this.#tell(() => listener(health));
      },
      log: this.#log,
    };
  }

  // A listener that throws must not keep the others from hearing.
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log(`A listener of the store failed: ${String(error)}`);
    }
  }

  onFrame(listener: (frame: Frame) => void): () => void {
    // A wrapper of its own, so that one function subscribed twice is two subscriptions.
    const own = (frame: Frame): void => listener(frame);
    this.#frames.add(own);
    return () => this.#frames.delete(own);
  }

  onHealth(listener: (health: StoreHealth) => void): () => void {
    const own = (health: StoreHealth): void => listener(health);
    this.#health.add(own);
    listener(this.health);
    return () => this.#health.delete(own);
  }
}

/** One that is refused may be answered before an older one that still waits for its sync. */
async function both(first: Promise<void>, second: Promise<unknown>): Promise<void> {
  await second.catch(() => {});
  await first;
}

export function storeOver(backend: Backend, watchers: Watchers): Store {
  let closing: Promise<void> | null = null;
  /** Of the exports that are under way. */
  const cancels = new Set<() => void>();
  const open = (): Backend => {
    if (closing) throw new StoreError('closed', 'The store is closed');
    return backend;
  };
  let settled: Promise<void> = Promise.resolve();
  const recordAll: Store['recordAll'] = async (facts, durability = 'durable') => {
    const kept = open().call('record', { facts: [...facts], durability });
    if (durability === 'durable') settled = both(settled, kept);
    return kept;
  };
  return {
    record: async (fact, durability) => {
      const [frame] = await recordAll([fact], durability);
      if (!frame) throw new StoreError('engine', 'The store gave no frame for a fact');
      return frame;
    },
    recordAll,
    settled: () => settled,
    subscribe: (listener) => watchers.onFrame(listener),
    snapshot: async (session_id) => open().call('snapshot', { session_id }),
    session: async (session_id) => open().call('session', { session_id }),
    sessions: async (query) => open().call('sessions', query),
    traces: async (query) => open().call('traces', query),
    traceSnapshot: async (session_id) => {
      const packed = await open().call('traceSnapshot', { session_id });
      return packed && unpackSnapshot(packed);
    },
    searchTraces: async (query) => open().call('searchTraces', query),
    cacheStats: async (session_id) => open().call('cacheStats', { session_id }),
    trace: async (id) => open().call('trace', { id }),
    executionResult: async (execution_id) => open().call('executionResult', { execution_id }),
    eventContent: async (event_id) => open().call('eventContent', { event_id }),
    stepResult: async (step_key) => open().call('stepResult', { step_key }),
    keptSteps: async (after) => open().call('keptSteps', { after }),
    agentSession: async (session_id) => open().call('agentSession', { session_id }),
    contextMessages: async (head_message_id) => open().call('contextMessages', { head_message_id }),
    lastMessage: async (execution_id) => open().call('lastMessage', { execution_id }),
    atWorkElsewhere: async (session_id) => open().call('atWorkElsewhere', { session_id }),
    keptFiles: async () => open().call('keptFiles', {}),
    chats: async (query) => open().call('chats', query),
    prune: async (limits) => open().call('prune', limits),
    clear: async (kind) => open().call('clear', { kind }),
    sizes: async () => open().call('sizes', {}),
    removeAsides: async () => open().call('removeAsides', {}),
    exportTo: async (format, path, signal) => {
      const id = newId();
      // A store that is closed has ended it anyway.
      const cancel = (): void => void backend.call('cancelExport', { id }).catch(() => {});
      const exported = open().call('exportTo', { id, format, path });
      if (signal?.aborted) cancel();
      signal?.addEventListener('abort', cancel);
      cancels.add(cancel);
      try {
        return await exported;
      } finally {
        signal?.removeEventListener('abort', cancel);
        cancels.delete(cancel);
      }
    },
    recover: async () => open().call('recover', {}),
    addSecrets: (secrets) => open().addSecrets(secrets),
    health: () => watchers.health,
    onHealth: (listener) => watchers.onHealth(listener),
    close: async () => {
      // Closing waits for what was asked before, and nobody has the time of an export then.
      for (const cancel of cancels) cancel();
      closing ??= backend.close();
      await closing;
    },
  };
}
