/** A sub-agent where it was dispatched: closed, what it is and how it stands; its flow follows when open. */

import { formatReasoningForCopy } from '../../src/contracts/copy.ts';
import { describeAgent } from '../../src/contracts/partition.ts';
import type { Execution } from '../../src/contracts/records.ts';
import { formatTokens, totalTokens } from '../../src/contracts/select.ts';
import { isFailed, isTerminal, STATUS_LOOK } from '../../src/contracts/status.ts';
import { act, useScreen } from '../ui/context.ts';
import { IconButton } from '../ui/controls.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Duration, Tokens } from '../ui/figures.tsx';
import { Icon } from '../ui/icon.tsx';
import { StatusChip } from '../ui/status.tsx';
import { useChat } from './context.ts';
import type { CardEndRow, CardRow } from './rows.ts';
import { STRINGS } from './strings.ts';

export function AgentCard(props: { readonly row: CardRow }) {
  const { execution, open, warnings, progress } = props.row;
  const { execution_id, status } = execution;
  const screen = useScreen();
  const chat = useChat();
  const input = useDispatchInput(props.row);
  const { name, task } = describeAgent(execution, input);
  const live = !isTerminal(status);
  const cancelling = live && chat.cancelling.value.has(execution_id);
  const { session_id } = screen;
  return (
    <section
      class={`agent-card${open ? ' open' : ''}`}
      data-card={execution_id}
      aria-label={`${STRINGS.agent} ${name}`}
    >
      <div class="agent-head">
        <button
          type="button"
          class="agent-button"
          aria-expanded={open}
          onClick={() => chat.toggle(execution_id)}
        >
          <Icon name={open ? 'chevron-down' : 'chevron-right'} />
          <span class="agent-name">{name}</span>
          <span class="agent-task" title={task ?? undefined}>
            {task}
          </span>
          {warnings > 0 ? (
            <span class="agent-warnings" title={STRINGS.warnings(warnings)}>
              <Icon name="warning" class="tone-attention" />
              <span aria-hidden="true">{warnings}</span>
              <span class="sr-only">{STRINGS.warnings(warnings)}</span>
            </span>
          ) : null}
          <StatusChip status={status} {...(cancelling ? { label: STRINGS.cancelling } : {})} />
          <Duration
            start={execution.started_at ?? null}
            end={live ? null : (execution.finished_at ?? execution.started_at ?? null)}
            measured={live ? null : (execution.duration_ms ?? null)}
          />
          <Used execution={execution} />
        </button>
        <span class="agent-actions">
          {live ? (
            <IconButton
              icon="debug-stop"
              label={STRINGS.cancel_agent}
              disabled={cancelling}
              onClick={() => chat.cancelAgent(execution_id)}
            />
          ) : null}
          <CopyButton
            icon_only
            label={STRINGS.copy_agent}
            text={() => formatReasoningForCopy(screen.store.state.peek(), execution)}
          />
          <IconButton
            icon="list-tree"
            label={STRINGS.open_in_trace}
            onClick={() => void act(screen, 'trace.open', { session_id, execution_id })}
          />
        </span>
      </div>
      {progress ? <p class="agent-progress note">{progress}</p> : null}
      {!open && execution.error ? <Reason execution={execution} /> : null}
    </section>
  );
}

/** What is not known yet while it runs is left out; at its end that is said. */
function Used({ execution }: { readonly execution: Execution }) {
  const total = totalTokens(execution.usage);
  if (total !== null) return <span class="figure">{STRINGS.tokens(formatTokens(total))}</span>;
  return isTerminal(execution.status) ? <Tokens usage={execution.usage} /> : null;
}

/** What the dispatch asked for, where the agent's own record does not say. */
function useDispatchInput(row: CardRow): string | null {
  const { store } = useScreen();
  const id = row.dispatch?.metadata.trace_id;
  const input = row.dispatch?.metadata.input;
  if (typeof id === 'string') return store.state.value.traces.get(id)?.input ?? null;
  return typeof input === 'string' ? input : null;
}

export function CardEnd(props: { readonly row: CardEndRow }) {
  const { execution, empty } = props.row;
  if (execution.error) return <Reason execution={execution} />;
  return empty ? <p class="note">{STRINGS.no_steps}</p> : null;
}

/** Why it ended early. Cancelled is no error, and does not look like one. */
function Reason({ execution }: { readonly execution: Execution }) {
  const { label } = STATUS_LOOK[execution.status];
  return (
    <p
      class={isFailed(execution.status) ? 'agent-reason error' : 'agent-reason note'}
      data-card-end={execution.execution_id}
    >
      {label}: {execution.error}
    </p>
  );
}
