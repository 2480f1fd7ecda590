/** Runs inside the extension host: code from an answer, from the request to the file on disk. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { createDiffs, type Diffs } from '../../../src/editor/chat/diff.ts';
import { watchTextEditors } from '../../../src/editor/chat/text_editors.ts';

const BEFORE = 'one\ntwo\nthree\n';

interface Bench {
  readonly diffs: Diffs;
  readonly folder: string;
  readonly file: string;
  /** Shows the file with this selection. */
  open(...selection: readonly [number, number, number, number]): Promise<vscode.TextEditor>;
  onDisk(): string;
}

async function withFile(work: (bench: Bench) => Promise<void>): Promise<void> {
  await closeAll();
  const folder = mkdtempSync(join(tmpdir(), 'boocode-code-'));
  const file = join(folder, 'numbers.txt');
  writeFileSync(file, BEFORE);
  const editors = watchTextEditors();
  const diffs = createDiffs(editors);
  try {
    await work({
      ...{ diffs, folder, file },
      async open(...[line, column, to_line, to_column]) {
        const selection = new vscode.Range(line, column, to_line, to_column);
        const document = await vscode.workspace.openTextDocument(file);
        return vscode.window.showTextDocument(document, { selection });
      },
      onDisk: () => readFileSync(file, 'utf8'),
    });
  } finally {
    diffs.dispose();
    editors.dispose();
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty) continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** The diff in front. The host is told of tabs after the command that opens one has ended. */
async function frontDiff(): Promise<vscode.TabInputTextDiff> {
  const { tabGroups } = vscode.window;
  for (let changes = 0; changes < 20; changes += 1) {
    const input = tabGroups.activeTabGroup.activeTab?.input;
    if (input instanceof vscode.TabInputTextDiff) return input;
    await new Promise<void>((resolve) => {
      const watching = tabGroups.onDidChangeTabs(() => {
        watching.dispose();
        resolve();
      });
    });
  }
  throw new Error(`no diff is shown, but ${tabGroups.activeTabGroup.activeTab?.label}`);
}

/** The two sides of the diff in front. */
async function shownDiff(): Promise<{ left: string; right: string; uri: vscode.Uri }> {
  const input = await frontDiff();
  const text = async (uri: vscode.Uri) => (await vscode.workspace.openTextDocument(uri)).getText();
  const [left, right] = [await text(input.original), await text(input.modified)];
  return { left, right, uri: input.modified };
}

export const tests = {
  'without an open editor, insert and apply say so': () =>
    withFile(async ({ diffs }) => {
      await assert.rejects(diffs.insert('x'), /No text editor is open that the code could be put/);
      await assert.rejects(diffs.propose('x', null), /No text editor is open that the code could/);
      await assert.rejects(diffs.apply(), /No proposal of BooCode is shown/);
    }),

  'insert replaces the selection, and the file when it is saved': () =>
    withFile(async ({ diffs, open, onDisk }) => {
      const { document } = await open(1, 0, 1, 3);
      await diffs.insert('TWO');
      assert.equal(document.getText(), 'one\nTWO\nthree\n');
      assert.equal(onDisk(), BEFORE);
      await document.save();
      assert.equal(onDisk(), 'one\nTWO\nthree\n');
    }),

  'a read-only file is not changed, and that is said': () =>
    withFile(async ({ diffs, open, onDisk, file }) => {
      chmodSync(file, 0o444);
      const { document } = await open(1, 0, 1, 3);
      await assert.rejects(diffs.insert('TWO'), /numbers\.txt is read-only/);
      assert.equal(document.getText(), BEFORE);
      // What it would be like may be seen.
      await diffs.propose('TWO', null);
      assert.equal((await shownDiff()).right, 'one\nTWO\nthree\n');
      await assert.rejects(diffs.apply(), /numbers\.txt is read-only/);
      assert.equal(document.getText(), BEFORE);
      assert.equal(onDisk(), BEFORE);
    }),

  'apply shows a diff first, changes nothing before it is accepted, then the selection': () =>
    withFile(async ({ diffs, open, onDisk }) => {
      const { document } = await open(1, 0, 2, 0);
      await diffs.propose('2\n2.5\n', null);
      const { left, right } = await shownDiff();
      assert.equal(left, BEFORE);
      assert.equal(right, 'one\n2\n2.5\nthree\n');
      assert.equal(document.getText(), BEFORE);
      await diffs.apply();
      assert.equal(document.getText(), right);
      assert.equal(vscode.window.activeTextEditor?.document, document);
      await document.save();
      assert.equal(onDisk(), right);
    }),

  'a file that has changed since the proposal is left alone': () =>
    withFile(async ({ diffs, open }) => {
      const editor = await open(0, 0, 0, 0);
      await diffs.propose('zero', null);
      const { uri } = await shownDiff();
      const edit = new vscode.WorkspaceEdit();
      edit.insert(editor.document.uri, new vscode.Position(0, 0), 'mine ');
      await vscode.workspace.applyEdit(edit);
      await assert.rejects(diffs.apply(uri), /has changed since the proposal was made/);
      assert.equal(editor.document.getText(), `mine ${BEFORE}`);
    }),

  'code for a file that does not exist is shown as new, and makes it when accepted': () =>
    withFile(async ({ diffs, folder }) => {
      const made = join(folder, 'src', 'new.ts');
      await diffs.propose('export const a = 1;\n', folder, 'src/new.ts');
      const { left, right } = await shownDiff();
      assert.equal(left, '');
      assert.equal(right, 'export const a = 1;\n');
      assert(!existsSync(made));
      await diffs.apply();
      assert.equal(readFileSync(made, 'utf8'), right);
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, made);
    }),
};
