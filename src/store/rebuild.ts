/**
 * A damaged database is read out into a new file beside it, and only when that one is complete do
 * the two change places: a process that ends in between leaves the damaged file where it was, to be
 * read out again, or a complete new one, which the next process puts in its place.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setAside } from './aside.ts';
import { FencedError, NodeDisk } from './disk.ts';
import { adoptFiles, PAYLOADS } from './payloads.ts';
import { type Salvage, salvage } from './salvage.ts';
import { applySchema } from './schema.ts';
import { Sql } from './sql.ts';

const DRAFT = '.rebuilding-';
const COMPLETE = '.rebuilt';

export interface RebuildOptions {
  readonly path: string;
  /** Whether no other process has taken over. */
  readonly owns: () => boolean;
  readonly wasmPath?: string | undefined;
}

/** Reads the database out into a file that `putInPlace` takes. @throws Error when the disk refuses. */
export async function rebuild({ path: file, owns, wasmPath }: RebuildOptions): Promise<Salvage> {
  removeDrafts(file + DRAFT);
  const draft = `${file}${DRAFT}${randomBytes(4).toString('hex')}`;
  try {
    // Not the owner's disk, which goes on in memory where there is no room: this must be on disk.
    const fresh = await Sql.open({ disk: new NodeDisk(), path: draft, wasmPath });
    let read: Salvage;
    try {
      applySchema(fresh);
      read = await salvage(fresh, file, wasmPath);
      const adopted = await adoptFiles(fresh, path.join(path.dirname(file), PAYLOADS));
      read = { ...read, rows: read.rows + adopted };
      fresh.all('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      fresh.close();
    }
    if (!owns()) throw new FencedError();
    fs.renameSync(draft, file + COMPLETE);
    return read;
  } catch (error) {
    removeDrafts(draft);
    throw error;
  }
}

/**
 * Sets the damaged database aside for one that was rebuilt.
 * @returns its new path; null: there is none. @throws FencedError when another process owns it.
 */
export async function putInPlace(file: string, owns: () => boolean): Promise<string | null> {
  if (!fs.existsSync(file + COMPLETE)) return null;
  const target = fs.existsSync(file) ? await setAside(file, 'damaged', owns) : null;
  fs.renameSync(file + COMPLETE, file);
  return target;
}

function removeDrafts(begin: string): void {
  const folder = path.dirname(begin);
  for (const name of fs.readdirSync(folder)) {
    if (name.startsWith(path.basename(begin))) fs.rmSync(path.join(folder, name));
  }
}
