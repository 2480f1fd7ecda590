/** Budgets that nest: a run's, a phase's, a `parallel`'s, an agent's. Tokens, and steps: model calls. */

import type { Usage } from '../contracts/records.ts';
import { totalTokens } from '../contracts/select.ts';

export interface Limit {
  readonly tokens?: number | undefined;
  /** Model calls. */
  readonly steps?: number | undefined;
}

export class TokenBudget {
  readonly #parent: TokenBudget | null;
  #total: number | null;
  #steps: number | null = null;
  #spent = 0;
  #held = 0;
  #calls = 0;
  #onSpent: (() => void) | null = null;

  /** @param total tokens, or null for no limit of its own. @throws RangeError unless positive and finite. */
  constructor(total: number | null, parent: TokenBudget | null = null) {
    this.#total = total === null ? null : checked(total, 'tokens');
    this.#parent = parent;
  }

  /** Model calls that were begun. */
  get calls(): number {
    return this.#calls;
  }

  /** Calls back each time that something is spent here or inside. */
  watch(onSpent: () => void): void {
    this.#onSpent = onSpent;
  }

  /** Tokens, or null without a limit of its own. */
  get total(): number | null {
    return this.#total;
  }

  /** Model calls, or null without a limit of its own. */
  get steps(): number | null {
    return this.#steps;
  }

  /** Makes this budget tighter; a looser limit than it has changes nothing. */
  tighten(limit: Limit): void {
    if (limit.tokens !== undefined) {
      this.#total = Math.min(
        checked(limit.tokens, 'tokens'),
        this.#total ?? Number.POSITIVE_INFINITY,
      );
    }
    if (limit.steps !== undefined) {
      this.#steps = Math.min(
        checked(limit.steps, 'steps'),
        this.#steps ?? Number.POSITIVE_INFINITY,
      );
    }
  }

  /** Charges a whole model call here and to every budget around. */
  spend(usage: Usage): void {
    this.begin(0)();
    this.charge(usage);
  }

  /**
   * Counts a model call that is about to be made, and holds tokens for it, so that calls made at
   * the same time know of each other. @returns gives the held tokens back; to be called once.
   */
  begin(tokens: number): () => void {
    this.#calls += 1;
    this.#held += tokens;
    this.#onSpent?.();
    const around = this.#parent?.begin(tokens);
    return () => {
      this.#held -= tokens;
      around?.();
    };
  }

  /** Charges tokens here and to every budget around. Those that were not reported count as none. */
  charge(usage: Usage): void {
    this.#spent += totalTokens(usage) ?? 0;
    this.#onSpent?.();
    this.#parent?.charge(usage);
  }

  spent(): number {
    return this.#spent;
  }

  /** Tokens neither spent nor held, in the tightest budget around; Infinity where nothing limits. */
  remaining(): number {
    const used = this.#spent + this.#held;
    const own = this.#total === null ? Number.POSITIVE_INFINITY : this.#total - used;
    return Math.max(0, Math.min(own, this.#parent?.remaining() ?? Number.POSITIVE_INFINITY));
  }

  /** Model calls left in the tightest budget around; Infinity where nothing limits. */
  remainingSteps(): number {
    const own = this.#steps === null ? Number.POSITIVE_INFINITY : this.#steps - this.#calls;
    return Math.max(0, Math.min(own, this.#parent?.remainingSteps() ?? Number.POSITIVE_INFINITY));
  }

  /** The budget that is used up, the innermost first, or null. */
  exhausted(): TokenBudget | null {
    const tokens = this.#total !== null && this.#spent >= this.#total;
    const steps = this.#steps !== null && this.#calls >= this.#steps;
    return tokens || steps ? this : (this.#parent?.exhausted() ?? null);
  }

  /** What is used of what, in words: "1,200 of 1,000 tokens". */
  describe(): string {
    const parts = [
      ...(this.#total === null ? [] : [`${count(this.#spent)} of ${count(this.#total)} tokens`]),
      ...(this.#steps === null
        ? []
        : [`${count(this.#calls)} of ${count(this.#steps)} model calls`]),
    ];
    return parts.join(', ') || 'no limit';
  }

  child(total: number | null): TokenBudget {
    return new TokenBudget(total, this);
  }
}

function checked(value: number, what: string): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new RangeError(`A budget must be a positive number of ${what}, not ${value}.`);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
