/** Saves a session's traces as OTLP/JSON, for the trace viewers that read OpenTelemetry. */
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import { showTraceFile } from './trace_file.ts';

const OPEN_TRACE = 'Open Trace';

/**
 * @param content absent: the user is asked whether prompts, answers and results go along.
 * @returns without a file when the user thinks better of it.
 */
export async function exportTraces(
  app: App,
  session: { readonly session_id: string; readonly title: string },
  content?: boolean,
): Promise<void> {
  const withContent = content ?? (await askContent());
  if (withContent === undefined) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${session.title.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80)}.otlp.json`;
  const target = await vscode.window.showSaveDialog({
    title: 'Export Traces',
    ...(folder?.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
  });
  if (!target) return;
  if (target.scheme !== 'file') {
    throw new Error('Traces can be exported to a folder on a disk only. Choose another place.');
  }
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: 'BooCode: exporting traces' },
    () => app.exportTraces(session.session_id, target.fsPath, withContent),
  );
  const answer = await vscode.window.showInformationMessage(
    `BooCode: the traces of "${session.title}" are saved.`,
    OPEN_TRACE,
    'Open File',
  );
  if (answer === OPEN_TRACE) await showTraceFile(target);
  else if (answer) await vscode.window.showTextDocument(target);
}

async function askContent(): Promise<boolean | undefined> {
  const picked = await vscode.window.showQuickPick(
    [
      {
        label: 'Timing, tokens and names',
        detail: 'No prompts, no answers, no file contents: safe to pass on.',
        content: false,
      },
      {
        label: 'Everything',
        detail: 'Also prompts, answers, tool arguments and results.',
        content: true,
      },
    ],
    { title: 'BooCode: Export Traces', placeHolder: 'What the file holds' },
  );
  return picked?.content;
}
