/**
 * The text editor that was used last: while a panel has the keyboard, VS Code names none. It may
 * stand behind the panel, since a chat opens over the file that the user was in.
 */
import * as vscode from 'vscode';

export interface TextEditors extends vscode.Disposable {
  /** Null where none is open any more. Of one in no view, only document and selection are of use. */
  last(): vscode.TextEditor | null;
}

export function watchTextEditors(): TextEditors {
  let last = vscode.window.activeTextEditor ?? null;
  const watcher = vscode.window.onDidChangeActiveTextEditor((editor) => {
    if (editor && isCode(editor)) last = editor;
  });
  return {
    last() {
      const active = vscode.window.activeTextEditor;
      if (active && isCode(active)) return active;
      const { visibleTextEditors } = vscode.window;
      const open = last && visibleTextEditors.find((e) => e.document === last?.document);
      if (!open && last && hasTab(last.document.uri)) return last;
      return open ?? visibleTextEditors.find(isCode) ?? null;
    },
    dispose: () => watcher.dispose(),
  };
}

function hasTab(uri: vscode.Uri): boolean {
  return vscode.window.tabGroups.all
    .flatMap((group) => group.tabs)
    .some(
      ({ input }) =>
        input instanceof vscode.TabInputText && input.uri.toString() === uri.toString(),
    );
}

/** The output view and the debug console are text editors too. */
function isCode(editor: vscode.TextEditor): boolean {
  return editor.document.uri.scheme === 'file' || editor.document.uri.scheme === 'untitled';
}
