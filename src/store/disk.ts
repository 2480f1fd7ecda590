/**
 * The few file operations that the engine and the payload files need. Everything the store does
 * to a disk passes here, so that a test can record it, lose it or make it fail.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';
import { OVERTAKEN } from './errors.ts';

export interface OpenMode {
  readonly write: boolean;
  readonly create: boolean;
}

/** Every method throws Node's file errors (`code` ENOENT, ENOSPC, EIO, …). */
export interface Disk {
  open(path: string, mode: OpenMode): number;
  close(fd: number): void;
  /** @returns the bytes read; fewer than asked for at the end of the file. */
  read(fd: number, into: Uint8Array, position: number): number;
  /** Writes all of `from`. */
  write(fd: number, from: Uint8Array, position: number): void;
  size(fd: number): number;
  truncate(fd: number, size: number): void;
  sync(fd: number): void;
  /** The same as `sync`, without blocking the thread for long. */
  syncLater(fd: number): Promise<void>;
  unlink(path: string): void;
  exists(path: string): boolean;
  /** Makes a file's creation or removal durable. A no-op where folders cannot be synced. */
  syncFolder(path: string): void;
}

/** Another process owns the store now; nothing may be written any more. */
export class FencedError extends Error {
  readonly code = 'EROFS';

  constructor() {
    super(OVERTAKEN);
    this.name = 'FencedError';
  }
}

/** A sync that takes less than this is done at once; waking two threads for it takes as long. Milliseconds. */
const QUICK_MS = 2;
const fdatasync = promisify(fs.fdatasync);
const { O_RDONLY, O_RDWR, O_CREAT } = fs.constants;

export class NodeDisk implements Disk {
  /** Whether the last sync was so short that handing it to another thread would cost more. */
  #quick = true;

  open(path: string, mode: OpenMode): number {
    return fs.openSync(
      path,
      (mode.write ? O_RDWR : O_RDONLY) | (mode.create ? O_CREAT : 0),
      // Traces hold source code and conversations: readable by their owner alone.
      0o600,
    );
  }

  close(fd: number): void {
    fs.closeSync(fd);
  }

  read(fd: number, into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length) {
      const n = fs.readSync(fd, into, done, into.length - done, position + done);
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  write(fd: number, from: Uint8Array, position: number): void {
    let done = 0;
    while (done < from.length) {
      done += fs.writeSync(fd, from, done, from.length - done, position + done);
    }
  }

  size(fd: number): number {
    return fs.fstatSync(fd).size;
  }

  truncate(fd: number, size: number): void {
    fs.ftruncateSync(fd, size);
  }

  sync(fd: number): void {
    fs.fdatasyncSync(fd);
  }

  async syncLater(fd: number): Promise<void> {
    if (!this.#quick) return this.#syncElsewhere(fd);
    const begun = performance.now();
    fs.fdatasyncSync(fd);
    this.#quick = performance.now() - begun < QUICK_MS;
  }

  async #syncElsewhere(fd: number): Promise<void> {
    const begun = performance.now();
    await fdatasync(fd);
    this.#quick = performance.now() - begun < QUICK_MS;
  }

  unlink(path: string): void {
    fs.unlinkSync(path);
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  syncFolder(path: string): void {
    if (process.platform === 'win32') return;
    const fd = fs.openSync(path, O_RDONLY);
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  }
}

/** Resolves once the file is on the disk; blocks nobody meanwhile. */
export async function syncFile(path: string): Promise<void> {
  const file = await fs.promises.open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
