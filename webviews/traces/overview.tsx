/**
 * Above the tree: when how many calls were at work, with errors marked, and a time range to select
 * by drag or by keys; the tree then shows what was at work in it. Drawn a few times a second at
 * most, from counts that are kept as calls come: it costs a frame nothing.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatDuration } from '../../src/contracts/select.ts';
import { useTraces } from './context.ts';
import { HIGH, type OverviewPaths, PIECES, pathsOf } from './overview_paths.ts';
import type { Base } from './row_model.ts';
import { hasLive, sessionBase } from './session_time.ts';
import { STRINGS } from './strings.ts';
import {
  between,
  moved,
  panned,
  rangeOf,
  type Selection,
  selectionOf,
  WHOLE,
} from './time_range.ts';

/** Between two drawings, while calls come and while only time passes. */
const DRAWN_MS = 250;
const TICK_MS = 1_000;
/** A press that moves by less is no drag. */
const DRAG_PX = 3;

interface Drawing extends OverviewPaths {
  readonly base: Base;
}
const NOTHING: Drawing = { model: '', tool: '', errors: '', base: { start: 0, length: 0 } };

export function Overview() {
  const { view } = useTraces();
  const { model, tool, errors, base } = useDrawing();
  const [dragged, drag] = useState<Selection | null>(null);
  const { range } = view.filter.value;
  const selection = dragged ?? selectionOf(range, base.start, base.length);
  const strip = useRef<HTMLElement>(null);
  const whole = selection.from <= 0 && selection.to >= 1;
  const commit = (next: Selection): void => {
    drag(null);
    view.setFilter({
      ...view.filter.peek(),
      range: base.length > 0 ? rangeOf(next, base.start, base.length) : null,
    });
  };
  const clear = (): void => {
    drag(null);
    if (view.filter.peek().range) commit(WHOLE);
  };
  const onPointerDown = useDrag(selection, drag, commit);
  const end = (side: 'from' | 'to') => (
    <div
      role="slider"
      class="overview-end"
      tabIndex={0}
      data-end={side}
      style={{ left: percent(selection[side]) }}
      aria-label={side === 'from' ? STRINGS.range_from : STRINGS.range_to}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={Math.round(base.length)}
      aria-valuenow={Math.round(selection[side] * base.length)}
      aria-valuetext={formatDuration(selection[side] * base.length)}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const next = moved(selection, side, event.key, event.shiftKey);
        if (next) commit(next);
        else if (event.key === 'Escape') clear();
        else return;
        event.preventDefault();
      }}
    />
  );
  return (
    <section
      class={whole ? 'overview' : 'overview selecting'}
      ref={strip}
      aria-label={STRINGS.overview}
      title={STRINGS.overview_hint}
      onPointerDown={onPointerDown}
      onDblClick={clear}
    >
      <svg
        viewBox={`0 0 ${PIECES} ${HIGH}`}
        preserveAspectRatio="none"
        aria-hidden="true"
        focusable="false"
      >
        <path class="overview-tool" d={tool} />
        <path class="overview-model" d={model} />
        <path class="overview-errors" d={errors} />
      </svg>
      <div class="overview-shade" style={{ width: percent(selection.from) }} />
      <div class="overview-shade after" style={{ left: percent(selection.to) }} />
      {whole ? null : (
        <span class="overview-words" style={{ left: percent(selection.from) }} aria-hidden="true">
          {STRINGS.range(
            formatDuration(selection.from * base.length),
            formatDuration(selection.to * base.length),
          )}
        </span>
      )}
      {end('from')}
      {end('to')}
    </section>
  );
}

/** What is drawn, anew when calls have come or time has passed. */
function useDrawing(): Drawing {
  const { store } = useTraces();
  const [drawing, draw] = useState(NOTHING);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (ms: number): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        const { table } = store;
        const base = sessionBase(table, store.now());
        if (!(base.length > 0)) return;
        const [model, tool] = table
          .density()
          .map((density) => density.pieces(base.start, base.start + base.length, PIECES));
        draw({ ...pathsOf(model ?? [], tool ?? []), base });
        if (hasLive(table)) later(TICK_MS);
      }, ms);
    };
    const stop = store.revision.subscribe(() => later(DRAWN_MS));
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [store]);
  return drawing;
}

/** A drag over the strip: an end of the selection, the selection as a whole, or a new one. */
function useDrag(
  selection: Selection,
  drag: (selection: Selection) => void,
  commit: (selection: Selection) => void,
): (event: PointerEvent) => void {
  return (event) => {
    const strip = event.currentTarget;
    if (!(strip instanceof HTMLElement) || event.button !== 0) return;
    const { left, width } = strip.getBoundingClientRect();
    const share = (x: number): number => (x - left) / width;
    const from = share(event.clientX);
    const held = event.target instanceof HTMLElement ? event.target.dataset.end : undefined;
    const whole = selection.from <= 0 && selection.to >= 1;
    const inside = !whole && from > selection.from && from < selection.to;
    let last: Selection | null = null;
    const move = (next: PointerEvent): void => {
      if (last === null && Math.abs(next.clientX - event.clientX) < DRAG_PX) return;
      const to = share(next.clientX);
      if (held === 'from') last = between(to, selection.to);
      else if (held === 'to') last = between(selection.from, to);
      else last = inside ? panned(selection, to - from) : between(from, to);
      drag(last);
    };
    const done = (): void => {
      strip.removeEventListener('pointermove', move);
      strip.removeEventListener('pointerup', done);
      strip.removeEventListener('pointercancel', done);
      if (last) commit(last);
    };
    strip.setPointerCapture(event.pointerId);
    strip.addEventListener('pointermove', move);
    strip.addEventListener('pointerup', done);
    strip.addEventListener('pointercancel', done);
  };
}

function percent(share: number): string {
  return `${share * 100}%`;
}
