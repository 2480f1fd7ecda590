/** Writing a workflow in a real VS Code: from a template to a run, with help on the way. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { launchVSCode, type VSCodeHost } from './host.ts';

let base = '';
let workspace = '';
let host: VSCodeHost;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'boocode-authoring-'));
  workspace = join(base, 'library');
  cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
  // Before the start: VS Code finds a file of later at a moment of its own.
  writeFileSync(
    script('clock'),
    "export const meta = { name: 'clock', description: 'Asks for the time' };\nreturn Date.now();\n",
  );
  writeFileSync(
    script('strict'),
    "export const meta = { name: 'strict', description: 'Takes one folder', args: { type: 'object', properties: { path: { type: 'string', pattern: '^src/' } } } };\nreturn 'ran';\n",
  );
  host = await launchVSCode({ workspace, settings: { 'files.autoSave': 'off' } });
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await host?.screenshot(`failed-${task.id}`);
});
afterAll(async () => {
  await host?.close('authoring-logs');
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

const folder = (): string => join(workspace, '.boocode');
const script = (name: string): string => join(folder(), 'workflows', `${name}.js`);
const squiggles = (severity: 'error' | 'warning'): Locator =>
  host.page.locator(`.monaco-editor .squiggly-${severity}`);
const lens = (title: string): Locator =>
  host.page.locator('.codelens-decoration a').filter({ hasText: title }).first();

async function openFile(name: string): Promise<void> {
  await host.choose('Go to File...', `${name}.js`);
  await host.page
    .locator('.tab.active')
    .filter({ hasText: `${name}.js` })
    .waitFor();
}

async function newWorkflow(template: string, name: string): Promise<void> {
  await host.choose('BooCode: New Workflow', template);
  await host.quickInput().getByText('The name under which').waitFor();
  await host.type(name);
  const file = `${name.replaceAll(' ', '-')}.js`;
  await host.page.locator('.tab.active').filter({ hasText: file }).waitFor();
}

it('makes a workflow from a template, with types beside it, and refuses a name that is taken', async () => {
  await host.runCommand('BooCode: New Workflow');
  await host.quickInput().getByText('Review from several sides').waitFor();
  await host.screenshot('new-workflow-templates');
  await host.quickPick('Review from several sides');
  await host.quickInput().locator('input').fill('hello');
  await host.quickInput().getByText('already a workflow named').waitFor();
  await host.type('quick review');
  await host.page.locator('.tab.active').filter({ hasText: 'quick-review.js' }).waitFor();
  expect(readFileSync(script('quick-review'), 'utf8')).toContain("name: 'quick review'");
  expect(existsSync(join(folder(), 'boocode.d.ts'))).toBe(true);
  await lens('Run').waitFor();
  await host.screenshot('new-workflow');
  expect(await squiggles('error').count()).toBe(0);
});

it('runs the file from the line above its export', async () => {
  await newWorkflow('One agent', 'ask about fees');
  await lens('Run').click();
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type('How are late fees computed?');
  await host.page
    .locator('.tab.active')
    .filter({ hasText: /^ask about fees$/ })
    .waitFor();
  const pane = await host.webview('ask about fees');
  await pane.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 60_000 });
  await host.runCommand('View: Close Editor');
});

it('shows from the same line what the file would do, without asking a model', async () => {
  await openFile('ask-about-fees');
  await lens('Dry Run').click();
  await host.page.locator('.tab.active').filter({ hasText: 'Workflows' }).waitFor();
  const start = await host.webview('Workflows');
  await start.getByRole('heading', { name: 'ask about fees' }).waitFor();
  await start.getByText('1 agent, about').waitFor({ timeout: 30_000 });
  await start.getByRole('region', { name: 'Earlier runs' }).getByText('late fees').waitFor();
  await host.screenshot('start-dry-run');
});

it('runs a workflow from its form, and lists the run among the earlier ones', async () => {
  await host.runCommand('BooCode: Open Workflows');
  const start = await host.webview('Workflows');
  await start.getByLabel('Search workflows').fill('sides merges');
  await start.locator('[data-name="quick review"]').click();
  await start.getByLabel('Folder or file').fill('src/fees.ts');
  await host.screenshot('start-form');
  await start.getByRole('button', { name: 'Run', exact: true }).click();
  await host.page.locator('.tab.active').filter({ hasText: 'quick review' }).waitFor();
  const pane = await host.webview('quick review');
  await pane.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 60_000 });
  await pane.locator('.subtitle').getByText('src/fees.ts').waitFor();
  await pane.getByText('Lanes', { exact: true }).click();
  await pane.getByText(/At most \d at once/).waitFor();
  await host.screenshot('run-lanes');
  const again = await host.webview('Workflows');
  await again.getByRole('region', { name: 'Earlier runs' }).getByText('src/fees.ts').waitFor();
  await host.screenshot('start-runs');
});

it('holds the arguments of the form to the whole schema before anything runs', async () => {
  await host.runCommand('BooCode: Open Workflows');
  const start = await host.webview('Workflows');
  await start.getByLabel('Search workflows').fill('');
  await start.locator('[data-name="strict"]').click();
  await start.getByLabel('Path').fill('docs');
  await start.getByRole('button', { name: 'Run', exact: true }).click();
  await start.getByRole('alert').getByText('"path" must match pattern').waitFor();
  await start.getByText('It has not run yet.').waitFor();
  await start.getByLabel('Path').fill('src/app');
  await start.getByRole('button', { name: 'Run', exact: true }).click();
  await host.page.locator('.tab.active').filter({ hasText: 'strict' }).waitFor();
  await host.runCommand('View: Close Editor');
});

it('underlines what keeps a script from running, where it is, until it is corrected', async () => {
  await openFile('ask-about-fees');
  await lens('Run').waitFor();
  await host.page.keyboard.press('Control+End');
  await host.page.keyboard.type('\nconst broken = ;');
  await squiggles('error').first().waitFor();
  await lens('Run').waitFor({ state: 'detached' });
  await host.runCommand('Problems: Focus on Problems View');
  const problems = host.page.locator('.markers-panel');
  await problems.getByText('BooCode').first().waitFor();
  await problems.getByText('Syntax error').first().waitFor();
  await host.screenshot('authoring-problem');
  await host.runCommand('File: Revert File');
  await squiggles('error').first().waitFor({ state: 'detached' });
  await lens('Run').waitFor();
});

it('warns of the clock, which a repeated run cannot ask', async () => {
  await openFile('clock');
  await squiggles('warning').first().waitFor();
  await host.page.locator('.markers-panel').getByText('Date.now() throws').waitFor();
});

it('lists a file that was changed on disk, and shows broken and hidden ones with their reason', async () => {
  writeFileSync(script('broken'), "export const meta = { name: 'broken', description: 'x' };\n;;(");
  writeFileSync(
    script('second-hello'),
    "export const meta = { name: 'hello', description: 'The same name again' };\n",
  );
  await host.runCommand('BooCode: Run Workflow');
  const input = host.quickInput().locator('input').first();
  await input.fill('broken');
  await host.quickInput().getByText('cannot run').waitFor();
  await host.quickInput().getByText('Syntax error at line 2').waitFor();
  await host.screenshot('workflow-list');
  await input.fill('hello');
  await host.quickInput().getByText('hidden', { exact: true }).waitFor();
  await host.quickInput().getByText('Hidden by .boocode/workflows/hello.js').waitFor();
  await host.page.keyboard.press('Escape');
});

it('shows what is saved in the editor in the list and in the problems, without a reload', async () => {
  await newWorkflow('One agent', 'renamed soon');
  await host.page.keyboard.press('Control+Home');
  await host.runCommand('Replace');
  const find = host.page.locator('.find-widget.visible');
  await find.locator('textarea').first().fill("name: 'renamed soon'");
  await find.locator('textarea').nth(1).fill("name: 'renamed now'");
  await host.page.keyboard.press('Control+Alt+Enter');
  await host.page.keyboard.press('Escape');
  await host.runCommand('File: Save');
  await expect.poll(() => readFileSync(script('renamed-soon'), 'utf8')).toContain('renamed now');
  await host.runCommand('BooCode: Run Workflow');
  await host.quickInput().locator('input').first().fill('renamed');
  await host.quickInput().getByText('renamed now').first().waitFor();
  expect(await host.quickInput().getByText('renamed soon', { exact: true }).count()).toBe(0);
  await host.page.keyboard.press('Escape');
});

it('shows what changed outside of the editor in an open file, in an open list by Reload, and in the form', async () => {
  const source = (name: string, more = ''): string =>
    `export const meta = { name: '${name}', description: 'From elsewhere' };\n${more}return 1;\n`;
  await openFile('clock');
  writeFileSync(script('clock'), source('clock', 'const broken = ;\n'));
  await squiggles('error').first().waitFor();
  await lens('Run').waitFor({ state: 'detached' });
  writeFileSync(script('clock'), source('clock'));
  await squiggles('error').first().waitFor({ state: 'detached' });
  await lens('Run').waitFor();

  await host.runCommand('BooCode: Run Workflow');
  const input = host.quickInput().locator('input').first();
  await input.fill('brought in');
  await expect.poll(() => host.quickInput().locator('.monaco-list-row').count()).toBe(0);
  writeFileSync(script('brought-in'), source('brought in'));
  await host.quickInput().getByRole('button', { name: 'Reload' }).click();
  await host.quickInput().getByText('brought in').first().waitFor();
  await host.page.keyboard.press('Escape');

  await host.runCommand('BooCode: Open Workflows');
  const start = await host.webview('Workflows');
  await start.getByLabel('Search workflows').fill('brought in');
  await start.locator('[data-name="brought in"]').waitFor();
  writeFileSync(script('brought-in'), source('brought in again'));
  await start.locator('[data-name="brought in again"]').waitFor();
  rmSync(script('brought-in'));
  await start.locator('[data-name="brought in again"]').waitFor({ state: 'detached' });
  await host.runCommand('View: Close Editor');
});

it('searches in descriptions, opens the file of a row, and leads to a new workflow', async () => {
  await host.runCommand('BooCode: Run Workflow');
  const input = host.quickInput().locator('input').first();
  await input.fill('From elsewhere');
  const row = host.quickInput().locator('.monaco-list-row').filter({ hasText: 'clock' });
  await row.hover();
  await row.getByRole('button', { name: 'Open File' }).click();
  await host.page.locator('.tab.active').filter({ hasText: 'clock.js' }).waitFor();
  await host.runCommand('BooCode: Run Workflow');
  await host.quickInput().getByRole('button', { name: 'New Workflow' }).click();
  await host.quickInput().getByText('Review from several sides').waitFor();
  await host.page.keyboard.press('Escape');
});
