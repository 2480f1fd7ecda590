/** Results of finished steps, so that a later run need not pay for them again. */
import type { StepResult } from '../contracts/records.ts';
import type { Store } from '../store/store.ts';
import { currentDigest } from '../tools/reads.ts';
import type { Read, Tool } from '../tools/tool.ts';

const REMEMBERED = 2000;
/** UTF-16 units of results that are kept in memory; the store has the rest. */
const REMEMBERED_TEXT = 32 * 1024 * 1024;
/** Milliseconds for which a digest that was just taken serves other steps too. */
const FRESH = 500;

/** A kept result that serves, or why none does. */
export type Lookup =
  | { readonly hit: StepResult; readonly changed: null }
  | {
      readonly hit: null;
      /** What the agent had read and would now read otherwise; null where nothing was kept. */
      readonly changed: string | null;
    };

export interface Readings {
  readonly root: string;
  readonly exclude: readonly string[];
  readonly tools: ReadonlyMap<string, Tool>;
}

/** In memory first, then the store. Shared by all runs. */
export class StepCache {
  readonly #store: Pick<Store, 'stepResult' | 'stepsCleared'>;
  /** The least recently used first. */
  readonly #kept = new Map<string, StepResult>();
  #text = 0;
  /** What the store said of its last clearing. */
  #cleared: string | null = null;

  constructor(store: Pick<Store, 'stepResult' | 'stepsCleared'>) {
    this.#store = store;
  }

  async find(step_key: string, digests: Digests): Promise<Lookup> {
    const kept = this.#kept.get(step_key) ?? (await this.#store.stepResult(step_key));
    if (!kept) return { hit: null, changed: null };
    this.remember(kept);
    const changed = await changedRead(kept, digests);
    return changed === null ? { hit: kept, changed: null } : { hit: null, changed };
  }

  /** @returns what an execution had read and would now read otherwise; null where nothing, or unknown. */
  async changedSince(
    step_key: string,
    execution_id: string,
    digests: Digests,
  ): Promise<string | null> {
    const kept = this.#kept.get(step_key) ?? (await this.#store.stepResult(step_key));
    return kept?.execution_id === execution_id ? changedRead(kept, digests) : null;
  }

  remember(step: StepResult): void {
    this.#forget(step.step_key);
    this.#kept.set(step.step_key, step);
    this.#text += step.result.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= REMEMBERED && this.#text <= REMEMBERED_TEXT) return;
      this.#forget(oldest);
    }
  }

  /** To be called before a run: forgets what some window has cleared from the store meanwhile. */
  async refresh(): Promise<void> {
    const cleared = await this.#store.stepsCleared();
    if (this.#cleared === cleared) return;
    this.#cleared = cleared;
    this.#kept.clear();
    this.#text = 0;
  }

  #forget(step_key: string): void {
    this.#text -= this.#kept.get(step_key)?.result.length ?? 0;
    this.#kept.delete(step_key);
  }
}

async function changedRead(kept: StepResult, digests: Digests): Promise<string | null> {
  const now = await Promise.all(kept.reads.map((read) => digests.of(read)));
  return kept.reads.find((read, index) => now[index] !== read.digest)?.path ?? null;
}

/** What the agents of a run would read now; many steps read the same files. */
export class Digests {
  readonly #readings: Readings;
  readonly #signal: AbortSignal;
  readonly #taken = new Map<string, { digest: Promise<string | null>; at: number }>();

  constructor(readings: Readings, signal: AbortSignal) {
    this.#readings = readings;
    this.#signal = signal;
  }

  of(read: Read): Promise<string | null> {
    const now = performance.now();
    const taken = this.#taken.get(read.path);
    if (taken && now - taken.at < FRESH) return taken.digest;
    const { tools, root, exclude } = this.#readings;
    const digest = currentDigest(read, tools, { root, exclude, signal: this.#signal });
    this.#taken.set(read.path, { digest, at: now });
    return digest;
  }
}
