/** Above the tree: what is shown, search with its hits, filters, order, and what can be taken along. */
import { useEffect, useState } from 'preact/hooks';
import { OUTCOMES } from '../../src/contracts/columns.ts';
import { formatCost, formatDuration, formatTokens } from '../../src/contracts/select.ts';
import { type Outcome, STATUS_LOOK } from '../../src/contracts/status.ts';
import { IconButton } from '../ui/controls.tsx';
import { useFindKey } from '../ui/find_key.ts';
import { SHORTEST } from '../ui/find_marks.ts';
import { Icon } from '../ui/icon.tsx';
import { SearchField } from '../ui/search_field.tsx';
import { StatusChip } from '../ui/status.tsx';
import { ColumnList } from './column_list.tsx';
import { useTraces } from './context.ts';
import { useCopy } from './copying.ts';
import { agentOf, isActive, MODEL_CALLS, NO_FILTER, namesOf } from './filter.ts';
import { toError, toStage } from './grid_keys.ts';
import { explained } from './marks.ts';
import { said, say } from './saying.ts';
import { bodies, hits, query, search, standing, step } from './search_state.ts';
import { Select } from './select.tsx';
import { SORTS, type SortKey } from './sorting.ts';
import { STRINGS } from './strings.ts';
import { ROOT } from './tree_order.ts';

const DURATIONS = [100, 1_000, 10_000, 60_000] as const;

export function Toolbar(props: { readonly empty: boolean }) {
  return (
    <header class="trace-toolbar">
      <div class="trace-top">
        <Summary />
        <Said />
        {props.empty ? null : <Actions />}
      </div>
      {props.empty ? null : (
        <div class="trace-tools">
          <TraceSearch />
          <Filters />
          <Orders />
        </div>
      )}
      <FilterNote />
    </header>
  );
}

function Said() {
  const word = said.value;
  if (!word) return null;
  return (
    <span class={word.failed ? 'said-word failed' : 'said-word'} aria-hidden="true">
      <Icon name={word.failed ? 'error' : 'check'} />
      {word.text}
    </span>
  );
}

function Summary() {
  const { store, from_file } = useTraces();
  const session = store.session.value;
  const sums = store.revision.value >= 0 ? totalsOf(store) : null;
  if (!session || !sums) return null;
  const whole = [
    STRINGS.calls(sums.calls),
    ...(sums.reported > 0
      ? [`${formatTokens(sums.input)} in / ${formatTokens(sums.output)} out`]
      : []),
    ...(sums.calls > 0 ? [formatCost(sums.priced > 0 ? sums.cost : null)] : []),
    ...(session.started_at && session.finished_at
      ? [formatDuration(Math.max(0, session.finished_at - session.started_at))]
      : []),
  ];
  return (
    <div class="trace-summary">
      <h1>{session.title}</h1>
      <StatusChip status={session.status} />
      <span class="note figure">{whole.join(' · ')}</span>
      {sums.errors > 0 ? (
        <span class="badge badge-error">{STRINGS.errors(sums.errors)}</span>
      ) : null}
      {from_file ? (
        <span class="badge" title={STRINGS.file_title}>
          {STRINGS.file}
        </span>
      ) : null}
      {session.simulated ? <span class="badge">{STRINGS.simulated}</span> : null}
    </div>
  );
}

function totalsOf({ table }: ReturnType<typeof useTraces>['store']) {
  const roots = table.order.children(ROOT);
  const int = (name: 'calls' | 'errors' | 'reported' | 'priced'): number =>
    roots.reduce((n, row) => n + table.int(name, row), 0);
  const float = (name: 'sum_input' | 'sum_output' | 'sum_cost'): number =>
    roots.reduce((n, row) => n + table.float(name, row), 0);
  return {
    calls: int('calls'),
    errors: int('errors'),
    reported: int('reported'),
    priced: int('priced'),
    input: float('sum_input'),
    output: float('sum_output'),
    cost: float('sum_cost'),
  };
}

function TraceSearch() {
  const context = useTraces();
  const text = query.value;
  useFindKey(() => document.querySelector<HTMLInputElement>('#trace-search')?.select());
  return (
    <SearchField
      id="trace-search"
      label={STRINGS.search}
      text={text}
      standing={standing.value}
      found={hits.value.size}
      searching={text.trim().length >= SHORTEST}
      mark={bodies.value === 'asking' ? ' …' : bodies.value === 'cut' ? ' *' : ''}
      mark_title={bodies.value === 'cut' ? STRINGS.search_cut : undefined}
      onText={(next) => search(context, next)}
      onStep={(by) => step(context, by)}
      onLeave={() => {
        search(context, '');
        document.querySelector<HTMLElement>('.trace-grid')?.focus();
      }}
    />
  );
}

function Filters() {
  const { store, view } = useTraces();
  const filter = view.filter.value;
  const { table } = store;
  // Read so that new names are listed as rows come.
  const live = store.revision.value >= 0;
  const tools = useNames(live ? table.tool_names : NO_NAMES, filter.tool);
  // Of many agents, the one in focus can still be chosen.
  const focused = view.active.value >= 0 ? agentOf(table, view.active.value) : '';
  const agents = useNames(live ? table.agent_names : NO_NAMES, filter.agent || focused);
  return (
    <>
      <Select
        label={STRINGS.filter_tool}
        value={filter.tool}
        options={[
          { value: '', label: STRINGS.all_calls },
          { value: MODEL_CALLS, label: STRINGS.model_calls },
          ...tools.map((name) => ({ value: name, label: name })),
        ]}
        onChange={(tool) => view.setFilter({ ...filter, tool })}
      />
      <Select
        label={STRINGS.filter_outcome}
        value={filter.outcome}
        options={[
          { value: '', label: STRINGS.all_outcomes },
          ...OUTCOMES.map((o) => ({ value: o, label: STATUS_LOOK[o].label })),
        ]}
        onChange={(value) => view.setFilter({ ...filter, outcome: outcomeOf(value) })}
      />
      <Select
        label={STRINGS.filter_agent}
        value={filter.agent}
        options={[
          { value: '', label: STRINGS.all_agents },
          ...agents.map((name) => ({ value: name, label: name })),
        ]}
        onChange={(agent) => view.setFilter({ ...filter, agent })}
      />
      <Select
        label={STRINGS.filter_duration}
        value={String(filter.min_ms)}
        options={[
          { value: '0', label: STRINGS.any_duration },
          ...DURATIONS.map((ms) => ({
            value: String(ms),
            label: STRINGS.longer(formatDuration(ms)),
          })),
        ]}
        onChange={(value) => view.setFilter({ ...filter, min_ms: Number(value) })}
      />
    </>
  );
}

const NO_NAMES: ReadonlySet<string> = new Set();

const LISTED_AFTER_MS = 100;

/** Listed after the paint: whoever looks at a trace first wants to see its rows. */
function useNames(names: ReadonlySet<string>, also: string): readonly string[] {
  const [listed, list] = useState<readonly string[]>(also === '' ? [] : [also]);
  // A set only grows: its size says whether it has changed.
  const count = names.size;
  useEffect(() => {
    const timer = setTimeout(() => list(namesOf(names, also)), count > 0 ? LISTED_AFTER_MS : 0);
    return () => clearTimeout(timer);
  }, [names, count, also]);
  return listed;
}

function outcomeOf(value: string): Outcome | '' {
  return OUTCOMES.find((o) => o === value) ?? '';
}

function Orders() {
  const { view } = useTraces();
  return (
    <>
      <Select
        label={STRINGS.sort}
        value={view.sort.value}
        options={SORTS.map((value) => ({ value, label: STRINGS.sorts[value] }))}
        onChange={(value) => view.setSort(sortOf(value))}
      />
      <Select
        label={STRINGS.scale}
        value={view.scale.value}
        options={(['turn', 'session'] as const).map((value) => ({
          value,
          label: STRINGS.scales[value],
        }))}
        onChange={(value) => {
          view.scale.value = value === 'session' ? 'session' : 'turn';
          view.keep();
        }}
      />
      <button
        type="button"
        class="toggle-button"
        aria-pressed={view.critical.value}
        title={STRINGS.critical_title}
        onClick={() => {
          view.critical.value = !view.critical.peek();
          view.keep();
        }}
      >
        <Icon name="flame" />
        {STRINGS.critical}
        {view.critical.value ? <Share value={explained.value} /> : null}
      </button>
    </>
  );
}

/** Its place is there before its figure, which must not push the tree down. */
function Share(props: { readonly value: number | null }) {
  if (props.value === null) return <span class="note figure critical-share" />;
  const percent = `${Math.round(props.value * 100)}%`;
  return (
    <span class="note figure critical-share" title={STRINGS.critical_share(percent)}>
      {percent}
    </span>
  );
}

function sortOf(value: string): SortKey {
  return SORTS.find((s) => s === value) ?? 'time';
}

function Actions() {
  const { host, store, view, session_id, from_file } = useTraces();
  const copy = useCopy();
  const keys = { table: store.table, view, say, no_error: STRINGS.no_error };
  const moves = { ...keys, page: 1, openDetails: () => {}, closeDetails: () => {}, copy: () => {} };
  return (
    <div class="trace-actions">
      <IconButton icon="warning" label={STRINGS.next_error} onClick={() => toError(moves, 1)} />
      <IconButton
        icon="chevron-up"
        label={STRINGS.previous_stage}
        onClick={() => toStage(moves, -1)}
      />
      <IconButton
        icon="chevron-down"
        label={STRINGS.next_stage}
        onClick={() => toStage(moves, 1)}
      />
      <IconButton icon="expand-all" label={STRINGS.open_all} onClick={() => view.openAll(true)} />
      <IconButton
        icon="collapse-all"
        label={STRINGS.close_all}
        onClick={() => view.openAll(false)}
      />
      <ColumnList />
      <IconButton icon="copy" label={STRINGS.copy_flow} onClick={() => copy(-1, 'markdown')} />
      <IconButton icon="json" label={STRINGS.copy_flow_json} onClick={() => copy(-1, 'json')} />
      {from_file ? null : (
        <IconButton
          icon="export"
          label={STRINGS.export_otlp}
          onClick={() => {
            host.request('trace.export', { session_id, content: false }).catch((error: unknown) => {
              say(error instanceof Error ? error.message : String(error), true);
            });
          }}
        />
      )}
    </div>
  );
}

function FilterNote() {
  const { store, view } = useTraces();
  const matches = view.matches.value;
  if (matches === null || !isActive(view.filter.value)) return null;
  return (
    <p class="note filter-note" role="status">
      {STRINGS.showing(matches, store.table.length)}{' '}
      <button type="button" class="link-button" onClick={() => view.setFilter(NO_FILTER)}>
        {STRINGS.clear_filter}
      </button>
    </p>
  );
}
