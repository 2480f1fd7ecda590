/** VS Code's own diff for what an agent changed or would change, and for code from an answer. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../../app.ts';
import { placeCode } from './placement.ts';
import type { TextEditors } from './text_editors.ts';

const SCHEME = 'boocode-diff';
/** Sides of diffs that are kept; the oldest go first. */
const KEPT = 200;

export interface Diffs extends vscode.Disposable {
  /** What a tool call changed in a file, or would change. */
  showChange(app: App, session_id: string, event_id: string, path: string): Promise<void>;
  /** Both states of a file; null: no file. */
  showFile(path: string, change: FileStates): Promise<void>;
  /** Code from an answer in the file that was used last, or in the named one, to be applied. */
  propose(code: string, root: string | null, path?: string): Promise<void>;
  /** Puts code at the cursor. */
  insert(code: string): Promise<void>;
  /** Applies the proposal that is shown. */
  apply(uri?: vscode.Uri): Promise<void>;
}

interface FileStates {
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

interface Proposal {
  readonly target: vscode.Uri;
  /** Null where there is no such file yet. */
  readonly before: string | null;
  readonly after: string;
}

export function createDiffs(editors: TextEditors): Diffs {
  const texts = new Map<string, string>();
  const proposals = new Map<string, Proposal>();
  let last_id = 0;

  const provider = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? '',
  });
  const keep = (path: string, side: string, text: string): vscode.Uri => {
    last_id += 1;
    // Outside of the workspace a name is a whole path.
    const name = path.replaceAll('\\', '/').replace(/^\/+/, '');
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${name}`, query: `${side}-${last_id}` });
    texts.set(uri.toString(), text);
    for (const old of [...texts.keys()].slice(0, -KEPT)) {
      texts.delete(old);
      proposals.delete(old);
    }
    return uri;
  };
  const show = (left: vscode.Uri, right: vscode.Uri, title: string, line?: number) => {
    const options: vscode.TextDocumentShowOptions = {
      preview: true,
      ...(line === undefined ? {} : { selection: new vscode.Range(line, 0, line, 0) }),
    };
    return vscode.commands.executeCommand('vscode.diff', left, right, title, options);
  };

  const showFile = async (path: string, { before, after }: FileStates): Promise<void> => {
    const left = keep(path, 'before', textOf(before));
    const right = keep(path, 'after', textOf(after));
    await show(left, right, `${basename(path)} (BooCode)`);
  };

  return {
    showFile,
    showChange: async (app, session_id, event_id, path) =>
      showFile(path, await app.chats.change(session_id, event_id, path)),
    async propose(code, root, path) {
      const target =
        path !== undefined && root !== null
          ? vscode.Uri.joinPath(vscode.Uri.file(root), path)
          : editors.last()?.document.uri;
      if (!target) throw new Error('No text editor is open that the code could be applied to.');
      const name = vscode.workspace.asRelativePath(target);
      const title = `${basename(name)} (proposed by BooCode)`;
      if (!(await isThere(target))) {
        const right = keep(name, 'proposal', code);
        proposals.set(right.toString(), { target, before: null, after: code });
        await show(keep(name, 'before', ''), right, title);
        return;
      }
      const document = await vscode.workspace.openTextDocument(target);
      const editor = editors.last();
      const here = editor?.document === document ? editor.selection : null;
      const before = document.getText();
      const selected = here
        ? { start: document.offsetAt(here.start), end: document.offsetAt(here.end) }
        : { start: before.length, end: before.length };
      const { text: after, line } = placeCode(before, code, selected);
      const right = keep(name, 'proposal', after);
      proposals.set(right.toString(), { target, before, after });
      await show(target, right, title, line);
    },
    async insert(code) {
      const editor = editors.last();
      if (!editor) throw new Error('No text editor is open that the code could be put into.');
      const { document, viewColumn } = editor;
      await requireWritable(document.uri);
      const shown = await vscode.window.showTextDocument(document, {
        selection: editor.selection,
        ...(viewColumn === undefined ? {} : { viewColumn }),
      });
      const done = await shown.edit((edit) => edit.replace(shown.selection, code));
      if (!done) throw new Error('The code could not be put in: the editor refused the change.');
    },
    async apply(uri) {
      const shown = uri ?? activeDiff();
      const proposal = shown && proposals.get(shown.toString());
      if (!shown || !proposal) throw new Error('No proposal of BooCode is shown.');
      const { target } = proposal;
      await requireWritable(target);
      if (!(await vscode.workspace.applyEdit(await editOf(proposal)))) {
        throw new Error('The file could not be changed: the editor refused the change.');
      }
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(target));
    },
    dispose: () => provider.dispose(),
  };
}

/** @throws where the file is no longer as it was when the proposal was made. */
async function editOf({ target, before, after }: Proposal): Promise<vscode.WorkspaceEdit> {
  const edit = new vscode.WorkspaceEdit();
  const changed = 'The file has changed since the proposal was made. Apply the code again.';
  if (before === null) {
    if (await isThere(target)) throw new Error(changed);
    edit.createFile(target, { contents: new TextEncoder().encode(after) });
    return edit;
  }
  const document = await vscode.workspace.openTextDocument(target);
  if (document.getText() !== before) throw new Error(changed);
  const end = document.lineAt(document.lineCount - 1).range.end;
  edit.replace(target, new vscode.Range(new vscode.Position(0, 0), end), after);
  return edit;
}

/**
 * Editing would succeed and only saving fail, with the user none the wiser until then.
 * @throws where nobody may write the file.
 */
async function requireWritable(uri: vscode.Uri): Promise<void> {
  const locked =
    vscode.workspace.fs.isWritableFileSystem(uri.scheme) === false ||
    (uri.scheme === 'file' && (await modeOf(uri.fsPath)) === 0);
  if (!locked) return;
  throw new Error(`${basename(uri.path)} is read-only. Make it writable, then try again.`);
}

/** @returns the bits by which somebody may write, or null where there is no such file. */
function modeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ mode }) => mode & 0o222,
    () => null,
  );
}

/** A text that was never saved is there too. */
async function isThere(uri: vscode.Uri): Promise<boolean> {
  if (uri.scheme === 'untitled') return true;
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

function activeDiff(): vscode.Uri | undefined {
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  return activeTab?.input instanceof vscode.TabInputTextDiff ? activeTab.input.modified : undefined;
}

/** @returns the text; a note in place of bytes that are none, nothing in place of no file. */
function textOf(bytes: Uint8Array | null): string {
  if (bytes === null) return '';
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return `This file is not text (${bytes.byteLength} bytes).`;
  }
}
