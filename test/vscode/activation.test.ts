/** The extension starts in a real VS Code: from the checkout, and as it is packaged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SAMPLE } from '../../scripts/lib/paths.mjs';
import { packageVsix } from '../../scripts/package.mjs';
import { launchVSCode, type VSCodeHost } from './host.ts';
import { runInHost } from './in_host.ts';

let host: VSCodeHost | undefined;

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await host?.screenshot(`failed-${task.id}`);
  await host?.close();
  host = undefined;
});

test('inside the host: activation registers every command and starts no thread; code of answers reaches files', async () => {
  const [activation, ...code] = await runInHost(join(import.meta.dirname, 'in-host/all.ts'), {
    workspace: SAMPLE,
  });
  expect(activation).toMatchObject({ error: null, value: { missing: [], threads: 0 } });
  expect(code.flatMap(({ error }) => error ?? [])).toEqual([]);
  expect(code.length).toBe(6);
});

describe('packaged', () => {
  const folder = mkdtempSync(join(tmpdir(), 'boocode-vsix-'));
  const vsix = join(folder, 'boocode.vsix');
  beforeAll(() => packageVsix(process.execPath, vsix));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('the .vsix installs and runs without the checkout', async () => {
    host = await launchVSCode({ workspace: SAMPLE, vsix });
    // The list needs the app, the store and discovery.
    await host.runCommand('BooCode: Run Workflow');
    await host.quickInput().getByText('hello', { exact: true }).first().waitFor();
    expect(await host.notificationTexts()).toEqual([]);
  });
});
