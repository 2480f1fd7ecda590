/** Marks the hits in the page, and brings the one that the reader steps to into view. */
import type { Virtualizer } from '@tanstack/virtual-core';
import { useEffect, useRef } from 'preact/hooks';
import { useFindMarks } from '../ui/find_marks.ts';
import { rangesOf } from '../ui/find_text.ts';
import { useChat } from './context.ts';
import type { Standing } from './find.ts';
import { SEARCHED } from './find_places.ts';
import type { Row } from './rows.ts';
import type { Following } from './use_auto_scroll.ts';

/** Rows change their heights while they appear: the hit is held in view for this many paints. */
const HELD = 8;
/** What a call holds comes from the host; longer than this it is not waited for, in paints. */
const PATIENCE = 300;
/** Space kept above and below a hit, in pixels. */
const MARGIN = 24;

export function useFind(
  rows: readonly Row[],
  scroller: { readonly current: HTMLElement | null },
  virtualizer: Virtualizer<HTMLElement, HTMLElement>,
  scroll: Following,
): void {
  const { find } = useChat();
  const needle = find.needle.value;
  const standing = find.standing.value;
  const latest = useRef(rows);
  latest.current = rows;

  const rangeOf = (at: Standing | null): Range | null => {
    const box = scroller.current;
    if (!at || !box) return null;
    let left = at.nth;
    let last: Range | null = null;
    for (const element of box.querySelectorAll(at.place.elements)) {
      const ranges = rangesOf(element, needle, left + 1, SEARCHED);
      last = ranges.at(-1) ?? last;
      if (ranges.length > left) break;
      left -= ranges.length;
    }
    return last;
  };
  useFindMarks(scroller, needle, { within: SEARCHED, standing: () => rangeOf(standing) });

  useEffect(() => {
    const box = scroller.current;
    if (!standing || !box) return;
    scroll.leave();
    let paint = 0;
    let held = 0;
    let waited = 0;
    const hold = (): void => {
      const range = rangeOf(standing);
      if (range) {
        held = bringIntoView(range, box) ? 0 : held + 1;
      } else if (!box.querySelector(standing.place.elements)) {
        const index = latest.current.findIndex((row) => row.key === standing.place.row);
        const offset = virtualizer.getOffsetForIndex(index, 'start')?.[0];
        if (offset !== undefined) box.scrollTop = offset;
      }
      waited += 1;
      if (held < HELD && waited < PATIENCE) paint = requestAnimationFrame(hold);
    };
    // Who scrolls away while the hit is still being loaded wants to be elsewhere.
    const stop = (): void => cancelAnimationFrame(paint);
    box.addEventListener('wheel', stop, { passive: true });
    paint = requestAnimationFrame(hold);
    return () => {
      stop();
      box.removeEventListener('wheel', stop);
    };
  }, [standing]);
}

/** @returns true where something had to be scrolled. */
function bringIntoView(range: Range, outermost: HTMLElement): boolean {
  let moved = false;
  let element = range.startContainer.parentElement;
  for (; element; element = element === outermost ? null : element.parentElement) {
    if (element.scrollHeight <= element.clientHeight && element !== outermost) continue;
    const overflow = getComputedStyle(element).overflowY;
    if (overflow !== 'auto' && overflow !== 'scroll') continue;
    const box = element.getBoundingClientRect();
    const hit = range.getBoundingClientRect();
    const margin = Math.min(MARGIN, box.height / 4);
    if (hit.top >= box.top + margin && hit.bottom <= box.bottom - margin) continue;
    const top = element.scrollTop;
    element.scrollTop += hit.top - box.top - box.height / 3;
    moved ||= element.scrollTop !== top;
  }
  return moved;
}
