/**
 * Files that cannot serve as a database are set aside under a dated name, and deleted by nobody but
 * the user.
 */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FencedError } from './disk.ts';
import { StoreError } from './errors.ts';
import { filesIn, PAYLOADS } from './payloads.ts';
import { nextTurn, SLICE } from './slices.ts';

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
/** Files beside a database that belong to it. */
export const COMPANIONS = ['-wal', '-journal'];

/** 2026-11-21T08-15-00-123 */
export function dated(now: number): string {
  return new Date(now).toISOString().replace(/[:.]/g, '-').replace('Z', '');
}

/** Why the path cannot be a database; null when it can, or when nothing is there yet. */
export function unusable(path: string): string | null {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (!stat || (stat.isFile() && stat.size === 0)) return null;
  if (!stat.isFile()) return 'it is not a file';
  const head = Buffer.alloc(MAGIC.length);
  const fd = fs.openSync(path, 'r');
  try {
    fs.readSync(fd, head, 0, head.length, 0);
  } finally {
    fs.closeSync(fd);
  }
  return head.equals(MAGIC) ? null : 'it is not an SQLite database';
}

/**
 * Renames what is at `path`, with its log, to `<path>.<reason>-<date>`. The bodies that it may name
 * are kept beside it, where no collection finds them.
 * @param owns asked last: what is at `path` may be a later owner's by then.
 * @returns the new path.
 */
export async function setAside(path: string, reason: string, owns: () => boolean): Promise<string> {
  const base = `${path}.${reason}-${dated(Date.now())}`;
  let target = base;
  for (let n = 2; fs.existsSync(target); n++) target = `${base}-${n}`;
  await linkFiles(join(dirname(path), PAYLOADS), `${target}-${PAYLOADS}`);
  if (!owns()) throw new FencedError();
  for (const companion of COMPANIONS) {
    if (fs.existsSync(path + companion)) fs.renameSync(path + companion, target + companion);
  }
  fs.renameSync(path, target);
  return target;
}

/** Databases that were set aside, and copies that were made before their format was changed. */
export interface Asides {
  readonly count: number;
  /** What deleting them gives back. */
  readonly bytes: number;
}

/** What follows the name of the database: its reason and the beginning of a date. */
const ASIDE = /^\.(?:damaged|foreign|v\d+)-\d{4}-\d\d-\d\dT/;
const ENDS = [...COMPANIONS, `-${PAYLOADS}`];

/** @param path of the database that they stand beside. */
export async function asides(path: string): Promise<Asides> {
  let bytes = 0;
  const names = asideNames(path);
  const links = new Map<bigint, bigint>();
  for (const name of names) bytes += await bytesOf(join(dirname(path), name), links);
  const count = names.filter((name) => !ENDS.some((end) => name.endsWith(end))).length;
  return { count, bytes };
}

/** Deletes them with all that belongs to them. @throws StoreError when the disk refuses. */
export async function removeAsides(path: string): Promise<Asides> {
  const before = await asides(path);
  for (const name of asideNames(path)) {
    const target = join(dirname(path), name);
    try {
      await fs.promises.rm(target, { recursive: true, force: true });
    } catch (error) {
      throw new StoreError('engine', `${target} could not be deleted: ${String(error)}`);
    }
  }
  return before;
}

function asideNames(path: string): string[] {
  const begin = basename(path);
  try {
    return fs
      .readdirSync(dirname(path))
      .filter((name) => name.startsWith(begin) && ASIDE.test(name.slice(begin.length)));
  } catch {
    // Without a folder that it can read, a store works in memory.
    return [];
  }
}

// What has a name elsewhere, too, stays on the disk under that one: a file counts with its last name.
async function bytesOf(path: string, links: Map<bigint, bigint>): Promise<number> {
  const stat = await fs.promises.lstat(path, { bigint: true }).catch(() => null);
  if (!stat) return 0;
  if (!stat.isDirectory()) {
    const met = (links.get(stat.ino) ?? 0n) + 1n;
    links.set(stat.ino, met);
    return met === stat.nlink ? Number(stat.size) : 0;
  }
  let bytes = 0;
  for (const name of await fs.promises.readdir(path)) {
    bytes += await bytesOf(join(path, name), links);
  }
  return bytes;
}

// Links take no room; where there are none, copies do. In pieces, since both can take long, and an
// owner that does not answer other windows is taken for dead.
async function linkFiles(folder: string, into: string): Promise<void> {
  for (const [n, file] of filesIn(folder).entries()) {
    if (n % SLICE === SLICE - 1) await nextTurn();
    fs.mkdirSync(into, { recursive: true, mode: 0o700 });
    try {
      fs.linkSync(file.path, join(into, file.ref));
    } catch {
      await fs.promises.copyFile(file.path, join(into, file.ref));
    }
  }
}
