/**
 * An agent: its metadata, its calls, then its sub-agents as tabs. Agents side by side and
 * sub-agents are the same tabs.
 */
import { useState } from 'preact/hooks';
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { Collapsible } from '../ui/collapsible.tsx';
import { StatusIcon } from '../ui/status.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { Call } from './call.tsx';
import { useTraces } from './context.ts';
import { executionFacts, Facts } from './facts.tsx';
import { durationText, kindLook } from './row_model.ts';
import { EXECUTION } from './span_table.ts';
import { STRINGS } from './strings.ts';

const PAGE = 25;

export function Agent(props: { readonly row: number }) {
  const { store } = useTraces();
  const { table } = store;
  const live = store.revision.value >= 0;
  const execution = table.executionRecord(props.row);
  const children = live ? table.order.children(props.row) : [];
  const calls = children.filter((row) => table.kind(row) < EXECUTION);
  const subs = children.filter((row) => table.kind(row) === EXECUTION);
  return (
    <div class="agent" data-execution={table.id(props.row)}>
      {execution ? (
        <Facts facts={executionFacts(table, props.row, execution, store.now())} />
      ) : null}
      <Calls key={props.row} rows={calls} />
      {subs.length > 0 ? (
        <section class="sub-agents" aria-label={STRINGS.sub_agents}>
          <h3>{STRINGS.sub_agents}</h3>
          <AgentTabs label={STRINGS.sub_agents} rows={subs} />
        </section>
      ) : null}
    </div>
  );
}

export function AgentTabs(props: { readonly label: string; readonly rows: readonly number[] }) {
  const { store } = useTraces();
  const { table } = store;
  const [selected, select] = useState('');
  const rows = [...props.rows].sort(
    (a, b) =>
      (table.executionRecord(a)?.agent_index ?? 0) - (table.executionRecord(b)?.agent_index ?? 0) ||
      a - b,
  );
  return (
    <Tabs
      label={props.label}
      selected={selected === '' ? table.id(rows[0] ?? 0) : selected}
      onSelect={select}
      tabs={rows.map((row) => ({
        key: table.id(row),
        title: (
          <span class="agent-tab">
            <StatusIcon status={table.outcome(row)} />
            {table.name(row)}
            <span class="note">{table.int('calls', row)}</span>
          </span>
        ),
        content: () => <Agent key={row} row={row} />,
      }))}
    />
  );
}

function Calls(props: { readonly rows: readonly number[] }) {
  const { store } = useTraces();
  const { table } = store;
  const [limit, setLimit] = useState(PAGE);
  if (props.rows.length === 0) return null;
  const rest = props.rows.length - limit;
  return (
    <section aria-label={STRINGS.interactions}>
      <h3>
        {STRINGS.interactions} <span class="note">{props.rows.length}</span>
      </h3>
      {props.rows.slice(0, limit).map((row) => {
        const outcome = table.outcome(row);
        return (
          <Collapsible
            key={row}
            level={4}
            initially_open={false}
            title={
              <span class={`call-title tone-${STATUS_LOOK[outcome].tone}`}>
                <span class={`codicon codicon-${kindLook(table, row).icon}`} aria-hidden="true" />
                {table.name(row)} <StatusIcon status={outcome} />
                <span class="note figure">{durationText(table, row, store.now())}</span>
              </span>
            }
          >
            <Call row={row} brief />
          </Collapsible>
        );
      })}
      {rest > 0 ? (
        <button type="button" class="link-button" onClick={() => setLimit(limit * 4)}>
          {STRINGS.more_calls(Math.min(rest, limit * 3))}
        </button>
      ) : null}
    </section>
  );
}
