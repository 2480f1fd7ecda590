/** The heading of a phase: opens and closes its steps, and sums up what they took. */
import { formatCost, formatTokens, totalTokens } from '../../src/contracts/select.ts';
import { Duration } from '../ui/figures.tsx';
import { Icon } from '../ui/icon.tsx';
import { StatusIcon } from '../ui/status.tsx';
import { Amount } from './amount.tsx';
import type { Axis } from './axis.ts';
import { useRun } from './context.ts';
import type { PhaseRow, Span } from './rows.ts';
import { STRINGS } from './strings.ts';

export function PhaseLine(props: {
  readonly row: PhaseRow;
  readonly axis: Axis;
  readonly tab_stop: boolean;
}) {
  const { row } = props;
  const run = useRun();
  const { stage, span, totals } = row;
  const empty = run.ended.value ? STRINGS.no_steps_here : STRINGS.no_steps_yet;
  const title = stage?.title ?? STRINGS.no_phase;
  return (
    <h2 class="phase-line">
      <button
        type="button"
        class="row-grid row-button"
        data-row={row.key}
        data-name={title}
        tabIndex={props.tab_stop ? 0 : -1}
        aria-expanded={row.open}
        onClick={() => run.togglePhase(row.key)}
      >
        <span class="cell-name">
          <Icon name={row.open ? 'chevron-down' : 'chevron-right'} />
          {stage && row.status ? <StatusIcon status={row.status} /> : null}
          <span class="name">{title}</span>
          <span class="aside">
            {row.steps === 0 ? empty : STRINGS.phase_progress(row.done, row.steps)}
          </span>
          {row.budget === null ? null : (
            <span class="aside">
              {STRINGS.tokens_of(
                formatTokens(totalTokens(totals.usage) ?? 0),
                formatTokens(row.budget),
              )}
            </span>
          )}
          {row.failed > 0 ? (
            <span class="aside tone-error">{STRINGS.failed_steps(row.failed)}</span>
          ) : null}
        </span>
        <PhaseLane span={span} axis={props.axis} />
        <span class="cell-time">
          {span ? <Duration start={span.start} end={span.end} /> : null}
        </span>
        <Amount
          class="cell-tokens"
          word={STRINGS.tokens}
          known={totals.model_calls > 0 && totalTokens(totals.usage) !== null}
          text={formatTokens(totalTokens(totals.usage))}
          quiet
        />
        <Amount
          class="cell-cost"
          word={STRINGS.cost}
          known={totals.model_calls > 0 && totals.cost !== null}
          text={formatCost(totals.cost)}
          quiet
        />
      </button>
    </h2>
  );
}

/** A thin line over the phase's whole time, above the bars of its steps. */
function PhaseLane(props: { readonly span: Span | null; readonly axis: Axis }) {
  const { span, axis } = props;
  if (!span) return <span class="cell-lane" />;
  const from = Math.max(0, (span.start - axis.start) / 1000);
  const to = span.end === null ? {} : { '--to': Math.max(0, (span.end - axis.start) / 1000) };
  return (
    <span class="cell-lane">
      <span class="bar bar-phase" style={{ '--from': from, ...to }} />
    </span>
  );
}
