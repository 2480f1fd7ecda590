/** Shows what is spent of the budgets that agents of a run share: a line of the log for each. */
import type { TokenBudget } from '../agents/budget.ts';
import type { SharedLimit } from '../contracts/run_select.ts';
import type { LiveLine, RunJournal } from './journal.ts';

/** Changes within this time are shown together, in milliseconds. */
const GATHER_MS = 200;

interface Shown {
  readonly line: LiveLine;
  readonly budget: TokenBudget;
  readonly what: Pick<SharedLimit, 'of' | 'phase'>;
  timer: NodeJS.Timeout | null;
}

export class ShownLimits {
  readonly #journal: Pick<RunJournal, 'line'>;
  readonly #shown: Shown[] = [];

  constructor(journal: Pick<RunJournal, 'line'>) {
    this.#journal = journal;
  }

  show(budget: TokenBudget, { of, phase }: Pick<SharedLimit, 'of' | 'phase'>): void {
    const what = { of, phase };
    const line = this.#journal.line({ limit: limitOf(budget, what) });
    const shown: Shown = { line, budget, what, timer: null };
    this.#shown.push(shown);
    budget.watch(() => {
      shown.timer ??= setTimeout(() => {
        shown.timer = null;
        tell(shown, false);
      }, GATHER_MS);
    });
  }

  /** The run is over: what was spent becomes a line of its log. */
  finish(): void {
    for (const shown of this.#shown.splice(0)) {
      if (shown.timer) clearTimeout(shown.timer);
      shown.budget.watch(() => {});
      tell(shown, true);
    }
  }
}

function tell({ line, budget, what }: Shown, done: boolean): void {
  const limit = limitOf(budget, what);
  if (done) line({ limit }, words(budget, what));
  else line({ limit });
}

function limitOf(budget: TokenBudget, what: Pick<SharedLimit, 'of' | 'phase'>): SharedLimit {
  const { total: tokens, steps, calls: spent_steps } = budget;
  return { ...what, tokens, steps, spent_tokens: budget.spent(), spent_steps };
}

function words(budget: TokenBudget, { of, phase }: Pick<SharedLimit, 'of' | 'phase'>): string {
  const place = phase === null ? '' : ` in phase "${phase}"`;
  const whose = of === 'phase' ? `phase "${phase}"` : `parallel()${place}`;
  return `Budget of ${whose}: ${budget.describe()}`;
}
