/**
 * The store, with a listener to what this process itself records. Frames that `subscribe` gives
 * may come from another window on the same folder, which sends its own traces.
 */
import type { Frame } from '../contracts/frames.ts';
import type { Store } from '../store/store.ts';

export function observed(store: Store, listener: (frame: Frame) => void): Store {
  // A refusal is the recorder's to handle; here it only means that there is no frame.
  const record: Store['record'] = (fact, durability) => {
    const kept = store.record(fact, durability);
    kept.then(listener).catch(() => undefined);
    return kept;
  };
  const recordAll: Store['recordAll'] = (facts, durability) => {
    const kept = store.recordAll(facts, durability);
    kept.then((frames) => frames.forEach(listener)).catch(() => undefined);
    return kept;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'record') return record;
      if (name === 'recordAll') return recordAll;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
