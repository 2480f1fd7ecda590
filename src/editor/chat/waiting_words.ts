/** What waits for the user, in words: the same in the status bar and behind the view's badge. */

/** @returns such as "1 chat and 2 runs wait for you"; null where nothing waits. */
export function waitingWords(chats: number, runs: number): string | null {
  if (chats + runs === 0) return null;
  const parts = [...counted(chats, 'chat'), ...counted(runs, 'run')];
  return `${parts.join(' and ')} ${chats + runs === 1 ? 'waits' : 'wait'} for you`;
}

/** @returns the badge of the list of chats; undefined takes it away. */
export function waitingBadge(
  chats: number,
  runs: number,
): { readonly value: number; readonly tooltip: string } | undefined {
  const tooltip = waitingWords(chats, runs);
  return tooltip === null ? undefined : { value: chats + runs, tooltip };
}

function counted(n: number, word: string): string[] {
  if (n === 0) return [];
  return [n === 1 ? `1 ${word}` : `${n} ${word}s`];
}
