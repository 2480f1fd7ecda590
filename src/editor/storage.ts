/** *BooCode: Storage*: what the store holds, and what a user can do about it. */
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import { DATABASE } from '../store/owning.ts';
import type { Sizes } from '../store/sizes.ts';
import { StoreError } from '../store/store.ts';
import type { Kind } from '../store/upkeep.ts';
import { revealFolder } from './reveal_folder.ts';

interface Choice extends vscode.QuickPickItem {
  readonly run?: () => Promise<void>;
}

const NAMES: Readonly<Record<Sizes['kinds'][number]['kind'], string>> = {
  runs: 'Workflow runs',
  chats: 'Chats',
  steps: 'Kept step results',
  bodies: 'Large inputs and outputs',
};
const CLEARS: Readonly<Record<Kind, string>> = {
  runs: 'All workflow runs that have ended will be removed, with their traces and logs.',
  chats: 'All chats that are not at work will be removed, with their messages and traces.',
  steps: 'All kept step results will be removed. Workflows that run again will pay for each step.',
};

export async function showStorage(app: App, storeFolder: string): Promise<void> {
  const progress = { location: vscode.ProgressLocation.Window, title: 'Measuring the store' };
  const sizes = await vscode.window.withProgress(progress, () => app.store.sizes());
  const { aside } = sizes;
  const on_disk = sizes.database_bytes + sizes.body_file_bytes + aside.bytes;
  const kinds = sizes.kinds.map(({ kind, count, bytes }): Choice => {
    const shown = { label: NAMES[kind], description: `${count.toLocaleString()}, ${size(bytes)}` };
    if (kind === 'bodies') return { ...shown, detail: 'Removed with whatever names them' };
    return { ...shown, detail: 'Clear…', run: () => clear(app, kind) };
  });
  if (aside.count > 0) {
    kinds.push({
      label: 'Databases set aside',
      description: `${aside.count.toLocaleString()}, ${size(aside.bytes)}`,
      detail: 'Delete…',
      run: () => deleteAsides(app),
    });
  }
  const picked = await vscode.window.showQuickPick<Choice>(
    [
      { label: 'What is stored', kind: vscode.QuickPickItemKind.Separator },
      ...kinds,
      { label: 'Actions', kind: vscode.QuickPickItemKind.Separator },
      {
        label: '$(export) Export Everything as NDJSON…',
        description: 'one record per line',
        run: () => exportTo(app, 'ndjson'),
      },
      {
        label: '$(database) Export Everything as SQLite…',
        description: 'one file, opens in any SQLite tool',
        run: () => exportTo(app, 'sqlite'),
      },
      {
        label: '$(folder-opened) Open Folder',
        description: storeFolder,
        run: () => revealFolder(storeFolder, DATABASE),
      },
      {
        label: '$(settings-gear) Change Limits of Age and Size…',
        run: async () => {
          await vscode.commands.executeCommand('workbench.action.openSettings', 'boocode.store');
        },
      },
    ],
    { title: `BooCode: Storage, ${size(on_disk)} on disk`, placeHolder: 'What to do' },
  );
  await picked?.run?.();
}

async function clear(app: App, kind: Kind): Promise<void> {
  const answer = await vscode.window.showWarningMessage(
    `Clear ${NAMES[kind].toLowerCase()}?`,
    { modal: true, detail: `${CLEARS[kind]} This cannot be undone.` },
    'Clear',
  );
  if (answer !== 'Clear') return;
  const removed = await vscode.window.withProgress(
    // In the status bar: a notification that closes can take the next one with it.
    { location: vscode.ProgressLocation.Window, title: 'BooCode: Clearing' },
    () => app.store.clear(kind),
  );
  const count = kind === 'steps' ? removed.steps : removed.sessions;
  void vscode.window.showInformationMessage(
    `BooCode: ${NAMES[kind]}: ${count.toLocaleString()} removed.`,
  );
}

async function deleteAsides(app: App): Promise<void> {
  const answer = await vscode.window.showWarningMessage(
    'Delete the databases that were set aside?',
    {
      modal: true,
      detail:
        'They are damaged databases, files that were found in the place of one, and copies from before an update. What could be read of them is in the store. This cannot be undone.',
    },
    'Delete',
  );
  if (answer !== 'Delete') return;
  const { count, bytes } = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: 'BooCode: Deleting' },
    () => app.store.removeAsides(),
  );
  void vscode.window.showInformationMessage(
    `BooCode: Databases set aside: ${count.toLocaleString()} deleted (${size(bytes)}).`,
  );
}

async function exportTo(app: App, format: 'ndjson' | 'sqlite'): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `boocode-${new Date().toISOString().slice(0, 10)}.${format === 'ndjson' ? 'ndjson' : 'db'}`;
  const target = await vscode.window.showSaveDialog({
    title: 'BooCode: Export Everything',
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
  });
  if (!target) return;
  if (target.scheme !== 'file') throw new Error('The export can only be written to a local file.');
  const exported = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: 'BooCode: Exporting',
      cancellable: true,
    },
    (_, token) => {
      const ending = new AbortController();
      token.onCancellationRequested(() => ending.abort());
      return unlessCancelled(app.store.exportTo(format, target.fsPath, ending.signal));
    },
  );
  if (!exported) {
    void vscode.window.showInformationMessage(
      `BooCode: The export was cancelled. Nothing was written to ${target.fsPath}.`,
    );
    return;
  }
  const { records, bytes } = exported;
  void vscode.window.showInformationMessage(
    `BooCode: ${records.toLocaleString()} records (${size(bytes)}) were written to ${target.fsPath}.`,
  );
}

async function unlessCancelled<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'cancelled') return null;
    throw error;
  }
}

/** 1.5 MB, 20 KB. */
function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
