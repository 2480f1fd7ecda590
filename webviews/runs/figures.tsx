/** What the run took so far: time, steps, tokens against its budget, cost, and its history. */
import type { ComponentChildren } from 'preact';
import type { Session } from '../../src/contracts/records.ts';
import { allExecutions, formatTokens, totals, totalTokens } from '../../src/contracts/select.ts';
import { isFailed, isTerminal } from '../../src/contracts/status.ts';
import { useScreen } from '../ui/context.ts';
import { CacheShare, Cost, Duration, Tokens } from '../ui/figures.tsx';
import { endOf } from './axis.ts';
import { Meter } from './budgets.tsx';
import { History } from './history.tsx';
import { savedText } from './saved.ts';
import { STRINGS } from './strings.ts';

export function Figures(props: { readonly session: Session }) {
  const { session } = props;
  const { store } = useScreen();
  const state = store.state.value;
  const sum = totals(allExecutions(state));
  const steps = Object.values(state.top.executions);
  const failed = steps.filter((e) => isFailed(e.status)).length;
  const waiting = steps.filter((e) => e.status === 'pending').length;
  const saved = savedText(steps);
  // Before the first model call there is nothing that a provider could have reported.
  const asked = sum.model_calls > 0;
  return (
    <dl class="figures" aria-label={STRINGS.run_figures}>
      <Figure label={STRINGS.elapsed}>
        <Duration start={session.started_at ?? null} end={endOf(session)} />
      </Figure>
      <Figure label={STRINGS.steps}>
        <span class="figure">
          {steps.length === 0
            ? '–'
            : STRINGS.steps_done(steps.filter((e) => isTerminal(e.status)).length, steps.length)}
        </span>
        {sum.cached_steps > 0 ? (
          <span class="aside tone-cached" title={saved === '' ? undefined : STRINGS.saved(saved)}>
            {STRINGS.reused_steps(sum.cached_steps)}
          </span>
        ) : null}
        {waiting > 0 ? <span class="aside">{STRINGS.waiting_steps(waiting)}</span> : null}
        {failed > 0 ? <span class="aside tone-error">{STRINGS.failed_steps(failed)}</span> : null}
      </Figure>
      <Figure label={STRINGS.tokens}>
        {asked ? <Tokens usage={sum.usage} /> : <span class="figure unknown">–</span>}
        {session.budget_tokens ? (
          <Budget spent={totalTokens(sum.usage) ?? 0} limit={session.budget_tokens} />
        ) : null}
        {session.budget_steps ? (
          <span class="aside">{STRINGS.model_calls_of(sum.model_calls, session.budget_steps)}</span>
        ) : null}
        <CacheShare usage={sum.usage} />
      </Figure>
      <Figure label={STRINGS.cost}>
        {asked ? <Cost cost={sum.cost} /> : <span class="figure unknown">–</span>}
        {saved === '' ? null : <span class="aside tone-cached">{STRINGS.saved(saved)}</span>}
      </Figure>
      <History session={session} />
    </dl>
  );
}

function Figure(props: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function Budget(props: { readonly spent: number; readonly limit: number }) {
  return (
    <>
      <span class="aside">{STRINGS.budget(formatTokens(props.limit))}</span>
      <Meter label={STRINGS.budget_spent} {...props} />
    </>
  );
}
