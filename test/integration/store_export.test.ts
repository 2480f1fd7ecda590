/** Exports, and under trouble: killed ones, a disk that refuses, removals meanwhile, unusual texts. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeDisk } from '../../src/store/disk.ts';
import { openStore, type StoreOptions } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { CAN_MOUNT } from './store.house.ts';
import {
  agentSession,
  chunk,
  created,
  execution,
  session,
  stage,
  step,
  trace,
} from './store_samples.ts';

let base: string;
let folder: string;
/** Where exports go. */
let outside: string;
let open: Store[] = [];
let mounted = false;
beforeEach(() => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'store-export-'));
  folder = path.join(base, 'store');
  outside = path.join(base, 'outside');
  fs.mkdirSync(outside);
});
afterEach(async () => {
  await Promise.all(open.map((store) => store.close()));
  open = [];
  if (mounted) spawnSync('umount', [outside]);
  mounted = false;
  fs.rmSync(base, { recursive: true, force: true });
});
async function opened(options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = await openStore({ folder, inline: true, ...options });
  open.push(store);
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  return store;
}
const ended = (id: string, output: string): Promise<unknown> =>
  open[0]?.record(trace({ id, output, outcome: 'completed' })) ?? Promise.resolve();
/** Text that compression cannot make small: beyond 32 KB it becomes a file. */
const noise = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64');

/** What a program that knows nothing of BooCode finds in a copy. */
function inspect(file: string): Record<string, unknown> {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return {
      ...db.prepare('PRAGMA integrity_check').get(),
      ...db.prepare('PRAGMA journal_mode').get(),
      ...db.prepare('SELECT count(*) AS calls FROM tool_traces').get(),
      ...db.prepare('SELECT count(*) AS bodiless FROM payloads WHERE body IS NULL').get(),
    };
  } finally {
    db.close();
  }
}
const sound = (calls: number) => ({
  integrity_check: 'ok',
  journal_mode: 'delete',
  calls,
  bodiless: 0,
});

test('NDJSON holds every record whole; SQLite opens elsewhere with all bodies', async () => {
  const store = await opened();
  const big = noise(60_000);
  await ended('t-a', big);
  await store.record(step({ result: JSON.stringify(big) }));
  await store.record(session({ session_id: 'b', kind: 'chat' }));
  await store.record(agentSession({ session_id: 'b' }));
  const target = path.join(outside, 'all.ndjson');
  const told = await store.exportTo('ndjson', target);
  const lines = fs.readFileSync(target, 'utf8').trimEnd().split('\n');
  const records: { table: string; record: Record<string, unknown> }[] = lines.map((line) =>
    JSON.parse(line),
  );
  expect(told).toEqual({ records: records.length, bytes: fs.statSync(target).size });
  const sessions = records.filter((r) => r.table === 'sessions');
  expect(sessions.map((r) => r.record.session_id)).toEqual(['s1', 'b']);
  expect(records.find((r) => r.record.id === 't-a')?.record.output).toBe(big);
  expect(records.find((r) => r.table === 'step_results')?.record.result).toBe(JSON.stringify(big));

  fs.rmSync(target);
  const copied = await store.exportTo('sqlite', path.join(outside, 'store.db'));
  expect(copied.records).toBe(told.records);
  await store.record(session({ session_id: 'later' }));
  expect(fs.readdirSync(outside)).toEqual(['store.db']);
  const copy = await openStore({ folder: outside, inline: true });
  open.push(copy);
  expect((await copy.trace('t-a'))?.output).toBe(big);
  const kept = await copy.sessions({ limit: 9 });
  expect(kept.map((s) => s.session_id).sort()).toEqual(['b', 's1']);
});

test('a target that cannot be written is an error, and leaves nothing behind', async () => {
  const store = await opened();
  for (const format of ['ndjson', 'sqlite'] as const) {
    const target = path.join(base, 'missing', 'all');
    await expect(store.exportTo(format, target)).rejects.toThrow(/could not be written/);
  }
  expect(fs.readdirSync(base).sort()).toEqual(['outside', 'store']);
  await store.record(session({ session_id: 'later' }));
});

test('a copy is not spoilt by the log that a killed export of the same name left', async () => {
  const store = await opened();
  const target = path.join(outside, 'all.db');
  for (let n = 0; n < 30; n++) await ended(`a${n}`, 'x'.repeat(7000));
  for (const name of ['all.db.part-wal', 'all.db-wal']) {
    fs.copyFileSync(path.join(folder, 'store.db-wal'), path.join(outside, name));
  }
  for (let n = 0; n < 30; n++) await ended(`b${n}`, 'x'.repeat(7000));
  await ended('big', noise(60_000));
  await store.exportTo('sqlite', target);
  expect(inspect(target)).toEqual(sound(61));
  expect(fs.readdirSync(outside)).toEqual(['all.db']);
});

test('what a full disk has not taken is in the copy all the same', async () => {
  let full = false;
  class FullDisk extends NodeDisk {
    override write(fd: number, from: Uint8Array, position: number): void {
      if (full) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
      super.write(fd, from, position);
    }
  }
  const store = await opened({ disk: new FullDisk() });
  await ended('a', 'on the disk');
  full = true;
  await ended('b', 'in memory');
  expect(store.health().state).toBe('memory');
  const target = path.join(outside, 'all.db');
  await store.exportTo('sqlite', target);
  expect(inspect(target)).toEqual(sound(2));
  full = false;
});

// A disk of its own that is nearly full.
test.skipIf(!CAN_MOUNT)(
  'a disk without room for the whole copy: an error, and no half of it',
  async () => {
    const store = await opened();
    for (let n = 0; n < 200; n++) await ended(`t${n}`, noise(40_000));
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=13m', 'tmpfs', outside]);
    mounted = true;
    const target = path.join(outside, 'all.db');
    await expect(store.exportTo('sqlite', target)).resolves.toMatchObject({ records: 203 });
    expect(inspect(target)).toEqual(sound(200));
    fs.rmSync(target);
    fs.writeFileSync(path.join(outside, 'ballast'), Buffer.alloc(6 * 1024 * 1024));
    for (const format of ['ndjson', 'sqlite'] as const) {
      await expect(store.exportTo(format, target)).rejects.toThrow(/ENOSPC|disk is full/);
    }
    expect(fs.readdirSync(outside)).toEqual(['ballast']);
  },
);

test.skipIf(!CAN_MOUNT)('nor one that lacks its last pages alone', async () => {
  const filled = await opened();
  for (let n = 0; n < 20; n++) await ended(`t${n}`, noise(40_000));
  // Closing empties the log, which is copied, too: only what the copy itself takes is to matter.
  await filled.close();
  const store = await opened();
  const rehearsal = path.join(base, 'rehearsal.db');
  const { bytes } = await store.exportTo('sqlite', rehearsal);
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', outside]);
  mounted = true;
  const { bavail, bsize } = fs.statfsSync(outside);
  const ballast = Buffer.alloc(bavail * bsize - bytes + 4 * 8192);
  fs.writeFileSync(path.join(outside, 'ballast'), ballast);
  const target = path.join(outside, 'all.db');
  await expect(store.exportTo('sqlite', target)).rejects.toThrow(/disk is full/);
  expect(fs.readdirSync(outside)).toEqual(['ballast']);
});

test('a removal meanwhile takes nothing away from an export, nor does another export', async () => {
  const store = await opened();
  for (let n = 0; n < 40; n++) await ended(`t${n}`, noise(40_000));
  await store.record(session({ status: 'completed' }));
  const targets = ['one.db', 'two.db'].map((name) => path.join(outside, name));
  const lines = path.join(outside, 'all.ndjson');
  await Promise.all([
    ...targets.map((target) => store.exportTo('sqlite', target)),
    store.exportTo('ndjson', lines),
    store.clear('runs'),
  ]);
  for (const target of targets) expect(inspect(target)).toEqual(sound(40));
  const calls = fs.readFileSync(lines, 'utf8').match(/^\{"table":"tool_traces".*/gm) ?? [];
  expect(calls).toHaveLength(40);
  expect(calls.filter((line) => line.includes('"truncated"'))).toEqual([]);
  expect(await store.snapshot('s1')).toBeNull();
});

test.each(['ndjson', 'sqlite'] as const)(
  'a cancelled export leaves nothing: %s',
  async (format) => {
    const store = await opened();
    for (let n = 0; n < 40; n++) await ended(`t${n}`, noise(40_000));
    const guest = await openStore({ folder, inline: true });
    open.push(guest);
    const target = path.join(outside, 'all');
    fs.writeFileSync(target, 'an earlier one');
    // While it is at work, while it waits for that one, and before it was asked for.
    const [working, waiting] = [new AbortController(), new AbortController()];
    const { readFile } = fs.promises;
    vi.spyOn(fs.promises, 'readFile').mockImplementation(async (...args) => {
      waiting.abort();
      working.abort();
      await Promise.allSettled([exports[1]]);
      return readFile(...args);
    });
    const exports = [
      store.exportTo(format, target, working.signal),
      guest.exportTo(format, target, waiting.signal),
      store.exportTo(format, target, AbortSignal.abort()),
    ];
    const ends = await Promise.allSettled(exports);
    vi.restoreAllMocks();
    const cancelled = { status: 'rejected', reason: { code: 'cancelled' } };
    expect(ends).toMatchObject([cancelled, cancelled, cancelled]);
    expect(fs.readdirSync(outside)).toEqual(['all']);
    expect(fs.readFileSync(target, 'utf8')).toBe('an earlier one');
    await store.exportTo(format, target);
    expect(fs.statSync(target).size).toBeGreaterThan(1_000_000);
  },
);

test.each([true, false])('closing a store cancels its exports; inline: %s', async (inline) => {
  const store = await opened({ inline });
  for (let n = 0; n < 40; n++) await ended(`t${n}`, noise(40_000));
  const target = path.join(outside, 'all');
  const exporting = Promise.allSettled([store.exportTo('ndjson', target)]);
  await store.close();
  expect(await exporting).toMatchObject([{ status: 'rejected', reason: { code: 'cancelled' } }]);
  expect(fs.readdirSync(outside)).toEqual([]);
});

test('nothing of the store itself can be overwritten by an export', async () => {
  const store = await opened();
  const link = path.join(base, 'link');
  fs.symlinkSync(folder, link);
  for (const format of ['ndjson', 'sqlite'] as const) {
    for (const target of [folder, link].map((at) => path.join(at, 'store.db'))) {
      await expect(store.exportTo(format, target)).rejects.toThrow(/Choose another folder/);
    }
    const inside = path.join(folder, 'payloads', 'x');
    await expect(store.exportTo(format, inside)).rejects.toThrow(/Choose another folder/);
  }
  await ended('a', 'small');
  await store.close();
  expect((await (await opened()).snapshot('s1'))?.traces).toHaveLength(1);
});

test('NDJSON: each line parses, whatever the texts; a text that still streams is whole', async () => {
  const store = await opened();
  const odd = 'NUL \u0000, half an emoji \ud83d, line ends \r\n \u2028 \u0085, "\\u0000"';
  const large = `${odd}${'0123456789abcdef'.repeat(256 * 1024)}`;
  await ended('odd', odd);
  await ended('large', large);
  await store.record(created());
  await store.record(chunk(0, 'what has arrived'));
  const target = path.join(outside, 'all.ndjson');
  await store.exportTo('ndjson', target);
  const lines = fs.readFileSync(target, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  const records: Record<string, unknown>[] = lines.map((line) => JSON.parse(line).record);
  const whole = async (id: string): Promise<boolean> =>
    records.find((r) => r.id === id)?.output === (await store.trace(id))?.output;
  expect([await whole('odd'), await whole('large')]).toEqual([true, true]);
  expect(String(records.find((r) => r.id === 'large')?.output)).toHaveLength(large.length);
  expect(records.find((r) => r.event_id === 'e1')?.content).toBe('what has arrived');
});
