/** Runs that wait for their user, those included that were cut off while they asked. */
import type { Session } from '../contracts/records.ts';
import { questionOf } from '../contracts/run_select.ts';
import type { Store } from '../store/store.ts';

/** Runs that are looked at, newest first. */
const RECENT = 50;

/**
 * @returns the newest first. A run that was cut off counts until its workflow has been started
 * again, by an answer or anew: who has done that has seen to it.
 */
export async function runsThatAsk(store: Store): Promise<Session[]> {
  const asking: Session[] = [];
  const started = new Set<string>();
  for (const session of await store.sessions({ kind: 'workflow', limit: RECENT })) {
    const name = session.workflow_path ?? session.workflow_name ?? '';
    const newest = !started.has(name);
    started.add(name);
    if (session.status === 'awaiting_input') asking.push(session);
    if (session.status !== 'interrupted' || !newest) continue;
    const snapshot = await store.snapshot(session.session_id);
    if (snapshot?.timeline.some((event) => questionOf(event)?.cut_off)) asking.push(session);
  }
  return asking;
}
