/**
 * Files of traces in the trace screen: OTLP/JSON of BooCode or of any tool that follows
 * OpenTelemetry's GenAI conventions. Nothing of it reaches the user's own store.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { openTraceFile, type TraceFile } from '../telemetry/trace_file.ts';
import type { Log } from './log.ts';
import { type NoticeButton, noticeHtml } from './notice_page.ts';
import { servePanel } from './panel.ts';

const VIEW_TYPE = 'boocode.traceFile';
/** Reading a larger file takes long enough to show how far it is, and to be stopped. Bytes. */
const LARGE = 4 * 1024 * 1024;

const AGAIN: NoticeButton = { action: 'again', label: 'Read Again' };
const AS_TEXT: NoticeButton = { action: 'text', label: 'Open as Text' };
/** Why a reading ended that the user ended. */
class Stopped extends Error {}
const Pressed = z.object({ action: z.string() });

/** Shows a file in the trace screen, whatever its name is. */
export async function showTraceFile(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, VIEW_TYPE);
}

/** Lets the user choose a file, unless one was chosen already. */
export async function chooseTraceFile(target: unknown): Promise<void> {
  if (target instanceof vscode.Uri) return showTraceFile(target);
  const picked = await vscode.window.showOpenDialog({
    title: 'Open Trace File',
    filters: { 'OTLP/JSON': ['json', 'jsonl'], 'All Files': ['*'] },
  });
  if (picked?.[0]) await showTraceFile(picked[0]);
}

export interface TraceFiles extends vscode.Disposable {
  /** Closes what is open and removes what it took on the disk. */
  close(): Promise<void>;
}

export function offerTraceFiles(context: vscode.ExtensionContext, log: Log): TraceFiles {
  const shown = new Set<() => Promise<void>>();
  const registered = vscode.window.registerCustomEditorProvider(VIEW_TYPE, {
    // Read when there is a place to say how that goes.
    openCustomDocument: (uri) => ({ uri, dispose() {} }),
    resolveCustomEditor: ({ uri }, panel) => {
      const close = show(context, log, uri, panel);
      shown.add(close);
      panel.onDidDispose(async () => {
        shown.delete(close);
        await close();
      });
    },
  } satisfies vscode.CustomReadonlyEditorProvider);
  return {
    dispose: () => registered.dispose(),
    close: async () => void (await Promise.all([...shown].map((close) => close()))),
  };
}

/** @returns ends the reading, or closes what was read. */
function show(
  context: vscode.ExtensionContext,
  log: Log,
  uri: vscode.Uri,
  panel: vscode.WebviewPanel,
): () => Promise<void> {
  const name = uri.path.split('/').at(-1) ?? uri.path;
  const closed = new AbortController();
  let reading: Promise<TraceFile | undefined> = Promise.resolve(undefined);
  let failed = false;

  const notice = (title: string, text: string, buttons: readonly NoticeButton[]): void => {
    const nonce = randomBytes(16).toString('base64');
    panel.webview.html = noticeHtml({ title, text, buttons, nonce, language: vscode.env.language });
  };
  const read = async (): Promise<TraceFile | undefined> => {
    failed = false;
    notice(`Reading ${name}…`, 'Nothing of it leaves this computer.', [AS_TEXT]);
    try {
      const file = await opened(context, log, { uri, name }, closed.signal);
      if (closed.signal.aborted) return file;
      pressed.dispose();
      servePanel(panel, {
        screen: 'traces',
        from_file: true,
        session_id: file.session_id,
        extensionUri: context.extensionUri,
        ...{ store: file.store, handlers: {}, log },
      });
      return file;
    } catch (error) {
      if (closed.signal.aborted) return undefined;
      failed = true;
      if (error instanceof Stopped) {
        notice(`Reading ${name} was stopped`, 'It can be read again.', [AGAIN, AS_TEXT]);
        return undefined;
      }
      const problem = error instanceof Error ? error.message : String(error);
      log.warn(`The traces of ${name} could not be shown: ${problem}`);
      notice(`${name} cannot be shown as traces`, problem, [AGAIN, AS_TEXT]);
      return undefined;
    }
  };
  const pressed = panel.webview.onDidReceiveMessage(async (message: unknown) => {
    const { data } = Pressed.safeParse(message);
    if (data?.action === AGAIN.action && failed) reading = read();
    if (data?.action !== AS_TEXT.action) return;
    await vscode.commands.executeCommand('vscode.openWith', uri, 'default');
  });
  panel.iconPath = new vscode.ThemeIcon('list-tree');
  panel.webview.options = { enableScripts: true, localResourceRoots: [] };
  reading = read();
  return async () => {
    closed.abort();
    await (await reading)?.close();
  };
}

/** Reads the file; of a large one it shows how far it is, with a button that stops it. */
async function opened(
  context: vscode.ExtensionContext,
  log: Log,
  file: { readonly uri: vscode.Uri; readonly name: string },
  closed: AbortSignal,
): Promise<TraceFile> {
  const { uri, name } = file;
  const { size: bytes } = await vscode.workspace.fs.stat(uri);
  const text = async (): Promise<string> =>
    Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
  const dist = vscode.Uri.joinPath(context.extensionUri, 'dist');
  const open = (signal: AbortSignal, progress: (done: number) => void): Promise<TraceFile> =>
    openTraceFile(
      { name, bytes, text },
      { signal, progress },
      {
        folder: vscode.Uri.joinPath(context.globalStorageUri, 'trace-files').fsPath,
        workerPath: vscode.Uri.joinPath(dist, 'store-worker.cjs').fsPath,
        wasmPath: vscode.Uri.joinPath(dist, 'sql-wasm-debug.wasm').fsPath,
        log: (message) => log.warn(message),
      },
    );
  if (bytes <= LARGE) return open(closed, () => {});
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: `BooCode: reading ${name}`,
      cancellable: true,
    },
    (progress, token) => {
      const stopped = new AbortController();
      token.onCancellationRequested(() => stopped.abort(new Stopped()));
      let before = 0;
      return open(AbortSignal.any([closed, stopped.signal]), (done) => {
        progress.report({ increment: (done - before) * 100 });
        before = done;
      });
    },
  );
}
