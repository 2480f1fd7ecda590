/** The main job in a real VS Code: choose a workflow, watch it, cancel it, find it again. */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';

const QUESTION = 'How are late fees computed, and who can waive them?';

let base = '';
let workspace = '';
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'boocode-run-'));
  workspace = join(base, 'library');
  cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
});
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));

function workflow(name: string, source: string): void {
  const folder = join(workspace, '.boocode', 'workflows');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.js`), source);
}

async function run(host: VSCodeHost, name: string, args: string): Promise<void> {
  await host.choose('BooCode: Run Workflow', name);
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type(args);
}

function storeFolders(host: VSCodeHost): string[] {
  const storage = join(host.userDataDir, 'User', 'globalStorage', 'boocode.boocode', 'stores');
  return existsSync(storage) ? readdirSync(storage) : [];
}

describe('with the offline model', () => {
  let host: VSCodeHost;
  beforeAll(async () => {
    host = await launchVSCode({ workspace, theme: 'dark' });
  });
  afterAll(() => host?.close('run-workflow-logs'));

  it('opens nothing before the first command', () => {
    expect(storeFolders(host)).toEqual([]);
  });

  it('runs deep-research from the palette to its result, and shows it again after a reload', async () => {
    await run(host, 'deep-research', QUESTION);
    const pane = await host.webview('deep-research');
    await pane.getByText('Simulated replies').waitFor();
    await pane.getByRole('button', { name: 'Run Again' }).waitFor({ timeout: 90_000 });
    await pane.getByText('Completed').first().waitFor();
    await pane.getByText('src/fees.ts').first().waitFor();
    expect(storeFolders(host)).toHaveLength(1);
    await host.screenshot('run-pane-dark');
    if (process.env.BOOCODE_UPDATE_PICTURES) {
      mkdirSync(join(ROOT, 'media'), { recursive: true });
      copyFileSync(await host.screenshot('run-pane'), join(ROOT, 'media', 'run-pane.png'));
    }
    await host.setTheme('light');
    await host.screenshot('run-pane-light');
    await host.setTheme('hcDark');
    await host.screenshot('run-pane-high-contrast');
    await host.setTheme('dark');

    await host.reload();
    const restored = await host.webview('deep-research');
    await restored.getByRole('button', { name: 'Run Again' }).waitFor();
    await restored.getByText('src/fees.ts').first().waitFor();
  });

  it('replays every step of a second run', async () => {
    const pane = await host.webview('deep-research');
    await pane.getByRole('button', { name: 'Run Again' }).click();
    const again = await host.webview('deep-research', 1);
    await again.getByText('from cache').waitFor();
  });

  it('opens a finished run from the list of runs', async () => {
    await host.choose('BooCode: Open Run', 'deep-research');
    const pane = await host.webview('deep-research');
    await pane.getByText('Completed').first().waitFor();
  });
});

describe('with a model server that the test scripts', () => {
  let server: OfflineServer;
  let host: VSCodeHost;
  beforeAll(async () => {
    server = await startOfflineServer({ delay_ms: 0 });
    workflow(
      'two-agents',
      `export const meta = { name: 'two-agents', description: 'Two agents at once' };
return await parallel([
  () => agent('first task', { label: 'first' }),
  () => agent('second task', { label: 'second' }),
]);`,
    );
    workflow(
      'one-agent',
      `export const workflow = {
  name: 'one-agent', description: 'One agent',
  run: (args) => agent('only', { prompt: 'Say something about ' + args }),
};`,
    );
    workflow('broken', `export const meta = { name: 'broken', description: 'x' };\nconst a = ;\n`);
    workflow(
      'endless',
      `export const meta = { name: 'endless', description: 'Never yields' };\nfor (;;) {}\n`,
    );
    host = await launchVSCode({
      workspace,
      theme: 'light',
      settings: {
        'boocode.provider': 'openai-compatible',
        'boocode.baseUrl': server.url,
        'boocode.modelMaxRetries': 0,
        'boocode.modelFirstChunkTimeout': 2,
        'boocode.modelStallTimeout': 2,
      },
    });
  });
  afterEach(async () => {
    server.script(null);
    await host.runCommand('View: Close All Editors');
    await host.runCommand('Notifications: Clear All Notifications');
  });
  afterAll(async () => {
    await host?.close('faults-logs');
    await server?.close();
  });

  it('cancels: the model calls are dropped, the run ends as cancelled', async () => {
    const before = server.requests.length;
    let arrived = 0;
    let bothArrived = (): void => {};
    const both = new Promise<void>((resolve) => {
      bothArrived = resolve;
    });
    // Words that come for longer than the test takes: silence would end the agents by itself.
    const drip = Array.from({ length: 100 }, (_, n) => ({
      after: n,
      until: sleep(500 * (n + 1), undefined, { ref: false }),
    }));
    server.script(() => {
      arrived += 1;
      if (arrived === 2) bothArrived();
      return { text: 'and so on '.repeat(2000), pause: drip };
    });
    await run(host, 'two-agents', '');
    await both;
    const pane = await host.webview('two-agents');
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await pane.getByText('The run was cancelled').waitFor();
    const dropped = server.requests.slice(before);
    await Promise.all(dropped.map((request) => request.closed));
    expect(dropped.map((request) => request.aborted)).toEqual([true, true]);
  });

  it.each([
    ['401', { kind: 'status', status: 401 }, /key/i],
    ['402', { kind: 'status', status: 402 }, /balance/i],
    ['429', { kind: 'status', status: 429 }, /rate|requests/i],
    ['500', { kind: 'status', status: 500 }, /overload|server/i],
    ['a hang', { kind: 'hang' }, /2 s|second/i],
    ['a cut connection', { kind: 'close', after: 1 }, /connection|closed|ended|network/i],
    ['broken JSON', { kind: 'broken_json', after: 1 }, /JSON|understood|response|reply/i],
  ] as const)('ends as failed with its reason after %s', async (_name, fault, words) => {
    server.script(() => ({ text: 'some words that are cut', fault }));
    await run(host, 'one-agent', `fault ${_name}`);
    const pane = await host.webview('one-agent');
    await pane.getByText('The run failed').waitFor();
    await expect.poll(() => pane.getByRole('alert').first().textContent()).toMatch(words);
    await expect.poll(() => pane.getByText('Running', { exact: true }).count()).toBe(0);
  });

  it('kills an endless loop and says so, while the editor stays usable', async () => {
    await run(host, 'endless', '');
    const pane = await host.webview('endless');
    await pane.getByText('The run failed').waitFor();
    await expect
      .poll(() => pane.getByRole('alert').first().textContent())
      .toMatch(/yield|loop|CPU/i);
  });

  it('shows a script with a syntax error in the list and opens it at its line', async () => {
    await host.choose('BooCode: Run Workflow', 'broken');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringMatching(/line 2|2:/));
    await host.notifications().getByText('Open File').first().click();
    await host.page.locator('.tab.active').filter({ hasText: 'broken.js' }).waitFor();
    await host.page.getByText('Ln 2,').waitFor();
  });

  it('refuses arguments that start like JSON and are none, before anything runs', async () => {
    await host.choose('BooCode: Run Workflow', 'one-agent');
    await host.quickInput().getByText('Arguments for the workflow').waitFor();
    await host.quickInput().locator('input').first().fill('{"a":');
    await host.quickInput().getByText('not valid JSON').waitFor();
    await host.page.keyboard.press('Escape');
  });
});

describe('without what a run needs', () => {
  let host: VSCodeHost;
  beforeAll(async () => {
    host = await launchVSCode({
      workspace: null,
      settings: {
        'security.workspace.trust.enabled': true,
        'security.workspace.trust.startupPrompt': 'never',
      },
    });
  });
  afterAll(() => host?.close());

  it('asks for a folder when none is open', async () => {
    await host.runCommand('BooCode: Run Workflow');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringContaining('no folder is open'));
  });

  it('runs no script in a workspace that is not trusted', async () => {
    await host.page.goto(host.server.address({ folder: workspace }));
    await host.ready();
    await host.runCommand('BooCode: Run Workflow');
    await expect
      .poll(() => host.notificationTexts())
      .toContainEqual(expect.stringContaining('trusted workspace'));
    expect(storeFolders(host)).toEqual([]);
  });
});
