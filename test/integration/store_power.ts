/**
 * Power losses, simulated. A disk records what the store does to it; then, for any moment, it
 * makes a folder as a power loss at that moment may leave it: what was synced is there, and of
 * everything since then any part, torn at 512 bytes, in any order.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { NodeDisk, type OpenMode } from '../../src/store/disk.ts';
import { openStore } from '../../src/store/open.ts';
import { execution, session, stage, trace } from './store_samples.ts';

type Change =
  | { kind: 'write'; inode: number; bytes: Uint8Array; position: number }
  | { kind: 'truncate'; inode: number; size: number };
type Event =
  | Change
  | { kind: 'link'; name: string; inode: number }
  | { kind: 'unlink'; name: string }
  /** All changes of this file before event `before` are on the disk. */
  | { kind: 'synced'; inode: number; before: number }
  | { kind: 'folder' }
  | { kind: 'acknowledged'; id: string };

/** A real disk that writes down what happens to it. */
class RecordingDisk extends NodeDisk {
  readonly events: Event[] = [];
  readonly #names = new Map<string, number>();
  readonly #inodes = new Map<number, number>();
  #next = 1;

  override open(file: string, mode: OpenMode): number {
    const name = path.basename(file);
    const isNew = !fs.existsSync(file);
    const fd = super.open(file, mode);
    if (isNew || !this.#names.has(name)) {
      this.#names.set(name, this.#next);
      this.events.push({ kind: 'link', name, inode: this.#next });
      this.#next++;
    }
    this.#inodes.set(fd, this.#names.get(name) ?? 0);
    return fd;
  }

  override write(fd: number, from: Uint8Array, position: number): void {
    super.write(fd, from, position);
    const inode = this.#inodes.get(fd) ?? 0;
    this.events.push({ kind: 'write', inode, bytes: from.slice(), position });
  }

  override truncate(fd: number, size: number): void {
    super.truncate(fd, size);
    this.events.push({ kind: 'truncate', inode: this.#inodes.get(fd) ?? 0, size });
  }

  override sync(fd: number): void {
    super.sync(fd);
    const before = this.events.length;
    this.events.push({ kind: 'synced', inode: this.#inodes.get(fd) ?? 0, before });
  }

  override async syncLater(fd: number): Promise<void> {
    const before = this.events.length;
    const inode = this.#inodes.get(fd) ?? 0;
    await super.syncLater(fd);
    this.events.push({ kind: 'synced', inode, before });
  }

  override unlink(file: string): void {
    super.unlink(file);
    const name = path.basename(file);
    this.#names.delete(name);
    this.events.push({ kind: 'unlink', name });
  }

  override syncFolder(folder: string): void {
    super.syncFolder(folder);
    this.events.push({ kind: 'folder' });
  }
}

export interface Recording {
  readonly events: readonly Event[];
  /** What each number stands for: `seq - 1` is the index. */
  readonly facts: readonly { id: string; outcome: string }[];
}

/** Every third trace of a writer is recorded by one call, its start with its end. */
const asOne = (id: string): boolean => Number(id.split('-')[1]) % 3 === 2;

/** Lets several writers record until the log was emptied into the database a few times. */
export async function record(rounds: number): Promise<Recording> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'power-'));
  try {
    const disk = new RecordingDisk();
    const store = await openStore({ folder, inline: true, disk });
    const facts: { id: string; outcome: string }[] = [];
    store.subscribe((frame) => {
      facts.push(
        frame.type === 'tool_trace'
          ? { id: frame.trace.id, outcome: frame.trace.outcome }
          : { id: '', outcome: '' },
      );
    });
    for (const fact of [session(), stage(), execution()]) await store.record(fact);
    const writer = async (name: number): Promise<void> => {
      for (let n = 0; n < rounds; n++) {
        const id = `w${name}-${n}`;
        const input = `${id} `.repeat(1 + ((n * 37) % 2500));
        const begun = trace({ id, turn_number: n, input });
        const ended = trace({ id, turn_number: n, input, output: input, outcome: 'completed' });
        if (asOne(id)) await store.recordAll([begun, ended]);
        else {
          await store.record(begun, n % 5 === 0 ? 'lazy' : 'durable');
          await store.record(ended);
        }
        disk.events.push({ kind: 'acknowledged', id });
      }
    };
    await Promise.all([0, 1, 2, 3].map(writer));
    await store.close();
    return { events: disk.events, facts };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Numbers from a seed, so that a failing state can be made again. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

class File {
  bytes = new Uint8Array(0);

  apply(change: Change, from = 0, to = Number.POSITIVE_INFINITY): void {
    if (change.kind === 'truncate') {
      const cut = new Uint8Array(change.size);
      cut.set(this.bytes.subarray(0, change.size));
      this.bytes = cut;
      return;
    }
    const part = change.bytes.subarray(from, to);
    const end = change.position + from + part.length;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(end);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes.set(part, change.position + from);
  }
}

export interface LossOptions {
  readonly states: number;
  readonly seed: number;
  /** Takes no sync for one, to see that the check would find lost writes. */
  readonly ignoreSyncs?: boolean;
}

/** @returns the states in which something was wrong, as sentences. */
export async function losePower(recording: Recording, options: LossOptions): Promise<string[]> {
  const { events } = recording;
  const random = randomFrom(options.seed);
  const cuts = Array.from({ length: options.states }, () => Math.floor(random() * events.length));
  cuts.sort((a, b) => a - b);
  const problems: string[] = [];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'power-'));
  const durable = new Map<number, File>();
  const entries = new Map<string, number>();
  let unsynced: { at: number; change: Change }[] = [];
  let links: Event[] = [];
  const acknowledged = new Set<string>();
  let at = 0;
  const fileOf = (files: Map<number, File>, inode: number): File => {
    const file = files.get(inode) ?? new File();
    files.set(inode, file);
    return file;
  };
  try {
    for (const [n, cut] of cuts.entries()) {
      for (; at < cut; at++) {
        const event = events[at];
        if (!event) break;
        if (event.kind === 'write' || event.kind === 'truncate')
          unsynced.push({ at, change: event });
        else if (event.kind === 'acknowledged') acknowledged.add(event.id);
        else if (event.kind === 'link' || event.kind === 'unlink') links.push(event);
        else if (event.kind === 'folder') {
          for (const link of links) applyLink(entries, link);
          links = [];
        } else if (!options.ignoreSyncs) {
          const done = unsynced.filter(
            (u) => u.change.inode === event.inode && u.at < event.before,
          );
          for (const { change } of done) fileOf(durable, event.inode).apply(change);
          unsynced = unsynced.filter((u) => !done.includes(u));
        }
      }
      // What a power loss here may leave: anything of what was not synced.
      const files = new Map([...durable].map(([inode, file]) => [inode, copyOf(file)]));
      const mode = random();
      const kept = unsynced.filter(() => mode > 0.2 && random() < mode);
      if (mode > 0.6) kept.sort(() => random() - 0.5);
      for (const { change } of kept) {
        const file = fileOf(files, change.inode);
        if (change.kind === 'write' && random() < 0.3) {
          const sectors = Math.ceil(change.bytes.length / 512);
          const a = Math.floor(random() * sectors) * 512;
          if (random() < 0.5) file.apply(change, 0, a);
          else file.apply(change, a);
        } else file.apply(change);
      }
      const named = new Map(entries);
      for (const link of links.slice(0, Math.floor(random() * (links.length + 1)))) {
        applyLink(named, link);
      }
      const state = path.join(folder, `state-${n}`);
      fs.mkdirSync(state);
      for (const [name, inode] of named) {
        fs.writeFileSync(path.join(state, name), files.get(inode)?.bytes ?? new Uint8Array(0));
      }
      const problem = await whatIsWrong(state, recording, acknowledged);
      if (problem) problems.push(`state ${n} (seed ${options.seed}, event ${cut}): ${problem}`);
      fs.rmSync(state, { recursive: true, force: true });
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  return problems;
}

function applyLink(entries: Map<string, number>, event: Event): void {
  if (event.kind === 'link') entries.set(event.name, event.inode);
  else if (event.kind === 'unlink') entries.delete(event.name);
}

function copyOf(file: File): File {
  const copy = new File();
  copy.bytes = file.bytes.slice();
  return copy;
}

async function whatIsWrong(
  folder: string,
  { facts }: Recording,
  acknowledged: ReadonlySet<string>,
): Promise<string | null> {
  const store = await openStore({ folder, inline: true });
  let snapshot: Awaited<ReturnType<typeof store.snapshot>>;
  try {
    const { state, message } = store.health();
    if (state !== 'ok' || message !== undefined) return `health ${state}: ${message}`;
    snapshot = await store.snapshot('s1');
  } finally {
    await store.close();
  }
  // The rows must be what the first `last_seq` facts leave, no more and no less.
  const expected = new Map<string, string>();
  for (const { id, outcome } of facts.slice(0, snapshot?.last_seq ?? 0)) {
    if (id !== '') expected.set(id, outcome);
  }
  const found = new Map((snapshot?.traces ?? []).map((t) => [t.id, t.outcome]));
  for (const id of acknowledged) {
    if (found.get(id) !== 'completed') return `${id} was acknowledged and is ${found.get(id)}`;
  }
  if (found.size !== expected.size) return `${found.size} rows instead of ${expected.size}`;
  for (const [id, outcome] of expected) {
    if (found.get(id) !== outcome) return `${id} is ${found.get(id)} instead of ${outcome}`;
    if (asOne(id) && outcome !== 'completed') return `of ${id} only the start is there`;
  }
  const db = new DatabaseSync(path.join(folder, 'store.db'));
  try {
    const check = db.prepare('PRAGMA integrity_check').get();
    if (check?.integrity_check !== 'ok') return String(check?.integrity_check);
  } finally {
    db.close();
  }
  return null;
}

/** @throws AssertionError that names the first few states in which something was wrong. */
export function expectSound(problems: readonly string[]): void {
  expect(problems.slice(0, 5)).toEqual([]);
}
