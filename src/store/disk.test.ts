/** Where a sync of the log is done: at once while the disk is fast, beside the thread when not. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';

const { fdatasync, fdatasyncSync } = fs;
/** What each coming sync takes by the clock, which stands still otherwise. Milliseconds. */
let durations: number[] = [];
let now = 0;
const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
const pass = (): void => {
  now += durations.shift() ?? 0;
};
// The disk takes its functions when it is loaded, so the spies come first, and it is loaded anew.
const inline = vi.spyOn(fs, 'fdatasyncSync').mockImplementation((of) => {
  fdatasyncSync(of);
  pass();
});
const beside = vi.spyOn(fs, 'fdatasync').mockImplementation((of, done) => {
  fdatasync(of, (error) => {
    pass();
    done(error);
  });
});
vi.resetModules();
const { NodeDisk } = await import('./disk.ts');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'disk-'));
let fd = -1;
const disk = (): InstanceType<typeof NodeDisk> => {
  const made = new NodeDisk();
  fd = made.open(path.join(folder, 'log'), { write: true, create: true });
  made.write(fd, Buffer.from('a transaction'), 0);
  return made;
};
const where = (): [inline: number, beside: number] => [
  inline.mock.calls.length,
  beside.mock.calls.length,
];

beforeEach(() => {
  durations = [];
  inline.mockClear();
  beside.mockClear();
});
afterEach(() => {
  if (fd >= 0) fs.closeSync(fd);
  fd = -1;
});
afterAll(() => {
  clock.mockRestore();
  inline.mockRestore();
  beside.mockRestore();
  fs.rmSync(folder, { recursive: true, force: true });
});

test('a fast disk is synced before the call returns, each time', async () => {
  const log = disk();
  durations = [0.5, 1.5];
  const first = log.syncLater(fd);
  expect(where()).toEqual([1, 0]);
  await first;
  const second = log.syncLater(fd);
  expect(where()).toEqual([2, 0]);
  await second;
  expect(inline.mock.calls).toEqual([[fd], [fd]]);
});

test('after a slow sync the next ones go beside the thread, until one was fast again', async () => {
  const log = disk();
  durations = [2, 30, 0.5, 0.5];
  await log.syncLater(fd);
  expect(where()).toEqual([1, 0]);
  await log.syncLater(fd);
  await log.syncLater(fd);
  expect(where()).toEqual([1, 2]);
  expect(beside.mock.calls.map(([of]) => of)).toEqual([fd, fd]);
  await log.syncLater(fd);
  expect(where()).toEqual([2, 2]);
});

test('the promise waits for the sync beside the thread, and tells its failure', async () => {
  const log = disk();
  durations = [9];
  await log.syncLater(fd);
  let release = (_error: NodeJS.ErrnoException | null): void => {};
  beside.mockImplementationOnce((_fd, done) => {
    release = done;
  });
  let ended = '';
  const waiting = log.syncLater(fd).then(
    () => {
      ended = 'synced';
    },
    (error: unknown) => {
      ended = String(error);
    },
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(ended).toBe('');
  release(Object.assign(new Error('EIO: the disk is dying'), { code: 'EIO' }));
  await waiting;
  expect(ended).toContain('EIO');
});

test('a failure of a sync that is done at once is a rejection, too', async () => {
  const log = disk();
  fs.closeSync(fd);
  const failed = log.syncLater(fd);
  fd = -1;
  await expect(failed).rejects.toMatchObject({ code: 'EBADF' });
});
