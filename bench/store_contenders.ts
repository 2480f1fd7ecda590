/**
 * The stores that are compared, behind one small face. All of them insert the same row of a
 * trace and acknowledge it once it would survive a power loss. `group` is how several waiting
 * rows become one transaction: the same queue for all, so that only the engines differ.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import wasm from 'node-sqlite3-wasm';
import initSqlJs from 'sql.js';
import { NodeDisk } from '../src/store/disk.ts';
import { openStore } from '../src/store/open.ts';
import { Sql } from '../src/store/sql.ts';
import { execution, session, stage, trace } from '../test/integration/store_samples.ts';
import { ON_NODE, SHIPPED } from './store_threads.ts';

export interface Contender {
  /** Opens or creates the store and answers a first query. */
  open(folder: string): Promise<Opened>;
  /** The file that `filled` makes for it. */
  readonly file: string;
}

export interface Opened {
  /** Resolves when the row is durable. */
  write(id: string, body: string): Promise<void>;
  count(): Promise<number>;
  close(): Promise<void>;
}

export const NAMES = [
  'ours, record()',
  'the same, on node:sqlite',
  'ours, its engine alone',
  'node:sqlite, WAL, FULL',
  'node:sqlite, 8 KB pages',
  'node-sqlite3-wasm',
  'sql.js, export per write',
] as const;
export type Name = (typeof NAMES)[number];

const TABLE = `CREATE TABLE IF NOT EXISTS traces (
  id TEXT PRIMARY KEY, session_id TEXT, turn_number INTEGER, started_at NUMERIC, body TEXT)`;
const INDEX = `CREATE INDEX IF NOT EXISTS traces_by_turn
  ON traces (session_id, turn_number, started_at, id)`;
const INSERT = 'INSERT INTO traces VALUES (?, ?, ?, ?, ?)';
const COUNT = "SELECT count(*) AS n FROM traces WHERE id = 't1'";
const rowOf = (id: string, body: string): (string | number)[] => [id, 's1', 1, 1000, body];

/** Waiting rows are committed together in the next turn of the event loop. */
function group(commit: (rows: readonly [string, string][]) => void | Promise<void>) {
  let waiting: { row: [string, string]; done: () => void; failed: (e: unknown) => void }[] = [];
  let running = false;
  const flush = async (): Promise<void> => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await commit(batch.map((w) => w.row));
        for (const { done } of batch) done();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    running = false;
  };
  return (id: string, body: string): Promise<void> =>
    new Promise((done, failed) => {
      waiting.push({ row: [id, body], done, failed });
      if (!running) {
        running = true;
        setImmediate(() => void flush());
      }
    });
}

export const wasmPath = path.join(path.dirname(SHIPPED), 'sql-wasm-debug.wasm');

async function openWhole(folder: string, workerPath: string): Promise<Opened> {
  const store = await openStore({ folder, workerPath, wasmPath });
  if (!(await store.session('s1'))) {
    for (const fact of [session(), stage(), execution()]) await store.record(fact);
  }
  return {
    async write(id, body) {
      await store.record(trace({ id, output: body, outcome: 'completed' }));
    },
    async count() {
      return (await store.trace('t1')) ? 1 : 0;
    },
    close: () => store.close(),
  };
}

async function openEngine(folder: string): Promise<Opened> {
  const db = await Sql.open({ disk: new NodeDisk(), path: path.join(folder, 'raw.db') });
  db.script(TABLE);
  db.script(INDEX);
  const write = group(async (rows) => {
    db.transaction(() => {
      for (const [id, body] of rows) db.run(INSERT, rowOf(id, body));
    });
    await db.syncLog();
  });
  return {
    write,
    count: async () => Number(db.get(COUNT)?.n),
    close: async () => db.close(),
  };
}

/** @param settings what differs from how it comes; the pages of ours are 8 KB. */
async function openNode(folder: string, settings = ''): Promise<Opened> {
  const db = new DatabaseSync(path.join(folder, 'raw.db'));
  db.exec(settings);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE');
  db.exec(TABLE);
  db.exec(INDEX);
  const insert = db.prepare(INSERT);
  const write = group((rows) => {
    db.exec('BEGIN IMMEDIATE');
    for (const [id, body] of rows) insert.run(...rowOf(id, body));
    db.exec('COMMIT');
  });
  return {
    write,
    count: async () => Number(db.prepare(COUNT).get()?.n),
    close: async () => db.close(),
  };
}

// No WAL: its file system has no shared memory. Its default journal is what it offers.
async function openWasm(folder: string): Promise<Opened> {
  const db = new wasm.Database(path.join(folder, 'raw.db'));
  db.exec('PRAGMA page_size = 8192; PRAGMA synchronous = FULL; PRAGMA locking_mode = EXCLUSIVE');
  db.exec(TABLE);
  db.exec(INDEX);
  const insert = db.prepare(INSERT);
  const write = group((rows) => {
    db.exec('BEGIN IMMEDIATE');
    for (const [id, body] of rows) insert.run(rowOf(id, body));
    db.exec('COMMIT');
  });
  return {
    write,
    count: async () => Number(db.get(COUNT)?.n),
    async close() {
      insert.finalize();
      db.close();
    },
  };
}

async function openExporting(folder: string): Promise<Opened> {
  const file = path.join(folder, 'raw.db');
  const SQL = await initSqlJs({
    locateFile: () => createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'),
  });
  const db = new SQL.Database(fs.existsSync(file) ? fs.readFileSync(file) : undefined);
  db.run(TABLE);
  db.run(INDEX);
  const write = group((rows) => {
    for (const [id, body] of rows) db.run(INSERT, rowOf(id, body));
    fs.writeFileSync(`${file}.part`, db.export(), { flush: true });
    fs.renameSync(`${file}.part`, file);
  });
  return {
    write,
    count: async () => Number(db.exec(COUNT)[0]?.values[0]?.[0]),
    close: async () => db.close(),
  };
}

export const CONTENDERS: Readonly<Record<Name, Contender>> = {
  'ours, record()': { open: (folder) => openWhole(folder, SHIPPED), file: 'store.db' },
  'the same, on node:sqlite': { open: (folder) => openWhole(folder, ON_NODE), file: 'store.db' },
  'ours, its engine alone': { open: openEngine, file: 'raw.db' },
  'node:sqlite, WAL, FULL': { open: openNode, file: 'raw.db' },
  'node:sqlite, 8 KB pages': {
    open: (folder) => openNode(folder, 'PRAGMA page_size = 8192'),
    file: 'raw.db',
  },
  'node-sqlite3-wasm': { open: openWasm, file: 'raw.db' },
  'sql.js, export per write': { open: openExporting, file: 'raw.db' },
};

/** About the size of a tool call with its output. */
export const BODY = 'a line of text as tools print it, 42 characters\n'.repeat(43).slice(0, 2048);

/** Fills a closed store's file up to a size, fast: what matters is only how large it is. */
export async function fill(name: Name, folder: string, bytes: number): Promise<void> {
  const { open, file } = CONTENDERS[name];
  const first = await open(folder);
  await first.write('t1', BODY);
  await first.close();
  const db = new DatabaseSync(path.join(folder, file));
  db.exec('PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE');
  const table = file === 'store.db' ? 'tool_traces' : 'traces';
  const columns = db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all();
  const others = columns.map((c) => String(c.name)).filter((c) => c !== 'id');
  const size = (): number => fs.statSync(path.join(folder, file)).size;
  for (let n = 0; size() < bytes; n++) {
    db.exec(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 399)
       INSERT INTO ${table} (id, ${others.join(', ')})
       SELECT 'f${n}-' || i, ${others.join(', ')} FROM ${table}, n WHERE id = 't1'`,
    );
  }
  // The one that has no WAL could not open it.
  if (name !== 'node-sqlite3-wasm') db.exec('PRAGMA journal_mode = WAL');
  db.close();
}
