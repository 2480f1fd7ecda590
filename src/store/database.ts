/**
 * From a path to a database that can be used: what is no database is set aside, what is damaged
 * is read out and set aside, what is older is copied and brought up to date, what is newer is
 * only read.
 */
import fs from 'node:fs';
import { dated, setAside, unusable } from './aside.ts';
import { type Disk, FencedError, syncFile } from './disk.ts';
import { asStoreError, isDamage } from './errors.ts';
import { putInPlace, rebuild } from './rebuild.ts';
import { applySchema, SCHEMA_VERSION, schemaVersion } from './schema.ts';
import { Sql } from './sql.ts';
import { SteadyDisk } from './steady.ts';

export interface DatabaseOptions {
  readonly disk: Disk;
  readonly path: string;
  readonly wasmPath?: string | undefined;
  /** Whether no other process has taken over. */
  readonly owns: () => boolean;
  /** Damage was met while running. */
  readonly suspect?: boolean;
}

export interface OpenDatabase {
  readonly db: Sql;
  /** Why facts must be refused; null when they may be written. */
  readonly readonly: string | null;
  /** What the user should know about this opening. */
  readonly notices: readonly string[];
}

/** Only call it as the one process that owns the folder. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { path, owns } = options;
  const notices: string[] = [];
  const damaged = await putInPlace(path, owns);
  if (damaged) {
    notices.push(`The store was damaged; what could be read of ${damaged} was recovered.`);
  }
  const why = unusable(path);
  if (why) {
    const target = await setAside(path, 'foreign', owns);
    notices.push(`${path} could not be used: ${why}. It was renamed to ${target}.`);
  }
  try {
    const opened = await openSound(options);
    return { ...opened, notices: [...notices, ...opened.notices] };
  } catch (error) {
    if (!isDamage(error)) throw error;
    const { rows, damaged } = await rebuild(options);
    const target = await putInPlace(path, owns);
    notices.push(
      `The store was damaged (${asStoreError(error).message}). ${rows} rows were recovered` +
        `${damaged.length > 0 ? `, some of ${damaged.join(', ')} were lost` : ''}. ` +
        `The damaged file was kept as ${target}.`,
    );
    return { ...(await openSound({ ...options, suspect: false })), notices };
  }
}

async function openSound(options: DatabaseOptions): Promise<OpenDatabase> {
  const { disk, path, wasmPath } = options;
  // Opening it as one's own would already change how its journal is kept.
  const told = versionInHeader(path);
  if (told > SCHEMA_VERSION) return await openNewer(options, told);
  const db = await Sql.open({ disk, path, wasmPath });
  try {
    const version = schemaVersion(db);
    if (version > SCHEMA_VERSION) {
      db.close();
      return await openNewer(options, version);
    }
    // Not looked for: SQLite's own check reads the whole file in one go, during which no other
    // window is answered, and does not see what stands in place of a record. Reading out does.
    if (options.suspect) throw new Error('database disk image is malformed');
    const notices =
      version > 0 && version < SCHEMA_VERSION ? [await backup(db, path, version)] : [];
    applySchema(db);
    return { db, readonly: null, notices };
  } catch (error) {
    // A predecessor's file must not be touched any more, not even by an orderly close.
    if (!(error instanceof FencedError)) db.close();
    throw error;
  }
}

/** `PRAGMA user_version` as the file has it, see https://sqlite.org/fileformat2.html; its log may know better. */
function versionInHeader(path: string): number {
  if (!fs.existsSync(path)) return 0;
  const bytes = Buffer.alloc(4);
  const fd = fs.openSync(path, 'r');
  try {
    fs.readSync(fd, bytes, 0, bytes.length, 60);
  } finally {
    fs.closeSync(fd);
  }
  return bytes.readUInt32BE();
}

// Written by a version of BooCode that knows more than this one: reading is safe, writing is not.
async function openNewer(options: DatabaseOptions, version: number): Promise<OpenDatabase> {
  const disk = new SteadyDisk(options.disk, { holdForGood: true });
  const db = await Sql.open({ disk, path: options.path, wasmPath: options.wasmPath });
  const message =
    `The store in ${options.path} was written by a newer version of BooCode (format ${version}, ` +
    `this one knows ${SCHEMA_VERSION}). It can be read; to record again, update BooCode.`;
  return { db, readonly: message, notices: [] };
}

// The log is emptied first, so that one file holds everything. Not in one go: it takes long, and an
// owner that does not answer other windows is taken for dead.
async function backup(db: Sql, path: string, version: number): Promise<string> {
  db.all('PRAGMA wal_checkpoint(TRUNCATE)');
  const target = `${path}.v${version}-${dated(Date.now())}.bak`;
  // Under its name only once it is whole and on the disk: one that was cut off must not pass for it.
  const draft = `${path}.bak.part`;
  await fs.promises.copyFile(path, draft, fs.constants.COPYFILE_FICLONE);
  await syncFile(draft);
  fs.renameSync(draft, target);
  return `The store was brought to format ${SCHEMA_VERSION}. A copy of the older one is ${target}.`;
}
