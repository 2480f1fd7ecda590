/** What a step was asked, what it answered, and what that took. */
import { useEffect, useState } from 'preact/hooks';
import type { Execution } from '../../src/contracts/records.ts';
import {
  formatCost,
  formatDuration,
  formatTokens,
  totalTokens,
} from '../../src/contracts/select.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { bodyOf, copyTextOf } from '../ui/body.ts';
import { BodyView } from '../ui/body_view.tsx';
import { useScreen } from '../ui/context.ts';
import { CopyButton } from '../ui/copy.tsx';
import { Icon } from '../ui/icon.tsx';
import { NEXT_STEP } from '../ui/strings.ts';
import type { Axis } from './axis.ts';
import { StepChanges } from './changes.tsx';
import type { StepRow } from './rows.ts';
import { cachedWords } from './saved.ts';
import { StepActions } from './step_actions.tsx';
import { STRINGS } from './strings.ts';

export function StepDetails(props: {
  readonly id: string;
  readonly row: StepRow;
  readonly axis: Axis;
}) {
  const { row, axis } = props;
  const { execution } = row;
  return (
    <div class="details" id={props.id}>
      <Facts row={row} axis={axis} />
      <StepActions execution={execution} />
      {execution.cached_from ? (
        <p class="cached-note">
          <Icon name="history" /> {cachedWords(execution)}.
        </p>
      ) : null}
      {execution.error ? (
        <section class="notice notice-error">
          <Icon name="error" />
          <div class="notice-body">
            <p class="reason">{execution.error}</p>
            {execution.error_kind ? (
              <p class="next-step">{NEXT_STEP[execution.error_kind]}</p>
            ) : null}
          </div>
        </section>
      ) : null}
      {execution.task ? (
        <section>
          <h3>{STRINGS.task}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
          <pre class="task" tabIndex={0}>
            {execution.task}
          </pre>
        </section>
      ) : null}
      <StepResult execution={execution} />
      <StepChanges execution_id={execution.execution_id} />
    </div>
  );
}

function Facts(props: { readonly row: StepRow; readonly axis: Axis }) {
  const { execution, totals, children } = props.row;
  const { usage } = execution;
  const tokens = (n: number | undefined): string | null =>
    n === undefined ? null : formatTokens(n);
  const facts: [label: string, text: string | null][] = [
    [STRINGS.model, execution.model ?? null],
    [STRINGS.model_calls, String(execution.model_calls)],
    [STRINGS.tool_calls, String(execution.tool_calls)],
    [
      STRINGS.started,
      execution.started_at
        ? STRINGS.started_at(formatDuration(Math.max(0, execution.started_at - props.axis.start)))
        : null,
    ],
    [STRINGS.input, tokens(usage.input_tokens)],
    [STRINGS.from_prompt_cache, tokens(usage.cache_tokens)],
    [STRINGS.to_prompt_cache, tokens(usage.cache_write_tokens)],
    [STRINGS.output, tokens(usage.output_tokens)],
    [STRINGS.reasoning, tokens(usage.reasoning_tokens)],
    [STRINGS.own_budget, budgetText(execution)],
    [STRINGS.own_cost, execution.model_calls > 0 ? formatCost(execution.cost ?? null) : null],
    [
      STRINGS.with_sub_agents,
      children > 0 && totals.model_calls > 0
        ? `${formatTokens(totalTokens(totals.usage))} · ${formatCost(totals.cost)}`
        : null,
    ],
  ];
  return (
    <dl class="facts">
      {facts.map(([label, text]) =>
        text === null ? null : (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

/** @returns what was spent of the agent's own limit, where it has one. */
function budgetText({ budget_tokens, usage }: Execution): string | null {
  if (!budget_tokens) return null;
  return STRINGS.steps_done(formatTokens(totalTokens(usage) ?? 0), formatTokens(budget_tokens));
}

function StepResult(props: { readonly execution: Execution }) {
  const { execution } = props;
  const { text, state } = useWholeResult(execution);
  const body = bodyOf(text);
  const ended = isTerminal(execution.status);
  if (body.form === 'none' || text === null) {
    // An error above already says why there is nothing.
    if (ended && execution.error) return null;
    return <p class="note">{ended ? STRINGS.no_result : STRINGS.no_result_yet}</p>;
  }
  return (
    <section>
      <div class="details-head">
        <h3>{STRINGS.result}</h3>
        <CopyButton icon_only text={() => copyTextOf(body)} />
        {state === 'loading' ? <span class="note">{STRINGS.loading_result}</span> : null}
        {state === 'preview' ? <span class="note">{STRINGS.result_preview}</span> : null}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <div class="step-result" tabIndex={0}>
        <BodyView text={text} label={STRINGS.result} />
      </div>
    </section>
  );
}

/** The result as the frame carries it; where that is a preview, the whole is asked for, once. */
function useWholeResult(execution: Execution): {
  readonly text: string | null;
  readonly state: 'whole' | 'loading' | 'preview';
} {
  const { host } = useScreen();
  const [whole, setWhole] = useState<string | null>(null);
  const [failed, setFailed] = useState(false);
  const { execution_id, result, result_truncated } = execution;
  useEffect(() => {
    if (!result_truncated) return;
    let gone = false;
    host
      .request('execution.result', { execution_id })
      .then((answer) => {
        if (!gone) setWhole(answer.result);
      })
      .catch(() => {
        if (!gone) setFailed(true);
      });
    return () => {
      gone = true;
    };
  }, [host, execution_id, result_truncated]);
  if (!result_truncated) return { text: result ?? null, state: 'whole' };
  if (whole !== null) return { text: whole, state: 'whole' };
  return { text: result ?? null, state: failed ? 'preview' : 'loading' };
}
