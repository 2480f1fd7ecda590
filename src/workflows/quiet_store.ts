/** A store that hears nothing more from runs once their window closes. */
import type { Store } from '../store/store.ts';

/**
 * What ends because the window closes is not cancelled by the user: nothing of it is recorded, so
 * that the next process finds the run as a crash would have left it, with its open questions.
 */
export function quietOnce(store: Store, closed: () => boolean): Store {
  const unlessClosed = async <T>(record: () => Promise<T>): Promise<T> =>
    closed() ? new Promise<never>(() => {}) : record();
  return {
    ...store,
    record: (fact, durability) => unlessClosed(() => store.record(fact, durability)),
    recordAll: (facts, durability) => unlessClosed(() => store.recordAll(facts, durability)),
  };
}
