/** Beside the tree: everything about the row in focus. */
import { useRef } from 'preact/hooks';
import { subAgentChip } from '../../src/contracts/overview.ts';
import { formatDuration } from '../../src/contracts/select.ts';
import { IconButton, LinkButton } from '../ui/controls.tsx';
import { useFindMarks } from '../ui/find_marks.ts';
import { Icon } from '../ui/icon.tsx';
import { StatusChip } from '../ui/status.tsx';
import { Agent, AgentTabs } from './agent.tsx';
import { Call } from './call.tsx';
import { useTraces } from './context.ts';
import { useCopy } from './copying.ts';
import { kindLook } from './row_model.ts';
import { query } from './search_state.ts';
import { EXECUTION, MODEL, STAGE } from './span_table.ts';
import { Splitter } from './splitter.tsx';
import { STRINGS } from './strings.ts';
import { ROOT } from './tree_order.ts';

export function DetailsPane() {
  const { store, view } = useTraces();
  const copy = useCopy();
  const body = useRef<HTMLElement>(null);
  useFindMarks(body, query.value.trim());
  const row = view.active.value;
  const { table } = store;
  if (!view.details.value || row < 0 || row >= table.length) return null;
  const look = kindLook(table, row);
  const kind = table.kind(row);
  return (
    <>
      <Splitter />
      <aside class="trace-details" aria-label={STRINGS.details}>
        <div class="details-head">
          <Icon name={look.icon} />
          <h2 title={table.name(row)}>{table.name(row) || look.label}</h2>
          <span class="note">{look.label}</span>
          <span class="details-actions">
            <IconButton
              icon="copy"
              label={STRINGS.copy_markdown}
              onClick={() => copy(row, 'markdown')}
            />
            <IconButton icon="json" label={STRINGS.copy_json} onClick={() => copy(row, 'json')} />
            <IconButton
              icon="close"
              label={STRINGS.close_details}
              onClick={() => {
                view.details.value = false;
                view.keep();
                document.querySelector<HTMLElement>('.trace-grid')?.focus();
              }}
            />
          </span>
        </div>
        <Breadcrumbs row={row} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable. */}
        <section class="details-body" ref={body} tabIndex={0} aria-label={table.name(row)}>
          {kind < EXECUTION ? (
            <Call key={row} row={row} />
          ) : kind === EXECUTION ? (
            <Agent key={row} row={row} />
          ) : (
            <StageDetails key={row} row={row} />
          )}
        </section>
      </aside>
    </>
  );
}

/** Where the row stands: its stage and agents, each a way there. */
function Breadcrumbs(props: { readonly row: number }) {
  const { store, view } = useTraces();
  const { table } = store;
  const above: number[] = [];
  for (let at = table.order.parent(props.row); at !== ROOT; at = table.order.parent(at)) {
    above.unshift(at);
  }
  if (above.length === 0) return null;
  return (
    <nav class="breadcrumbs" aria-label={STRINGS.path}>
      {above.map((row) => (
        <span key={row}>
          <LinkButton onClick={() => view.reveal(row)}>{table.name(row)}</LinkButton>
          <Icon name="chevron-right" />
        </span>
      ))}
    </nav>
  );
}

/** A stage: one agent as it is, several side by side as tabs. */
function StageDetails(props: { readonly row: number }) {
  const { store } = useTraces();
  const { table } = store;
  const live = store.revision.value >= 0;
  const stage = table.stageRecord(props.row);
  const agents = live
    ? table.order.children(props.row).filter((row) => table.kind(row) === EXECUTION)
    : [];
  const counts = countsOf(table, props.row);
  const chip = subAgentChip(table.int('agents', props.row));
  const [only] = agents;
  return (
    <div
      class="stage"
      data-stage={table.kind(props.row) === STAGE ? table.id(props.row) : undefined}
    >
      <p class="stage-line">
        {stage ? <StatusChip status={stage.status} /> : null}
        <span class="note">{STRINGS.counts(counts.total, counts.llm, counts.mcp)}</span>
        {chip ? <span class="badge sub-agent-chip">{chip}</span> : null}
        {stage?.started_at && stage.finished_at ? (
          <span class="note figure">
            {formatDuration(Math.max(0, stage.finished_at - stage.started_at))}
          </span>
        ) : null}
      </p>
      {agents.length === 1 && only !== undefined ? (
        <Agent row={only} />
      ) : agents.length > 1 ? (
        <AgentTabs label={STRINGS.agents} rows={agents} />
      ) : null}
    </div>
  );
}

function countsOf(
  table: ReturnType<typeof useTraces>['store']['table'],
  row: number,
): { total: number; llm: number; mcp: number } {
  let llm = 0;
  const stack = [row];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (table.kind(at) === MODEL) llm++;
    for (const child of table.order.children(at)) stack.push(child);
  }
  const total = table.int('calls', row);
  return { total, llm, mcp: total - llm };
}
