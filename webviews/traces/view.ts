/** What the screen looks at: the row in focus, what is open, searched, filtered and sorted. */
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as z from 'zod/mini';
import type { ShowTarget } from '../../src/contracts/requests.ts';
import type { Host } from '../ui/host.ts';
import { STATE_VERSION } from '../ui/mount.tsx';
import { type ColumnChoice, keepColumns, keptColumns } from './column_choice.ts';
import { applyFilter, type Filter, isActive, matcher, NO_FILTER } from './filter.ts';
import { comparatorOf, SORTS, type SortKey } from './sorting.ts';
import { EXECUTION, STAGE } from './span_table.ts';
import { findTarget } from './target.ts';
import type { TraceStore } from './trace_store.ts';
import { ROOT } from './tree_order.ts';

export type Scale = 'turn' | 'session';

/** Opened and closed rows that are kept over a reload; more would only grow the kept state. */
const KEPT_ROWS = 200;

const Kept = z.looseObject({
  scale: z.enum(['turn', 'session']),
  sort: z.enum(SORTS),
  details: z.boolean(),
  critical: z.boolean(),
  split: z.number(),
  active: z.string(),
  toggled: z.record(z.string(), z.boolean()),
});

export interface View {
  /** The row in focus, or -1. */
  readonly active: ReadonlySignal<number>;
  readonly details: Signal<boolean>;
  readonly filter: ReadonlySignal<Filter>;
  /** Rows that match the filter; null while there is none. */
  readonly matches: ReadonlySignal<number | null>;
  readonly sort: ReadonlySignal<SortKey>;
  readonly scale: Signal<Scale>;
  readonly critical: Signal<boolean>;
  readonly columns: ReadonlySignal<ColumnChoice>;
  /** Share of the width that the details take, 0 to 1. */
  readonly split: Signal<number>;
  /** Changes whenever rows were opened, closed, hidden or moved. */
  readonly layout: ReadonlySignal<number>;
  /** A row to bring into view, and a number that makes each wish a new one. */
  readonly wanted: ReadonlySignal<{ readonly row: number; readonly wish: number } | null>;
  focus(row: number): void;
  /** Opens what stands above a row, focuses it and brings it into view. */
  reveal(row: number): void;
  /** The same for a hit of the search: what it opens is closed again by `giveBack`. */
  lend(row: number): void;
  giveBack(): void;
  /** The same for what another screen names. @returns what was found of it, null for nothing. */
  show(target: ShowTarget): 'exact' | 'around' | null;
  toggle(row: number, open?: boolean): void;
  toggleSiblings(row: number): void;
  openAll(open: boolean): void;
  setFilter(filter: Filter): void;
  setSort(sort: SortKey): void;
  /** @param keep false while a drag goes on. */
  setColumns(columns: ColumnChoice, keep?: boolean): void;
  /** Restores what was kept for these rows, once they are there. */
  restore(): void;
  /** Sorts what has come since; cheap while nothing has. */
  settle(): void;
  keep(): void;
}

export function createView(host: Host, store: TraceStore, session_id: string): View {
  const { table } = store;
  const kept = host.getState(Kept);
  const toggled = new Map<string, boolean>(Object.entries(kept?.toggled ?? {}));
  const active = signal(-1);
  const details = signal(kept?.details ?? false);
  const filter = signal(NO_FILTER);
  const matches = signal<number | null>(null);
  const sort = signal<SortKey>(kept?.sort ?? 'time');
  const scale = signal<Scale>(kept?.scale ?? 'turn');
  const critical = signal(kept?.critical ?? false);
  const columns = signal(keptColumns());
  const split = signal(kept?.split ?? 0.42);
  const layout = signal(0);
  const wanted = signal<{ row: number; wish: number } | null>(null);
  // What was open before a filter opened its own rows.
  let opened: Uint8Array | null = null;
  // What the search opened, unless a person has used it since.
  const lent = new Set<number>();

  const keep = (): void => {
    host.setState({
      version: STATE_VERSION,
      session_id,
      ...{
        scale: scale.peek(),
        sort: sort.peek(),
        details: details.peek(),
        critical: critical.peek(),
        split: split.peek(),
        active: table.id(active.peek()),
        toggled: Object.fromEntries([...toggled].slice(-KEPT_ROWS)),
      },
    });
  };
  const changed = (): void => {
    layout.value++;
  };
  const openFlags = (): Uint8Array => {
    const flags = new Uint8Array(table.length);
    for (let row = 0; row < table.length; row++) flags[row] = table.order.isOpen(row) ? 1 : 0;
    return flags;
  };

  return {
    active,
    details,
    filter,
    matches,
    sort,
    scale,
    critical,
    columns,
    split,
    layout,
    wanted,
    keep,
    focus(row) {
      active.value = row;
      keep();
      wanted.value = { row, wish: (wanted.peek()?.wish ?? 0) + 1 };
    },
    reveal(row) {
      table.order.reveal(row);
      changed();
      this.focus(row);
    },
    lend(row) {
      for (let at = table.order.parent(row); at !== ROOT; at = table.order.parent(at)) {
        if (!table.order.isOpen(at)) lent.add(at);
      }
      this.reveal(row);
    },
    giveBack() {
      if (lent.size === 0) return;
      for (const row of lent) table.order.setOpen(row, false);
      lent.clear();
      const at = active.peek();
      if (at >= 0 && table.order.positionOf(at) < 0) this.focus(shownAncestor(store, at));
      changed();
    },
    show(target) {
      const found = findTarget(table, target);
      if (!found) return null;
      table.order.reveal(found.row);
      // A filter that hides it would leave nothing to see.
      if (table.order.positionOf(found.row) < 0) this.setFilter(NO_FILTER);
      this.reveal(found.row);
      return found.exact ? 'exact' : 'around';
    },
    toggle(row, open) {
      if (!table.order.hasChildren(row)) return;
      const next = open ?? !table.order.isOpen(row);
      table.order.setOpen(row, next);
      lent.delete(row);
      if (opened === null) {
        toggled.delete(table.id(row));
        toggled.set(table.id(row), next);
      }
      changed();
      keep();
    },
    toggleSiblings(row) {
      for (const sibling of table.order.children(table.order.parent(row))) {
        if (table.order.hasChildren(sibling)) table.order.setOpen(sibling, true);
      }
      changed();
    },
    openAll(open) {
      const stays = (row: number): boolean =>
        open || (table.kind(row) === STAGE && table.order.parent(row) === ROOT);
      lent.clear();
      table.order.reset({ open: stays });
      const at = active.peek();
      if (at >= 0 && table.order.positionOf(at) < 0) active.value = shownAncestor(store, at);
      changed();
    },
    setFilter(next) {
      lent.clear();
      filter.value = next;
      if (!isActive(next)) {
        const before = opened;
        opened = null;
        table.accepts = null;
        matches.value = null;
        table.order.reset({
          shown: () => true,
          open: (row) => (before && row < before.length ? before[row] === 1 : isTop(store, row)),
        });
      } else {
        opened ??= openFlags();
        table.accepts = matcher(table, next, store.now());
        matches.value = applyFilter(table, table.accepts);
      }
      const at = active.peek();
      if (at >= 0 && table.order.positionOf(at) < 0) active.value = shownAncestor(store, at);
      changed();
    },
    setSort(next) {
      sort.value = next;
      table.compare = comparatorOf(table, next, store.now());
      table.unsorted = false;
      table.order.sort(table.compare ?? comparatorOf(table, 'time', 0) ?? ((a, b) => a - b));
      changed();
      keep();
    },
    setColumns(next, keep_it = true) {
      columns.value = next;
      if (keep_it) keepColumns(next);
    },
    restore() {
      const at = kept?.active ?? '';
      if (toggled.size === 0 && sort.peek() === 'time' && at === '') return;
      for (const [id, open] of toggled) {
        const row = table.rowOfExecution(id) ?? table.rowOfStage(id);
        if (row !== undefined) table.order.setOpen(row, open);
      }
      if (sort.peek() !== 'time') this.setSort(sort.peek());
      const row = table.rowOfCall(at) ?? table.rowOfExecution(at) ?? table.rowOfStage(at);
      if (row !== undefined && active.peek() < 0) this.reveal(row);
      changed();
    },
    settle() {
      if (!table.unsorted || !table.compare) return;
      table.unsorted = false;
      table.order.sort(table.compare);
      changed();
    },
  };
}

function isTop(store: TraceStore, row: number): boolean {
  const { table } = store;
  if (table.kind(row) === STAGE) return true;
  const parent = table.order.parent(row);
  return table.kind(row) === EXECUTION && (parent === ROOT || table.kind(parent) === STAGE);
}

/** The nearest row above that can be seen, or -1. */
function shownAncestor(store: TraceStore, row: number): number {
  let at = row;
  while (at !== ROOT && store.table.order.positionOf(at) < 0) at = store.table.order.parent(at);
  return at;
}
