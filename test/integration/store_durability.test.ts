/** What each durability waits for: a disk that syncs only when it is told to. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Recorder } from '../../src/agents/recorder.ts';
import { newestOwner, newOwner } from '../../src/store/claim.ts';
import { NodeDisk } from '../../src/store/disk.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { execution, session, stage } from './store_samples.ts';

class PatientDisk extends NodeDisk {
  #held: PromiseWithResolvers<void> | null = null;

  hold(): void {
    this.#held = Promise.withResolvers();
  }

  letGo(): void {
    this.#held?.resolve();
    this.#held = null;
  }

  override async syncLater(fd: number): Promise<void> {
    await this.#held?.promise;
    await super.syncLater(fd);
  }
}

let folder: string;
let disk: PatientDisk;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'store-'));
  disk = new PatientDisk();
  store = await openStore({ folder, inline: true, disk });
});
afterEach(async () => {
  disk.letGo();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What has come to pass, in order. */
function watched(work: Readonly<Record<string, Promise<unknown>>>): string[] {
  const over: string[] = [];
  for (const [name, promise] of Object.entries(work)) void promise.then(() => over.push(name));
  return over;
}

test('written and lazy facts wait for their commit, durable ones for the sync', async () => {
  disk.hold();
  const over = watched({
    durable: store.record(session({ session_id: 'a' })),
    written: store.record(session({ session_id: 'b' }), 'written'),
    lazy: store.record(session({ session_id: 'c' }), 'lazy'),
    settled: store.settled(),
  });
  await expect.poll(() => over).toEqual(['written', 'lazy']);
  // Nothing else comes without the sync, whatever the store does meanwhile.
  await store.record(session({ session_id: 'd' }), 'written');
  expect(over).toEqual(['written', 'lazy']);
  disk.letGo();
  await expect.poll(() => over.toSorted()).toEqual(['durable', 'lazy', 'settled', 'written']);
});

test('a fact that is refused settles nothing that was recorded before it', async () => {
  disk.hold();
  const durable = store.record(session());
  await expect(store.record(stage({ session_id: 'unknown' }))).rejects.toThrow();
  const over = watched({ durable, settled: store.settled() });
  await store.record(session({ session_id: 'b' }), 'written');
  expect(over).toEqual([]);
  disk.letGo();
  await expect.poll(() => over.toSorted()).toEqual(['durable', 'settled']);
});

test('nothing is waited for where all is on disk, or was refused', async () => {
  await store.settled();
  await store.record(session());
  await store.settled();
  await expect(store.record({ ...session(), type: 'nonsense' } as never)).rejects.toThrow();
  await store.settled();
});

test('a model is asked once all that came before is on disk, also what was said just now', async () => {
  const spec = { name: 'agent', prompt: 'task' };
  const place = { session_id: 's1', stage_id: 'g1', execution_id: 'O' };
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  const recorder = new Recorder(
    store,
    { ...place, kind: 'step', agent_index: 1, turn_number: 1 },
    spec,
    'model',
    true,
  );
  disk.hold();
  recorder.announceTrace(
    recorder.newTrace({ kind: 'model', input: 'first', outcome: 'completed' }),
  );
  const over = watched({
    asking: recorder.asking(recorder.newTrace({ kind: 'model', input: 'second' })),
  });
  await expect.poll(async () => (await store.snapshot('s1'))?.traces.length).toBe(2);
  // Time enough for an answer that waits for no sync.
  await store.record(session({ session_id: 'b' }), 'written');
  expect(over).toEqual([]);
  disk.letGo();
  await expect.poll(() => over).toEqual(['asking']);
});

test('a fact that has to be recorded once more does not undo a later one that was answered', async () => {
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  disk.hold();
  const older = store.record(execution({ model: 'older' }));
  await store.record(execution({ model: 'newer' }), 'written');
  // Another process took the store while the older one waited for its sync, and died at once.
  writeFileSync(path.join(folder, 'owner-2.json'), JSON.stringify(newOwner(2)));
  rmSync(path.join(folder, 'owner-1.json'));
  disk.letGo();
  await older;
  expect(newestOwner(folder)?.epoch).toBe(3);
  expect((await store.snapshot('s1'))?.executions[0]?.model).toBe('newer');
});

test('a written fact is synced soon, whether or not anybody waits', async () => {
  let synced = 0;
  const { syncLater } = disk;
  disk.syncLater = async (fd) => {
    await syncLater.call(disk, fd);
    synced += 1;
  };
  await store.record(session(), 'written');
  expect(synced).toBe(0);
  await expect.poll(() => synced).toBe(1);
});
