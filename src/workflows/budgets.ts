/** The budgets of one run: the run's own, and those that `parallel` and `phase` share among agents. */
import { type Limit, TokenBudget } from '../agents/budget.ts';

export class RunBudgets {
  readonly run: TokenBudget;
  /** By the script (0 is the run's own, others are nested workflows) and its number there. */
  readonly #shared = new Map<string, TokenBudget>();

  /** @param limit the caller's. @throws RangeError unless positive and finite. */
  constructor(limit: Limit) {
    this.run = new TokenBudget(null);
    this.run.tighten(limit);
  }

  /** Opens a shared budget inside of another. */
  open(realm: number, scope: number, parent: number, limit: Limit): TokenBudget {
    const budget = this.of(realm, parent).child(null);
    budget.tighten(limit);
    this.#shared.set(`${realm}:${scope}`, budget);
    return budget;
  }

  /** @returns the budget of that number; an unknown number means the run's. */
  of(realm: number, scope: number): TokenBudget {
    return this.#shared.get(`${realm}:${scope}`) ?? this.#shared.get(`${realm}:0`) ?? this.run;
  }

  /** A nested workflow spends from the budget around its call. */
  nest(realm: number, around: TokenBudget): void {
    this.#shared.set(`${realm}:0`, around.child(null));
  }

  /** An agent's own budget inside of a shared one. */
  forAgent(around: TokenBudget, limit: number | Limit | undefined): TokenBudget {
    const budget = around.child(null);
    if (limit !== undefined) budget.tighten(typeof limit === 'number' ? { tokens: limit } : limit);
    return budget;
  }

  spending(): { spent: number; total: number | null } {
    return { spent: this.run.spent(), total: this.run.total };
  }
}
