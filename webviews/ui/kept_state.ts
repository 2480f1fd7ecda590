/**
 * What a page keeps of its view, such as a text being written. VS Code keeps it for a panel until
 * the panel is closed; a copy in the pages' shared storage outlives the panel, so that one that
 * is opened anew for the same session, by its user or after its extension host died, goes on.
 */
import * as z from 'zod/mini';

/** Of VS Code's API, what keeps a state. */
export interface PanelState {
  getState(): unknown;
  setState(state: unknown): void;
}

const PREFIX = 'boocode.kept ';
/** Sessions whose copy is kept; the oldest go first. */
const KEPT = 50;
const Copy = z.object({ at: z.number(), state: z.unknown() });

/**
 * @param panel what VS Code keeps for this panel alone.
 * @param name of the screen and its session; the copy is kept under it.
 */
export function keptState(panel: PanelState, name: string): PanelState {
  const storage = sharedStorage();
  const key = `${PREFIX}${name}`;
  if (storage) prune(storage);
  return {
    getState: () => panel.getState() ?? read(storage, key)?.state,
    setState(state) {
      panel.setState(state);
      try {
        storage?.setItem(key, JSON.stringify({ at: Date.now(), state }));
      } catch {
        // Full: the panel's own state still is kept.
      }
    },
  };
}

/** @returns null where this page may not keep anything. */
function sharedStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function read(storage: Storage | null, key: string): z.infer<typeof Copy> | null {
  try {
    return Copy.parse(JSON.parse(storage?.getItem(key) ?? ''));
  } catch {
    return null;
  }
}

function prune(storage: Storage): void {
  const names = Object.keys(storage).filter((name) => name.startsWith(PREFIX));
  if (names.length <= KEPT) return;
  const newest = names
    .map((name) => ({ name, at: read(storage, name)?.at ?? 0 }))
    .sort((a, b) => b.at - a.at);
  for (const { name } of newest.slice(KEPT)) storage.removeItem(name);
}
