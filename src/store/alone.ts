/** A place at a folder that cannot be owned: what is there can be read, nothing reaches the disk. */
import path from 'node:path';
import type { Frame } from '../contracts/frames.ts';
import { Core } from './core.ts';
import { type Disk, NodeDisk, type OpenMode } from './disk.ts';
import { applySchema, SCHEMA_VERSION, schemaVersion } from './schema.ts';
import { Sql } from './sql.ts';
import { SteadyDisk } from './steady.ts';

export interface AloneOptions {
  readonly database: string;
  readonly payloadFolder: string;
  readonly wasmPath?: string | undefined;
  /** Why facts are refused; null when they are kept in memory. */
  readonly readonly: string | null;
  readonly publish: (frames: readonly Frame[]) => void;
  readonly log: (message: string) => void;
}

/** @throws StoreError when not even a database in memory can be opened. */
export async function openAlone(options: AloneOptions): Promise<Core> {
  const db = await openOver(new NodeDisk(), options).catch((error: unknown) => {
    options.log(`${options.database} cannot be read: ${String(error)}`);
    return openOver(new NoDisk(), options);
  });
  return new Core({
    db,
    readonly: options.readonly,
    payloadFolder: options.payloadFolder,
    wasmPath: options.wasmPath,
    writable: () => false,
    owns: () => true,
    publish: options.publish,
    log: options.log,
    gathered: Promise.resolve(),
    former: Promise.resolve(),
  });
}

async function openOver(real: Disk, options: AloneOptions): Promise<Sql> {
  const disk = new SteadyDisk(real, { holdForGood: true });
  const name = path.basename(options.database);
  const db = await Sql.open({ disk, path: options.database, wasmPath: options.wasmPath });
  try {
    // Only in memory: the file keeps its version.
    if (schemaVersion(db) < SCHEMA_VERSION) applySchema(db);
    else db.get('SELECT count(*) FROM sessions');
    return db;
  } catch (error) {
    db.close();
    throw new Error(`${name}: ${String(error)}`, { cause: error });
  }
}

/** Under a database that lives in memory alone. */
class NoDisk extends NodeDisk {
  override open(file: string, _mode: OpenMode): number {
    throw Object.assign(new Error(`ENOENT: ${path.basename(file)}`), { code: 'ENOENT' });
  }

  override exists(): boolean {
    return false;
  }
}
