/** Keeps the keyboard in the page: what had it may go, such as the question that was answered. */
import { useEffect } from 'preact/hooks';

/** @param fallback selects who gets the keyboard when the element that had it has gone. */
export function useLostFocus(fallback: string): void {
  useEffect(() => {
    let last: Element | null = null;
    const look = (event: FocusEvent): void => {
      last = event.target instanceof Element ? event.target : null;
    };
    const watcher = new MutationObserver(() => {
      if (last === null || last.isConnected || document.activeElement !== document.body) return;
      last = null;
      document.querySelector<HTMLElement>(fallback)?.focus();
    });
    document.addEventListener('focusin', look);
    watcher.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', look);
      watcher.disconnect();
    };
  }, [fallback]);
}
