/** The search of this page: its text, the rows that contain it, and which of them one stands on. */
import { signal } from '@preact/signals';
import { SHORTEST } from '../ui/find_marks.ts';
import { announce } from '../ui/live_region.tsx';
import { UI_STRINGS } from '../ui/strings.ts';
import type { TraceContext } from './context.ts';
import { nextHit, rowsNamed, treeWalk } from './search.ts';

export const query = signal('');
export const hits = signal<ReadonlySet<number>>(new Set());
/** Number of the hit in focus, from 1; 0 before the first step. */
export const standing = signal(0);
export const bodies = signal<'none' | 'asking' | 'done' | 'cut'>('none');

/** Rows listed by the host at most; more hits than that say nothing. */
const BODY_HITS = 5_000;
/** Typing goes on: inputs and outputs are searched when it pauses. */
const PAUSE_MS = 250;

let timer: ReturnType<typeof setTimeout> | undefined;

export function search(context: TraceContext, text: string): void {
  query.value = text;
  standing.value = 0;
  bodies.value = 'none';
  clearTimeout(timer);
  const needle = text.trim();
  if (needle.length < SHORTEST) {
    hits.value = new Set();
    context.view.giveBack();
    return;
  }
  hits.value = rowsNamed(context.store.table, needle);
  timer = setTimeout(() => void searchBodies(context, needle), PAUSE_MS);
}

async function searchBodies(context: TraceContext, text: string): Promise<void> {
  const { host, store, session_id } = context;
  bodies.value = 'asking';
  try {
    const found = await host.request('trace.search', { session_id, text, limit: BODY_HITS });
    if (query.peek().trim() !== text) return;
    const rows = found.ids.flatMap((id) => store.table.rowOfCall(id) ?? []);
    hits.value = new Set([...hits.peek(), ...rows]);
    bodies.value = found.complete ? 'done' : 'cut';
  } catch {
    // Names were searched; that inputs and outputs were not is said beside the field.
    if (query.peek().trim() === text) bodies.value = 'cut';
  }
  announce(UI_STRINGS.hits(standing.peek(), hits.peek().size));
}

/** Goes to the next hit or the one before, opening what hides it. */
export function step({ store, view }: TraceContext, by: 1 | -1): void {
  const found = nextHit(treeWalk(store.table), hits.peek(), view.active.peek(), by);
  if (!found) return;
  standing.value = found.number;
  view.lend(found.row);
  announce(UI_STRINGS.hits(found.number, hits.peek().size));
}
