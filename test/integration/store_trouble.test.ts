/** Disks that refuse and folders that are not as they should be: no damage, and a clear word. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openStore, type StoreOptions } from '../../src/store/open.ts';
import type { Store, StoreHealth } from '../../src/store/store.ts';
import { CAN_MOUNT } from './store.house.ts';
import { FlakyDisk } from './store_flaky_disk.ts';
import { execution, session, stage, trace } from './store_samples.ts';

let root: string;
let folder: string;
let open: Store[] = [];
let mounted: string[] = [];
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'));
  folder = path.join(root, 'store');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.map((store) => store.close()));
  for (const target of mounted) spawnSync('umount', ['-l', target]);
  open = [];
  mounted = [];
  fs.rmSync(root, { recursive: true, force: true });
});

async function opened(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ folder, inline: true, ...options });
  open.push(store);
  return store;
}
/** Resolves with the first health that fits. */
function healthOf(store: Store, fits: (health: StoreHealth) => boolean): Promise<StoreHealth> {
  return new Promise((resolve) => {
    let end = (): void => {};
    end = store.onHealth((health) => {
      if (!fits(health)) return;
      // The listener may be called before `onHealth` has returned.
      setImmediate(() => end());
      resolve(health);
    });
  });
}
const inMemory = (health: StoreHealth): boolean => health.state === 'memory';
const isOk = (health: StoreHealth): boolean => health.state === 'ok';

async function begin(store: Store): Promise<void> {
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
}
const traceIds = async (store: Store): Promise<string[]> => {
  const snapshot = await store.snapshot('s1');
  return (snapshot?.traces ?? []).map((t) => t.id);
};
const names = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, n) => `t${String(n + from).padStart(4, '0')}`);
const setAsides = (): string[] =>
  fs.readdirSync(folder).filter((n) => /damaged-|foreign-/.test(n) && !/-(wal|journal)$/.test(n));
/** One was set aside, and is what it was. */
function expectAside(bytes: Buffer, inside = ''): void {
  const asides = setAsides();
  expect(asides).toHaveLength(1);
  const kept = fs.readFileSync(path.join(folder, asides[0] ?? '', inside));
  expect(Buffer.compare(kept, bytes)).toBe(0);
}

describe('a disk that refuses', () => {
  test.each([
    [
      'ENOSPC on writes',
      (disk: FlakyDisk, code: string | null) => (disk.failWrites = code),
      'ENOSPC',
    ],
    ['EIO on writes', (disk: FlakyDisk, code: string | null) => (disk.failWrites = code), 'EIO'],
    ['EIO on syncs', (disk: FlakyDisk, code: string | null) => (disk.failSyncs = code), 'EIO'],
  ])('%s: the store says so, goes on in memory and catches up', async (_, fail, code) => {
    const disk = new FlakyDisk();
    const store = await opened({ disk });
    await begin(store);
    for (const id of names(20)) await store.record(trace({ id }));
    fail(disk, code);
    for (const id of names(20, 20)) await store.record(trace({ id, output: 'x'.repeat(5000) }));
    expect(store.health()).toMatchObject({
      state: 'memory',
      message: expect.stringContaining(code),
    });
    expect(await traceIds(store)).toEqual(names(40));
    fail(disk, null);
    await healthOf(store, isOk);
    for (const id of names(5, 40)) await store.record(trace({ id }));
    await store.close();
    expect(await traceIds(await opened())).toEqual(names(45));
  });

  test('closing while the disk still refuses leaves what was on it before, sound', async () => {
    const disk = new FlakyDisk();
    const store = await opened({ disk });
    await begin(store);
    for (const id of names(20)) await store.record(trace({ id }));
    disk.failWrites = 'ENOSPC';
    disk.partial = 100;
    for (const id of names(20, 20)) await store.record(trace({ id }));
    await store.close();
    const again = await opened();
    expect(await traceIds(again)).toEqual(names(20));
    expect(again.health()).toEqual({ state: 'ok' });
  });

  test('the memory that stands in has an end: then facts are refused, with a reason', async () => {
    const disk = new FlakyDisk();
    const store = await opened({ disk });
    await begin(store);
    disk.failWrites = 'ENOSPC';
    let refused: unknown = null;
    for (let n = 0; refused === null && n < 3000; n++) {
      // Incompressible, so that memory fills up.
      const output = Buffer.from(crypto.getRandomValues(new Uint8Array(50_000))).toString('latin1');
      await store.record(trace({ id: `t${n}`, output })).catch((error: unknown) => {
        refused = error;
      });
    }
    expect(refused).toMatchObject({ name: 'StoreError', code: 'full' });
    expect((await traceIds(store)).length).toBeGreaterThan(100);
    disk.failWrites = null;
    await healthOf(store, isOk);
    await store.record(trace({ id: 'after' }));
    expect(await traceIds(store)).toContain('after');
  }, 60_000);

  // Where there is no right to mount the failing disk above has to do.
  function mount(options: string): void {
    fs.mkdirSync(folder);
    spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    mounted.push(folder);
  }

  test.skipIf(!CAN_MOUNT)('a real full disk: nothing is lost, in the worker too', async () => {
    mount('size=3m');
    fs.writeFileSync(path.join(folder, 'ballast'), Buffer.alloc(2 * 1024 * 1024));
    const store = await opened({ inline: false });
    await begin(store);
    const full = healthOf(store, inMemory);
    const ids: string[] = [];
    for (let n = 0; store.health().state === 'ok' && n < 5000; n++) {
      const [id = ''] = names(1, n);
      await store.record(trace({ id, output: `${id} `.repeat(500), outcome: 'completed' }));
      ids.push(id);
    }
    expect((await full).message).toMatch(/ENOSPC|no space/i);
    fs.rmSync(path.join(folder, 'ballast'));
    await healthOf(store, isOk);
    await store.close();
    expect(await traceIds(await opened())).toEqual(ids);
  });

  test.skipIf(!CAN_MOUNT)(
    'closing on a disk that is full to the last byte ends the store',
    async () => {
      mount('size=3m');
      const store = await opened();
      await begin(store);
      const fill = (): void =>
        fs.writeFileSync(path.join(folder, 'ballast'), Buffer.alloc(4 << 20));
      expect(fill).toThrow(/ENOSPC/);
      await store.record(trace());
      expect(inMemory(store.health())).toBe(true);
      await store.close();
      fs.rmSync(path.join(folder, 'ballast'));
      expect((await (await opened()).snapshot('s1'))?.executions).toHaveLength(1);
    },
  );

  test.skipIf(!CAN_MOUNT)(
    'a read-only folder: what is there is read, new facts stay in memory until it can be written',
    async () => {
      mount('size=8m');
      const before = await opened();
      await begin(before);
      await before.close();
      spawnSync('mount', ['-o', 'remount,ro', folder]);
      const store = await opened();
      expect(store.health()).toMatchObject({
        state: 'memory',
        message: expect.stringContaining(folder),
      });
      await store.record(trace({ id: 'kept' }));
      expect(await traceIds(store)).toEqual(['kept']);
      spawnSync('mount', ['-o', 'remount,rw', folder]);
      await healthOf(store, isOk);
      await store.close();
      expect(await traceIds(await opened())).toEqual(['kept']);
    },
  );
});

describe('a file that is not as it should be', () => {
  /** A store with traces in it, closed, so that all of it lies in one file. */
  async function filled(count: number): Promise<string> {
    const store = await opened();
    await begin(store);
    await Promise.all(
      names(count).map((id) => store.record(trace({ id, output: `${id} `.repeat(100) }))),
    );
    await store.close();
    return path.join(folder, 'store.db');
  }

  test('rubbish in the middle: met while running, set aside, the rest is recovered', async () => {
    const file = await filled(400);
    const bytes = fs.readFileSync(file);
    const at = Math.floor(bytes.indexOf('t0200 t0200') / 8192) * 8192;
    bytes.fill(0x5a, at, at + 3 * 8192);
    fs.writeFileSync(file, bytes);
    const store = await opened();
    const told = healthOf(store, (health) => health.message !== undefined);
    const ids = await traceIds(store);
    expect(ids.length).toBeGreaterThan(200);
    expect(ids.length).toBeLessThan(400);
    expect((await told).message).toMatch(/damaged.*recovered.*kept as/s);
    const [aside = ''] = setAsides();
    expect(fs.readFileSync(path.join(folder, aside)).indexOf(bytes.subarray(at, at + 8192))).toBe(
      at,
    );
    await store.record(trace({ id: 'after' }));
    await store.close();
    expect(await traceIds(await opened())).toContain('after');
  });

  test('a transaction that another program left half done is rolled back', async () => {
    const file = await filled(300);
    // As the sqlite3 shell does: it leaves the log for a journal, and dies with pages written.
    const change = `
      const { DatabaseSync } = require('node:sqlite');
      const db = new DatabaseSync(process.argv[1]);
      db.exec('PRAGMA journal_mode = DELETE; PRAGMA cache_size = 5; BEGIN');
      db.exec("UPDATE tool_traces SET turn_number = 99, output = 'more' || output");
      process.kill(process.pid, 'SIGKILL');`;
    spawnSync(process.execPath, ['--no-warnings', '-e', change, file]);
    expect(fs.statSync(`${file}-journal`).size).toBeGreaterThan(8192);
    const store = await opened();
    const { traces } = await store.traces({ session_id: 's1', limit: 999 });
    // Turns alone would be read from an index, whose pages were not written.
    const whole = traces.filter((t) => t.turn_number === 1 && t.output === `${t.id} `.repeat(100));
    expect([whole.length, traces.length]).toEqual([300, 300]);
    await store.close();
    // SQLite itself would use it.
    expect(fs.existsSync(`${file}-journal`)).toBe(false);
    const db = new DatabaseSync(file);
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    db.close();
  });

  test('the first page is rubbish: the store starts anew and the file is kept', async () => {
    const file = await filled(10);
    const bytes = fs.readFileSync(file);
    bytes.fill(0x5a, 16, 8192);
    fs.writeFileSync(file, bytes);
    const store = await opened();
    expect(store.health()).toMatchObject({
      state: 'ok',
      message: expect.stringMatching(/kept as/),
    });
    await begin(store);
    expectAside(bytes);
  });

  test('a file cut short: what is left of it is recovered', async () => {
    // So much that the cut takes rows and not the tables themselves, and leaves half a page.
    const file = await filled(2000);
    fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2));
    const bytes = fs.readFileSync(file);
    const store = await opened();
    const ids = await traceIds(store);
    expect(ids.length).toBeGreaterThan(500);
    expect(ids.length).toBeLessThan(2000);
    expect((await store.trace(ids.at(-1) ?? ''))?.output).toBe(`${ids.at(-1)} `.repeat(100));
    await store.record(session({ session_id: 's2' }));
    const sessions = (await store.sessions({ limit: 9 })).map((s) => s.session_id);
    expect(sessions.toSorted()).toEqual(['s1', 's2']);
    expectAside(bytes);
  });

  test.each([
    ['a text file', ''],
    ['a directory', 'inside'],
  ])('%s where the database should be is renamed, and the user is told', async (_, inside) => {
    const file = path.join(folder, 'store.db', inside);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, 'not a database at all');
    const store = await opened();
    expect(store.health().message).toMatch(/could not be used.*was renamed to/s);
    await begin(store);
    expectAside(Buffer.from('not a database at all'), inside);
    await store.close();
    const again = await opened();
    expect(await again.sessions({ limit: 5 })).toHaveLength(1);
    expect(again.health()).toEqual({ state: 'ok' });
  });

  test('a file that stays where the folder should be: what is in memory stays there, too', async () => {
    fs.writeFileSync(folder, 'a file');
    vi.useFakeTimers({ toFake: ['setInterval'] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const store = await opened();
    await store.record(session());
    // It looks every few seconds whether the folder can be had.
    vi.advanceTimersByTime(60_000);
    expect(await store.sessions({ limit: 5 })).toHaveLength(1);
    await store.close();
    expect(fs.readFileSync(folder, 'utf8')).toBe('a file');
  });

  test('a file where the folder should be: the store works in memory and says so', async () => {
    fs.writeFileSync(folder, 'a file');
    const store = await opened();
    expect(store.health()).toMatchObject({ state: 'memory' });
    // The later ones are answered first, since they wait for no sync.
    await Promise.all([
      store.record(session()),
      store.record(stage(), 'written'),
      store.record(execution(), 'lazy'),
    ]);
    await store.recordAll([trace(), trace({ output: 'found', outcome: 'completed' })]);
    expect(await store.sessions({ limit: 5 })).toHaveLength(1);
    // Once the folder can be made, everything moves there.
    fs.rmSync(folder);
    await store.close();
    expect(await (await opened()).snapshot('s1')).toMatchObject({
      traces: [{ id: 't1', output: 'found' }],
      last_seq: 5,
    });
  });

  test('a file where the folder of bodies should be: they stay in the database', async () => {
    const store = await opened();
    await begin(store);
    fs.writeFileSync(path.join(folder, 'payloads'), 'a file');
    const noise = crypto.getRandomValues(new Uint8Array(60_000));
    const output = Buffer.from(noise).toString('base64');
    await store.record(trace({ output }));
    await store.prune({ max_age_ms: null, max_bytes: null });
    expect((await store.trace('t1'))?.output).toBe(output);
  });

  test('a missing folder is made, with its parents, for its user alone', async () => {
    folder = path.join(root, 'a', 'b', 'store');
    await begin(await opened());
    if (process.platform !== 'win32') {
      expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
      expect(fs.statSync(path.join(folder, 'store.db')).mode & 0o777).toBe(0o600);
    }
  });
});

test('a clock that goes backwards neither loses nor reorders anything', async () => {
  const real = Date.now();
  const now = vi.spyOn(Date, 'now');
  const store = await opened();
  const frames: number[] = [];
  store.subscribe((frame) => frames.push(frame.seq));
  await begin(store);
  for (const [n, id] of names(20).entries()) {
    now.mockReturnValue(real - n * 3_600_000);
    await store.record(trace({ id, turn_number: n, started_at: Date.now() }));
  }
  expect(frames).toEqual(Array.from({ length: 23 }, (_, n) => n + 1));
  await store.close();
  now.mockReturnValue(real - 1_000_000_000);
  const again = await opened();
  expect(await traceIds(again)).toEqual(names(20));
  await again.record(trace({ id: 'last', turn_number: 99 }));
  expect((await again.snapshot('s1'))?.last_seq).toBe(24);
});
