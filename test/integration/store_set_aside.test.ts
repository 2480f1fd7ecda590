/** A damaged database, and processes that end while it is read out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setAside } from '../../src/store/aside.ts';
import type { Store } from '../../src/store/store.ts';
import { storeHouse } from './store.house.ts';
import { agentSession, execution, session, stage, step, trace } from './store_samples.ts';

const house = storeHouse();
const { opened } = house;
let file: string;
beforeEach(() => {
  file = path.join(house.folder, 'store.db');
});
afterEach(() => {
  vi.restoreAllMocks();
});
const PAGE = 8192;
/** A body that becomes a file. */
const large = Buffer.from(crypto.getRandomValues(new Uint8Array(60_000))).toString('base64');

/** A closed store of 501 traces, of which some cannot be read. */
async function damaged(): Promise<void> {
  const store = await opened();
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  const traces = Array.from({ length: 500 }, (_, n) =>
    trace({ id: `t${n}`, output: `number ${n} `.repeat(200), outcome: 'completed' }),
  );
  await store.recordAll([...traces, trace({ id: 'large', output: large, outcome: 'completed' })]);
  await store.close();
  const bytes = fs.readFileSync(file);
  const at = Math.floor(bytes.indexOf('number 250 number 250') / 8192) * 8192;
  fs.writeFileSync(file, bytes.fill(0x5a, at, at + 3 * 8192));
}
/** Most traces are there: not as many as were written, and not only some that came late. */
async function expectMost(folder = house.folder): Promise<Store> {
  const store = await opened({ folder });
  // The damage is met when its pages are read.
  const snapshot = await store.snapshot('s1');
  expect(snapshot?.traces.length).toBeGreaterThan(450);
  expect(snapshot?.traces.length).toBeLessThan(501);
  expect(snapshot?.stages).toHaveLength(1);
  return store;
}
/** Reads the store, and ends without warning before the n-th time that it gives a file a name. */
const CHILD = `
  import fs from 'node:fs';
  import { openStore } from '${path.resolve(import.meta.dirname, '../../src/store/open.ts')}';
  const [, folder, before] = process.argv;
  let moment = 0;
  for (const name of ['openSync', 'renameSync', 'linkSync', 'rmSync']) {
    const real = fs[name];
    fs[name] = (...given) => {
      if (/rebuil|damaged/.test(given.join()) && ++moment === Number(before))
        process.kill(process.pid, 'SIGKILL');
      return real(...given);
    };
  }
  const store = await openStore({ folder, inline: true });
  await store.snapshot('s1');
  process.exit();`;

test('a process that is killed while it reads a damaged database out loses nothing of it', async () => {
  await damaged();
  const before = path.join(house.folder, 'before');
  fs.mkdirSync(before);
  for (const name of ['store.db', 'payloads'])
    fs.cpSync(path.join(house.folder, name), path.join(before, name), { recursive: true });
  let kills = 0;
  for (let killed = true; killed; ) {
    const folder = path.join(house.folder, `killed-${kills}`);
    fs.cpSync(before, folder, { recursive: true });
    const args = ['--no-warnings', '--input-type=module', '-e', CHILD, folder, `${kills + 1}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code, signal] = await once(child, 'close');
    killed = signal === 'SIGKILL';
    // The last one passes all those moments and ends by itself.
    if (killed) kills++;
    else expect(code).toBe(0);
    await (await expectMost(folder)).close();
  }
  // The draft, the bodies, the two that change places.
  expect(kills).toBeGreaterThan(4);
});

test('a database that was read out is put in place by whoever comes next, at any moment', async () => {
  await damaged();
  const rename = fs.renameSync;
  for (const failing of [/rebuilding/, /store\.db$/, /rebuilt$/]) {
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      // As if the process had ended here.
      if (failing.test(String(from))) throw Object.assign(new Error('EIO: here'), { code: 'EIO' });
      rename(from, to);
    });
    const store = await opened();
    // What is answered now depends on the moment; that nothing is harmed does not.
    await store.snapshot('s1').catch(() => null);
    await store.close();
    vi.restoreAllMocks();
  }
  await expectMost();
  const names = fs.readdirSync(house.folder);
  expect(names.filter((name) => name.includes('rebuil'))).toEqual([]);
  expect(names.filter((name) => /damaged-[^p]*$/.test(name))).toHaveLength(1);
});

test('bodies whose rows are lost are known again by their files', async () => {
  await damaged();
  const db = new DatabaseSync(file);
  expect(db.prepare('DELETE FROM payloads').run().changes).toBe(1);
  db.close();
  const other = path.join(house.folder, 'payloads', 'ab', 'ab'.repeat(32));
  fs.mkdirSync(path.dirname(other), { recursive: true });
  fs.writeFileSync(other, 'not what its name says');
  const store = await opened();
  await store.snapshot('s1');
  expect((await store.trace('large'))?.output).toBe(large);
  const { kinds } = await store.sizes();
  expect(kinds.find(({ kind }) => kind === 'bodies')?.count).toBe(1);
});

test('what was set aside is counted, and deleted when the user says so, but nothing else', async () => {
  await damaged();
  const store = await opened();
  await store.snapshot('s1');
  // A copy from before an update, and what else may stand there.
  const others = ['store.db.copy', 'store.db.damaged', 'notes-store.db.v3-2026-01-01T00'];
  for (const name of others) fs.writeFileSync(path.join(house.folder, name), 'mine');
  fs.writeFileSync(
    path.join(house.folder, 'store.db.v3-2026-01-01T00-00-00-000.bak'),
    'x'.repeat(1000),
  );
  const names = (): string[] =>
    fs.readdirSync(house.folder).filter((name) => name.includes('store.db.'));
  expect(names().filter((name) => /damaged-.*-payloads$/.test(name))).toHaveLength(1);
  const { aside } = await store.sizes();
  const database = names().find((name) => /damaged-[\dT-]+$/.test(name)) ?? '';
  // The bodies are shared with the store: deleting them gives nothing back.
  expect(aside).toEqual({
    count: 2,
    bytes: 1000 + fs.statSync(path.join(house.folder, database)).size,
  });
  expect(await store.removeAsides()).toEqual(aside);
  expect(names().sort()).toEqual(others.sort());
  expect((await store.sizes()).aside).toEqual({ count: 0, bytes: 0 });
  expect((await store.trace('large'))?.output).toBe(large);
});

/** The second half of these pages is as a disk leaves it that lost its power while it wrote them. */
function tear(pages: readonly number[]): void {
  const bytes = fs.readFileSync(file);
  for (const page of pages) bytes.fill(0, page * PAGE + PAGE / 2, (page + 1) * PAGE);
  fs.writeFileSync(file, bytes);
}
/** @param first byte of them: 13 in leaves of tables, 0 in what continues a row. See https://sqlite.org/fileformat2.html#b_tree_pages. */
function pagesWith(text: string, first: number): number[] {
  const bytes = fs.readFileSync(file);
  const pages = Array.from({ length: bytes.length / PAGE }, (_, n) => n);
  return pages.filter(
    (n) => bytes[n * PAGE] === first && bytes.subarray(n * PAGE, (n + 1) * PAGE).includes(text),
  );
}

test('pages that were written in half are read out to their end, without what is no record', async () => {
  const before = await opened();
  for (const fact of [session(), stage(), execution()]) await before.record(fact);
  const traces = Array.from({ length: 1000 }, (_, n) =>
    trace({
      id: `t${n}`,
      turn_number: n,
      output: `grepped ${n} `.repeat(80),
      outcome: 'completed',
    }),
  );
  await before.recordAll(traces);
  await before.close();
  tear(pagesWith('grepped', 13));
  const store = await opened();
  const kept = (await store.snapshot('s1'))?.traces ?? [];
  expect(kept.length).toBeGreaterThan(300);
  expect(kept.at(-1)?.turn_number).toBeGreaterThan(990);
  expect(store.health().message).toMatch(/some of tool_traces were lost/);
});

test('a record whose number is damaged does not hide those that come after it', async () => {
  await damaged();
  const bytes = fs.readFileSync(file);
  // Of the 200th record, the last one that is read at once: its number, as SQLite writes it.
  const output = bytes.indexOf('number 199 number 199');
  const page = Math.floor(output / PAGE) * PAGE;
  const number = bytes.lastIndexOf(Buffer.of(0x81, 200 - 128), output);
  expect(number).toBeGreaterThan(page);
  fs.writeFileSync(file, bytes.fill(0xff, number, number + 1));
  await (await expectMost()).close();
});

test('a database whose list of tables is lost is set aside like others', async () => {
  await damaged();
  fs.truncateSync(file, 2 * PAGE);
  const store = await opened();
  await store.record(session());
  expect(store.health().message).toMatch(/was damaged.* were lost.* was kept as/);
});

test('a chat that cannot be read any more does not take the list of all chats with it', async () => {
  const before = await opened();
  for (const id of ['a', 'b']) {
    await before.record(session({ session_id: id, kind: 'chat', status: 'completed' }));
    const notes = id === 'a' ? ['a long note '.repeat(2000)] : [];
    await before.record(agentSession({ agent_session_id: id, session_id: id }, { notes }));
  }
  await before.close();
  tear(pagesWith('a long note', 0).slice(0, 1));
  const store = await opened();
  expect(await store.chats({ limit: 9 })).toMatchObject([{ session_id: 'b' }]);
  await store.prune({ max_age_ms: null, max_bytes: null });
  expect(store.health().message).toMatch(/some of agent_sessions were lost/);
});

test.each(['ndjson', 'sqlite'] as const)(
  'damage that an export meets is read out, too: %s',
  async (format) => {
    const before = await opened();
    await before.record(session({ session_id: 'c', kind: 'chat', status: 'completed' }));
    const messages = Array.from({ length: 500 }, (_, n) => ({
      message_id: `m${n}`,
      session_id: 'c',
      parent_message_id: null,
      execution_id: 'O',
      created_at: 1000,
      message: { role: 'user', content: 'a message '.repeat(80) },
    }));
    await before.record(agentSession({ session_id: 'c' }, {}, messages));
    await before.close();
    tear(pagesWith('a message', 13));
    const store = await opened();
    const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'export-'));
    try {
      const { records } = await store.exportTo(format, path.join(outside, 'all'));
      expect(records).toBeGreaterThan(100);
      expect(fs.readdirSync(outside)).toEqual(['all']);
    } finally {
      fs.rmSync(outside, { recursive: true });
    }
    expect(store.health().message).toMatch(/some of context_messages were lost/);
  },
);

test('an export that is made again is not disturbed by the one that damage cut off', async () => {
  await damaged();
  const store = await opened();
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'export-'));
  const target = path.join(outside, 'all');
  const former = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  const { readFile } = fs.promises;
  vi.spyOn(fs.promises, 'readFile').mockImplementationOnce(async (...args) => {
    reading.resolve();
    await former.promise;
    return readFile(...args);
  });
  try {
    const exporting = store.exportTo('sqlite', target);
    await reading.promise;
    // Meets the damage; the export is asked for again.
    await store.snapshot('s1');
    former.resolve();
    await exporting;
    expect(fs.readdirSync(outside)).toEqual(['all']);
    const db = new DatabaseSync(target, { readOnly: true });
    const check = db.prepare('PRAGMA integrity_check').get();
    db.close();
    expect(check).toEqual({ integrity_check: 'ok' });
  } finally {
    fs.rmSync(outside, { recursive: true });
  }
});

test('bodies that only databases set aside have count once', async () => {
  for (let time = 0; time < 2; time++) {
    await damaged();
    await (await expectMost()).close();
  }
  const store = await opened();
  await store.record(session({ status: 'completed' }));
  await store.clear('runs');
  const places = fs.readdirSync(house.folder).filter((name) => /damaged-.*-payloads$/.test(name));
  const [first, second] = places.map((name) => path.join(house.folder, name));
  const [body = ''] = fs.readdirSync(first ?? '');
  const { ino, size } = fs.statSync(path.join(first ?? '', body));
  expect(fs.statSync(path.join(second ?? '', body)).ino).toBe(ino);
  const files = fs.readdirSync(house.folder).filter((name) => /damaged-[\dT-]+$/.test(name));
  const sizes = files.map((name) => fs.statSync(path.join(house.folder, name)).size);
  expect((await store.removeAsides()).bytes).toBe(sizes.reduce((sum, n) => sum + n, size));
});

test('results of steps that were read out are all asked for again: their numbers are others', async () => {
  await damaged();
  const before = await opened();
  for (const step_key of ['a', 'b']) await before.record(step({ step_key }));
  const known = await before.keptSteps(0);
  await before.close();
  const store = await expectMost();
  expect((await store.keptSteps(known.newest)).cleared).not.toBe(known.cleared);
});

test('the bodies of a database that was set aside stay with it', async () => {
  await damaged();
  fs.writeFileSync(file, fs.readFileSync(file).fill(0x5a, 16, 8192));
  const store = await opened();
  expect(await store.sessions({ limit: 9 })).toEqual([]);
  await store.prune({ max_age_ms: null, max_bytes: null });
  const kept = fs.readdirSync(house.folder).find((name) => /damaged-.*-payloads$/.test(name));
  expect(fs.readdirSync(path.join(house.folder, kept ?? ''))).toHaveLength(1);
});

test('damage that another window meets is read out, too', async () => {
  await damaged();
  const owner = await opened();
  const guest = await opened();
  const told = new Promise((resolve) => {
    owner.onHealth(({ message }) => message && resolve(message));
  });
  expect((await guest.snapshot('s1'))?.traces.length).toBeGreaterThan(450);
  expect(await told).toMatch(/damaged.*recovered/s);
});

test('a file where the folder of bodies should be is no hindrance', async () => {
  await damaged();
  fs.rmSync(path.join(house.folder, 'payloads'), { recursive: true });
  fs.writeFileSync(path.join(house.folder, 'payloads'), 'a file');
  await expectMost();
});

test('keeping many bodies holds nobody up, and who is overtaken meanwhile renames nothing', async () => {
  const bodies = path.join(house.folder, 'payloads');
  fs.mkdirSync(bodies);
  for (let n = 0; n < 1000; n++) fs.writeFileSync(path.join(bodies, `${n}`), '');
  fs.writeFileSync(file, 'the database');
  let owns = true;
  const setting = setAside(file, 'damaged', () => owns);
  // Another process has its turn, and takes over.
  setImmediate(() => {
    owns = false;
  });
  await expect(setting).rejects.toThrow(/taken over/);
  expect(fs.readFileSync(file, 'utf8')).toBe('the database');
});

test('other programs are let in again where the store could not be opened', async () => {
  await damaged();
  const rename = fs.renameSync;
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (String(from).endsWith('store.db')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    rename(from, to);
  });
  fs.writeFileSync(file, 'no database');
  const store = await opened();
  expect(store.health().state).toBe('memory');
  expect(fs.readdirSync(house.folder)).not.toContain('store.db-shm');
});
