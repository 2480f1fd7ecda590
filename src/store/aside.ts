/** Files that cannot serve as a database are set aside under a dated name, never deleted. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { FencedError } from './disk.ts';
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
