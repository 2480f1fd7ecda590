/** The trace screen in a real VS Code: opened from a run, live, searched, and kept over a reload. */
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { launchVSCode, type VSCodeHost } from './host.ts';

const QUESTION = 'How are late fees computed, and who can waive them?';

describe('traces of a run by the offline model', () => {
  let base = '';
  let host: VSCodeHost;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'boocode-traces-'));
    const workspace = join(base, 'library');
    cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
    host = await launchVSCode({ workspace, theme: 'dark' });
  });
  afterAll(async () => {
    await host?.close('traces-logs');
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });

  const rows = (screen: FrameLocator) => screen.locator('.trace-rows [role=row]');

  it('acceptance 93: opens from the run pane while the run is live, and ends with it', async () => {
    await host.choose('BooCode: Run Workflow', 'deep-research');
    await host.quickInput().getByText('Arguments for the workflow').waitFor();
    await host.type(QUESTION);
    const pane = await host.webview('deep-research');
    await pane.getByRole('button', { name: 'Open Trace' }).click();
    const screen = await host.webview('Traces: deep-research');
    await rows(screen).first().waitFor();
    await host.screenshot('traces-live-vscode');
    // No press of anything: what happens is pushed.
    await screen.locator('.trace-summary').getByText('Completed').waitFor({ timeout: 90_000 });
    expect(await rows(screen).count()).toBeGreaterThan(4);
    await host.screenshot('traces-vscode');
  });

  it('acceptance 122: the pane that was hidden while the run went on shows its end', async () => {
    // The trace covered it in the same group, so its page was gone while frames came.
    const pane = await host.webview('deep-research');
    await pane.locator('.run-pane').waitFor();
    await pane.getByText('Completed', { exact: true }).first().waitFor();
    expect(await pane.getByText('Running', { exact: true }).count()).toBe(0);
    expect(await pane.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
    await host.webview('Traces: deep-research');
  });

  it('shows the input and output of a call that was found by a word in it', async () => {
    const screen = await host.webview('Traces: deep-research');
    await openFound(screen);
    await host.screenshot('traces-details-vscode');
  });

  it('is there again after a reload of the window, as it was left', async () => {
    await host.reload();
    const screen = await host.webview('Traces: deep-research');
    await rows(screen).first().waitFor();
    await screen.locator('.trace-summary').getByText('Completed').waitFor();
    await host.screenshot('traces-restored-vscode');
    // The row in focus was kept; the palette's own Escape has closed its details.
    await screen.locator('.trace-row.active').waitFor();
  });

  it('opens from the palette', async () => {
    // Closed first: what opens then takes the keyboard before the next command needs it.
    await host.runCommand('View: Close All Editors');
    await host.page.locator('.tab').first().waitFor({ state: 'detached' });
    await host.choose('BooCode: Open Traces', 'deep-research');
    const screen = await host.webview('Traces: deep-research');
    await rows(screen).first().waitFor();
    await host.setTheme('hcDark');
    await host.screenshot('traces-high-contrast-vscode');
  });

  it('opens a file that was exported, beside the run, and again after a reload', async () => {
    const path = join(base, 'library', 'audit.otlp.json');
    rmSync(path, { force: true });
    await host.choose('BooCode: Export Traces', 'deep-research');
    await host.quickPick('Everything');
    await host.saveAs(path);
    await host.notifications().getByRole('button', { name: 'Open Trace' }).click();
    let screen = await host.webview('audit.otlp.json');
    await rows(screen).first().waitFor();
    const summary = screen.locator('.trace-summary');
    await summary.getByRole('heading', { name: 'deep-research' }).waitFor();
    await summary.getByText('File', { exact: true }).waitFor();
    expect(await screen.getByRole('button', { name: 'Columns…' }).count()).toBe(1);
    expect(await screen.getByRole('button', { name: /OTLP/ }).count()).toBe(0);
    await openFound(screen);
    await host.setTheme('dark');
    await host.screenshot('traces-file-vscode');
    await host.reload();
    screen = await host.webview('audit.otlp.json');
    await rows(screen).first().waitFor();
    // Closed again, nothing of it is left on the disk.
    await host.runCommand('View: Close All Editors');
    await host.page.locator('.tab').first().waitFor({ state: 'detached' });
    await expect.poll(() => traceFolders(host.userDataDir)).toEqual([]);
  });

  it('says of another file what it is, where the user is looking', async () => {
    writeFileSync(join(base, 'library', 'spans.json'), '[{"traceId":"a","id":"b"}]');
    await host.runCommand('BooCode: Open Trace File…');
    await host.openFile('spans.json');
    const notice = await host.webview('spans.json');
    await notice.getByText("traces in Zipkin's form").waitFor();
    await host.screenshot('traces-file-refused-vscode');
    await notice.getByRole('button', { name: 'Open as Text' }).click();
    await host.page.locator('.monaco-editor .view-line').getByText('traceId').first().waitFor();
  });
});

/** Finds a call by a word in it and opens its details. */
async function openFound(screen: FrameLocator): Promise<void> {
  await screen.getByRole('searchbox').fill('waive');
  await screen
    .locator('.search-field')
    .getByText(/\d+ of \d+|– of/)
    .waitFor();
  await screen.getByRole('searchbox').press('Enter');
  await screen.locator('.trace-row.active').click();
  await screen.getByRole('region', { name: 'Input' }).first().waitFor();
}

/** What open trace files have on the disk. */
function traceFolders(userDataDir: string): string[] {
  return readdirSync(userDataDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /trace-files[\\/][^\\/]+$/.test(name),
  );
}
