/** What happens to facts that arrive, and to a process that ends, in the middle of a removal. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newOwner } from '../../src/store/claim.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { execution, session, stage, step, trace } from './store_samples.ts';

let root: string;
let folder: string;
let store: Store;
beforeEach(async () => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'));
  folder = path.join(root, 'store');
  store = await openStore({ folder, inline: true });
});
afterEach(async () => {
  await store.close();
  fs.rmSync(root, { recursive: true, force: true });
});
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a session that is being removed takes no facts: what is acknowledged stays', async () => {
  const of = { session_id: 's1', stage_id: 'g1', execution_id: 'O' };
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  const many = Array.from({ length: 1000 }, (_, n) => trace({ ...of, id: `t${n}` }));
  await store.recordAll(many);
  await store.record(session({ status: 'completed' }));
  const removing = store.clear('runs');
  await nextTurn();
  await expect(store.record(session())).rejects.toMatchObject({ code: 'unknown_session' });
  await removing;
  await store.record(session());
  await store.record(stage({ stage_id: 'new' }));
  expect((await store.snapshot('s1'))?.stages.map((s) => s.stage_id)).toEqual(['new']);
});

test('a chat that goes back to work while many others are removed stays', async () => {
  const chat = (n: number, status: 'running' | 'completed') => ({
    ...{ session_id: `s${n}`, kind: 'chat' as const, status },
    ...{ created_at: 1000 + n, updated_at: 1000 + n },
  });
  for (let n = 0; n < 900; n++) void store.record(session(chat(n, 'completed')), 'lazy');
  const removing = store.clear('chats');
  await nextTurn();
  await store.record(session(chat(899, 'running')), 'written');
  expect(await removing).toMatchObject({ sessions: 899 });
  expect((await store.sessions({ limit: 9 })).map((s) => s.session_id)).toEqual(['s899']);
});

test('a run that ends while others are removed stays', async () => {
  const run = (n: number, status: 'running' | 'completed') =>
    session({ session_id: `s${n}`, status, created_at: 1000 + n, updated_at: 1000 + n });
  for (let n = 0; n < 500; n++) void store.record(run(n, 'completed'), 'lazy');
  await store.record(run(500, 'running'));
  const removing = store.clear('runs');
  await nextTurn();
  await store.record(run(500, 'completed'), 'written');
  expect(await removing).toMatchObject({ sessions: 500 });
  expect((await store.sessions({ limit: 9 })).map((s) => s.session_id)).toEqual(['s500']);
});

test('that kept results are gone is on disk with their removal, whenever the process ends', async () => {
  for (const fact of [session(), step({ step_key: 'a' }), step({ step_key: 'b' })]) {
    await store.record(fact);
  }
  const before = await store.keptSteps(0);
  const removing = store.clear('steps');
  const seen = new Set<string>();
  let over = false;
  void removing.then(() => {
    over = true;
  });
  for (let n = 0; !over; n++) {
    const copy = path.join(root, `copy-${n}`);
    fs.cpSync(folder, copy, { recursive: true });
    const db = new DatabaseSync(path.join(copy, 'store.db'));
    const count = db.prepare('SELECT count(*) AS n FROM step_results').get()?.n;
    const note = db.prepare("SELECT value FROM meta WHERE key = 'steps_cleared'").get();
    db.close();
    seen.add(`${count} left, ${(note?.value ?? '') === before.cleared ? 'not ' : ''}told`);
    await nextTurn();
  }
  expect([...seen].filter((state) => state.startsWith('0'))).toEqual(['0 left, told']);
});

test('who does not own the store any more removes no body', async () => {
  const bodies = path.join(folder, 'payloads');
  fs.mkdirSync(bodies);
  for (let n = 0; n < 2000; n++) fs.writeFileSync(path.join(bodies, `${n}`.padStart(64, 'a')), '');
  const left = (): number => fs.readdirSync(bodies).length;
  const removing = store.clear('steps');
  while (left() === 2000) await nextTurn();
  // Another process takes over, and may use any of them from here on.
  fs.writeFileSync(path.join(folder, 'owner-2.json'), JSON.stringify(newOwner(2)));
  const then = left();
  expect(then).toBeGreaterThan(0);
  await removing;
  expect(left()).toBe(then);
});
