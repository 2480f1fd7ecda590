/**
 * Who owns a store's folder. An owner is a file `owner-<epoch>.json` that appears whole and only
 * once (a hard link of a finished file) and names a socket that was never used before. The owner
 * is alive when that socket answers; process ids and heartbeats would only seem to tell.
 * A later owner takes the next epoch and removes the older file, which fences its predecessor.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import { FencedError, NodeDisk, type OpenMode } from './disk.ts';

/** Processes that speak another version of the socket's language do not work together. */
export const PROTOCOL = 4;

const OwnerFile = z.object({
  protocol: z.number(),
  epoch: z.number(),
  host: z.string(),
  pid: z.number(),
  socket: z.string(),
  token: z.string(),
  /** The owner closed in good order: its socket need not be asked. */
  closed: z.boolean(),
  /** Other windows were connected when it closed; they will come to the next owner. */
  served: z.optional(z.boolean()),
});
export type OwnerFile = z.infer<typeof OwnerFile>;

/** Numbers beyond these digits are none of ours, and could not be counted on from. */
const NAME = /^owner-(\d{1,15})\.json$/;
const fileOf = (folder: string, epoch: number): string => path.join(folder, `owner-${epoch}.json`);

/** @returns a socket address that nobody used before. */
function freshSocket(): string {
  const name = `boocode-${randomBytes(9).toString('hex')}`;
  // A socket's path may have about 100 bytes: the temporary folder is short, a workspace's is not.
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\${name}`
    : path.join(os.tmpdir(), `${name}.sock`);
}

export function newOwner(epoch: number): OwnerFile {
  return {
    protocol: PROTOCOL,
    epoch,
    host: os.hostname(),
    pid: process.pid,
    socket: freshSocket(),
    token: randomBytes(24).toString('hex'),
    closed: false,
  };
}

/**
 * @returns the newest owner file; `null` content where it cannot be read, which only a file
 * system without hard links can show, for a moment.
 */
export function newestOwner(folder: string): { epoch: number; owner: OwnerFile | null } | null {
  const epochs = fs
    .readdirSync(folder)
    .map((name) => NAME.exec(name)?.[1])
    .filter((epoch) => epoch !== undefined)
    .map(Number);
  if (epochs.length === 0) return null;
  const epoch = Math.max(...epochs);
  try {
    const text = fs.readFileSync(fileOf(folder, epoch), 'utf8');
    const parsed = z.safeParse(OwnerFile, JSON.parse(text));
    return { epoch, owner: parsed.success ? parsed.data : null };
  } catch {
    return { epoch, owner: null };
  }
}

/** Takes an epoch. @returns false when another process was faster. */
export function claim(folder: string, owner: OwnerFile): boolean {
  const target = fileOf(folder, owner.epoch);
  const draft = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  // Not synced, since a disk that is at work takes its time for that: no owner outlives a power
  // loss, and a file that one has cut short is taken over.
  fs.writeFileSync(draft, JSON.stringify(owner), { mode: 0o600 });
  try {
    fs.linkSync(draft, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP')) throw error;
    // No hard links here (FAT, some network shares): exclusive creation is the next best thing.
    try {
      fs.writeFileSync(target, JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
    } catch (inner) {
      if (hasCode(inner, 'EEXIST')) return false;
      throw inner;
    }
  } finally {
    fs.rmSync(draft, { force: true });
  }
  removeOlder(folder, owner.epoch);
  return true;
}

function removeOlder(folder: string, epoch: number): void {
  for (const name of fs.readdirSync(folder)) {
    const older = NAME.exec(name)?.[1];
    if (older === undefined || Number(older) >= epoch) continue;
    const socket = newestSocket(path.join(folder, name));
    fs.rmSync(path.join(folder, name), { force: true, recursive: true });
    if (socket && process.platform !== 'win32') fs.rmSync(socket, { force: true });
  }
}

function newestSocket(file: string): string | null {
  try {
    const parsed = z.safeParse(OwnerFile, JSON.parse(fs.readFileSync(file, 'utf8')));
    return parsed.success ? parsed.data.socket : null;
  } catch {
    return null;
  }
}

/**
 * Says in the owner's file that it has ended in good order. Where the disk has no room even for
 * that, the next owner finds out by itself that nobody answers.
 */
export function release(folder: string, owner: OwnerFile, served = false): void {
  const target = fileOf(folder, owner.epoch);
  if (!fs.existsSync(target)) return;
  const draft = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    fs.writeFileSync(draft, JSON.stringify({ ...owner, closed: true, served }), { mode: 0o600 });
    fs.renameSync(draft, target);
  } catch {
    try {
      fs.rmSync(draft, { force: true });
    } catch {}
  }
}

/** @returns whether this owner's file is still there and no later one is. */
export function isOwner(folder: string, epoch: number): boolean {
  return fs.existsSync(fileOf(folder, epoch)) && !fs.existsSync(fileOf(folder, epoch + 1));
}

/** @returns whether a file of some size can be written there now. */
export function takesFiles(folder: string): boolean {
  const probe = path.join(folder, `probe-${randomBytes(4).toString('hex')}.tmp`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.writeFileSync(probe, Buffer.alloc(64 * 1024), { flush: true });
    return true;
  } catch {
    return false;
  } finally {
    try {
      fs.rmSync(probe, { force: true });
    } catch {
      // A file where the folder should be: there is no probe in it.
    }
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** How often writing asks whether it still may. Milliseconds. */
const CHECK_MS = 1;

/** The disk of an owner: refuses every change once a later owner has taken over. */
export class FencedDisk extends NodeDisk {
  readonly #folder: string;
  readonly #epoch: number;
  readonly #onFenced: () => void;
  #checked = Number.NEGATIVE_INFINITY;
  #fenced = false;

  constructor(folder: string, epoch: number, onFenced: () => void) {
    super();
    this.#folder = folder;
    this.#epoch = epoch;
    this.#onFenced = onFenced;
  }

  check(): void {
    const now = performance.now();
    if (!this.#fenced && now - this.#checked > CHECK_MS) {
      this.#checked = now;
      this.#fenced = !isOwner(this.#folder, this.#epoch);
      if (this.#fenced) this.#onFenced();
    }
    if (this.#fenced) throw new FencedError();
  }

  override open(file: string, mode: OpenMode): number {
    if (mode.write) this.check();
    return super.open(file, mode);
  }

  override write(fd: number, from: Uint8Array, position: number): void {
    this.check();
    super.write(fd, from, position);
  }

  override truncate(fd: number, size: number): void {
    this.check();
    super.truncate(fd, size);
  }

  override unlink(file: string): void {
    this.check();
    super.unlink(file);
  }
}
