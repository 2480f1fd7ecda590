/** Becoming the process that owns a store's folder: the claim, the socket, the open database. */
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame } from '../contracts/frames.ts';
import { claim, FencedDisk, isOwner, newOwner, type OwnerFile, release } from './claim.ts';
import { Core } from './core.ts';
import { openDatabase } from './database.ts';
import type { Disk } from './disk.ts';
import { inMemory } from './health.ts';
import { keepOut, letIn } from './keep_out.ts';
import { PAYLOADS } from './payloads.ts';
import { forgetOldRequests } from './requests.ts';
import { OwnerServer } from './server.ts';
import { SteadyDisk } from './steady.ts';
import type { StoreHealth } from './store.ts';

/** The database inside a store's folder. */
export const DATABASE = 'store.db';
/** After a hand-over the other windows have this long to connect before anything is judged. */
const GATHER_MS = 500;
/** How often the log is looked for. Milliseconds. */
const LOOK_MS = 500;
/** A process that was away for longer than this does not come back for its answers. */
const REQUESTS_KEPT_MS = 24 * 3600 * 1000;

export interface OwningOptions {
  readonly folder: string;
  readonly wasmPath?: string | undefined;
  /** Replaces the disk under the database, to make it fail in a test. */
  readonly disk?: Disk | undefined;
  /** Others were connected to a former owner and may come. */
  readonly others: boolean;
  /** Damage of the database was met while it was in use. */
  readonly suspect: boolean;
  /** What `abandon` of the ownership before gave. */
  readonly former: Promise<unknown>;
  readonly publish: (frames: readonly Frame[]) => void;
  readonly health: (health: StoreHealth) => void;
  readonly log: (message: string) => void;
  /** Another program has removed the log; closing the database puts what it holds into the file. */
  readonly lostLog: () => void;
  /** Another process has taken over. */
  readonly fenced: () => void;
  /** A guest's call met damage. @returns whether the place is left for that, to read it out. */
  readonly damaged: (call: string) => boolean;
}

export interface Ownership {
  readonly core: Core;
  /** Ends in good order: everything is on disk, and the next owner need not wait. */
  close(): Promise<void>;
  /**
   * Ends at once, touching nothing: the file belongs to someone else, or is damaged.
   * @returns see `Core.abandon`.
   */
  abandon(): Promise<void>;
}

/** @returns null when another process was faster. @throws Error when the folder refuses. */
export async function own(epoch: number, options: OwningOptions): Promise<Ownership | null> {
  const owner = newOwner(epoch);
  const server = await OwnerServer.listen(owner);
  try {
    if (claim(options.folder, owner)) return await openOwned(owner, server, options);
  } catch (error) {
    server.abandon();
    throw error;
  }
  server.abandon();
  return null;
}

async function openOwned(
  owner: OwnerFile,
  server: OwnerServer,
  options: OwningOptions,
): Promise<Ownership> {
  const { folder, wasmPath, suspect } = options;
  const fence = new FencedDisk(folder, owner.epoch, () => setImmediate(options.fenced));
  let lasting: StoreHealth = { state: 'ok' };
  const tell = (health: StoreHealth): void => {
    server.broadcastHealth(health);
    options.health(health);
  };
  const steady = new SteadyDisk(options.disk ?? fence, {
    onChange: (problem) => tell(problem ? inMemory(folder, problem.message) : lasting),
  });
  const owns = (): boolean => isOwner(folder, owner.epoch);
  const database = path.join(folder, DATABASE);
  try {
    keepOut(database);
    const opened = await openDatabase({
      disk: steady,
      path: database,
      wasmPath,
      owns,
      suspect,
    });
    for (const notice of opened.notices) options.log(notice);
    if (opened.readonly) lasting = { state: 'readonly', message: opened.readonly };
    else if (opened.notices.length > 0)
      lasting = { state: 'ok', message: opened.notices.join(' ') };
    else forgetOldRequests(opened.db, Date.now() - REQUESTS_KEPT_MS);
    if (!steady.holding) tell(lasting);
    const core = new Core({
      ...opened,
      wasmPath,
      payloadFolder: path.join(folder, PAYLOADS),
      writable: () => !steady.holding && owns(),
      owns,
      publish: (frames) => {
        options.publish(frames);
        server.broadcast(frames);
      },
      log: options.log,
      former: options.former,
      gathered: options.others ? pause(GATHER_MS) : Promise.resolve(),
    });
    const looking = setInterval(() => {
      if (opened.db.mount.lostLog) options.lostLog();
    }, LOOK_MS).unref();
    server.damaged = options.damaged;
    server.serve(core);
    return {
      core,
      async close() {
        clearInterval(looking);
        server.leave();
        const { serves } = server;
        await core.close();
        steady.end();
        if (owns()) letIn(database);
        release(folder, owner, serves);
        await server.close();
      },
      abandon() {
        clearInterval(looking);
        server.abandon();
        const ended = core.abandon();
        steady.end();
        return ended;
      },
    };
  } catch (error) {
    steady.end();
    if (owns()) {
      letIn(database);
      release(folder, owner);
    }
    throw error;
  }
}
