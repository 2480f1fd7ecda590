/** Rows on demand: the page holds those in view and a few around them, however many there are. */
import {
  defaultRangeExtractor,
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useReducer, useRef } from 'preact/hooks';

export interface RowsOptions {
  readonly count: number;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly keyOf: (index: number) => string;
  /** Height of a row in pixels before it was measured. */
  readonly estimate: (index: number) => number;
  /** Distance of the list from the top of the scroller's content, in pixels. */
  readonly margin?: number;
  /** A row that stays in the page wherever the view is: the one with the focus. */
  readonly keep?: number;
  /** True where the view is moved to the end of its rows before they are painted. */
  readonly ending?: boolean;
  /** True for a log: stays at its end while new rows arrive, unless someone scrolled up. */
  readonly follow?: boolean;
}

export interface VirtualRows {
  readonly items: readonly VirtualItem[];
  readonly total: number;
  readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  /** Put on every row together with `data-index`: rows are measured as they appear. */
  readonly measure: (row: HTMLElement | null) => void;
}

const OVERSCAN = 12;
/** Closer to the end than this counts as being at the end, in pixels. */
export const END_THRESHOLD = 24;

export function useVirtualRows(options: RowsOptions): VirtualRows {
  const [, paint] = useReducer((n: number, _: undefined) => n + 1, 0);
  const kept = useRef<Virtualizer<HTMLElement, HTMLElement>>(null);
  const { keep } = options;
  const settings = {
    count: options.count,
    getScrollElement: () => options.scroller.current,
    estimateSize: options.estimate,
    getItemKey: options.keyOf,
    scrollMargin: options.margin ?? 0,
    overscan: OVERSCAN,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => paint(undefined),
    rangeExtractor: (range: Parameters<typeof defaultRangeExtractor>[0]) => {
      const indexes = defaultRangeExtractor(range);
      if (keep === undefined || keep < 0 || keep >= range.count) return indexes;
      return [...new Set([...indexes, keep])].sort((a, b) => a - b);
    },
    ...(options.follow
      ? { anchorTo: 'end' as const, followOnAppend: true, scrollEndThreshold: END_THRESHOLD }
      : {}),
  };
  kept.current ??= new Virtualizer<HTMLElement, HTMLElement>(settings);
  const virtualizer = kept.current;
  virtualizer.setOptions(settings);
  // Without it, rows that came above would first be drawn where the view stood, only to be replaced.
  if (options.ending) {
    const view = virtualizer.scrollRect?.height ?? 0;
    virtualizer.scrollOffset = Math.max(0, virtualizer.getTotalSize() - view);
  }
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  return {
    items: virtualizer.getVirtualItems(),
    total: virtualizer.getTotalSize(),
    virtualizer,
    measure: virtualizer.measureElement,
  };
}
