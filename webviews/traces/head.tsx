/** The header of the tree: names of the columns, a press on one sorts by it; ticks of the time. */
import type { VNode } from 'preact';
import { formatDuration } from '../../src/contracts/select.ts';
import { Edge } from './column_edge.tsx';
import { COLUMNS, type ColumnLayout, type Column as ColumnName } from './column_layout.ts';
import { useTraces } from './context.ts';
import type { Base } from './row_model.ts';
import type { SortKey } from './sorting.ts';
import { STRINGS } from './strings.ts';

const TICKS = [0, 0.25, 0.5, 0.75] as const;

/** The time that bars are drawn against, and when the session began. */
interface Axis {
  readonly session: Base;
  readonly origin: number;
}

/** What stands above each column. */
const HEADS: Readonly<Record<ColumnName, (axis: Axis) => VNode>> = {
  name: () => <SortHead key="name" column="name" label={STRINGS.name} sort="time" />,
  time: (axis) => <TimeHead key="time" {...axis} />,
  duration: () => (
    <SortHead key="duration" column="duration" label={STRINGS.duration} sort="duration" />
  ),
  self: () => <SortHead key="self" column="self" label={STRINGS.self} sort="self" />,
  tokens: () => <SortHead key="tokens" column="tokens" label={STRINGS.tokens} sort="tokens" />,
  cached: () => (
    <div key="cached" role="columnheader" class="cell-cached cell-figure" aria-colindex={6}>
      <Edge column="cached" />
      {STRINGS.cached}
    </div>
  ),
  cost: () => <SortHead key="cost" column="cost" label={STRINGS.cost} sort="cost" />,
  status: () => (
    <div key="status" role="columnheader" class="cell-status" aria-colindex={8}>
      <span class="sr-only">{STRINGS.status}</span>
    </div>
  ),
};

export function Head(props: Axis & { readonly columns: ColumnLayout }) {
  return (
    <div role="row" class="trace-row trace-head" aria-rowindex={1}>
      {COLUMNS.map((column) => (props.columns.has(column) ? HEADS[column](props) : null))}
    </div>
  );
}

function SortHead(props: {
  readonly column: ColumnName;
  readonly label: string;
  readonly sort: SortKey;
}) {
  const { view } = useTraces();
  const sorted = view.sort.value === props.sort && props.sort !== 'time';
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has the list "Sort by" above.
    <div
      role="columnheader"
      class={`cell-${props.column} ${props.column === 'name' ? '' : 'cell-figure '}sortable`}
      aria-colindex={COLUMNS.indexOf(props.column) + 1}
      title={STRINGS.sorts[props.sort]}
      aria-sort={sorted ? 'descending' : undefined}
      onClick={() => view.setSort(sorted ? 'time' : props.sort)}
    >
      <Edge column={props.column} />
      {props.label}
      {sorted ? <span class="codicon codicon-chevron-down" aria-hidden="true" /> : null}
    </div>
  );
}

/** Ticks only where all bars share one scale: each turn has its own. */
function TimeHead({ session, origin }: Axis) {
  const { view } = useTraces();
  const { start, length } = session;
  if (view.scale.value === 'turn' || !(length > 0)) {
    return (
      <div role="columnheader" class="cell-time" aria-colindex={2}>
        <Edge column="time" />
        {STRINGS.timeline_turn}
      </div>
    );
  }
  return (
    <div
      role="columnheader"
      class="cell-time time-ticks"
      aria-colindex={2}
      aria-label={STRINGS.timeline_session}
    >
      <Edge column="time" />
      {TICKS.map((at) => (
        <span key={at} style={{ left: `${at * 100}%` }} aria-hidden="true">
          {formatDuration(start - origin + length * at)}
        </span>
      ))}
    </div>
  );
}
