/** Files kept by the sha-256 of their bytes: attachments, and files as they were before a change. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256 } from '../tools/file.ts';

/** Milliseconds. */
const SWEEP_AFTER = 24 * 60 * 60 * 1000;

export class Blobs {
  readonly #folder: string;

  /** @param folder made at the first write. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps the bytes; on disk when the promise resolves. @returns their sha-256, hex. */
  async put(bytes: Uint8Array): Promise<string> {
    const hash = sha256(bytes);
    if (await this.get(hash)) return hash;
    await mkdir(this.#folder, { recursive: true });
    const part = path.join(this.#folder, `${randomUUID()}.part`);
    try {
      // Readable by the owner alone: these are the user's files.
      const file = await open(part, 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(part, this.#place(hash));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    return hash;
  }

  /** @returns null where nothing whole is kept under this name. */
  async get(hash: string): Promise<Buffer | null> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return null;
    const bytes = await readFile(this.#place(hash)).catch(() => null);
    return bytes && sha256(bytes) === hash ? bytes : null;
  }

  /**
   * Removes what nothing points at any more, except what is younger than a day: it may belong to
   * a message that is being written. @param kept asked only where there is something to remove.
   */
  async sweep(kept: () => Promise<readonly string[]>): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const old: string[] = [];
    for (const name of names) {
      const stats = await stat(path.join(this.#folder, name)).catch(() => null);
      if (stats && stats.mtimeMs < Date.now() - SWEEP_AFTER) old.push(name);
    }
    if (old.length === 0) return;
    const named = new Set(await kept());
    for (const name of old) {
      if (!named.has(name)) await rm(path.join(this.#folder, name), { force: true });
    }
  }

  #place(hash: string): string {
    return path.join(this.#folder, hash);
  }
}
