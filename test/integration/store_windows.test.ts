/** Several processes at one store: one owns it, the others work through it. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Fact, Frame } from '../../src/contracts/frames.ts';
import { newestOwner, newOwner, PROTOCOL } from '../../src/store/claim.ts';
import type { Store, StoreHealth } from '../../src/store/store.ts';
import { storeHouse } from './store.house.ts';
import { FlakyDisk } from './store_flaky_disk.ts';
import { execution, session, stage, trace } from './store_samples.ts';
import { killOwners, Window } from './store_windows.ts';

const house = storeHouse();
const { opened } = house;
let windows: Window[] = [];
afterEach(async () => {
  for (const w of windows) w.child.kill('SIGKILL');
  await Promise.all(windows.map((w) => w.ended));
  windows = [];
});

function window(run: string, writers: number): Window {
  const w = new Window(house.folder, run, writers);
  windows.push(w);
  return w;
}
function frameOf(store: Store, fits: (frame: Frame) => boolean): Promise<Frame> {
  return new Promise((resolve) => {
    const end = store.subscribe((frame) => {
      if (!fits(frame)) return;
      end();
      resolve(frame);
    });
  });
}

/** The bare end of a guest of that name. */
async function connected(client: string, seen: [string, number][] = []): Promise<net.Socket> {
  const owner = newestOwner(house.folder)?.owner;
  const socket = net.connect(owner?.socket ?? '');
  const hello = { kind: 'hello', protocol: PROTOCOL, token: owner?.token, client, seen };
  socket.write(`${JSON.stringify(hello)}\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  return socket;
}
function recordCall(fact: Fact): string {
  const params = { facts: [fact], durability: 'durable' };
  return `${JSON.stringify({ kind: 'call', id: 1, method: 'record', params, below: 1 })}\n`;
}

describe('two windows', () => {
  test('each sees at once what the other records, whoever owns the store', async () => {
    const owner = await opened();
    const guest = await opened();
    const heard = [owner, guest].map((store) => {
      const ids: string[] = [];
      store.subscribe((f) => f.type === 'tool_trace' && ids.push(f.trace.id));
      return ids;
    });
    for (const fact of [session(), stage(), execution()]) await owner.record(fact);
    await owner.record(trace({ id: 'by-owner' }));
    // Not later than the answer to what is asked next.
    await guest.session('s1');
    expect(heard).toEqual([['by-owner'], ['by-owner']]);
    await guest.record(trace({ id: 'by-guest' }));
    expect(heard).toEqual(Array(2).fill(['by-owner', 'by-guest']));
  });

  test('also where the other one is another process', async () => {
    const owner = await opened();
    const guest = await window('g', 1).ready();
    const [, , id] = (await guest.until((l) => l.startsWith('frame'))).split(' ');
    for (const fact of [session(), stage(), execution()]) await owner.record(fact);
    await owner.record(trace({ id: 'from-owner' }));
    await guest.until((l) => l.includes('from-owner'));
    await frameOf(owner, (f) => f.type === 'tool_trace' && f.session_id === 'g');
    expect(await owner.trace(String(id))).toMatchObject({ session_id: 'g' });
  });

  test('the guest of an owner that closes takes over, with its calls under way', async () => {
    const first = await opened();
    const second = await opened();
    await first.record(session());
    const frames: Frame[] = [];
    second.subscribe((frame) => frames.push(frame));
    const under_way = Array.from({ length: 30 }, (_, n) =>
      second.record(session({ session_id: `s${n}`, title: `${n}` })),
    );
    await first.close();
    const answers = await Promise.all(under_way);
    expect(answers.map((f) => f.session_id)).toEqual(Array.from({ length: 30 }, (_, n) => `s${n}`));
    await second.record(stage());
    expect(await second.sessions({ limit: 100 })).toHaveLength(30);
    expect(new Set(frames.map((f) => f.session_id)).size).toBe(30);
    expect(newestOwner(house.folder)?.epoch).toBe(2);
  });

  test('refusals, previews and whole bodies pass the socket unchanged', async () => {
    const owner = await opened();
    const guest = await opened();
    await expect(guest.record(stage())).rejects.toMatchObject({
      name: 'StoreError',
      code: 'unknown_session',
    });
    // @ts-expect-error what comes from JavaScript may be anything
    await expect(guest.record({ type: 'nonsense' })).rejects.toMatchObject({ code: 'bad_fact' });
    for (const fact of [session(), stage(), execution()]) await guest.record(fact);
    const big = 'a\0b 😀 "\n'.repeat(50_000);
    const frame = await guest.record(trace({ output: big, outcome: 'completed' }));
    expect(frame).toMatchObject({ trace: { truncated: true } });
    expect((await guest.trace('t1'))?.output).toBe(big);
    expect(await guest.snapshot('s1')).toEqual(await owner.snapshot('s1'));
    expect(await guest.traces({ session_id: 's1', limit: 5 })).toEqual(
      await owner.traces({ session_id: 's1', limit: 5 }),
    );
  });

  test('recover leaves alone what another window works on', async () => {
    const owner = await opened();
    await owner.record(session());
    const guest = await opened();
    expect(await guest.recover()).toEqual([]);
    await guest.record(session({ session_id: 's2' }));
    expect(await owner.recover()).toMatchObject([{ session_id: 's1' }]);
  });

  test('one that comes again before its former connection ends is at work all the same', async () => {
    const store = await opened();
    const [former, present] = [await connected('c'), await connected('c')];
    present.write(recordCall(session()));
    await expect.poll(() => store.sessions({ limit: 1 })).toHaveLength(1);
    former.end();
    await new Promise((resolve) => former.once('close', resolve));
    expect(await store.atWorkElsewhere('s1')).toBe(true);
    present.destroy();
    await expect.poll(() => store.atWorkElsewhere('s1')).toBe(false);
  });

  test('one that cannot be reminded of what it missed harms nobody', async () => {
    const former = await opened();
    await former.record(session());
    await former.close();
    const disk = new FlakyDisk();
    const logged: string[] = [];
    const owner = await opened({ disk, log: (message) => logged.push(message) });
    disk.failReads = 'EIO';
    const guest = await connected('c', [['s1', 99]]);
    await expect.poll(() => logged.join()).toContain('could not be reminded');
    disk.failReads = null;
    expect(await owner.session('s1')).not.toBeNull();
    guest.destroy();
  });

  // Whoever starts waits half a second: a machine that stands still for longer gets another try.
  const patient = { retry: 2 };
  test('whoever starts when an owner closes waits for the windows it served', patient, async () => {
    const former = await opened();
    const guest = await connected('c');
    guest.write(recordCall(session()));
    await expect.poll(() => former.sessions({ limit: 1 })).toHaveLength(1);
    await former.close();
    const store = await opened();
    const recovered = store.recover();
    const again = await connected('c');
    expect(await recovered).toEqual([]);
    again.destroy();
  });

  test('a guest masks its secrets before they reach the socket', async () => {
    const owner = await opened();
    const guest = await opened({ secrets: ['correct-horse'] });
    await guest.record(session({ title: 'with correct-horse inside' }));
    expect((await owner.session('s1'))?.title).toBe('with ************* inside');
  });

  test('stores of two folders do not mix', async () => {
    const one = await opened();
    const other = await opened({ folder: path.join(house.folder, 'other') });
    await one.record(session());
    expect(await other.sessions({ limit: 5 })).toEqual([]);
  });
});

test('3 windows, 6 owners killed: every acknowledged write is there, once', async () => {
  const { acknowledged, first } = await killOwners(house.folder, 3, 6);
  expect(first).toHaveLength(6);
  expect(acknowledged).toBeGreaterThan(30);
}, 120_000);

test('what meets the fence of a later owner is done by whoever owns the store next', async () => {
  const owner = await opened();
  const guest = await opened();
  for (const fact of [session(), stage(), execution()]) await owner.record(fact);
  // A later owner that died at once: the store is its, and may be taken from it.
  await writeFile(path.join(house.folder, 'owner-2.json'), JSON.stringify(newOwner(2)));
  await rm(path.join(house.folder, 'owner-1.json'));
  const facts = Array.from({ length: 8 }, (_, n) => trace({ id: `t${n}` }));
  const calls = facts.map((fact, n) => (n % 2 === 0 ? owner : guest).record(fact));
  const cleared = guest.clear('steps');
  expect((await Promise.all(calls)).map((f) => f.type)).toEqual(facts.map((f) => f.type));
  expect(await cleared).toEqual({ sessions: 0, steps: 0, bodies: 0 });
  const { traces } = await guest.traces({ session_id: 's1', limit: 20 });
  expect(traces.map((t) => t.id)).toEqual(facts.map((_, n) => `t${n}`));
  // Each fact once, and the frame that reminds a window of what it may have missed.
  expect((await owner.snapshot('s1'))?.last_seq).toBeLessThanOrEqual(12);
  expect(newestOwner(house.folder)?.epoch).toBe(3);
});

test('numbers go on beyond those that a window saw, also where a lost owner never wrote them', async () => {
  const disk = new FlakyDisk();
  const owner = await opened({ disk });
  for (const fact of [session(), stage(), execution()]) await owner.record(fact);
  const guest = await opened();
  const seqs: number[] = [];
  guest.subscribe((frame) => seqs.push(frame.seq));
  disk.failWrites = 'ENOSPC';
  for (const id of ['a', 'b', 'c', 'd']) await guest.record(trace({ id }));
  expect(seqs).toEqual([4, 5, 6, 7]);
  // What it holds in memory goes with it: a later owner has taken the folder, and died.
  await writeFile(path.join(house.folder, 'owner-2.json'), JSON.stringify(newOwner(2)));
  await rm(path.join(house.folder, 'owner-1.json'));
  await owner.record(trace({ id: 'e' }));
  await guest.record(trace({ id: 'f' }));
  const last = (await guest.snapshot('s1'))?.last_seq;
  await expect.poll(() => seqs.at(-1)).toBe(last);
  const steps = seqs.slice(1).map((seq, n) => seq - (seqs[n] ?? 0));
  expect(Math.min(...steps)).toBe(1);
  // A gap makes screens ask for what is true now.
  expect(Math.max(...steps)).toBeGreaterThan(1);
});

describe('owners that are none', () => {
  const healthOf = async (store: Store): Promise<StoreHealth> => store.health();

  test('a socket that accepts and never answers is taken over, and fenced off', async () => {
    const silent = newOwner(7);
    const server = net.createServer(() => {});
    await new Promise<void>((resolve) => server.listen(silent.socket, resolve));
    await writeFile(path.join(house.folder, 'owner-7.json'), JSON.stringify(silent));
    const logged: string[] = [];
    const store = await opened({ log: (message) => logged.push(message) });
    await store.record(session());
    expect(newestOwner(house.folder)?.epoch).toBe(8);
    expect(logged.join()).toContain('does not answer');
    expect(await healthOf(store)).toEqual({ state: 'ok' });
    server.close();
  });

  test('a file that names a socket nobody listens at is taken over at once', async () => {
    await writeFile(path.join(house.folder, 'owner-1.json'), JSON.stringify(newOwner(1)));
    const logged: string[] = [];
    const store = await opened({ log: (message) => logged.push(message) });
    await store.record(session());
    expect(newestOwner(house.folder)?.epoch).toBe(2);
    // It was not waited for.
    expect(logged.join()).not.toContain('does not answer');
  });

  test('a file that is half written is taken over', async () => {
    await writeFile(path.join(house.folder, 'owner-1.json'), '{"protocol":');
    const store = await opened();
    await store.record(session());
    expect(newestOwner(house.folder)?.epoch).toBe(2);
  });

  test('what only looks like an owner stops nobody', async () => {
    await mkdir(path.join(house.folder, 'owner-3.json'));
    await writeFile(path.join(house.folder, 'owner-99999999999999999999.json'), '{}');
    const store = await opened();
    await store.record(session());
    expect(await healthOf(store)).toEqual({ state: 'ok' });
    expect(newestOwner(house.folder)?.epoch).toBe(4);
  });

  test('a folder in use on another computer is read, with a message, and not written', async () => {
    const before = await opened();
    await before.record(session());
    await before.close();
    const other = { ...newOwner(9), host: 'some-other-host' };
    await writeFile(path.join(house.folder, 'owner-9.json'), JSON.stringify(other));
    const file = await readFile(path.join(house.folder, 'store.db'));
    const store = await opened();
    expect(await store.sessions({ limit: 5 })).toHaveLength(1);
    await expect(store.record(stage())).rejects.toMatchObject({ code: 'readonly' });
    expect(await healthOf(store)).toMatchObject({
      state: 'readonly',
      message: expect.stringContaining('some-other-host'),
    });
    await store.close();
    expect(Buffer.compare(await readFile(path.join(house.folder, 'store.db')), file)).toBe(0);
    expect(newestOwner(house.folder)?.epoch).toBe(9);
  });

  test('an owner of another version is not disturbed', async () => {
    const owner = newOwner(3);
    const server = net.createServer((socket) => {
      socket.on('data', () => {
        socket.write(`${JSON.stringify({ kind: 'refused', reason: 'another version' })}\n`);
      });
    });
    await new Promise<void>((resolve) => server.listen(owner.socket, resolve));
    await writeFile(path.join(house.folder, 'owner-3.json'), JSON.stringify(owner));
    const store = await opened();
    await expect(store.record(session())).rejects.toMatchObject({ code: 'readonly' });
    expect(newestOwner(house.folder)?.epoch).toBe(3);
    server.close();
  });

  test('two that start at the same moment: one owns, the other is its guest', async () => {
    const both = await Promise.all(Array.from({ length: 8 }, () => opened()));
    await Promise.all(
      both.map((store, n) => store.record(session({ session_id: `s${n}`, title: `${n}` }))),
    );
    for (const store of both) expect(await store.sessions({ limit: 50 })).toHaveLength(8);
    expect(newestOwner(house.folder)?.epoch).toBe(1);
  });
});
