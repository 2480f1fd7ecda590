/** Ctrl+F and Cmd+F open the screen's own search, which also finds what is out of view. */
import { useEffect } from 'preact/hooks';

/** @param open puts the keyboard into the search field. */
export function useFindKey(open: () => void): void {
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!command || event.key.toLowerCase() !== 'f') return;
      event.preventDefault();
      open();
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  });
}
