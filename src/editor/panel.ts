/**
 * One webview panel that shows one session: its page, its half of the wire, its frames.
 * Nothing is kept for a hidden panel: its page is gone, and attaches again by one snapshot.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Mention } from '../contracts/chat.ts';
import {
  METHODS,
  type MethodName,
  type Params,
  type Push,
  RequestSchema,
  type Result,
  type ShowTarget,
} from '../contracts/requests.ts';
import type { Store } from '../store/store.ts';
import { FramePosts } from './frame_posts.ts';
import type { Log } from './log.ts';
import { pageHtml } from './page.ts';

export type Handlers = {
  readonly [M in MethodName]?: (params: Params<M>) => Promise<Result<M>>;
};

export interface PanelOptions {
  /** Folder name under `webviews/`. */
  readonly screen: string;
  readonly session_id: string;
  /** True where the session was read from a file. */
  readonly from_file?: boolean;
  readonly extensionUri: vscode.Uri;
  readonly store: Store;
  readonly handlers: Handlers;
  readonly log: Log;
}

const GONE = 'This run is no longer in the store. It may have been pruned.';

/** Text for a panel's input. */
export interface PanelDraft {
  readonly text: string;
  readonly mentions: readonly Mention[];
}

export interface ServedPanel {
  /** Puts text into the input once the page is there; a hidden page gets it when it is shown. */
  draft(draft: PanelDraft): void;
  /** Brings something into view; a page that is not there yet does it when it is. */
  show(target: ShowTarget): void;
}

/** Fills the panel and serves it until it is disposed. */
export function servePanel(panel: vscode.WebviewPanel, options: PanelOptions): ServedPanel {
  const { store, session_id, log } = options;
  // Frames are collected from the moment a snapshot is asked for, and posted after its answer.
  let phase: 'idle' | 'attaching' | 'attached' = 'idle';
  // What waits for the page to be there.
  let later: Push[] = [];

  let gone = false;

  const post = (push: Push): void => {
    // A request may close the panel that made it.
    if (!gone) void panel.webview.postMessage(push);
  };
  const frames = new FramePosts((list) => post({ kind: 'frames', frames: [...list] }));
  const postLater = (...pushes: readonly Push[]): void => {
    later.push(...pushes);
    if (phase !== 'attached') return;
    for (const push of later) post(push);
    later = [];
  };
  const unsubscribe = store.subscribe((frame) => {
    if (frame.session_id !== session_id || phase === 'idle') return;
    frames.add(frame);
  });

  const handlers: Handlers = {
    'session.attach': async () => {
      phase = 'attaching';
      frames.hold();
      const snapshot = await store.snapshot(session_id);
      if (!snapshot) throw new Error(GONE);
      return snapshot;
    },
    'trace.attach': async () => {
      phase = 'attaching';
      frames.hold();
      const snapshot = await store.traceSnapshot(session_id);
      if (!snapshot) throw new Error(GONE);
      return snapshot;
    },
    'event.content': async ({ event_id }) => ({ content: await store.eventContent(event_id) }),
    'execution.result': async ({ execution_id }) => ({
      result: await store.executionResult(execution_id),
    }),
    'trace.detail': async ({ id }) => {
      const trace = await store.trace(id);
      if (!trace) throw new Error('This call is no longer in the store. It may have been pruned.');
      return trace;
    },
    'trace.list': async (query) => {
      const page = await store.traces(query);
      return { traces: [...page.traces], next_cursor: page.next_cursor };
    },
    'trace.search': (query) => store.searchTraces(query),
    'log.show': async () => {
      log.show();
      return {};
    },
    ...options.handlers,
  };

  panel.webview.onDidReceiveMessage(async (message: unknown) => {
    const request = RequestSchema.safeParse(message);
    if (!request.success) {
      log.warn(`A message from the ${options.screen} panel was not understood and was ignored.`);
      return;
    }
    const { id, method, params } = request.data;
    try {
      post({ kind: 'reply', id, result: await answer(handlers, method, params) });
      if (method === 'session.attach' || method === 'trace.attach') {
        phase = 'attached';
        frames.start();
        postLater();
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      log.warn(`${method}: ${message}`);
      post({ kind: 'error', id, message });
    }
  });
  panel.onDidChangeViewState(() => {
    if (panel.visible) return;
    phase = 'idle';
    frames.hold();
  });
  panel.onDidDispose(() => {
    gone = true;
    frames.dispose();
    unsubscribe();
  });
  panel.webview.options = {
    enableScripts: true,
    localResourceRoots: [
      vscode.Uri.joinPath(options.extensionUri, 'dist', 'webviews'),
      vscode.Uri.joinPath(options.extensionUri, 'media'),
    ],
  };
  const { screen, extensionUri } = options;
  panel.webview.html = pageHtml({
    ...{ screen, session_id, language: vscode.env.language },
    from_file: options.from_file ?? false,
    nonce: randomBytes(16).toString('base64'),
    source: panel.webview.cspSource,
    file: (name) =>
      panel.webview
        .asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webviews', name))
        .toString(),
  });
  return {
    draft: ({ text, mentions }) => postLater({ kind: 'draft', text, mentions: [...mentions] }),
    show: (target) => postLater({ kind: 'show', target }),
  };
}

async function answer(handlers: Handlers, method: MethodName, params: unknown): Promise<unknown> {
  return call(handlers, method, METHODS[method].params.parse(params) as Params<typeof method>);
}

function call<M extends MethodName>(
  handlers: Handlers,
  method: M,
  params: Params<M>,
): Promise<Result<M>> {
  const handler = handlers[method];
  if (!handler) throw new Error(`This screen has no "${method}".`);
  return handler(params);
}
