/** Other programs at the file of a store that is in use: they read it, and do it no harm. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { checkStore, killOnce } from './store_kill.ts';
import { session } from './store_samples.ts';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-others-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** As SQLite's shell does it: open for reading and writing, a question, leave. */
function visit<T>(work: (db: DatabaseSync) => T): T {
  const file = path.join(folder, 'store.db');
  // Opening would create it.
  if (!fs.existsSync(file)) throw new Error('unable to open');
  const db = new DatabaseSync(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}
const calls = (db: DatabaseSync): number =>
  Number(db.prepare('SELECT count(*) AS n FROM tool_traces').get()?.n);

test.skipIf(process.platform === 'win32')(
  'they come and go while a process writes and is killed: all that was acknowledged is there',
  async () => {
    let writing = true;
    let seen = 0;
    const killed = killOnce(folder, 'r', 400, () => seen > 0).finally(() => {
      writing = false;
    });
    while (writing) {
      await new Promise((resolve) => setImmediate(resolve));
      try {
        seen = Math.max(seen, visit(calls));
      } catch (error) {
        // The tables may not be there yet; and no lock keeps a visitor from reading while the log
        // is emptied into the file. Both pass.
        expect(String(error)).toMatch(/no such table|unable to open|malformed/);
      }
    }
    await checkStore(folder, new Map([['r', await killed]]));
    expect(seen).toBeGreaterThan(0);
  },
  60_000,
);

test.skipIf(process.platform === 'win32')(
  'one that was there before and takes the log away on leaving takes nothing of what was recorded',
  async () => {
    await (await openStore({ folder, inline: true })).close();
    const visitor = new DatabaseSync(path.join(folder, 'store.db'));
    expect(calls(visitor)).toBe(0);
    const store = await openStore({ folder, inline: true });
    const log = path.join(folder, 'store.db-wal');
    await store.record(session({ session_id: 'before' }));
    visitor.close();
    expect(fs.existsSync(log)).toBe(false);
    await store.record(session({ session_id: 'between' }));
    await expect
      .poll(async () => {
        await store.record(session({ session_id: 'after' }));
        return fs.existsSync(log);
      })
      .toBe(true);
    // What has a name now is what a process that is killed would leave.
    const left = fs.mkdtempSync(path.join(os.tmpdir(), 'store-left-'));
    for (const name of ['store.db', 'store.db-wal'])
      fs.copyFileSync(path.join(folder, name), path.join(left, name));
    const again = await openStore({ folder: left, inline: true });
    for (const id of ['before', 'between', 'after'])
      expect(await again.session(id)).toMatchObject({ session_id: id });
    await again.close();
    await store.close();
    fs.rmSync(left, { recursive: true });
  },
);

test('they cannot write while it is in use; once it is closed they can', async () => {
  const write = (db: DatabaseSync): void => db.exec("UPDATE sessions SET title = 'by others'");
  const store = await openStore({ folder, inline: true });
  await store.record(session());
  expect(() => visit(write)).toThrow(/readonly|unable to open/);
  await store.record(session({ session_id: 's2' }));
  await store.close();
  visit(write);
  expect(visit((db) => db.prepare('SELECT title FROM sessions').all())).toHaveLength(2);
  const again = await openStore({ folder, inline: true });
  expect((await again.session('s2'))?.title).toBe('by others');
  await again.close();
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('store.db'))).toEqual([
    'store.db',
  ]);
});
