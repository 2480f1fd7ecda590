/** The store as a user meets it in a real VS Code: its sizes, its export, and what is said in trouble. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { launchVSCode, type VSCodeHost } from './host.ts';

let base = '';
let workspace = '';
let userDataDir = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'boocode-storage-'));
  workspace = join(base, 'library');
  userDataDir = join(base, 'data');
  cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
});
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));

function storeFolder(): string {
  const stores = join(userDataDir, 'User', 'globalStorage', 'boocode.boocode', 'stores');
  return join(stores, readdirSync(stores)[0] ?? '');
}

describe('BooCode: Storage', () => {
  let host: VSCodeHost;
  beforeAll(async () => {
    host = await launchVSCode({ workspace, userDataDir, theme: 'dark' });
    await host.choose('BooCode: Run Workflow', 'deep-research');
    await host.quickInput().getByText('Arguments for the workflow').waitFor();
    await host.type('How are late fees computed?');
    const pane = await host.webview('deep-research');
    await pane.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 90_000 });
  });
  afterAll(() => host?.close('storage-logs'));

  it('shows what takes how much', async () => {
    await host.list('BooCode: Storage', 'Workflow runs');
    const list = host.quickInput();
    await list
      .getByText(/^1, [\d.]+ KB$/)
      .first()
      .waitFor();
    await list.getByText('Kept step results').waitFor();
    await list.getByText('Open Folder').waitFor();
    await host.screenshot('storage');
    await host.page.keyboard.press('Escape');
  });

  it('exports everything to a file', async () => {
    await host.choose('BooCode: Storage', 'Export Everything as NDJSON');
    // VS Code's own file dialog proposes a name in the workspace.
    const input = host.quickInput().locator('input').first();
    await expect.poll(() => input.inputValue()).toMatch(/library\/boocode-[\d-]+\.ndjson$/);
    const target = await input.inputValue();
    await input.press('Enter');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringMatching(`records \\(.*\\) were written to ${target}`));
    const lines = readFileSync(target, 'utf8').trimEnd().split('\n');
    const tables = new Set(lines.map((line) => JSON.parse(line).table));
    for (const table of ['sessions', 'executions', 'tool_traces', 'step_results']) {
      expect([...tables]).toContain(table);
    }
  });

  it('clears a kind after asking', async () => {
    await host.choose('BooCode: Storage', 'Workflow runs');
    const dialog = host.page.locator('.monaco-dialog-box');
    await dialog.getByText('cannot be undone').waitFor();
    await host.screenshot('storage-clear');
    await dialog.getByRole('button', { name: 'Clear' }).click();
    await dialog.waitFor({ state: 'detached' });
    await host.screenshot('storage-cleared');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringContaining('Workflow runs: 1 removed'));
  });
});

it('says so when the database was no database, goes on with a new one, and deletes the old one on request', async () => {
  writeFileSync(join(storeFolder(), 'store.db'), 'this is no database');
  const host = await launchVSCode({ workspace, userDataDir });
  try {
    await host.runCommand('BooCode: Storage');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringMatching(/could not be used.*was renamed/s));
    await host.quickInput().getByText('Workflow runs').waitFor();
    await host.screenshot('storage-renamed');
    const names = readdirSync(storeFolder());
    expect(names.filter((name) => /^store\.db\.foreign-.*\d$/.test(name))).toHaveLength(1);
    await host.quickInput().getByText('Databases set aside').click();
    const dialog = host.page.locator('.monaco-dialog-box');
    await dialog.getByText('cannot be undone').waitFor();
    await host.screenshot('storage-delete');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringContaining('Databases set aside: 1 deleted'));
    expect(readdirSync(storeFolder()).filter((name) => name.includes('foreign'))).toEqual([]);
  } finally {
    await host.close('storage-renamed-logs');
  }
});
