/** Scripts for the page: when was which word of the streams on the screen? */

/** Words that came into a text in view, by one paint. */
export interface Seen {
  /** The numbers of the first and the last `word`. */
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds after the paint that shows them. */
  readonly at: number;
}

/**
 * Looks at what has changed, once for each painted frame. A text that comes into view with many
 * words is not new: only what is added to it counts, and the first word of a text that begins.
 */
export const WATCH = `{
  window.__seen = [];
  const read = new WeakMap();
  let changed = new Set();
  let asked = false;
  const look = () => {
    asked = false;
    const found = [];
    for (const text of changed) {
      const words = [...text.textContent.matchAll(/word (\\d+)/g)].map(([, n]) => Number(n));
      const to = words.at(-1);
      const before = read.get(text);
      if (to === undefined || to === before) continue;
      read.set(text, to);
      if (before !== undefined) found.push({ from: before + 1, to });
      else if (words.length <= 12) found.push({ from: words[0], to });
    }
    changed = new Set();
    const painted = new MessageChannel();
    painted.port1.onmessage = () => {
      const at = Date.now();
      for (const words of found) window.__seen.push({ ...words, at });
    };
    painted.port2.postMessage(null);
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      for (const node of [target, ...addedNodes]) {
        const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
        const own = element?.closest?.('[data-item-id], pre');
        for (const text of own ? [own] : (element?.querySelectorAll?.('[data-item-id], pre') ?? [])) {
          changed.add(text);
        }
      }
    }
    if (asked) return;
    asked = true;
    requestAnimationFrame(look);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}`;

export const READ = 'window.__seen';
