/** Scripts for the page: when was which word of the streams first on the screen? */

export interface Seen {
  /** The highest number of a `word` that can be read. */
  readonly word: number;
  /** Epoch milliseconds after the paint that shows it. */
  readonly at: number;
}

/** Looks at what has changed, once for each painted frame. */
export const WATCH = `{
  window.__seen = [];
  let highest = 0;
  let changed = new Set();
  let asked = false;
  const look = () => {
    asked = false;
    let word = highest;
    for (const node of changed) {
      for (const [, n] of (node.textContent ?? '').matchAll(/word (\\d+)/g)) word = Math.max(word, Number(n));
    }
    changed = new Set();
    if (word === highest) return;
    highest = word;
    const painted = new MessageChannel();
    painted.port1.onmessage = () => window.__seen.push({ word, at: Date.now() });
    painted.port2.postMessage(null);
  };
  new MutationObserver((records) => {
    for (const { target, addedNodes } of records) {
      if (target.nodeType === Node.TEXT_NODE) changed.add(target);
      for (const node of addedNodes) changed.add(node);
    }
    if (asked) return;
    asked = true;
    requestAnimationFrame(look);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}`;

export const READ = 'window.__seen';
