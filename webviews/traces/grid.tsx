/**
 * The tree as a grid. Rows have one height, so the rows in view follow from the scroll position
 * by division; nothing is measured, and the page holds only the rows in view. The grid keeps the
 * focus and names its active row, so that focus survives rows that come, go and scroll away.
 * A table element cannot do that, nor be a tree; biome.json allows the roles on these files.
 */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { COLUMNS, type ColumnLayout, layOut, placed, rulesOf } from './column_layout.ts';
import { useTraces } from './context.ts';
import { useCopy } from './copying.ts';
import { handleGridKey } from './grid_keys.ts';
import { Head } from './head.tsx';
import { useMarks } from './marks.ts';
import type { Base } from './row_model.ts';
import { ROW_PX } from './row_view.ts';
import { RowWindow } from './row_window.ts';
import { sampleTable } from './sample.ts';
import { say } from './saying.ts';
import { hits } from './search_state.ts';
import { hasLive, sessionBase } from './session_time.ts';
import type { SpanTable } from './span_table.ts';
import { STRINGS } from './strings.ts';
import type { TimeRange } from './time_range.ts';
import { ROOT } from './tree_order.ts';

/** Of the head, which stays in view above the rows. */
const HEAD_PX = 24;
const OVERSCAN = 4;
const TICK_MS = 1_000;
const REST_MS = 100;
const SAMPLE = sampleTable(60);

export function Grid() {
  const { store, view } = useTraces();
  const waits = store.session.value === null;
  const table = waits ? SAMPLE : store.table;
  const scroller = useRef<HTMLDivElement>(null);
  const container = useRef<HTMLDivElement>(null);
  const drawn = useMemo(() => new RowWindow(), []);
  const [{ height, width }, setSize] = useState({ height: 600, width: 960 });
  const columns = useColumns(width);
  const now = useTick();
  const copy = useCopy();
  const live = store.revision.value >= 0 && view.layout.value >= 0;
  view.settle();

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = (): void =>
      setSize({ height: element.clientHeight - HEAD_PX, width: element.clientWidth });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useScrollTo(scroller, height);
  const { top, onScroll } = useScrollTop(scroller, height);

  const page = Math.max(1, Math.floor(height / ROW_PX));
  const at = Math.floor(top / ROW_PX);
  const beyond = useOverscan(at, page);
  const first = Math.max(0, at - beyond);
  const last = Math.min(table.order.visible, at + page + beyond + 1);
  const rows: number[] = [];
  for (let position = first; live && position < last; position++) {
    rows.push(table.order.rowAt(position));
  }
  const active = view.active.value;
  const whole = sessionBase(table, now);
  const session = view.scale.value === 'session' ? cutTo(whole, view.filter.value.range) : whole;
  const marks = useMarks(now);
  const found = hits.value;
  useLayoutEffect(() => {
    if (!container.current) return;
    const shown = rows.map((row, i) => ({
      ...{ table, row, position: first + i, depth: depthOf(table, row), active: row === active },
      ...{ hit: found.has(row), on_path: marks.path.has(row), slow: marks.slow.has(row) },
      ...{ scale: view.scale.value, session, now, columns },
    }));
    drawn.show(container.current, first, shown);
  });
  const openDetails = (): void => {
    view.details.value = true;
    view.keep();
  };
  const keys = {
    table,
    view,
    page,
    openDetails,
    closeDetails: () => {
      view.details.value = false;
      view.keep();
    },
    copy: (form: 'markdown' | 'json') => copy(view.active.peek(), form),
    say,
    no_error: STRINGS.no_error,
  };
  const pressed = useRef<Aim | null>(null);
  const press = (event: MouseEvent): void => {
    // What is meant is what was under the pointer when it went down: rows may have moved since.
    const aim = pressed.current?.near(event) ? pressed.current : aimOf(event);
    pressed.current = null;
    if (aim.row < 0) return;
    view.focus(aim.row);
    if (aim.toggles) view.toggle(aim.row);
    else openDetails();
  };

  return (
    <div
      role="treegrid"
      class="trace-grid"
      aria-label={STRINGS.tree}
      aria-rowcount={waits ? 1 : table.order.visible + 1}
      aria-colcount={COLUMNS.length}
      aria-activedescendant={active >= 0 && rows.includes(active) ? `row-${active}` : undefined}
      tabIndex={0}
      ref={scroller}
      onScroll={(event) => onScroll(event.currentTarget.scrollTop)}
      onFocus={() => {
        // A press is about to choose a row itself.
        if (pressed.current || view.active.peek() >= 0 || table.order.visible === 0) return;
        view.focus(table.order.rowAt(first));
      }}
      onBlur={() => {
        pressed.current = null;
      }}
      onKeyDown={(event) => {
        if (handleGridKey(event, keys)) event.preventDefault();
      }}
    >
      <Head session={session} origin={whole.start} columns={columns} />
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the grid handles the keys of all its rows. */}
      <div
        role="rowgroup"
        class="trace-rows"
        onPointerDown={(event) => {
          pressed.current = event.button === 0 ? aimOf(event) : null;
        }}
        onClick={press}
      >
        <div
          role="none"
          class="trace-extent"
          style={{ height: `${waits ? 0 : table.order.visible * ROW_PX}px` }}
        >
          <div role="none" class="trace-window" aria-hidden={waits || undefined} ref={container} />
        </div>
      </div>
    </div>
  );
}

/** The row that is pointed at, and whether at its arrow; -1 beside all rows. */
interface Aim {
  readonly row: number;
  readonly toggles: boolean;
  /** Whether a press that began there ends there. */
  near(event: MouseEvent): boolean;
}

function aimOf(from: MouseEvent): Aim {
  const target = from.target instanceof Element ? from.target : null;
  return {
    row: Number(target?.closest<HTMLElement>('[data-row]')?.dataset.row ?? -1),
    toggles: target?.closest('[data-toggle]') != null,
    near: (event) =>
      Math.hypot(event.clientX - from.clientX, event.clientY - from.clientY) < ROW_PX / 2,
  };
}

/** Where the columns stand in a tree of this width; their rules are in force before a paint. */
function useColumns(width: number): ColumnLayout {
  const { view } = useTraces();
  const choice = view.columns.value;
  const sheet = useMemo(() => {
    const made = new CSSStyleSheet();
    document.adoptedStyleSheets.push(made);
    return made;
  }, []);
  const columns = useMemo(() => layOut(width, choice), [width, choice]);
  useLayoutEffect(() => sheet.replaceSync(rulesOf(columns)), [sheet, columns]);
  useEffect(() => {
    placed.value = columns;
  }, [columns]);
  return columns;
}

/** The host's time, renewed each second while something runs. */
function useTick(): number {
  const { store } = useTraces();
  const [, tick] = useState(0);
  const live = hasLive(store.table) && store.revision.value >= 0;
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => tick((n) => n + 1), TICK_MS);
    return () => clearInterval(timer);
  }, [live]);
  return store.now();
}

/** Brings the wanted row into view, once per wish. */
function useScrollTo(scroller: { readonly current: HTMLDivElement | null }, height: number): void {
  const { store, view } = useTraces();
  const wanted = view.wanted.value;
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !wanted) return;
    const position = store.table.order.positionOf(wanted.row);
    if (position < 0) return;
    const y = position * ROW_PX;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + ROW_PX > element.scrollTop + height) element.scrollTop = y + ROW_PX - height;
  }, [wanted, height, store, scroller]);
}

/**
 * Where the rows are scrolled to: as the user left it, or at the end while rows arrive and the end
 * is what was looked at. The place is known before the rows are made, so they are made once.
 */
function useScrollTop(
  scroller: { readonly current: HTMLDivElement | null },
  height: number,
): { readonly top: number; readonly onScroll: (top: number) => void } {
  const { store } = useTraces();
  const [, redraw] = useState(0);
  const place = useRef({ top: 0, total: 0 });
  const total = store.table.order.visible * ROW_PX;
  const before = place.current;
  const at_end = before.total > height && before.top + height >= before.total - ROW_PX;
  const follows = at_end && total > before.total;
  const top = follows ? total - height : before.top;
  place.current = { top, total };
  useLayoutEffect(() => {
    if (follows && scroller.current) scroller.current.scrollTop = top;
  });
  const onScroll = (next: number): void => {
    if (next === place.current.top) return;
    place.current = { ...place.current, top: next };
    redraw((n) => n + 1);
  };
  return { top, onScroll };
}

/**
 * Rows beyond those in view. Where nothing stays in view, as after a jump, they are left for when
 * the scrolling rests: the page is there sooner by what they would cost.
 */
function useOverscan(at: number, page: number): number {
  const before = useRef(at);
  const [, complete] = useState(0);
  const far = Math.abs(at - before.current) >= page;
  before.current = at;
  useLayoutEffect(() => {
    if (!far) return;
    const later = setTimeout(() => complete((n) => n + 1), REST_MS);
    return () => clearTimeout(later);
  });
  return far ? 0 : OVERSCAN;
}

/** Bars fill the column with the time that is selected. */
function cutTo(whole: Base, range: TimeRange | null): Base {
  if (!range) return whole;
  const start = Math.max(whole.start, range.from);
  return { start, length: Math.min(whole.start + whole.length, range.to) - start };
}

function depthOf(table: SpanTable, row: number): number {
  let depth = 0;
  for (let at = table.order.parent(row); at !== ROOT; at = table.order.parent(at)) depth++;
  return depth;
}
