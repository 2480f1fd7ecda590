/** What goes into the engine comes out of it, and plain SQLite reads the same. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeDisk } from './disk.ts';
import { Sql, type SqlValue } from './sql.ts';

let folder: string;
let db: Sql;
beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sql-'));
  db = await Sql.open({ disk: new NodeDisk(), path: path.join(folder, 'a.db') });
});
afterEach(() => {
  db.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

const value: fc.Arbitrary<SqlValue> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }),
  fc.constantFrom('', '\0', 'a\0b', 'é'.repeat(30), 'x'.repeat(300_000)),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, -1, 2 ** 31, 2 ** 53, Date.now(), 0.5),
  fc.uint8Array({ maxLength: 50 }),
  fc.constant(null),
);

test('every value comes back as it was', () => {
  db.script('CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c)');
  const seen: SqlValue[][] = [];
  fc.assert(
    fc.property(fc.tuple(value, value, value), (row) => {
      const id = seen.push(row.map((v) => (Object.is(v, -0) ? 0 : v)));
      expect(db.run('INSERT INTO t VALUES (?, ?, ?, ?)', [id, ...row])).toBe(1);
      const [a, b, c] = seen[id - 1] ?? [];
      expect(db.get('SELECT a, b, c FROM t WHERE id = ?', [id])).toEqual({ a, b, c });
    }),
  );
  db.close();
  const plain = new DatabaseSync(path.join(folder, 'a.db'), { readOnly: true });
  const rows = plain.prepare('SELECT a, b, c FROM t ORDER BY id').all();
  expect(rows.map((row) => [row.a, row.b, row.c])).toEqual(seen);
  plain.close();
});

test('parameters that a call leaves out are null, not those of the call before', () => {
  const sql = 'SELECT ? AS a, ? AS b';
  expect(db.get(sql, ['x', 'y'])).toEqual({ a: 'x', b: 'y' });
  expect(db.get(sql, ['z'])).toEqual({ a: 'z', b: null });
});

test('an error says what SQLite says, and the statement can be used again', () => {
  db.script('CREATE TABLE t (id INTEGER PRIMARY KEY)');
  const sql = 'INSERT INTO t VALUES (?)';
  db.run(sql, [1]);
  expect(() => db.run(sql, [1])).toThrow('UNIQUE constraint failed: t.id');
  expect(db.run(sql, [2])).toBe(1);
  expect(() => db.run('SELECT a FROM nowhere')).toThrow('no such table: nowhere');
});

test('prepared statements are kept, but not without end', () => {
  for (let n = 0; n < 1000; n++) expect(db.get(`SELECT ${n} AS n`)).toEqual({ n });
  expect(db.prepared).toBe(256);
  expect(db.get('SELECT 1 AS n')).toEqual({ n: 1 });
});
