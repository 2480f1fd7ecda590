/**
 * The page's half of the wire, and the only place that calls `acquireVsCodeApi`.
 * Requests and answers are typed by METHODS and parsed; frames are handed to whoever subscribed.
 */
import './no_eval.ts';
import * as z from 'zod/mini';
import { Mention } from '../../src/contracts/chat.ts';
import { type Frame, parseFrame } from '../../src/contracts/frames.ts';
import {
  METHODS,
  type MethodName,
  type Params,
  type Request,
  type Result,
  ShowTarget,
} from '../../src/contracts/requests.ts';
import { keptState, type PanelState } from './kept_state.ts';

interface VsCodeApi extends PanelState {
  postMessage(message: unknown): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

/** Frames of one push. `lost` says that some could not be read, so that a snapshot is needed. */
export interface FrameBatch {
  readonly frames: readonly Frame[];
  readonly lost: boolean;
}

export interface PushedDraft {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

export interface Host {
  /**
   * Asks the host and waits for its answer.
   * @param timeout_ms gives up after this long; absent: waits as long as the page lives, as for
   *   questions that a person answers.
   * @throws {Error} with the host's own sentence, or one that says the answer could not be read.
   */
  request<M extends MethodName>(
    method: M,
    params: Params<M>,
    timeout_ms?: number,
  ): Promise<Result<M>>;
  /** @returns a function that ends the subscription. */
  onFrames(listener: (batch: FrameBatch) => void): () => void;
  /** Told of what has changed outside of the session. @returns a function that ends it. */
  onChanged(listener: (what: string) => void): () => void;
  /** Hears of text for the input that comes from elsewhere in the editor. */
  onDraft(listener: (draft: PushedDraft) => void): () => void;
  /** Hears of what is to be brought into view. */
  onShow(listener: (target: ShowTarget) => void): () => void;
  /** @returns what `setState` kept, or null where it is absent or has another shape. */
  getState<S extends z.ZodMiniType>(schema: S): z.infer<S> | null;
  /** Keeps navigation and view state, never records; the object carries a `version`. */
  setState(state: { readonly version: number; readonly session_id: string }): void;
}

// Frames are parsed one by one: one that cannot be read must not take its neighbours with it.
const Incoming = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reply'), id: z.number(), result: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number(), message: z.string() }),
  z.object({ kind: z.literal('frames'), frames: z.array(z.unknown()) }),
  z.object({ kind: z.literal('changed'), what: z.string() }),
  z.object({ kind: z.literal('draft'), text: z.string(), mentions: z.array(Mention) }),
  z.object({ kind: z.literal('show'), target: ShowTarget }),
]);

interface Waiting {
  settle(result: unknown): void;
  fail(error: Error): void;
}

/** Connects to the editor. May be called once per page: VS Code hands out its API only once. */
export function connectHost(): Host {
  const api = acquireVsCodeApi();
  const { screen = '', sessionId = '' } = document.body.dataset;
  const kept = keptState(api, `${screen} ${sessionId}`);
  const waiting = new Map<number, Waiting>();
  const listeners = new Set<(batch: FrameBatch) => void>();
  const watchers = new Set<(what: string) => void>();
  const drafts = new Set<(draft: PushedDraft) => void>();
  const shows = new Set<(target: ShowTarget) => void>();
  let last_id = 0;

  window.addEventListener('message', (event: MessageEvent<unknown>) => {
    const parsed = Incoming.safeParse(event.data);
    // Other scripts of the editor post into the page too; what is not ours is theirs.
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.kind === 'frames') {
      const batch = readFrames(message.frames);
      for (const listener of listeners) listener(batch);
      return;
    }
    if (message.kind === 'changed') {
      for (const listener of watchers) listener(message.what);
      return;
    }
    if (message.kind === 'draft') {
      for (const listener of drafts) listener(message);
      return;
    }
    if (message.kind === 'show') {
      for (const listener of shows) listener(message.target);
      return;
    }
    const request = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'reply') request?.settle(message.result);
    else request?.fail(new Error(message.message));
  });

  return {
    request(method, params, timeout_ms) {
      last_id += 1;
      const id = last_id;
      return new Promise((resolve, reject) => {
        const timer =
          timeout_ms === undefined
            ? undefined
            : setTimeout(() => {
                waiting.delete(id);
                reject(new Error(`The editor did not answer "${method}" in time.`));
              }, timeout_ms);
        waiting.set(id, {
          settle(result) {
            clearTimeout(timer);
            const parsed = readResult(method, result);
            if (parsed.success) resolve(parsed.data);
            else
              reject(new Error(`The answer to "${method}" could not be read: ${parsed.problem}`));
          },
          fail(error) {
            clearTimeout(timer);
            reject(error);
          },
        });
        api.postMessage({ kind: 'request', id, method, params } satisfies Request);
      });
    },
    onFrames(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onChanged(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    onDraft(listener) {
      drafts.add(listener);
      return () => drafts.delete(listener);
    },
    onShow(listener) {
      shows.add(listener);
      return () => shows.delete(listener);
    },
    getState(schema) {
      const parsed = schema.safeParse(kept.getState());
      return parsed.success ? parsed.data : null;
    },
    setState(state) {
      kept.setState(state);
    },
  };
}

function readFrames(values: readonly unknown[]): FrameBatch {
  const frames: Frame[] = [];
  let lost = false;
  for (const value of values) {
    const parsed = parseFrame(value);
    if ('frame' in parsed) frames.push(parsed.frame);
    else {
      lost = true;
      console.warn(`A frame could not be read. ${parsed.problem}`);
    }
  }
  return { frames, lost };
}

type Read<T> = { success: true; data: T } | { success: false; problem: string };

function readResult<M extends MethodName>(method: M, value: unknown): Read<Result<M>> {
  const parsed = METHODS[method].result.safeParse(value);
  // The schema of METHODS[method] is the one that Result<M> is inferred from.
  if (parsed.success) return { success: true, data: parsed.data as Result<M> };
  return { success: false, problem: z.prettifyError(parsed.error) };
}
