/** A house for the chat's tests: a real store, real files, the offline server, one process or several. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Chats, createChats } from '../../src/chat/chats.ts';
import { type ChatTurn, turnsOf } from '../../src/contracts/chat_select.ts';
import { EMPTY_STATE, reduce, reduceAll, type SessionState } from '../../src/contracts/state.ts';
import type { ChatRequest } from '../../src/models/offline/request.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { chatsOptions, type HouseOptions } from './chat.options.ts';

export class ChatBench {
  readonly folder: string;
  readonly root: string;
  readonly server: OfflineServer;
  store!: Store;
  chats!: Chats;
  readonly logged: string[] = [];
  #live = new Map<string, SessionState>();

  private constructor(folder: string, server: OfflineServer) {
    this.folder = folder;
    this.root = path.join(folder, 'workspace');
    this.server = server;
  }

  static async open(options: HouseOptions = {}): Promise<ChatBench> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'boocode-chat-')));
    await mkdir(path.join(folder, 'workspace'));
    const bench = new ChatBench(folder, await startOfflineServer({ delay_ms: 0 }));
    await bench.start(options);
    return bench;
  }

  /** A process begins: opens the store, recovers, continues. */
  async start(options: HouseOptions = {}): Promise<void> {
    this.store = await openStore({ folder: path.join(this.folder, 'store'), inline: true });
    this.#live = new Map();
    this.store.subscribe((frame) => {
      const before = this.#live.get(frame.session_id) ?? EMPTY_STATE;
      this.#live.set(frame.session_id, reduceAll(before, [frame]));
    });
    const recovered = await this.store.recover();
    this.chats = createChats(
      chatsOptions(this.folder, this.server.url, this.store, options, (m) => this.logged.push(m)),
    );
    await this.chats.recover(recovered);
  }

  /** The process ends in good order. */
  async stop(): Promise<void> {
    await this.chats.close();
    await this.store.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  async put(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(this.root, name)), { recursive: true });
      await writeFile(path.join(this.root, name), text);
    }
  }

  /** The server's answers in turn; a request beyond them gets the plain text "done". */
  answers(...answers: readonly Answer[]): void {
    const left = [...answers];
    this.server.script(() => left.shift() ?? { text: 'done' });
  }

  async send(session_id: string, text: string) {
    return this.chats.send(session_id, { text, attachments: [], mentions: [] });
  }

  /** Sends and waits for the turn's end. */
  async ask(session_id: string, text: string): Promise<ChatTurn> {
    const { execution_id } = await this.send(session_id, text);
    await this.idle(session_id);
    const turn = (await this.turns(session_id)).find(
      (t) => t.execution.execution_id === execution_id,
    );
    if (!turn) throw new Error('the turn is not on the shown branch');
    return turn;
  }

  /** The state that a screen which watched from the start would have. */
  live(session_id: string): SessionState {
    return this.#live.get(session_id) ?? EMPTY_STATE;
  }

  /** Resolves with the first stored state that satisfies the test. */
  async until(session_id: string, test: (state: SessionState) => boolean): Promise<SessionState> {
    let changed = Promise.withResolvers<void>();
    const stop = this.store.subscribe((frame) => {
      if (frame.session_id === session_id) changed.resolve();
    });
    try {
      for (;;) {
        changed = Promise.withResolvers<void>();
        const state = await this.state(session_id);
        if (test(state)) return state;
        // What is waited for may be the test's own, which no frame tells of.
        await Promise.race([changed.promise, pause(100)]);
      }
    } finally {
      stop();
    }
  }

  async idle(session_id: string): Promise<SessionState> {
    return this.until(session_id, (s) => s.agent?.status === 'idle' && s.agent.turn_number > 0);
  }

  async state(session_id: string): Promise<SessionState> {
    const snapshot = await this.store.snapshot(session_id);
    if (!snapshot) throw new Error('no such chat');
    return reduce(EMPTY_STATE, { type: 'session.snapshot', snapshot });
  }

  async turns(session_id: string): Promise<ChatTurn[]> {
    return turnsOf(await this.state(session_id));
  }

  /** The nth request's body, 0 for the first; negative from the end. */
  request(n: number): ChatRequest {
    const found = this.server.requests.at(n);
    if (!found) throw new Error(`no request ${n}`);
    return found.body;
  }
}

export const call = (name: string, input: unknown = {}) => ({ name, input });
