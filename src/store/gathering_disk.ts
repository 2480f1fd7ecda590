/**
 * Writes what lies side by side at once. SQLite hands over a transaction's frames in two pieces
 * each, a header and a page, and each would be a system call: a transaction has dozens of them, and
 * the pages that a checkpoint moves into the file are hundreds. The frames are gathered until the
 * one that ends the transaction is complete, so that an error of the disk still meets the
 * transaction it belongs to; pages of the file until another place, a reading of the file or the
 * sync of the checkpoint. Whatever else happens to a file happens after what was gathered.
 */
import type { Disk, OpenMode } from './disk.ts';

/** A frame's header in the log, see https://sqlite.org/fileformat2.html#walformat. Bytes. */
const FRAME_HEADER = 24;
/** The place in it of the database's size in pages; zero in all frames but a transaction's last. */
const COMMIT_AT = 4;
/** What is long is written in pieces of about this size. Bytes. */
const PIECE = 1024 * 1024;

export class GatheringDisk implements Disk {
  readonly #disk: Disk;
  readonly #logs = new Set<number>();
  #bytes: Buffer = Buffer.alloc(64 * 1024);
  #length = 0;
  /** The file and the place in it to which what is gathered belongs. */
  #fd = -1;
  #start = 0;
  /** Up to here the log has frames; what lies before is written again at once. */
  #end = 0;
  #commits = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  write(fd: number, from: Uint8Array, position: number): void {
    if (this.#length > 0 && fd === this.#fd && position === this.#start + this.#length) {
      this.#gather(from);
      return;
    }
    this.#writeOut();
    const isLog = this.#logs.has(fd);
    if (isLog && position === 0) this.#end = 0;
    // A file without a log may never be synced: its errors must be met by its writes.
    const alone = isLog ? from.length !== FRAME_HEADER || position < this.#end : !this.#logs.size;
    if (alone) {
      this.#disk.write(fd, from, position);
      return;
    }
    this.#fd = fd;
    this.#start = position;
    this.#gather(from);
  }

  #gather(from: Uint8Array): void {
    const length = this.#length + from.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(length * 2);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(from, this.#length);
    this.#length = length;
    if (from.length === FRAME_HEADER) {
      this.#commits = this.#bytes.readUInt32BE(length - FRAME_HEADER + COMMIT_AT) !== 0;
    } else if (this.#commits || length >= PIECE) {
      this.#writeOut();
    }
  }

  /** @throws what the disk throws; what was gathered is gone then, as its transaction is. */
  #writeOut(): void {
    const length = this.#length;
    if (length === 0) return;
    this.#length = 0;
    this.#commits = false;
    if (this.#logs.has(this.#fd)) this.#end = this.#start + length;
    this.#disk.write(this.#fd, this.#bytes.subarray(0, length), this.#start);
  }

  open(path: string, mode: OpenMode): number {
    this.#writeOut();
    const fd = this.#disk.open(path, mode);
    if (path.endsWith('-wal')) this.#logs.add(fd);
    return fd;
  }

  close(fd: number): void {
    try {
      this.#writeOut();
    } finally {
      this.#logs.delete(fd);
      this.#end = 0;
      this.#disk.close(fd);
    }
  }

  read(fd: number, into: Uint8Array, position: number): number {
    if (fd === this.#fd) this.#writeOut();
    return this.#disk.read(fd, into, position);
  }

  size(fd: number): number {
    this.#writeOut();
    return this.#disk.size(fd);
  }

  truncate(fd: number, size: number): void {
    this.#writeOut();
    this.#end = 0;
    this.#disk.truncate(fd, size);
  }

  sync(fd: number): void {
    this.#writeOut();
    this.#disk.sync(fd);
  }

  async syncLater(fd: number): Promise<void> {
    this.#writeOut();
    await this.#disk.syncLater(fd);
  }

  unlink(path: string): void {
    this.#writeOut();
    this.#disk.unlink(path);
  }

  exists(path: string): boolean {
    return this.#disk.exists(path);
  }

  syncFolder(path: string): void {
    this.#writeOut();
    this.#disk.syncFolder(path);
  }
}
