/** Writes are gathered, and nobody can tell but by counting them. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NodeDisk } from './disk.ts';
import { GatheringDisk } from './gathering_disk.ts';

class CountingDisk extends NodeDisk {
  writes = 0;
  fails = false;

  override write(fd: number, from: Uint8Array, position: number): void {
    this.writes++;
    if (this.fails) throw Object.assign(new Error('ENOSPC: on demand'), { code: 'ENOSPC' });
    super.write(fd, from, position);
  }
}

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'log-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const MODE = { write: true, create: true };
const PAGE = 64;

function header(commits: boolean, value: number): Uint8Array {
  const bytes = new Uint8Array(24).fill(value);
  new DataView(bytes.buffer).setUint32(4, commits ? 7 : 0);
  return bytes;
}

test('the frames of a transaction are one write, made when its last page is there', () => {
  const disk = new CountingDisk();
  const log = new GatheringDisk(disk);
  const fd = log.open(path.join(folder, 'a.db-wal'), MODE);
  log.write(fd, new Uint8Array(32), 0);
  for (let n = 0; n < 5; n++) {
    const at = 32 + n * (24 + PAGE);
    log.write(fd, header(n === 4, n), at);
    expect(disk.writes).toBe(1);
    log.write(fd, new Uint8Array(PAGE).fill(n), at + 24);
  }
  expect(disk.writes).toBe(2);
  expect(log.size(fd)).toBe(32 + 5 * (24 + PAGE));
  log.close(fd);
});

test('pages that a checkpoint moves are one write as far as they lie side by side, made at its sync', () => {
  const disk = new CountingDisk();
  const log = new GatheringDisk(disk);
  const fd = log.open(path.join(folder, 'a.db-wal'), MODE);
  const main = log.open(path.join(folder, 'a.db'), MODE);
  log.write(fd, header(true, 1), 32);
  log.write(fd, new Uint8Array(PAGE).fill(1), 56);
  expect(disk.writes).toBe(1);
  for (const n of [0, 1, 2, 5, 6]) {
    log.read(fd, new Uint8Array(PAGE), 56);
    log.write(main, new Uint8Array(PAGE).fill(n), n * PAGE);
  }
  expect(disk.writes).toBe(2);
  log.sync(main);
  expect(disk.writes).toBe(3);
  expect(log.size(main)).toBe(7 * PAGE);
  log.close(main);
  log.close(fd);
});

test('pages of a file that has no log are written as they come: it may never be synced', () => {
  const disk = new CountingDisk();
  const log = new GatheringDisk(disk);
  const main = log.open(path.join(folder, 'a.db'), MODE);
  disk.fails = true;
  expect(() => log.write(main, new Uint8Array(PAGE), 0)).toThrow();
  log.close(main);
});

test('a file whose last pages cannot be written is closed all the same', () => {
  const disk = new CountingDisk();
  const log = new GatheringDisk(disk);
  const fd = log.open(path.join(folder, 'a.db-wal'), MODE);
  log.write(fd, header(false, 1), 32);
  disk.fails = true;
  // Whoever looks for a name has nothing to do with what is written.
  expect(log.exists(path.join(folder, 'a.db-wal'))).toBe(true);
  expect(() => log.close(fd)).toThrow();
  expect(() => disk.size(fd)).toThrow(/EBADF/);
});

test('an error of the disk meets the last page of the transaction, and the next one goes well', () => {
  const disk = new CountingDisk();
  const log = new GatheringDisk(disk);
  const fd = log.open(path.join(folder, 'a.db-wal'), MODE);
  disk.fails = true;
  log.write(fd, header(true, 1), 32);
  expect(() => log.write(fd, new Uint8Array(PAGE), 56)).toThrow('ENOSPC');
  disk.fails = false;
  log.write(fd, header(true, 2), 32);
  log.write(fd, new Uint8Array(PAGE).fill(3), 56);
  const page = new Uint8Array(PAGE);
  log.read(fd, page, 56);
  expect(page[0]).toBe(3);
  log.close(fd);
});

const place = fc.integer({ min: 0, max: 6 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('frame' as const), commits: fc.boolean(), at: place }),
  },
  fc.record({ do: fc.constant('next' as const), commits: fc.boolean() }),
  fc.record({ do: fc.constant('header' as const), at: place, commits: fc.boolean() }),
  fc.record({ do: fc.constant('restart' as const) }),
  fc.record({ do: fc.constant('page' as const), at: place }),
  fc.record({ do: fc.constant('pages' as const), at: place }),
  fc.record({ do: fc.constant('read' as const), at: place, of: fc.constantFrom('log', 'main') }),
  fc.record({ do: fc.constant('truncate' as const), at: place }),
  fc.record({ do: fc.constant('sync' as const) }),
);

test('whatever is written in whatever order, the files are as without it', () => {
  let runs = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const names = ['plain', 'gathered'].map((n) => path.join(folder, `${n}-${runs}`));
      runs++;
      const plain = new NodeDisk();
      const disks = [plain, new GatheringDisk(plain)] as const;
      const files = disks.map((disk, n) => ({
        disk,
        log: disk.open(`${names[n]}-wal`, MODE),
        main: disk.open(`${names[n]}.db`, MODE),
      }));
      let end = 0;
      const at = (n: number): number => 32 + n * (24 + PAGE);
      for (const [n, s] of steps.entries()) {
        const frame = s.do === 'next' ? end : s.do === 'frame' ? s.at : -1;
        const seen = files.map(({ disk, log, main }) => {
          if (s.do === 'frame' || s.do === 'next') {
            disk.write(log, header(s.commits, n), at(frame));
            disk.write(log, new Uint8Array(PAGE).fill(n + 1), at(frame) + 24);
          } else if (s.do === 'header') disk.write(log, header(s.commits, n + 2), at(s.at));
          else if (s.do === 'restart') disk.write(log, new Uint8Array(32).fill(n), 0);
          else if (s.do === 'page') disk.write(main, new Uint8Array(PAGE).fill(n), s.at * PAGE);
          else if (s.do === 'pages') {
            for (const k of [0, 1, 2])
              disk.write(main, new Uint8Array(PAGE).fill(n + k), (s.at + k) * PAGE);
          } else if (s.do === 'truncate') disk.truncate(log, at(s.at));
          else if (s.do === 'sync') disk.sync(log);
          else {
            const into = new Uint8Array(24 + PAGE);
            const length = disk.read(s.of === 'log' ? log : main, into, at(s.at));
            return Buffer.from(into.subarray(0, length)).toString('hex');
          }
          return '';
        });
        expect(seen[1]).toBe(seen[0]);
        if (frame >= 0) end = frame + 1;
      }
      for (const { disk, log, main } of files) {
        disk.close(log);
        disk.close(main);
      }
      for (const ending of ['-wal', '.db']) {
        const [first, second] = names.map((name) => fs.readFileSync(name + ending));
        expect(Buffer.compare(first ?? Buffer.of(1), second ?? Buffer.of(2))).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});
