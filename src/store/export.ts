/** Everything in the store as one file: lines of JSON, or a database that needs nothing beside it. */
import fs from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { COMPANIONS } from './aside.ts';
import { NodeDisk, syncFile } from './disk.ts';
import { isDamage, StoreError } from './errors.ts';
import type { Mount } from './file.ts';
import type { Reading } from './queries.ts';
import { nextTurn } from './slices.ts';
import { type Row, Sql } from './sql.ts';
import { EVENTS, RECORDS } from './tables.ts';

/** Rows read at once. */
const PIECE = 200;
/** Of a file, copied at once. Bytes. */
const COPIED = 1024 * 1024;
/** Tables without large bodies; their rows are exported as they are. */
const OTHERS = ['agent_sessions', 'context_messages', 'tasks', 'cache_stats'];

export interface Exported {
  readonly records: number;
  readonly bytes: number;
}

/** @throws StoreError for a file in the store's own folder: it would take the place of a part of it. */
export function checkTarget({ db }: Reading, target: string): void {
  const way = path.relative(realFolder(db.mount.path), realFolder(target));
  if (way === '..' || way.startsWith(`..${path.sep}`) || path.isAbsolute(way)) return;
  throw new StoreError(
    'bad_request',
    `${target} lies in the folder of the store itself. Choose another folder for the export.`,
  );
}

function realFolder(file: string): string {
  const folder = path.dirname(path.resolve(file));
  try {
    return fs.realpathSync.native(folder);
  } catch {
    return folder;
  }
}

/**
 * One object per line: `{"table": "tool_traces", "record": {…}}`, with whole bodies and the
 * fields of the contracts. The target appears only once it is complete.
 */
export async function exportLines(
  reading: Reading,
  target: string,
  signal: AbortSignal,
): Promise<Exported> {
  const draft = `${target}.part`;
  let records = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const line of recordsOf(reading)) {
      signal.throwIfAborted();
      records++;
      yield `${JSON.stringify(line)}\n`;
    }
  }
  try {
    await pipeline(lines, fs.createWriteStream(draft, { mode: 0o600, flush: true }));
    fs.renameSync(draft, target);
  } catch (error) {
    fs.rmSync(draft, { force: true });
    throw reasonOf(error, target);
  }
  return { records, bytes: fs.statSync(target).size };
}

async function* recordsOf(reading: Reading): AsyncGenerator<{ table: string; record: object }> {
  const { db, payloads, recorder } = reading;
  for (const table of RECORDS) {
    const { name } = table.rule;
    for await (const row of rowsOf(db, name)) {
      // What has arrived of a streaming text lies beside its row.
      const streams = name === EVENTS.rule.name && row.status === 'streaming';
      const text = streams ? { content: recorder.events.text(row), content_ref: null } : {};
      yield { table: name, record: await table.whole({ ...row, ...text }, payloads) };
    }
  }
  for (const table of OTHERS) {
    for await (const record of rowsOf(db, table)) yield { table, record };
  }
}

async function* rowsOf(db: Sql, table: string): AsyncGenerator<Row> {
  for (let after = 0; ; ) {
    const rows = db.all(
      `SELECT rowid AS export_rowid, * FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${PIECE}`,
      [after],
    );
    for (const { export_rowid, ...row } of rows) {
      const at = Number(export_rowid);
      // A page that was written in half has rows of zeros: their number leads back to the beginning.
      if (at <= after) throw new Error('database disk image is malformed');
      after = at;
      yield row;
    }
    if (rows.length < PIECE) return;
    await nextTurn();
  }
}

/** A copy of the database with all bodies inside it. */
export async function exportCopy(
  { db, payloads }: Reading,
  target: string,
  signal: AbortSignal,
  wasmPath: string | undefined,
): Promise<Exported> {
  const draft = `${target}.part`;
  // The log of an earlier draft or target would be read into the new one.
  const removeBeside = (file: string): void => {
    for (const end of COMPANIONS) fs.rmSync(file + end, { force: true });
  };
  try {
    removeBeside(draft);
    // While the log is not emptied into it the main file stands still: it can be copied without
    // holding anyone up.
    db.run('PRAGMA wal_autocheckpoint = 0');
    try {
      await copyFiles(db.mount, draft, signal);
    } finally {
      db.run('PRAGMA wal_autocheckpoint = 1000');
    }
    const copy = await Sql.open({ disk: new NodeDisk(), path: draft, wasmPath });
    let records = 0;
    try {
      // Without a log a full disk is met by the write itself, and a folder that cannot be written
      // is no hindrance to whoever opens the copy. The draft needs no way back.
      copy.run('PRAGMA journal_mode = OFF');
      copy.run('PRAGMA synchronous = OFF');
      copy.run('BEGIN');
      for await (const { hash } of rowsOf(copy, 'payloads')) {
        signal.throwIfAborted();
        const ref = String(hash);
        if (!copy.get('SELECT 1 FROM payloads WHERE hash = ? AND body IS NULL', [ref])) continue;
        const bytes = await payloads.stored(ref);
        if (bytes) copy.run('UPDATE payloads SET body = ? WHERE hash = ?', [bytes, ref]);
      }
      for (const name of [...RECORDS.map((table) => table.rule.name), ...OTHERS]) {
        // Read, not only counted: what is damaged in the store is damaged in its copy.
        for await (const _ of rowsOf(copy, name)) {
          signal.throwIfAborted();
          records++;
        }
      }
      // What only this computer's processes need.
      copy.run('DELETE FROM requests');
      copy.run('COMMIT');
    } finally {
      copy.close();
    }
    await syncFile(draft);
    fs.renameSync(draft, target);
    removeBeside(target);
    return { records, bytes: fs.statSync(target).size };
  } catch (error) {
    fs.rmSync(draft, { force: true });
    removeBeside(draft);
    throw reasonOf(error, target);
  }
}

function reasonOf(error: unknown, target: string): unknown {
  if (error instanceof StoreError && error.code === 'cancelled') return error;
  // The damaged store is read out, and asked for the export again.
  if (isDamage(error)) return error;
  return new StoreError('engine', `${target} could not be written: ${String(error)}`);
}

// Through the mount, which also knows what a failing disk has not taken yet. The log at once, since
// it may begin anew; the main file, which can be large, in pieces.
async function copyFiles(
  { disk, path: main, files }: Mount,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  for (const { fd, path: file } of files.values()) {
    if (file === main) continue;
    const log = new Uint8Array(disk.size(fd));
    disk.read(fd, log, 0);
    fs.writeFileSync(to + file.slice(main.length), log, { mode: 0o600 });
  }
  const fd = [...files.values()].find((file) => file.path === main)?.fd ?? -1;
  const out = await fs.promises.open(to, 'w', 0o600);
  try {
    const size = disk.size(fd);
    for (let at = 0; at < size; at += COPIED) {
      signal.throwIfAborted();
      const piece = new Uint8Array(Math.min(COPIED, size - at));
      disk.read(fd, piece, at);
      await out.appendFile(piece);
    }
  } finally {
    await out.close();
  }
}
