/** A house for the agent loop's tests: a real store, real tools on a real folder, the offline server. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as z from 'zod/mini';
import type { AgentHouse, AgentLimits, AgentOutcome, AgentSpec } from '../../src/agents/agent.ts';
import { TokenBudget } from '../../src/agents/budget.ts';
import { runAgent } from '../../src/agents/loop.ts';
import type { Frame } from '../../src/contracts/frames.ts';
import type { TimelineEvent, Trace } from '../../src/contracts/records.ts';
import { createModels } from '../../src/models/models.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import {
  OFFLINE_MODEL,
  type OfflineServer,
  startOfflineServer,
} from '../../src/models/offline/server.ts';
import { openStore } from '../../src/store/open.ts';
import { newId, type Store } from '../../src/store/store.ts';
import { createTools } from '../../src/tools/registry.ts';
import type { Tool } from '../../src/tools/tool.ts';

export interface RunOptions {
  readonly spec?: Partial<AgentSpec>;
  readonly limits?: Partial<AgentLimits>;
  readonly tools?: readonly Tool[];
  readonly signal?: AbortSignal;
  /** What the agent is given in place of the store. */
  readonly store?: Store;
}

/** One agent's run with everything that it left behind. */
export interface Run {
  readonly outcome: AgentOutcome;
  readonly session_id: string;
  readonly frames: readonly Frame[];
  readonly traces: readonly Trace[];
  readonly timeline: readonly TimelineEvent[];
}

export class Bench {
  readonly folder: string;
  readonly root: string;
  readonly server: OfflineServer;
  readonly store: Store;

  private constructor(folder: string, server: OfflineServer, store: Store) {
    this.folder = folder;
    this.root = path.join(folder, 'workspace');
    this.server = server;
    this.store = store;
  }

  /** @param inline keeps the store in this thread: sooner ready, and its frames come at once. */
  static async open(inline = false): Promise<Bench> {
    const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'boocode-agents-')));
    await mkdir(path.join(folder, 'workspace'));
    const server = await startOfflineServer({ delay_ms: 0 });
    return new Bench(
      folder,
      server,
      await openStore({ folder: path.join(folder, 'store'), inline }),
    );
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.server.close();
    await rm(this.folder, { recursive: true });
  }

  async put(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(this.root, name)), { recursive: true });
      await writeFile(path.join(this.root, name), text);
    }
  }

  /** Resolves with the nth such frame that is published from now on. */
  shown(wanted: (frame: Frame) => boolean, nth = 1): Promise<void> {
    let seen = 0;
    return new Promise((resolve) => {
      const stop = this.store.subscribe((frame) => {
        if (!wanted(frame) || ++seen < nth) return;
        stop();
        resolve();
      });
    });
  }

  /** The server's answers in turn; a request beyond them gets the plain text "done". */
  answers(...answers: readonly Answer[]): void {
    const left = [...answers];
    this.server.script(() => left.shift() ?? { text: 'done' });
  }

  house(tools: readonly Tool[] = []): AgentHouse {
    const models = createModels({
      provider: 'offline',
      baseURL: this.server.url,
      model: OFFLINE_MODEL,
      getKey: async () => undefined,
      timeouts: { first_chunk_ms: 20_000, stall_ms: 20_000 },
      retries: { max: 2, base_ms: 1 },
    });
    const all = new Map([...createTools(), ...tools.map((tool) => [tool.name, tool] as const)]);
    return { store: this.store, models, tools: all, root: this.root, exclude: [] };
  }

  async session(): Promise<{ session_id: string; stage_id: string }> {
    const session_id = newId();
    const stage_id = newId();
    const now = Date.now();
    const session = { session_id, kind: 'workflow', title: 't', status: 'running' } as const;
    await this.store.record({
      type: 'session.status',
      session: { ...session, created_at: now, updated_at: now, simulated: true },
    });
    await this.store.record({
      type: 'stage.status',
      stage: { stage_id, session_id, stage_index: 0, title: 's', status: 'running' },
    });
    return { session_id, stage_id };
  }

  async run(options: RunOptions = {}): Promise<Run> {
    const place = await this.session();
    const { session_id } = place;
    const frames: Frame[] = [];
    const unsubscribe = this.store.subscribe((frame) => {
      if (frame.session_id === session_id) frames.push(frame);
    });
    const outcome = await runAgent(
      { ...this.house(options.tools), ...(options.store ? { store: options.store } : {}) },
      { name: 'tester', prompt: 'Do the task.', ...options.spec },
      { max_steps: 10, timeout_ms: 30_000, budget: new TokenBudget(null), ...options.limits },
      { ...place, execution_id: newId(), kind: 'step', agent_index: 0, turn_number: 1 },
      options.signal ?? new AbortController().signal,
    );
    const found = await this.left(session_id);
    unsubscribe();
    return { outcome, session_id, frames, ...found };
  }

  /** Traces with whole bodies, and the timeline. */
  async left(session_id: string): Promise<{ traces: Trace[]; timeline: TimelineEvent[] }> {
    const page = await this.store.traces({ session_id, limit: 1000 });
    const traces: Trace[] = [];
    for (const { id } of page.traces) {
      const trace = await this.store.trace(id);
      if (trace) traces.push(trace);
    }
    const snapshot = await this.store.snapshot(session_id);
    return { traces, timeline: snapshot?.timeline ?? [] };
  }

  /** The messages of the nth request, 0 for the first; negative from the end. */
  messages(n: number): readonly { role: string; content?: unknown }[] {
    return this.server.requests.at(n)?.body.messages ?? [];
  }
}

/** A tool that does what a test says. */
export function tool(
  name: string,
  run: (input: Record<string, unknown>, signal: AbortSignal) => Promise<string> | string,
  permission: Tool['permission'] = 'read',
): Tool {
  return {
    name,
    description: name,
    permission,
    input: z.record(z.string(), z.unknown()),
    run: async (input, context) => {
      const parsed = z.parse(z.record(z.string(), z.unknown()), input);
      return { text: await run(parsed, context.signal) };
    },
  };
}

export const call = (name: string, input: unknown = {}) => ({ name, input });
export const ofKind = (run: Pick<Run, 'traces'>, kind: Trace['kind']) =>
  run.traces.filter((trace) => trace.kind === kind);
