/** What is spent of the budgets that agents share: of phases, and of `parallel` with a limit. */
import { type SharedLimit, sharedLimits } from '../../src/contracts/run_select.ts';
import { formatTokens } from '../../src/contracts/select.ts';
import { Collapsible } from '../ui/collapsible.tsx';
import { useScreen } from '../ui/context.ts';
import { STRINGS } from './strings.ts';

/** Past this share of the budget the bar asks for attention. */
const NEARLY = 0.8;

/** A small bar: how much of a limit is spent. */
export function Meter(props: {
  readonly label: string;
  readonly spent: number;
  readonly limit: number;
}) {
  const { label, spent, limit } = props;
  const share = Math.min(1, spent / limit);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native meter cannot wear the theme's colours.
    <span
      class={`meter ${share === 1 ? 'meter-full' : share >= NEARLY ? 'meter-high' : ''}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={limit}
      aria-valuenow={Math.min(spent, limit)}
      title={`${label}: ${Math.round(share * 100)}%`}
    >
      <span style={{ width: `${share * 100}%` }} />
    </span>
  );
}

export function Budgets() {
  const { store } = useScreen();
  const limits = sharedLimits(store.state.value);
  if (limits.length === 0) return null;
  return (
    <Collapsible
      title={
        <>
          {STRINGS.budgets}
          <span class="aside">{limits.length}</span>
        </>
      }
    >
      <ul class="budgets">
        {limits.map((limit, index) => (
          <Line key={index} limit={limit} />
        ))}
      </ul>
    </Collapsible>
  );
}

function Line({ limit }: { readonly limit: SharedLimit }) {
  const { tokens, steps, spent_tokens, spent_steps } = limit;
  const name = STRINGS.budget_of[limit.of](limit.phase);
  const label = `${STRINGS.budget_spent}, ${name}`;
  return (
    <li>
      <span class="budget-name">{name}</span>
      {tokens === null ? null : (
        <span class="budget-tokens">
          <Meter label={`${label}, ${STRINGS.tokens}`} spent={spent_tokens} limit={tokens} />
          {STRINGS.tokens_of(formatTokens(spent_tokens), formatTokens(tokens))}
        </span>
      )}
      {steps === null ? null : (
        <span class="budget-calls">
          <Meter label={`${label}, ${STRINGS.model_calls}`} spent={spent_steps} limit={steps} />
          {STRINGS.model_calls_of(spent_steps, steps)}
        </span>
      )}
    </li>
  );
}
