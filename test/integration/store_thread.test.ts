/** The store's thread fails: it is started anew, and nothing that was said or told is lost. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { storeHouse } from './store.house.ts';
import { execution, session, stage, trace } from './store_samples.ts';

const house = storeHouse();
const { opened } = house;

async function begin(store: Store): Promise<void> {
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
}
const traceIds = async (store: Store): Promise<string[]> => {
  const snapshot = await store.snapshot('s1');
  return (snapshot?.traces ?? []).map((t) => t.id);
};

describe('a thread that fails', () => {
  const workerPath = path.join(import.meta.dirname, 'store_failing_worker.ts');

  test('is started again, and what was under way is still recorded', async () => {
    const logged: string[] = [];
    const log = (message: string): void => {
      logged.push(message);
    };
    const store = await opened({ inline: false, workerPath, secrets: ['a-secret-word'], log });
    const answers = await Promise.all([
      store.record(session({ session_id: 'a' })),
      store.record(session({ session_id: 'b', title: 'fail once' })),
      store.record(session({ session_id: 'c', title: 'with a-secret-word' })),
    ]);
    expect(answers.map((frame) => frame.session_id)).toEqual(['a', 'b', 'c']);
    expect(logged.join()).toContain('it is started again');
    expect(await store.sessions({ limit: 9 })).toHaveLength(3);
    expect((await store.session('c'))?.title).toBe('with *************');
    expect(store.health().state).toBe('ok');
  });

  test('by one call again and again: that call is refused, the others are answered', async () => {
    const store = await opened({ inline: false, workerPath });
    const titles = ['one', 'fail always', 'two', 'three'];
    const all = titles.map((title) => store.record(session({ session_id: title, title })));
    const after = store.record(session({ session_id: 'after' }));
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map((o) => o.status)).toEqual([
      ...['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    ]);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'engine' } });
    await after;
    const ids = (await store.sessions({ limit: 9 })).map((s) => s.session_id);
    expect(ids).toEqual(expect.arrayContaining(['one', 'two', 'three', 'after']));
  });

  test('closing it while calls are made again one by one leaves none of them out', async () => {
    const store = await opened({ inline: false, workerPath });
    const titles = ['fail once', ...Array.from({ length: 40 }, (_, n) => `${n}`)];
    const all = titles.map((title) => store.record(session({ session_id: title, title })));
    await all[0];
    await store.close();
    expect((await Promise.allSettled(all)).map((o) => o.status)).not.toContain('rejected');
    expect(await (await opened()).sessions({ limit: 99 })).toHaveLength(41);
  });

  test('what is recorded once more does not undo what was answered meanwhile', async () => {
    fs.writeFileSync(path.join(house.folder, 'no-sync'), '');
    const store = await opened({ inline: false, workerPath });
    const facts = [session(), stage(), execution({ model: 'older' })];
    const older = Promise.all(facts.map((fact) => store.record(fact)));
    await store.record(execution({ model: 'newer' }), 'written');
    await store.record(session({ session_id: 'b', title: 'fail once' }));
    await older;
    expect((await store.snapshot('s1'))?.executions[0]?.model).toBe('newer');
  });

  test('no fact waits for an export to be made again: its user is told', async () => {
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'export-'));
    try {
      const store = await opened({ inline: false, workerPath });
      await begin(store);
      const order: string[] = [];
      const exporting = store.exportTo('ndjson', path.join(outside, 'all')).finally(() => {
        order.push('export');
      });
      const told = expect(exporting).rejects.toThrow(/thread failed/);
      await store.record(session({ session_id: 'b', title: 'fail once' }));
      order.push('fact');
      await told;
      expect(order).toEqual(['export', 'fact']);
      await store.exportTo('ndjson', path.join(outside, 'all'));
      expect(fs.readdirSync(outside)).toEqual(['all']);
    } finally {
      fs.rmSync(outside, { recursive: true });
    }
  });

  test('nor for a removal: it is asked for again by whoever wanted it', async () => {
    const store = await opened({ inline: false, workerPath });
    await begin(store);
    const removals = Promise.allSettled([
      store.clear('runs'),
      store.prune({ max_age_ms: 0, max_bytes: null }),
    ]);
    await store.record(session({ session_id: 'b', title: 'fail once' }));
    const failed = { status: 'rejected', reason: { code: 'engine' } };
    expect(await removals).toMatchObject([failed, failed]);
    await store.record(session({ status: 'completed' }));
    expect(await store.clear('runs')).toMatchObject({ sessions: 1 });
  });

  test('its process is still known as the one at work, and its new calls are new ones', async () => {
    const owner = await opened();
    const guest = await opened({ inline: false, workerPath });
    await begin(guest);
    await guest.record(session({ session_id: 'b', title: 'fail once' }));
    for (const id of ['x', 'y', 'z']) await guest.record(trace({ id }));
    expect(await traceIds(guest)).toEqual(['x', 'y', 'z']);
    expect(await owner.atWorkElsewhere('s1')).toBe(true);
    expect(await owner.recover()).toEqual([]);
  });

  test('what other windows record while it starts anew is not missed', async () => {
    const owner = await opened();
    await begin(owner);
    const frames: number[] = [];
    let meanwhile: Promise<unknown> | null = null;
    const log = (): void => {
      meanwhile ??= owner.record(trace({ id: 'meanwhile' }));
    };
    const guest = await opened({ inline: false, workerPath, log });
    guest.subscribe((frame) => {
      if (frame.session_id === 's1') frames.push(frame.seq);
    });
    await owner.record(trace({ id: 'before' }));
    await expect.poll(() => frames).toEqual([4]);
    await guest.record(session({ session_id: 'b', title: 'fail once' }));
    await meanwhile;
    // A number beyond the next one: its screens ask for a snapshot then.
    await expect.poll(() => frames.at(-1)).toBeGreaterThan(5);
  });
});

test('one that comes while the thread starts anew holds nobody up', async () => {
  const workerPath = path.join(import.meta.dirname, 'store_failing_worker.ts');
  let uncopyable: Promise<unknown> | null = null;
  const log = (): void => {
    const fact = session({ session_id: 'uncopyable' });
    Reflect.set(Reflect.get(fact, 'session'), 'args', () => 'a function');
    uncopyable ??= Promise.allSettled([store.record(fact)]);
  };
  const store = await opened({ inline: false, workerPath, log });
  await store.record(session({ session_id: 'b', title: 'fail once' }));
  await store.record(session({ session_id: 'after' }));
  expect(await uncopyable).toMatchObject([{ status: 'rejected', reason: { code: 'bad_request' } }]);
});

test('a call that cannot be copied to the thread is refused, those beside it are answered', async () => {
  const store = await opened({ inline: false });
  await begin(store);
  const fact = trace({ id: 'uncopyable' });
  Reflect.set(Reflect.get(fact, 'trace'), 'input', () => 'a function');
  const [before, uncopyable, after] = await Promise.allSettled([
    store.record(trace({ id: 'before' })),
    store.record(fact),
    store.record(trace({ id: 'after' })),
  ]);
  expect([before.status, after.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(uncopyable).toMatchObject({
    status: 'rejected',
    reason: { code: 'bad_request', message: expect.stringContaining('cannot be copied') },
  });
  expect(await traceIds(store)).toEqual(['after', 'before']);
});
