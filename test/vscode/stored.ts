/** What the store of a running VS Code holds, asked as another window would ask. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_STATE, reduce, type SessionState } from '../../src/contracts/state.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { VSCodeHost } from './host.ts';

/** Opens the store of the one workspace that this VS Code has worked on, for the time of `work`. */
export async function withStore<T>(
  host: VSCodeHost,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const stores = join(host.userDataDir, 'User', 'globalStorage', 'boocode.boocode', 'stores');
  const [name] = readdirSync(stores);
  if (!name) throw new Error('No store was opened yet.');
  const store = await openStore({ folder: join(stores, name), inline: true });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** The state that a screen would show of the chat with this title. */
export function storedChat(host: VSCodeHost, title: string): Promise<SessionState> {
  return withStore(host, async (store) => {
    const chats = await store.chats({ search: title, limit: 10 });
    const found = chats.find((chat) => chat.title === title);
    const snapshot = found && (await store.snapshot(found.session_id));
    if (!snapshot) throw new Error(`There is no chat "${title}" in the store.`);
    return reduce(EMPTY_STATE, { type: 'session.snapshot', snapshot });
  });
}
