/** A disk that fails on demand: what a full or dying one does to the store. */
import { NodeDisk, type OpenMode } from '../../src/store/disk.ts';

export class FlakyDisk extends NodeDisk {
  /** The error code of every write, or null while all is well. */
  failWrites: string | null = null;
  failSyncs: string | null = null;
  failOpens: string | null = null;
  failReads: string | null = null;
  /** Writes this many bytes of a failing write, as a disk does that fills up halfway. */
  partial = 0;

  override open(path: string, mode: OpenMode): number {
    if (mode.write) fail(this.failOpens);
    return super.open(path, mode);
  }

  override read(fd: number, into: Uint8Array, position: number): number {
    fail(this.failReads);
    return super.read(fd, into, position);
  }

  override write(fd: number, from: Uint8Array, position: number): void {
    if (this.failWrites) super.write(fd, from.subarray(0, this.partial), position);
    fail(this.failWrites);
    super.write(fd, from, position);
  }

  override truncate(fd: number, size: number): void {
    fail(this.failWrites);
    super.truncate(fd, size);
  }

  override sync(fd: number): void {
    fail(this.failSyncs);
    super.sync(fd);
  }

  override async syncLater(fd: number): Promise<void> {
    fail(this.failSyncs);
    await super.syncLater(fd);
  }
}

function fail(code: string | null): void {
  if (code) throw Object.assign(new Error(`${code}: the disk fails on demand`), { code });
}
