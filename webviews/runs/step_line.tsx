/** One step or sub-agent: how it stands, when it ran, what it used; opens to its details. */
import type { Execution } from '../../src/contracts/records.ts';
import {
  formatCost,
  formatDuration,
  formatTokens,
  totalTokens,
} from '../../src/contracts/select.ts';
import { isTerminal, STATUS_LOOK } from '../../src/contracts/status.ts';
import { Duration } from '../ui/figures.tsx';
import { Icon } from '../ui/icon.tsx';
import { StatusIcon } from '../ui/status.tsx';
import { Amount } from './amount.tsx';
import { type Axis, barOf, executionEnd } from './axis.ts';
import { useRun } from './context.ts';
import { StepQuestions } from './questions.tsx';
import type { StepRow } from './rows.ts';
import { cachedWords } from './saved.ts';
import { RowAction } from './step_actions.tsx';
import { StepDetails } from './step_details.tsx';
import { STRINGS } from './strings.ts';

export function StepLine(props: {
  readonly row: StepRow;
  readonly axis: Axis;
  readonly tab_stop: boolean;
}) {
  const { row, axis } = props;
  const { execution } = row;
  const run = useRun();
  const cached = Boolean(execution.cached_from);
  const details = `details-${row.key}`;
  return (
    <>
      <button
        type="button"
        class="row-grid row-button"
        data-row={row.key}
        data-name={execution.agent_name}
        data-status={execution.status}
        tabIndex={props.tab_stop ? 0 : -1}
        aria-expanded={row.open}
        aria-controls={row.open ? details : undefined}
        onClick={() => run.toggleStep(row.key)}
      >
        <span class="cell-name">
          <Icon name={row.open ? 'chevron-down' : 'chevron-right'} />
          <StatusIcon status={execution.status} />
          <span class="name">{execution.agent_name}</span>
          {cached ? (
            <span class="cached-mark" title={cachedWords(execution)}>
              <Icon name="history" />
              {STRINGS.cached}
            </span>
          ) : null}
          {row.children > 0 ? (
            <span class="count" title={STRINGS.sub_agents(row.children)}>
              <Icon name="type-hierarchy-sub" />
              <span aria-hidden="true">{row.children}</span>
              <span class="sr-only">{STRINGS.sub_agents(row.children)}</span>
            </span>
          ) : null}
          <Words execution={execution} />
        </span>
        <Lane execution={execution} axis={axis} />
        <span class="cell-time">
          <Duration
            start={execution.started_at ?? null}
            end={executionEnd(execution)}
            measured={isTerminal(execution.status) ? (execution.duration_ms ?? null) : null}
          />
        </span>
        <Amount
          class="cell-tokens"
          word={STRINGS.tokens}
          known={!cached && totalTokens(row.totals.usage) !== null}
          text={formatTokens(totalTokens(row.totals.usage))}
        />
        <Amount
          class="cell-cost"
          word={STRINGS.cost}
          known={!cached && row.totals.cost !== null}
          text={formatCost(row.totals.cost)}
        />
      </button>
      <RowAction execution={execution} />
      <StepQuestions execution_id={execution.execution_id} />
      {row.open ? <StepDetails id={details} row={row} axis={axis} /> : null}
    </>
  );
}

/** What the step is doing, or why it stopped; a finished step needs no further word. */
function Words(props: { readonly execution: Execution }) {
  const { execution } = props;
  const { status, error, execution_id } = execution;
  const work = useRun().work.value.get(execution_id);
  if (status === 'completed') return null;
  const look = STATUS_LOOK[status];
  // Who waits for a person does nothing else, whatever it said before.
  const still = isTerminal(status) || status === 'awaiting_input';
  const words = still ? look.label : (work ?? look.label);
  return (
    <span class={`words tone-${look.tone}`}>
      {error && isTerminal(status) ? `${words}: ${firstLine(error)}` : words}
    </span>
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0] ?? '';
}

function Lane(props: { readonly execution: Execution; readonly axis: Axis }) {
  const { execution, axis } = props;
  const bar = barOf(execution, axis);
  if (!bar) return <span class="cell-lane" />;
  const look = execution.cached_from ? 'cached' : STATUS_LOOK[execution.status].tone;
  const from = formatDuration(bar.from * 1000);
  const words =
    bar.to === null
      ? STRINGS.bar_live(from)
      : STRINGS.bar(from, formatDuration((bar.to - bar.from) * 1000));
  return (
    <span class="cell-lane" title={words}>
      <span
        class={`bar bar-${look}`}
        // The right end of a live bar is the list's own `--now`, so that ticking repaints no row.
        style={{ '--from': bar.from, ...(bar.to === null ? {} : { '--to': bar.to }) }}
      />
    </span>
  );
}
