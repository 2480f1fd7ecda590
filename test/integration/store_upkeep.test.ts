/** What becomes of old things: older formats, newer formats, unneeded bodies, limits. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test, vi } from 'vitest';
import { NodeDisk } from '../../src/store/disk.ts';
import { SCHEMA_VERSION } from '../../src/store/schema.ts';
import type { Store } from '../../src/store/store.ts';
import { newId } from '../../src/store/store.ts';
import { storeHouse } from './store.house.ts';
import { execution, session, stage, step, trace } from './store_samples.ts';

const house = storeHouse();
const { opened } = house;
class UnsyncedDisk extends NodeDisk {
  override async syncLater(): Promise<void> {}
}
const file = (): string => path.join(house.folder, 'store.db');
const payloadFiles = (): string[] => {
  const at = path.join(house.folder, 'payloads');
  if (!fs.existsSync(at)) return [];
  return fs
    .readdirSync(at, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name);
};
/** Text that compression cannot make small: beyond 32 KB it becomes a file. */
const noise = (bytes: number): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64');

interface Run {
  readonly id: string;
  readonly at: number;
  readonly status?: 'completed' | 'running';
  readonly kind?: 'workflow' | 'chat';
  readonly output?: string;
  readonly step_key?: string;
}
async function run(store: Store, { id, at, status = 'completed', kind, output, step_key }: Run) {
  const base = { session_id: id, stage_id: `g-${id}` };
  const when = { created_at: at, updated_at: at };
  await store.record(session({ session_id: id, ...(kind ? { kind } : {}), ...when }));
  await store.record(stage({ ...base }));
  await store.record(execution({ ...base, execution_id: `O-${id}` }));
  const fact = { ...base, id: `t-${id}`, execution_id: `O-${id}`, started_at: at };
  await store.record(trace({ ...fact, output: output ?? 'small', outcome: 'completed' }));
  if (step_key !== undefined) {
    const result = JSON.stringify(output ?? 'small');
    const kept = { step_key, session_id: id, execution_id: `O-${id}`, created_at: at, result };
    await store.record(step(kept));
  }
  await store.record(session({ session_id: id, ...(kind ? { kind } : {}), status, ...when }));
}
const ids = async (store: Store): Promise<string[]> =>
  (await store.sessions({ limit: 100 })).map((s) => s.session_id).sort();

describe('formats', () => {
  test('an older one is brought up to date after a copy was made, and nothing is lost', async () => {
    const old = new DatabaseSync(file());
    old.exec(fs.readFileSync(path.join(import.meta.dirname, '../fixtures/store_v1.sql'), 'utf8'));
    old.close();
    const store = await opened();
    expect(store.health().message).toMatch(/brought to format \d+\. A copy of the older one is/);
    const snapshot = await store.snapshot('s1');
    expect(snapshot?.traces.map((t) => t.id).sort()).toEqual(['big', 't1']);
    expect((await store.trace('big'))?.output).toBe('large body '.repeat(2000));
    expect(await store.eventContent('e1')).toBe('half a');
    expect(await store.stepResult('k1')).not.toBeNull();
    await store.record(trace({ id: 'new', output: 'x' }));
    await store.close();
    const [copy = ''] = fs.readdirSync(house.folder).filter((name) => name.includes('.v1-'));
    const before = new DatabaseSync(path.join(house.folder, copy), { readOnly: true });
    expect(before.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(before.prepare('SELECT count(*) AS n FROM tool_traces').get()).toEqual({ n: 2 });
    before.close();
    // The second time there is nothing to do.
    const again = await opened();
    expect(again.health()).toEqual({ state: 'ok' });
    expect((await again.snapshot('s1'))?.traces).toHaveLength(3);
  });

  test('a copy that was cut off does not pass for one', async () => {
    const old = new DatabaseSync(file());
    old.exec(fs.readFileSync(path.join(import.meta.dirname, '../fixtures/store_v1.sql'), 'utf8'));
    old.close();
    vi.spyOn(fs.promises, 'copyFile').mockImplementationOnce(async (from, to) => {
      fs.writeFileSync(to, fs.readFileSync(from).subarray(0, 10_000));
      throw new Error('as if it were killed here');
    });
    // The store tries again at once; the test cannot tell after how many openings.
    await (await opened()).close();
    await (await opened()).close();
    const copies = fs.readdirSync(house.folder).filter((name) => /\.(bak|part)$/.test(name));
    expect(copies).toHaveLength(1);
    const copy = new DatabaseSync(path.join(house.folder, copies[0] ?? ''), { readOnly: true });
    expect(copy.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    expect(copy.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    copy.close();
  });

  test('a newer one is read, with a message, and not changed', async () => {
    const before = await opened();
    await run(before, { id: 'a', at: 1000 });
    await before.close();
    const db = new DatabaseSync(file());
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; ALTER TABLE sessions ADD COLUMN novel;`);
    db.close();
    const bytes = fs.readFileSync(file());
    const store = await opened();
    expect(store.health()).toMatchObject({
      state: 'readonly',
      message: expect.stringMatching(/newer version of BooCode.*update BooCode/s),
    });
    expect(await ids(store)).toEqual(['a']);
    await expect(store.record(session())).rejects.toMatchObject({ code: 'readonly' });
    await expect(store.clear('runs')).rejects.toMatchObject({ code: 'readonly' });
    await store.close();
    expect(Buffer.compare(fs.readFileSync(file()), bytes)).toBe(0);
  });

  test('a newer one is left as it is, however its journal is kept', async () => {
    const before = await opened();
    await run(before, { id: 'a', at: 1000 });
    await before.close();
    const db = new DatabaseSync(file());
    db.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}; PRAGMA journal_mode = DELETE;`);
    db.close();
    const bytes = fs.readFileSync(file());
    const store = await opened();
    expect(await ids(store)).toEqual(['a']);
    await store.close();
    expect(Buffer.compare(fs.readFileSync(file()), bytes)).toBe(0);
    // In the log of a process that was killed.
    const writer = new DatabaseSync(file());
    writer.exec("PRAGMA journal_mode = WAL; UPDATE sessions SET title = 'in the log'");
    const files = [file(), `${file()}-wal`].map((name) => [name, fs.readFileSync(name)] as const);
    writer.close();
    for (const [name, content] of files) fs.writeFileSync(name, content);
    const again = await opened();
    expect((await again.session('a'))?.title).toBe('in the log');
    await again.close();
    for (const [name, content] of files) {
      expect(Buffer.compare(fs.readFileSync(name), content)).toBe(0);
    }
  });

  const shell = spawnSync('sqlite3', ['--version']).status === 0;
  test.skipIf(!shell)('the plain sqlite3 shell opens the file', async () => {
    const store = await opened();
    await run(store, { id: 'a', at: 1000 });
    await store.close();
    const sql = 'SELECT s.title, t.tool_name FROM tool_traces t JOIN sessions s USING (session_id)';
    expect(execFileSync('sqlite3', [file(), sql]).toString()).toBe('A run|grep\n');
    const check = 'PRAGMA integrity_check; PRAGMA foreign_key_check;';
    expect(execFileSync('sqlite3', [file(), check]).toString()).toBe('ok\n');
  });
});

describe('large bodies', () => {
  test('equal ones are stored once, big ones as files; they go when nothing names them', async () => {
    const store = await opened();
    const big = noise(60_000);
    const medium = noise(9000);
    await run(store, { id: 'a', at: 1000, output: big });
    await run(store, { id: 'b', at: 2000, output: big });
    await run(store, { id: 'c', at: 3000, output: medium });
    expect(payloadFiles()).toHaveLength(1);
    const { kinds } = await store.sizes();
    expect(kinds.find((k) => k.kind === 'bodies')?.count).toBe(2);
    // A file that never got its row, as a kill between the two leaves it.
    const stray = path.join(house.folder, 'payloads', 'ab', 'ab'.repeat(32));
    fs.mkdirSync(path.dirname(stray), { recursive: true });
    fs.writeFileSync(stray, 'stray');
    // One of the two that share the body goes: the body stays.
    await store.prune({ max_age_ms: Date.now() - 1500, max_bytes: null });
    expect(await ids(store)).toEqual(['b', 'c']);
    expect(payloadFiles()).toHaveLength(1);
    expect((await store.trace('t-b'))?.output).toBe(big);
    await store.prune({ max_age_ms: Date.now() - 2500, max_bytes: null });
    expect(payloadFiles()).toEqual([]);
    expect((await store.trace('t-c'))?.output).toBe(medium);
  });

  test.each([
    ['gone', (name: string) => fs.rmSync(name)],
    ['cut short', (name: string) => fs.truncateSync(name, 100)],
  ])('one whose file is %s is written again when it is named again', async (_, harm) => {
    const store = await opened();
    const big = noise(60_000);
    await run(store, { id: 'a', at: 1000, output: big });
    const [name = ''] = payloadFiles();
    harm(path.join(house.folder, 'payloads', name.slice(0, 2), name));
    expect((await store.trace('t-a'))?.output).not.toBe(big);
    await run(store, { id: 'b', at: 2000, output: big });
    expect((await store.trace('t-b'))?.output).toBe(big);
    expect((await store.trace('t-a'))?.output).toBe(big);
  });
});

describe('limits', () => {
  test('age: what ended long ago goes with all its rows; what runs and what caches stays', async () => {
    const store = await opened();
    const now = Date.now();
    const day = 24 * 3600 * 1000;
    await run(store, { id: 'old', at: now - 10 * day, step_key: 'k' });
    await run(store, { id: 'older', at: now - 20 * day, step_key: 'k' });
    await run(store, { id: 'running', at: now - 30 * day, status: 'running' });
    await run(store, { id: 'chat', at: now - 40 * day, kind: 'chat' });
    await run(store, { id: 'fresh', at: now - day });
    const removed = await store.prune({ max_age_ms: 5 * day, max_bytes: null });
    expect(await ids(store)).toEqual(['fresh', 'running']);
    // Two results of one step: the newer one serves later runs, the older one is of no use.
    expect(removed).toMatchObject({ sessions: 3, steps: 1 });
    expect(await store.stepResult('k')).toMatchObject({ session_id: 'old' });
    expect(await store.trace('t-old')).toBeNull();
    expect((await store.snapshot('running'))?.traces).toHaveLength(1);
    // A late fact of what is gone is refused rather than kept without its session.
    await expect(store.record(stage({ session_id: 'old' }))).rejects.toMatchObject({
      code: 'unknown_session',
    });
    await store.close();
    const db = new DatabaseSync(file(), { readOnly: true });
    for (const table of ['tool_traces', 'executions', 'stages', 'session_seq']) {
      const left = db.prepare(`SELECT DISTINCT session_id AS id FROM ${table} ORDER BY 1`).all();
      expect([table, left.map((row) => row.id)]).toEqual([table, ['fresh', 'running']]);
    }
    expect(db.prepare("SELECT count(*) AS n FROM meta WHERE key LIKE 'removed:%'").get()).toEqual({
      n: 0,
    });
    db.close();
  });

  test('size: the oldest go until the rest fits, and the file shrinks', async () => {
    const store = await opened();
    for (let n = 0; n < 30; n++) {
      await run(store, {
        id: `r${String(n).padStart(2, '0')}`,
        at: 1000 + n,
        output: noise(40_000),
      });
    }
    const limit = 1024 * 1024;
    const before = await store.sizes();
    expect(before.database_bytes + before.body_file_bytes).toBeGreaterThan(limit);
    await store.prune({ max_age_ms: null, max_bytes: limit });
    const left = await ids(store);
    expect(left.length).toBeGreaterThan(3);
    expect(left.length).toBeLessThan(30);
    expect(left.at(-1)).toBe('r29');
    expect(left).toEqual([...left].sort().slice(-left.length));
    await store.close();
    const again = await opened();
    const after = await again.sizes();
    expect(after.database_bytes + after.body_file_bytes).toBeLessThan(limit * 1.2);
  });

  test('size: kept results go last, and those of what runs not at all', async () => {
    const first = await opened();
    await run(first, { id: 'small', at: 1000, step_key: 'j' });
    // What is in the log is in the file then.
    await first.close();
    const store = await opened();
    const { database_bytes } = await store.sizes();
    const output = Array.from({ length: 5 }, () => noise(60_000)).join('');
    await run(store, { id: 'large', at: 2000, output });
    const some = await store.prune({ max_age_ms: null, max_bytes: database_bytes + 100_000 });
    expect(some).toMatchObject({ sessions: 2, steps: 0 });
    expect(await store.stepResult('j')).not.toBeNull();
    await run(store, { id: 'ended', at: 1000, step_key: 'k' });
    await run(store, { id: 'running', at: 1000, status: 'running', step_key: 'l' });
    expect(await store.prune({ max_age_ms: null, max_bytes: 1 })).toMatchObject({ steps: 2 });
    expect(await ids(store)).toEqual(['running']);
    expect(await store.stepResult('k')).toBeNull();
    expect(await store.stepResult('l')).not.toBeNull();
  });

  test('a removal that was cut off is finished by the next one', async () => {
    const store = await opened();
    await run(store, { id: 'a', at: 1000 });
    await store.close();
    const db = new DatabaseSync(file());
    db.exec(
      `DELETE FROM sessions; DELETE FROM session_seq; INSERT INTO meta VALUES ('removed:a', 'a')`,
    );
    db.close();
    const again = await opened();
    await again.prune({ max_age_ms: null, max_bytes: null });
    expect(await again.trace('t-a')).toBeNull();
  });

  test('clearing a kind leaves the others, and what is at work', async () => {
    const store = await opened();
    await run(store, { id: 'a', at: 1000, step_key: 'k' });
    await run(store, { id: 'b', at: 1000, status: 'running' });
    await run(store, { id: 'c', at: 1000, kind: 'chat' });
    const { kinds, database_bytes } = await store.sizes();
    expect(kinds.map((k) => [k.kind, k.count])).toEqual([
      ['runs', 2],
      ['chats', 1],
      ['steps', 1],
      ['bodies', 0],
    ]);
    for (const k of kinds.slice(0, 3)) expect(k.bytes).toBeGreaterThan(50);
    expect(database_bytes).toBeGreaterThan(8192);
    expect(await store.clear('runs')).toMatchObject({ sessions: 1 });
    expect(await ids(store)).toEqual(['b', 'c']);
    expect(await store.stepResult('k')).not.toBeNull();
    await store.clear('steps');
    expect(await store.stepResult('k')).toBeNull();
    await store.clear('chats');
    expect(await ids(store)).toEqual(['b']);
  });

  test('what steps are kept is told whole, then only what is new, until some are removed', async () => {
    const store = await opened();
    const keyOf = (word: string): string => `${word} of some keys that are long`;
    await run(store, { id: 'a', at: 1000, step_key: keyOf('first') });
    const before = await store.keptSteps(0);
    expect(before).toMatchObject({ begins: ['first of some ke'], newest: 1 });
    await run(store, { id: 'b', at: 1000, step_key: keyOf('second') });
    const after = await store.keptSteps(before.newest);
    expect(after).toEqual({ ...before, begins: ['second of some k'], newest: 2 });
    expect((await store.keptSteps(after.newest)).begins).toEqual([]);
    expect((await store.keptSteps(0)).begins).toEqual(['first of some ke', 'second of some k']);

    // By age, size or kind: numbers may be used again then.
    await store.prune({ max_age_ms: null, max_bytes: 1 });
    const pruned = await store.keptSteps(0);
    expect(pruned).toMatchObject({ begins: [], newest: 0 });
    expect(pruned.cleared).not.toBe(after.cleared);
  });

  test('facts are recorded and read while much is removed', async () => {
    // Facts that wait for no disk, so that both sides of the race count turns of the event loop.
    const store = await opened({ disk: new UnsyncedDisk() });
    for (let n = 0; n < 5; n++) await run(store, { id: `r${n}`, at: 1000 + n });
    const many = Array.from({ length: 3000 }, (_, n) =>
      trace({ id: `x${n}`, session_id: 'r0', stage_id: 'g-r0', execution_id: 'O-r0' }),
    );
    await Promise.all(many.map((fact) => store.record(fact)));
    let done = false;
    const removing = store.clear('runs').then(() => {
      done = true;
    });
    let between = 0;
    while (!done) {
      await store.record(session({ session_id: newId(), title: 'meanwhile' }));
      between++;
    }
    await removing;
    expect(between).toBeGreaterThan(3);
    expect(await ids(store)).toHaveLength(between);
  });
});
