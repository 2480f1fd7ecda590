/** The owner's end of the local socket: other windows' calls go to the database, frames go out. */
import { timingSafeEqual } from 'node:crypto';
import { chmodSync } from 'node:fs';
import net from 'node:net';
import type { Frame } from '../contracts/frames.ts';
import { isCallName, parseParams } from './calls.ts';
import { type OwnerFile, PROTOCOL } from './claim.ts';
import type { Core } from './core.ts';
import { asStoreError } from './errors.ts';
import { toWire } from './messages.ts';
import type { StoreHealth } from './store.ts';
import { type FromOwner, readLines, sendLine, ToOwner } from './wire.ts';

/** A guest that leaves more than this unread is let go. Bytes. */
const UNREAD_LIMIT = 64 * 1024 * 1024;

export class OwnerServer {
  readonly #server: net.Server;
  readonly #owner: OwnerFile;
  readonly #guests = new Map<net.Socket, string>();
  readonly #sockets = new Set<net.Socket>();
  readonly #core: Promise<Core>;
  #giveCore: (core: Core) => void = () => {};
  #leaving = false;
  health: StoreHealth = { state: 'ok' };
  /** Told that a call met damage; true where it is read out now, and the call comes again. */
  damaged: (call: string) => boolean = () => false;

  private constructor(owner: OwnerFile) {
    this.#owner = owner;
    this.#core = new Promise((resolve) => {
      this.#giveCore = resolve;
    });
    this.#server = net.createServer((socket) => this.#welcome(socket));
  }

  /** Listens before the owner's file exists: whoever reads the file can connect. */
  static async listen(owner: OwnerFile): Promise<OwnerServer> {
    const self = new OwnerServer(owner);
    await new Promise<void>((resolve, reject) => {
      self.#server.once('error', reject);
      self.#server.listen(owner.socket, resolve);
    });
    if (process.platform !== 'win32') chmodSync(owner.socket, 0o600);
    return self;
  }

  /** Calls that came before the database was open are answered from here on. */
  serve(core: Core): void {
    this.#giveCore(core);
  }

  get serves(): boolean {
    return this.#guests.size > 0;
  }

  #welcome(socket: net.Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#sockets.delete(socket);
      const client = this.#guests.get(socket);
      this.#guests.delete(socket);
      // A window that came again may be there before its former connection is seen to end.
      const gone = client !== undefined && ![...this.#guests.values()].includes(client);
      if (gone) void this.#core.then((core) => core.writers.delete(client));
    });
    readLines(socket, (value) => {
      const message = ToOwner.safeParse(value);
      if (!message.success) socket.destroy();
      else void this.#receive(socket, message.data);
    });
  }

  async #receive(socket: net.Socket, message: ToOwner): Promise<void> {
    if (message.kind === 'hello') {
      const reason = this.#refusal(message);
      if (reason) {
        sendLine(socket, { kind: 'refused', reason });
        socket.end();
        return;
      }
      this.#guests.set(socket, message.client);
      sendLine(socket, { kind: 'welcome', epoch: this.#owner.epoch, health: this.health });
      const core = await this.#core;
      core.writers.add(message.client);
      core.remind(message.seen);
      return;
    }
    const client = this.#guests.get(socket);
    if (client && message.kind === 'ping') {
      sendLine(socket, { kind: 'pong' });
      return;
    }
    if (!client || message.kind !== 'call' || !isCallName(message.method)) {
      socket.destroy();
      return;
    }
    const { id, method, below } = message;
    if (this.#leaving) return;
    try {
      const core = await this.#core;
      const params = parseParams(method, message.params);
      const result = await core.call(method, params, { writer: client, request: id, below });
      sendLine(socket, { kind: 'reply', id, result });
    } catch (cause) {
      const error = asStoreError(cause);
      // Not answered, so that it is sent to the next owner, which is about to come.
      if (this.#leaving || error.code === 'fenced' || error.code === 'closed') return;
      if (error.code === 'damaged' && this.damaged(`${client} ${id}`)) return;
      sendLine(socket, { kind: 'error', id, error: toWire(error) });
    }
  }

  #refusal(hello: Extract<ToOwner, { kind: 'hello' }>): string | null {
    const said = Buffer.from(hello.token);
    const meant = Buffer.from(this.#owner.token);
    if (said.length !== meant.length || !timingSafeEqual(said, meant)) return 'wrong token';
    return hello.protocol === PROTOCOL ? null : 'another version of BooCode owns the store';
  }

  broadcast(frames: readonly Frame[]): void {
    this.#tell({ kind: 'frames', frames: [...frames] });
  }

  broadcastHealth(health: StoreHealth): void {
    this.health = health;
    this.#tell({ kind: 'health', health });
  }

  #tell(message: FromOwner): void {
    if (this.#guests.size === 0) return;
    const line = `${JSON.stringify(message)}\n`;
    for (const socket of this.#guests.keys()) {
      // A window that has stopped must not fill this one's memory; it may come again.
      if (socket.writableLength > UNREAD_LIMIT) socket.destroy();
      else if (socket.writable) socket.write(line);
    }
  }

  /** Calls that come from here on are left to the next owner. */
  leave(): void {
    this.#leaving = true;
  }

  /** Lets answers that are under way arrive, then ends all connections. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.end(() => socket.destroy());
    });
  }

  /** Ends everything at once. */
  abandon(): void {
    this.#leaving = true;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
