/**
 * The one room that knows how sql.js comes to work on a real file. Its WebAssembly module imports
 * the system calls of SQLite's own unix VFS; those that concern a mounted database (and its
 * `-wal` and `-journal`) are answered here from a real disk, all others go on to Emscripten's
 * in-memory file system. SQLite then does its own paging, journaling and syncing.
 *
 * Layouts and error numbers are Emscripten's (system/lib/libc/musl and WASI preview 1), as found
 * in the pinned sql.js 1.16.0; `wrapImports` fails loudly when an import it needs is missing.
 */
import { dirname } from 'node:path';
import type { Disk } from './disk.ts';

const ERRNO: Readonly<Record<string, number>> = {
  EACCES: 2,
  EBADF: 8,
  EEXIST: 20,
  EIO: 29,
  EISDIR: 31,
  EMFILE: 33,
  ENOENT: 44,
  ENOSPC: 51,
  ENOTDIR: 54,
  EDQUOT: 51,
  EPERM: 63,
  EROFS: 69,
};
const EINVAL = 28;
const ENOENT = 44;
const O_ACCMODE = 3;
const O_CREAT = 64;
const F_GETLK = 12;
const F_UNLCK = 2;
const REGULAR_FILE = 0o100_600;
const FIRST_FD = 1_000_000;
const SUFFIXES = ['', '-wal', '-journal', '-shm'];

interface OpenFile {
  readonly mount: Mount;
  readonly fd: number;
  readonly path: string;
  position: number;
}

/** A call of the engine; what it passes is known by the call's name alone. */
type Call = (a: never, b: never, c: never, d: never) => number | undefined;

/** One real database under one name inside the engine. */
export class Mount {
  readonly disk: Disk;
  readonly path: string;
  readonly writable: boolean;
  readonly files = new Set<OpenFile>();

  constructor(disk: Disk, path: string, writable: boolean) {
    this.disk = disk;
    this.path = path;
    this.writable = writable;
  }

  get #log(): OpenFile | undefined {
    for (const file of this.files) if (file.path.endsWith('-wal')) return file;
    return undefined;
  }

  /** Syncs the write-ahead log without blocking; nothing to do while there is none. */
  async syncLog(): Promise<void> {
    const log = this.#log;
    if (log) await this.disk.syncLater(log.fd);
  }

  /** Whether the log is in use and has no name any more: what it holds would end with its process. */
  get lostLog(): boolean {
    const log = this.#log;
    return log !== undefined && !this.disk.exists(log.path);
  }
}

/** The databases that one instance of the engine sees, by their names inside it. */
export class Mounts {
  readonly #byName = new Map<string, Mount>();
  readonly #byFd = new Map<number, OpenFile>();
  #claim: Mount | null = null;
  #nextFd = FIRST_FD;
  #memory: WebAssembly.Memory | null = null;
  #view = new DataView(new ArrayBuffer(0));

  /** The next unknown `/dbfile_…` that is opened becomes this mount: sql.js makes up its names. */
  claimNext(mount: Mount): void {
    this.#claim = mount;
  }

  mount(name: string, mount: Mount): void {
    this.#byName.set(name, mount);
  }

  unmount(name: string): void {
    this.#byName.delete(name);
  }

  attachMemory(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** @throws Error when the engine lacks an import that a database on a real file needs. */
  wrapImports(imports: WebAssembly.Imports): WebAssembly.Imports {
    const original = { ...imports.env };
    const ours = this.#calls();
    for (const [name, call] of Object.entries(ours)) {
      const theirs = original[name];
      if (typeof theirs !== 'function') {
        throw new Error(`sql.js has no import "${name}"; the store needs sql.js 1.16.0`);
      }
      // One transaction makes hundreds of calls: each argument by name costs the least.
      original[name] = (a: never, b: never, c: never, d: never) =>
        call(a, b, c, d) ?? theirs(a, b, c, d);
    }
    const resize = original.emscripten_resize_heap;
    if (typeof resize === 'function') {
      original.emscripten_resize_heap = (size: number) => silently(() => resize(size));
    }
    return { ...imports, env: original, wasi_snapshot_preview1: original };
  }

  /** The engine's memory; another view once it has grown. */
  #heap(): DataView {
    if (!this.#memory) throw new Error('sql.js called the file system before it was started');
    const { buffer } = this.#memory;
    if (this.#view.buffer !== buffer) this.#view = new DataView(buffer);
    return this.#view;
  }

  #bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.#heap().buffer, pointer, length);
  }

  #text(pointer: number): string {
    const memory = new Uint8Array(this.#heap().buffer);
    const end = memory.indexOf(0, pointer);
    return Buffer.from(memory.buffer, pointer, end - pointer).toString('utf8');
  }

  /** @returns the mount and real path behind a name inside the engine; null when it is not ours. */
  #resolve(name: string): { mount: Mount; path: string } | null {
    const full = name.startsWith('/') ? name : `/${name}`;
    for (const suffix of SUFFIXES) {
      if (!full.endsWith(suffix)) continue;
      const mount = this.#byName.get(full.slice(0, full.length - suffix.length));
      if (mount) return { mount, path: mount.path + suffix };
    }
    if (this.#claim && full.startsWith('/dbfile_')) {
      const mount = this.#claim;
      this.#claim = null;
      this.#byName.set(full, mount);
      return { mount, path: mount.path };
    }
    return null;
  }

  #writeStat(pointer: number, size: number, inode: number): number {
    const view = this.#heap();
    this.#bytes(pointer, 96).fill(0);
    view.setUint32(pointer, 1, true);
    view.setUint32(pointer + 4, REGULAR_FILE, true);
    view.setUint32(pointer + 8, 1, true);
    view.setBigInt64(pointer + 24, BigInt(size), true);
    view.setInt32(pointer + 32, 4096, true);
    view.setInt32(pointer + 36, Math.ceil(size / 512), true);
    view.setBigInt64(pointer + 88, BigInt(inode), true);
    return 0;
  }

  #stat(name: number, pointer: number): number | undefined {
    const found = this.#resolve(this.#text(name));
    if (!found) return undefined;
    const { mount, path } = found;
    const open = [...mount.files].find((file) => file.path === path);
    if (open) return this.#writeStat(pointer, mount.disk.size(open.fd), inodeOf(path));
    if (!mount.disk.exists(path)) return -ENOENT;
    const fd = mount.disk.open(path, { write: false, create: false });
    const size = mount.disk.size(fd);
    mount.disk.close(fd);
    return this.#writeStat(pointer, size, inodeOf(path));
  }

  /** Each call answers for a mounted file, or returns undefined to let Emscripten answer. */
  #calls(): Record<string, Call> {
    // Emscripten's `__syscall_*` return a negative error number, WASI's `fd_*` a positive one.
    const guard =
      (sign: 1 | -1, call: Call): Call =>
      (a, b, c, d) => {
        try {
          return call(a, b, c, d);
        } catch (error) {
          return sign * errnoOf(error);
        }
      };
    const onFd = (
      sign: 1 | -1,
      call: (file: OpenFile, b: never, c: never, d: never) => number,
    ): Call =>
      guard(sign, (fd: number, b, c, d) => {
        const file = this.#byFd.get(fd);
        return file && call(file, b, c, d);
      });

    return {
      __syscall_openat: guard(-1, (_dir: number, name: number, flags: number) =>
        this.#open(this.#text(name), flags),
      ),
      __syscall_faccessat: guard(-1, (_dir: number, name: number) => {
        const found = this.#resolve(this.#text(name));
        if (!found) return undefined;
        return found.mount.disk.exists(found.path) ? 0 : -ENOENT;
      }),
      __syscall_unlinkat: guard(-1, (_dir: number, name: number) => {
        const found = this.#resolve(this.#text(name));
        if (!found) return undefined;
        found.mount.disk.unlink(found.path);
        return 0;
      }),
      __syscall_readlinkat: guard(-1, (_dir: number, name: number) =>
        this.#resolve(this.#text(name)) ? -EINVAL : undefined,
      ),
      __syscall_stat64: guard(-1, (name: number, into: number) => this.#stat(name, into)),
      __syscall_lstat64: guard(-1, (name: number, into: number) => this.#stat(name, into)),
      __syscall_newfstatat: guard(-1, (_dir: number, name: number, into: number) =>
        this.#stat(name, into),
      ),
      __syscall_fstat64: onFd(-1, ({ mount, fd, path }, into: number) =>
        this.#writeStat(into, mount.disk.size(fd), inodeOf(path)),
      ),
      __syscall_ftruncate64: onFd(-1, ({ mount, fd }, length: bigint) => {
        mount.disk.truncate(fd, Number(length));
        return 0;
      }),
      // Locks are not needed: the store keeps other processes out (see claim.ts). Asked who holds
      // one, the answer is nobody: else a transaction that was cut off would not be rolled back.
      __syscall_fcntl64: onFd(-1, (_file, command: number, args: number) => {
        const heap = this.#heap();
        if (command === F_GETLK) heap.setInt16(heap.getUint32(args, true), F_UNLCK, true);
        return 0;
      }),
      __syscall_fchmod: onFd(-1, () => 0),
      __syscall_fchown32: onFd(-1, () => 0),
      fd_close: guard(1, (fd: number) => {
        const file = this.#byFd.get(fd);
        if (!file) return undefined;
        this.#byFd.delete(fd);
        file.mount.files.delete(file);
        file.mount.disk.close(file.fd);
        return 0;
      }),
      fd_seek: onFd(1, (file, offset: bigint, whence: number, into: number) => {
        const base =
          whence === 0 ? 0 : whence === 1 ? file.position : file.mount.disk.size(file.fd);
        file.position = base + Number(offset);
        this.#putLong(into, file.position);
        return 0;
      }),
      fd_read: onFd(1, (file, vectors: number, count: number, into: number) =>
        this.#transfer(file, 'read', vectors, count, into),
      ),
      fd_write: onFd(1, (file, vectors: number, count: number, into: number) =>
        this.#transfer(file, 'write', vectors, count, into),
      ),
      fd_sync: onFd(1, ({ mount, fd }) => {
        mount.disk.sync(fd);
        return 0;
      }),
    };
  }

  #open(name: string, flags: number): number | undefined {
    const found = this.#resolve(name);
    if (!found) return undefined;
    const { mount, path } = found;
    const write = (flags & O_ACCMODE) !== 0;
    if (write && !mount.writable) return -(ERRNO.EROFS ?? EINVAL);
    const create = (flags & O_CREAT) !== 0;
    const isNew = create && !mount.disk.exists(path);
    const real = mount.disk.open(path, { write, create });
    // A file whose name a power loss takes away is lost with all its synced bytes.
    if (isNew) mount.disk.syncFolder(dirname(path));
    const fd = this.#nextFd++;
    const file = { mount, fd: real, path, position: 0 };
    mount.files.add(file);
    this.#byFd.set(fd, file);
    return fd;
  }

  #transfer(
    file: OpenFile,
    how: 'read' | 'write',
    vectors: number,
    count: number,
    into: number,
  ): number {
    const { disk } = file.mount;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const at = vectors + i * 8;
      const heap = this.#heap();
      const bytes = this.#bytes(heap.getUint32(at, true), heap.getUint32(at + 4, true));
      let done = bytes.length;
      if (how === 'read') done = disk.read(file.fd, bytes, file.position);
      else disk.write(file.fd, bytes, file.position);
      file.position += done;
      total += done;
      if (done < bytes.length) break;
    }
    this.#heap().setUint32(into, total, true);
    return 0;
  }

  // Two halves: a number of 64 bits would have to be made a BigInt for each call.
  #putLong(pointer: number, value: number): void {
    this.#heap().setUint32(pointer, value >>> 0, true);
    this.#heap().setUint32(pointer + 4, Math.floor(value / 2 ** 32), true);
  }
}

function errnoOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ERRNO[code] ?? ERRNO.EIO ?? EINVAL;
}

// SQLite tells files apart by device and inode; a number made from the path serves as one.
function inodeOf(path: string): number {
  let hash = 5381;
  for (let i = 0; i < path.length; i++) hash = (hash * 33 + path.charCodeAt(i)) >>> 0;
  return hash + 1;
}

// The debug build announces on the console each time that its memory grows.
function silently<T>(work: () => T): T {
  const { warn } = console;
  console.warn = () => {};
  try {
    return work();
  } finally {
    console.warn = warn;
  }
}
