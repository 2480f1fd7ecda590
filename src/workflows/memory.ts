/** Which finished step stands in for a call, and why a kept one does not. */
import type { AgentOutcome } from '../agents/agent.ts';
import type { StepResult } from '../contracts/records.ts';
import type { Digests, StepCache } from './cache.ts';
import { type EarlierRun, type Kept, keptOf } from './earlier.ts';
import type { RunJournal } from './journal.ts';

export interface MemoryOptions {
  readonly cache: StepCache;
  readonly digests: Digests;
  readonly journal: RunJournal;
  /** The run that this one takes over from, or null. */
  readonly earlier: EarlierRun | null;
  /** Ignores kept results; new ones are kept all the same. */
  readonly fresh: boolean;
}

export interface Asked {
  readonly key: string;
  readonly name: string;
  /** False where the script wants a new answer each time. */
  readonly cache: boolean;
}

export class StepMemory {
  readonly #options: MemoryOptions;

  constructor(options: MemoryOptions) {
    this.#options = options;
  }

  /** @returns a result to use in place of running the step, or null. */
  async find(asked: Asked): Promise<Kept | null> {
    const { earlier, fresh } = this.#options;
    const own = await earlier?.find(asked.key);
    if (own) {
      await this.#warnIfChanged(asked, own);
      return own;
    }
    if (fresh || !asked.cache || earlier?.only) return null;
    const { cache, digests, journal } = this.#options;
    const { hit, changed } = await cache.find(asked.key, digests);
    if (changed !== null) {
      const text = `${asked.name} runs again: ${changed} has changed since its result was kept.`;
      journal.log('info', text, { changed });
    }
    return hit ? keptOf(hit) : null;
  }

  /** The result of an agent that neither wrote nor executed: other runs may replay such a one. */
  resultOf(key: string, outcome: AgentOutcome): StepResult {
    const { execution, text, reads } = outcome;
    return {
      step_key: key,
      session_id: execution.session_id,
      execution_id: execution.execution_id,
      created_at: Date.now(),
      result: text,
      usage: execution.usage,
      ...(execution.cost === undefined ? {} : { cost: execution.cost }),
      duration_ms: execution.duration_ms ?? 0,
      reads: reads.map(({ path, digest }) => ({ path, digest })),
    };
  }

  /** To be called when the result is on disk. */
  remember(step: StepResult): void {
    this.#options.cache.remember(step);
  }

  // A resumed run repeats no finished agent: its own later agents may have made the change.
  async #warnIfChanged(asked: Asked, own: Kept): Promise<void> {
    const { cache, digests, journal } = this.#options;
    const changed = await cache.changedSince(asked.key, own.execution_id, digests);
    if (changed === null) return;
    const text = `${asked.name} keeps its result from the earlier run, although ${changed} has changed since. Run From Here runs it again.`;
    journal.log('warn', text, { changed });
  }
}
