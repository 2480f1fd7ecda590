/** Marks the searched text where it shows, without touching the elements that hold it. */
import { useEffect } from 'preact/hooks';
import { folded, rangesOf } from './find_text.ts';

const HITS = 'search-hit';
const STANDING = 'search-standing';
/** Marks set at most: a word can stand in a long text many times. */
const LIMIT = 1_000;
/** Shorter texts stand everywhere. */
export const SHORTEST = 2;

/**
 * @param element what is looked through, again whenever it changes.
 * @param needle text to mark; shorter than two characters marks nothing.
 * @param options.within only text inside of these elements is marked, by selector.
 * @param options.standing the hit that the reader has stepped to, asked for at every marking.
 */
export function useFindMarks(
  element: { readonly current: HTMLElement | null },
  needle: string,
  options: { readonly within?: string; readonly standing?: () => Range | null } = {},
): void {
  const { within, standing } = options;
  useEffect(() => {
    const root = element.current;
    if (!root || needle.length < SHORTEST || !('highlights' in CSS)) return;
    let pending = 0;
    const mark = (): void => {
      pending = 0;
      CSS.highlights.set(HITS, new Highlight(...rangesOf(root, folded(needle), LIMIT, within)));
      const here = standing?.();
      const one = here ? new Highlight(here) : new Highlight();
      one.priority = 1;
      CSS.highlights.set(STANDING, one);
    };
    const observer = new MutationObserver(() => {
      pending ||= requestAnimationFrame(mark);
    });
    observer.observe(root, { childList: true, subtree: true, characterData: true });
    mark();
    return () => {
      observer.disconnect();
      cancelAnimationFrame(pending);
      CSS.highlights.delete(HITS);
      CSS.highlights.delete(STANDING);
    };
  });
}
