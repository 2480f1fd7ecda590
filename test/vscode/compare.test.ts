/** Two runs compared, and a run's traces taken along, in a real VS Code. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { Receiver } from '../integration/telemetry_receiver.ts';
import { decodeJson } from '../otlp.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';

describe('a run that is repeated', () => {
  let base = '';
  let host: VSCodeHost;
  let receiver: Receiver;
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'boocode-compare-'));
    const workspace = join(base, 'library');
    cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
    receiver = await Receiver.open();
    host = await launchVSCode({
      workspace,
      theme: 'dark',
      settings: { 'boocode.traceExport.endpoint': receiver.url },
    });
  });
  afterAll(async () => {
    await host?.close('compare-logs');
    await receiver?.close();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });

  it('sends its traces to the receiver of the settings while it works', async () => {
    await host.choose('BooCode: Run Workflow', 'hello');
    await host.quickInput().getByText('Arguments for the workflow').waitFor();
    await host.type('What is this?');
    const pane = await host.webview('hello');
    await pane.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 90_000 });
    await receiver.until(() =>
      receiver.spans.some((span) => span.name === 'invoke_workflow hello'),
    );
    expect(receiver.spans.some((span) => span.name.startsWith('chat '))).toBe(true);
    expect(JSON.stringify(receiver.spans)).not.toContain('gen_ai.input.messages');
  });

  it('is compared with the run before from its pane', async () => {
    const pane = await host.webview('hello');
    await pane.getByRole('button', { name: 'Run Fresh' }).click();
    await host.page.locator('.tab').filter({ hasText: 'hello' }).nth(1).waitFor();
    const again = await host.webview('hello', 1);
    await again.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 90_000 });
    await again.getByRole('button', { name: 'Compare with the Run Before' }).click();
    const screen = await host.webview('Compare: hello');
    await screen.getByRole('treegrid').waitFor();
    await screen.locator('[data-name="structure"]').click();
    await screen.getByRole('tab', { name: 'Input' }).click();
    await screen.getByText('Both are the same.').waitFor();
    await host.screenshot('compare-vscode');
  });

  it('opens from the palette too', async () => {
    await host.choose('BooCode: Compare Runs', 'hello');
    await host.quickInput().getByPlaceholder('Compare with which run?').waitFor();
    await host.quickPick('hello');
    const screen = await host.webview('Compare: hello');
    await screen.getByRole('treegrid').waitFor();
  });

  it('is saved as OTLP/JSON without content', async () => {
    const file = join(base, 'library', 'hello.otlp.json');
    await host.choose('BooCode: Export Traces', 'hello');
    await host.quickPick('Timing, tokens and names');
    await host.quickInput().getByText('Export Traces', { exact: true }).waitFor();
    await host.quickInput().locator('input').first().press('Enter');
    await expect.poll(() => existsSync(file), { timeout: 20_000 }).toBe(true);
    const { spans } = decodeJson(readFileSync(file, 'utf8'));
    expect(spans.map((span) => span.name)).toContain('invoke_workflow hello');
    expect(readFileSync(file, 'utf8')).not.toContain('gen_ai.input.messages');
  });

  it('is there again after a reload of the window', async () => {
    const before = await host.webview('Compare: hello');
    await before.getByRole('treegrid').waitFor();
    await host.setTheme('light');
    await host.screenshot('compare-vscode-light');
    await host.setTheme('hcDark');
    await host.screenshot('compare-vscode-high-contrast');
    await host.reload();
    const screen = await host.webview('Compare: hello');
    await screen.locator('[data-name="structure"]').waitFor();
  });
});
