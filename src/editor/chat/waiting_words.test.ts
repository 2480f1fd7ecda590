import { expect, test } from 'vitest';
import { waitingBadge, waitingWords } from './waiting_words.ts';

test.each([
  [0, 0, null],
  [1, 0, '1 chat waits for you'],
  [2, 0, '2 chats wait for you'],
  [0, 1, '1 run waits for you'],
  [1, 1, '1 chat and 1 run wait for you'],
  [3, 2, '3 chats and 2 runs wait for you'],
])('%i chats and %i runs: %s', (chats, runs, words) => {
  expect(waitingWords(chats, runs)).toBe(words);
  // The badge counts what needs its user, and says the same when pointed at.
  expect(waitingBadge(chats, runs)).toEqual(
    words === null ? undefined : { value: chats + runs, tooltip: words },
  );
});
