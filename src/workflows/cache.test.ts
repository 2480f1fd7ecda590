import { describe, expect, test } from 'vitest';
import { type Frame, frameOf } from '../contracts/frames.ts';
import type { StepResult } from '../contracts/records.ts';
import { Digests, StepCache } from './cache.ts';

const step = (step_key: string, result = 'r'): StepResult => ({
  step_key,
  session_id: 's',
  execution_id: `e-${step_key}`,
  created_at: 1,
  result,
  usage: {},
  duration_ms: 1,
  reads: [],
});

/** A cache over a store that has every step and counts who asks. */
function counting(result = 'stored') {
  const asked: string[] = [];
  const store = {
    cleared: '',
    /** The keys that it lists; null: too many. */
    keys: null as string[] | null,
    frame: (_: Frame): void => {},
    /** Called before it lists all of them. */
    listing: async (): Promise<void> => {},
  };
  const cache = new StepCache({
    keptSteps: async (after) => {
      if (after === 0) await store.listing();
      return {
        cleared: store.cleared,
        newest: store.keys?.length ?? 0,
        begins: store.keys?.slice(after).map((key) => key.slice(0, 16)) ?? null,
      };
    },
    subscribe: (listener) => {
      store.frame = listener;
      return () => {};
    },
    stepResult: async (key) => {
      asked.push(key);
      return key.startsWith('unknown') ? null : step(key, result);
    },
  });
  const readings = { root: '/nowhere', exclude: [], tools: new Map() };
  return { cache, asked, store, digests: new Digests(readings, new AbortController().signal) };
}

describe('the cache', () => {
  test('asks memory first, then the store, and remembers what the store had', async () => {
    const { cache, asked, digests } = counting();
    cache.remember(step('a', 'in memory'));
    expect((await cache.find('a', digests)).hit?.result).toBe('in memory');
    expect((await cache.find('b', digests)).hit?.result).toBe('stored');
    expect((await cache.find('b', digests)).hit?.result).toBe('stored');
    expect(await cache.find('unknown', digests)).toEqual({ hit: null, changed: null });
    expect(asked).toEqual(['b', 'unknown']);
  });

  test('forgets all when the store was cleared since, and only then', async () => {
    const { cache, asked, store, digests } = counting();
    await cache.refresh();
    cache.remember(step('a', 'in memory'));
    await cache.refresh();
    expect((await cache.find('a', digests)).hit?.result).toBe('in memory');
    store.cleared = 'just now';
    await cache.refresh();
    expect((await cache.find('a', digests)).hit?.result).toBe('stored');
    expect(asked).toEqual(['a']);
  });

  test('does not ask the store for what it cannot have', async () => {
    const { cache, asked, store, digests } = counting();
    const [first, second, heard] = ['first', 'second', 'heard'].map(
      (w) => `${w} of some long keys`,
    );
    const found = async (key = '') => (await cache.find(key, digests)).hit?.result;
    store.keys = [first ?? ''];
    await cache.refresh();
    expect([await found(first), await found(second), await found(heard)]).toEqual([
      ...['stored', undefined, undefined],
    ]);
    expect(await cache.changedSince(second ?? '', 'e', digests)).toBeNull();
    expect(asked).toEqual([first]);

    // Another window has recorded one before this run, and one while it is at work.
    store.keys.push(second ?? '');
    await cache.refresh();
    store.frame(frameOf({ type: 'step.result', step: step(heard ?? '') }, 1, 1));
    expect([await found(second), await found(heard)]).toEqual(['stored', 'stored']);

    // Cleared, and one recorded anew under a number that was known already.
    const anew = 'a new one, as long as the others';
    Object.assign(store, { keys: [anew], cleared: 'just now' });
    await cache.refresh();
    expect([await found(anew), await found(first)]).toEqual(['stored', undefined]);
  });

  test('asks the store for everything while it learns anew what there is', async () => {
    const { cache, asked, store, digests } = counting();
    const [one, two] = ['one that was there before', 'two, recorded by another window'];
    store.keys = [one];
    await cache.refresh();
    expect((await cache.find(two, digests)).hit).toBeNull();
    // Runs begin side by side after a clearing, while another run is at work.
    const [listing, listed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    store.listing = async () => {
      listing.resolve();
      await listed.promise;
    };
    Object.assign(store, { keys: [two], cleared: 'just now' });
    const refreshed = [cache.refresh(), cache.refresh()];
    await listing.promise;
    expect((await cache.find(two, digests)).hit?.result).toBe('stored');
    listed.resolve();
    await Promise.all(refreshed);
    expect((await cache.find(two, digests)).hit?.result).toBe('stored');
    expect((await cache.find(one, digests)).hit).toBeNull();
    expect(asked).toContain(two);
  });

  test('forgets what was used longest ago', async () => {
    const { cache, asked, digests } = counting();
    for (let i = 0; i < 2000; i += 1) cache.remember(step(`k${i}`));
    await cache.find('k0', digests);
    cache.remember(step('one more'));
    await cache.find('k0', digests);
    expect(asked).toEqual([]);
    await cache.find('k1', digests);
    expect(asked).toEqual(['k1']);
  });

  test('holds no more text than it may, however few the steps', async () => {
    const { cache, asked, digests } = counting();
    const large = 'x'.repeat(12 * 1024 * 1024);
    for (const key of ['a', 'b', 'c']) cache.remember(step(key, large));
    await cache.find('c', digests);
    await cache.find('b', digests);
    expect(asked).toEqual([]);
    await cache.find('a', digests);
    expect(asked).toEqual(['a']);
  });

  test('says what an agent would now read otherwise', async () => {
    const { cache, digests } = counting();
    cache.remember({ ...step('a'), reads: [{ path: 'gone.txt', digest: '00' }] });
    expect(await cache.find('a', digests)).toEqual({ hit: null, changed: 'gone.txt' });
    expect(await cache.changedSince('a', 'e-a', digests)).toBe('gone.txt');
    expect(await cache.changedSince('a', 'another execution', digests)).toBeNull();
  });
});
