/** Text as a search compares it, and where a searched text stands in a part of the page. */

/** Elements whose text runs on in one line of reading; all others end it. */
const INLINE = new Set(['A', 'B', 'CODE', 'EM', 'I', 'MARK', 'S', 'SPAN', 'STRONG']);

/** In lower case with plain spaces, and exactly as long as the text, so that places stay the same. */
export function folded(text: string): string {
  const plain = text.replace(/\s/g, ' ');
  const lower = plain.toLowerCase();
  if (lower.length === plain.length) return lower;
  // A few letters become two in lower case; they stay as they are.
  return plain.replace(/./gsu, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  });
}

/** @returns how often the needle stands in the text, both folded; hits do not overlap. */
export function countOf(text: string, needle: string): number {
  let count = 0;
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    count += 1;
  }
  return count;
}

/**
 * Where the folded needle stands below `root`, in reading order. A hit may run over several
 * elements of one line, as in coloured code, but not from one paragraph into the next.
 * @param within only text inside of these elements counts, by selector; absent: all text.
 */
export function rangesOf(root: Element, needle: string, limit: number, within?: string): Range[] {
  const ranges: Range[] = [];
  let nodes: Text[] = [];
  let block: Element | null = null;
  const flush = (): void => {
    ranges.push(...rangesIn(nodes, needle, limit - ranges.length));
    nodes = [];
  };
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < limit; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!(node instanceof Text) || !parent || (within && !parent.closest(within))) continue;
    const own = blockOf(parent);
    if (own !== block) flush();
    block = own;
    nodes.push(node);
  }
  flush();
  return ranges;
}

function blockOf(element: Element): Element {
  let at = element;
  while (INLINE.has(at.tagName) && at.parentElement) at = at.parentElement;
  return at;
}

function rangesIn(nodes: readonly Text[], needle: string, limit: number): Range[] {
  const text = folded(nodes.map((node) => node.data).join(''));
  const ranges: Range[] = [];
  for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
    if (ranges.length >= limit) break;
    const range = new Range();
    let start = 0;
    for (const node of nodes) {
      const end = start + node.length;
      if (at >= start && at < end) range.setStart(node, at - start);
      if (at + needle.length > start && at + needle.length <= end) {
        range.setEnd(node, at + needle.length - start);
        break;
      }
      start = end;
    }
    ranges.push(range);
  }
  return ranges;
}
