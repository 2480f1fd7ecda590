/**
 * One process's place at a store's folder. It owns the database, or it is a guest of the process
 * that does, or it sits alone at a folder that cannot be owned. Calls wait while the place is
 * being found, and go again to the next owner when one dies.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame } from '../contracts/frames.ts';
import { openAlone } from './alone.ts';
import { type CallName, type ParamsOf, parseParams, type ResultOf } from './calls.ts';
import { newestOwner, type OwnerFile, takesFiles } from './claim.ts';
import type { Core } from './core.ts';
import type { Disk } from './disk.ts';
import { loadEngine } from './engine.ts';
import { asStoreError, OVERTAKEN, StoreError } from './errors.ts';
import { Guest } from './guest.ts';
import { elsewhere, inMemory, refused } from './health.ts';
import { newId } from './id.ts';
import { type Backend, type BackendEvents, fromWire } from './messages.ts';
import { Outbox, type Pending } from './outbox.ts';
import { DATABASE, type Ownership, own } from './owning.ts';
import { PAYLOADS } from './payloads.ts';
import { maskFact } from './prepare.ts';
import { Redactor, StreamTails } from './redact.ts';
import { Seen, type SeenFrames } from './seen.ts';
import type { StoreHealth } from './store.ts';

const LOST_LOG = 'Another program has removed the log of the store; the store is opened anew';
/** How often a seat that could not own its folder looks whether it can. Milliseconds. */
const REVISIT_MS = 5000;
/** Closing waits this long for answers that are under way. Milliseconds. */
const CLOSE_MS = 5000;
/** A guest gets ready to own after this time, so that its own start is not held up. Milliseconds. */
const READY_MS = 1000;

export interface SeatOptions {
  readonly folder: string;
  readonly wasmPath?: string | undefined;
  /** What a thread that failed leaves: the name of its process, its last call, its frames. */
  readonly client?: string | undefined;
  readonly requests?: number | undefined;
  readonly seen?: SeenFrames | undefined;
  /** Replaces the disk under the owner's database, to make it fail in a test. */
  readonly disk?: Disk | undefined;
}

type Role =
  | { kind: 'none' }
  | { kind: 'owner'; core: Core; ownership: Ownership }
  | { kind: 'guest'; guest: Guest }
  | {
      kind: 'alone';
      core: Core;
      /** Whether there may be a better place by now. */
      changed: () => boolean;
      /** What was recorded in memory alone; it is recorded again at a better place. */
      kept: Pending[];
    };

export class Seat implements Backend {
  readonly #options: SeatOptions;
  readonly #events: BackendEvents;
  readonly #client: string;
  readonly #redactor = new Redactor();
  readonly #tails = new StreamTails();
  readonly #outbox: Outbox;
  readonly #seen: Seen;
  #role: Role = { kind: 'none' };
  #seeking: Promise<void> | null = null;
  #closing: Promise<void> | null = null;
  #closed = false;
  #suspect = false;
  /** Calls of guests for which a damaged database was read out. */
  readonly #repaired = new Set<string>();
  #revisiting: NodeJS.Timeout | null = null;
  #left: Promise<void> | null = null;
  /** Exports and removals of a database that was given up. */
  #former: Promise<void> = Promise.resolve();

  private constructor(options: SeatOptions, events: BackendEvents) {
    this.#options = options;
    this.#events = events;
    this.#client = options.client ?? newId();
    this.#outbox = new Outbox(options.requests);
    this.#seen = new Seen(options.seen);
  }

  /** Resolves once calls can be answered. @throws StoreError when no database can be opened. */
  static async take(options: SeatOptions, events: BackendEvents): Promise<Seat> {
    const seat = new Seat(options, events);
    await seat.#seek();
    return seat;
  }

  addSecrets(secrets: readonly string[]): void {
    this.#redactor.addSecrets(secrets);
  }

  call<M extends CallName>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    return this.request(method, params);
  }

  /** The same as `call`, for parameters that nobody has looked at yet. */
  async request<M extends CallName>(method: M, unchecked: unknown): Promise<ResultOf<M>> {
    if (this.#closing) throw new StoreError('closed', 'The store is closed');
    const params = this.#masked(parseParams(method, unchecked));
    return new Promise<ResultOf<M>>((resolve, reject) => {
      this.#send(this.#outbox.add(method, params, resolve, reject));
    });
  }

  // Masking comes before everything else: no secret crosses even the local socket.
  #masked<P extends ParamsOf<CallName>>(params: P): P {
    const any: ParamsOf<CallName> = params;
    if (!('facts' in any)) return params;
    const facts = any.facts.map((fact) => maskFact(fact, this.#redactor, this.#tails));
    return { ...params, facts };
  }

  #send(pending: Pending): void {
    const role = this.#role;
    if (role.kind === 'none') return;
    if (role.kind === 'guest') {
      pending.told = true;
      role.guest.call(pending.id, pending.method, pending.params, this.#outbox.lowest);
      return;
    }
    const writer = this.#client;
    const origin = pending.told ? { writer, request: pending.id } : { writer };
    pending.ask(role.core, origin).then(
      () => {
        if (role.kind === 'alone' && pending.method === 'record') role.kept.push(pending);
        this.#outbox.answered(pending.id);
      },
      (error: unknown) => this.#failed(pending, role, error),
    );
  }

  #failed(pending: Pending, role: Role, cause: unknown): void {
    const error = asStoreError(cause);
    if (role.kind === 'owner' && !this.#closed) {
      // Not written here: it goes to whoever owns the store next.
      if (error.code === 'fenced' || this.#role !== role) {
        this.#leave(role, OVERTAKEN);
        return;
      }
      if (error.code === 'damaged' && !pending.repaired) {
        pending.repaired = true;
        this.#repair(role);
        return;
      }
    }
    this.#outbox.refuse(pending.id, error);
  }

  #repair(role: Role): void {
    this.#suspect = true;
    this.#leave(role, 'The database is damaged; it is read out and set aside');
  }

  /** As for a call of its own: one that meets damage once more is answered so. */
  #repairFor(role: Role, call: string): boolean {
    if (this.#closed || this.#role !== role || this.#repaired.has(call)) return false;
    this.#repaired.add(call);
    this.#repair(role);
    return true;
  }

  /** Gives up a database at once and finds another place. */
  #leave(role: Role, why: string): void {
    if (role.kind !== 'owner' || this.#role !== role) return;
    this.#events.log(why);
    this.#former = role.ownership.abandon();
    this.#lose();
  }

  /** The place is gone; find another, then send again what was not answered. */
  #lose(): void {
    this.#role = { kind: 'none' };
    if (this.#closed) return;
    this.#seek().catch((error: unknown) => {
      this.#outbox.refuseAll(asStoreError(error));
    });
  }

  #seek(): Promise<void> {
    this.#seeking ??= this.#findPlace().finally(() => {
      this.#seeking = null;
      for (const pending of this.#outbox.all) this.#send(pending);
    });
    return this.#seeking;
  }

  async #findPlace(): Promise<void> {
    const { folder } = this.#options;
    await this.#left;
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      while (!this.#closed && this.#role.kind === 'none') await this.#tryPlace();
    } catch (error) {
      this.#events.log(`The store in ${folder} cannot be opened: ${String(error)}`);
      await this.#sitAlone(inMemory(folder, asStoreError(error).message), () => takesFiles(folder));
    }
  }

  async #tryPlace(): Promise<void> {
    const { folder } = this.#options;
    const found = newestOwner(folder);
    if (!found || found.owner?.closed) {
      await this.#own((found?.epoch ?? 0) + 1, found?.owner?.served ?? false);
    } else if (!found.owner) {
      // Between its creation and its content, on a file system without links: look again.
      await pause(50);
      const again = newestOwner(folder);
      if (again?.epoch === found.epoch && !again.owner) await this.#own(found.epoch + 1, true);
    } else if (found.owner.host !== os.hostname()) {
      const { owner } = found;
      await this.#sitAlone(elsewhere(folder, owner), () => ownerChanged(folder, owner));
    } else {
      await this.#join(found.owner);
    }
  }

  async #join(owner: OwnerFile): Promise<void> {
    const hello = { client: this.#client, seen: this.#seen.all };
    const knock = await Guest.knock(owner, hello, {
      reply: (id, result) => this.#outbox.answer(id, result),
      error: (id, error) => this.#outbox.refuse(id, fromWire(error)),
      frames: (frames) => this.#publish(frames),
      health: (health) => this.#events.health(health),
      lost: () => this.#lose(),
    });
    if (knock.kind === 'in') {
      if (knock.guest.lost) return;
      this.#role = { kind: 'guest', guest: knock.guest };
      this.#events.health(knock.health);
      setTimeout(() => this.#getReady(), READY_MS).unref();
    } else if (knock.kind === 'refused') {
      const { folder } = this.#options;
      await this.#sitAlone(refused(folder, knock.reason), () => ownerChanged(folder, owner));
    } else {
      if (knock.silent) this.#events.log('The owner of the store does not answer; taking over');
      await this.#own(owner.epoch + 1, true);
    }
  }

  // The engine takes longer to load than all else that a hand-over needs, and little memory.
  #getReady(): void {
    if (!this.#closing) loadEngine(this.#options.wasmPath).catch(() => {});
  }

  async #own(epoch: number, others: boolean): Promise<void> {
    if (this.#closed) return;
    let role: Role = { kind: 'none' };
    const ownership = await own(epoch, {
      ...this.#options,
      others,
      suspect: this.#suspect,
      former: this.#former,
      publish: (frames) => this.#publish(frames),
      health: this.#events.health,
      log: this.#events.log,
      fenced: () => this.#leave(role, OVERTAKEN),
      lostLog: () => this.#leave(role, LOST_LOG),
      damaged: (call) => this.#repairFor(role, call),
    });
    if (!ownership) return;
    this.#suspect = false;
    const { core } = ownership;
    core.writers.add(this.#client);
    role = { kind: 'owner', core, ownership };
    this.#role = role;
    core.remind(this.#seen.all);
  }

  /** Nothing may be written here: read what is there, keep new facts in memory or refuse them. */
  async #sitAlone(health: StoreHealth, changed: () => boolean): Promise<void> {
    const { folder, wasmPath } = this.#options;
    const core = await openAlone({
      database: path.join(folder, DATABASE),
      payloadFolder: path.join(folder, PAYLOADS),
      wasmPath,
      readonly: health.state === 'readonly' ? (health.message ?? '') : null,
      publish: (frames) => this.#publish(frames),
      log: this.#events.log,
    });
    core.writers.add(this.#client);
    this.#role = { kind: 'alone', core, changed, kept: [] };
    this.#events.health(health);
    this.#revisiting ??= setInterval(() => this.#revisit(), REVISIT_MS).unref();
  }

  /** Leaves a lonely place once there is a better one, and takes along what was recorded there. */
  #revisit(): void {
    const role = this.#role;
    if (role.kind !== 'alone' || this.#closed || !role.changed()) return;
    if (this.#revisiting) clearInterval(this.#revisiting);
    this.#revisiting = null;
    this.#role = { kind: 'none' };
    const failed = (error: StoreError): void => this.#events.log(`Not written: ${error.message}`);
    // In the order of the calls: a durable one may have been answered after a later one.
    const kept = role.kept
      .filter((pending) => !this.#outbox.has(pending.id))
      .sort((a, b) => a.id - b.id);
    this.#outbox.putFirst(() => {
      for (const pending of kept) pending.repeat(failed);
    });
    // The engine must have let go of the file before it opens it anew.
    this.#left = role.core.close().catch(() => {});
    this.#lose();
  }

  #publish(frames: readonly Frame[]): void {
    this.#seen.add(frames);
    this.#events.frames(frames);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // What was asked before is still answered, by another owner if need be.
    await this.#outbox.emptied(CLOSE_MS);
    this.#revisit();
    await this.#seeking?.catch(() => {});
    await this.#outbox.emptied(CLOSE_MS);
    this.#closed = true;
    if (this.#revisiting) clearInterval(this.#revisiting);
    await this.#seeking?.catch(() => {});
    const role = this.#role;
    this.#role = { kind: 'none' };
    if (role.kind === 'guest') role.guest.close();
    else if (role.kind === 'owner') await role.ownership.close();
    else if (role.kind === 'alone') await role.core.close();
    this.#outbox.refuseAll(new StoreError('closed', 'The store is closed'));
  }
}

function ownerChanged(folder: string, owner: OwnerFile): boolean {
  const now = newestOwner(folder);
  return now?.epoch !== owner.epoch || now.owner?.closed === true;
}
