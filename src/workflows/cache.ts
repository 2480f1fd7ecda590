/** Results of finished steps, so that a later run need not pay for them again. */
import type { StepResult } from '../contracts/records.ts';
import { STEP_KEY_BEGIN, type Store } from '../store/store.ts';
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

type Source = Pick<Store, 'stepResult' | 'keptSteps' | 'subscribe'>;

/** In memory first, then the store, unless it is known to have nothing. Shared by all runs. */
export class StepCache {
  readonly #store: Source;
  /** The least recently used first. */
  readonly #kept = new Map<string, StepResult>();
  #text = 0;
  /** What the store said of its last clearing, and of its newest result. */
  #cleared: string | null = null;
  #newest = 0;
  /** The beginnings of keys that the store has: of all of them, where `#complete`. */
  readonly #stored = new Set<string>();
  #complete = false;
  #refreshed: Promise<void> = Promise.resolve();

  constructor(store: Source) {
    this.#store = store;
    store.subscribe((frame) => {
      if (frame.type === 'step.result') this.#stored.add(beginOf(frame.step.step_key));
    });
  }

  async find(step_key: string, digests: Digests): Promise<Lookup> {
    const kept = await this.#read(step_key);
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
    const kept = await this.#read(step_key);
    return kept?.execution_id === execution_id ? changedRead(kept, digests) : null;
  }

  // Most steps of a new run have no result: asking the store would wait behind what it is writing.
  async #read(step_key: string): Promise<StepResult | null> {
    const kept = this.#kept.get(step_key);
    if (kept) return kept;
    if (this.#complete && !this.#stored.has(beginOf(step_key))) return null;
    return this.#store.stepResult(step_key);
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

  /** To be called before a run: learns what the windows have added and removed meanwhile. */
  refresh(): Promise<void> {
    // One after the other: what one of them was told must not be taken for what another asked.
    const mine = this.#refreshed.then(() => this.#refresh());
    this.#refreshed = mine.catch(() => {});
    return mine;
  }

  async #refresh(): Promise<void> {
    const news = await this.#store.keptSteps(this.#newest);
    const anew = this.#cleared !== news.cleared || news.newest < this.#newest;
    if (anew) {
      this.#kept.clear();
      this.#text = 0;
      // Until all are known again, the store is asked.
      this.#complete = false;
      this.#stored.clear();
    }
    const told = anew && this.#newest > 0 ? await this.#store.keptSteps(0) : news;
    for (const begin of told.begins ?? []) this.#stored.add(begin);
    this.#complete = told.begins !== null && (anew || this.#complete);
    this.#cleared = told.cleared;
    this.#newest = told.newest;
  }

  #forget(step_key: string): void {
    this.#text -= this.#kept.get(step_key)?.result.length ?? 0;
    this.#kept.delete(step_key);
  }
}

function beginOf(step_key: string): string {
  return step_key.slice(0, STEP_KEY_BEGIN);
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
