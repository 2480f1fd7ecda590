/** The run pane in a real VS Code: single agents, going on with a run, several runs, saving a result. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { ROOT } from '../../scripts/lib/paths.mjs';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { launchVSCode, type VSCodeHost } from './host.ts';

const HANG = { text: 'never sent', pause: { after: 0, until: new Promise(() => {}) } };

let base = '';
let workspace = '';
let server: OfflineServer;
let host: VSCodeHost;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'boocode-pane-'));
  workspace = join(base, 'library');
  cpSync(join(ROOT, 'test', 'sample-workspace'), workspace, { recursive: true });
  const folder = join(workspace, '.boocode', 'workflows');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'pair.js'),
    `export const meta = { name: 'pair', description: 'Two agents, then one', phases: [{ title: 'Look' }, { title: 'Tell' }] };
phase('Look');
const [a, b] = await parallel([
  () => agent('first task about ' + args, { label: 'first' }),
  () => agent('second task about ' + args, { label: 'second' }),
]);
phase('Tell');
return { first: a, second: b, told: await agent('third task about ' + args + ': ' + a + b, { label: 'third' }) };
`,
  );
  writeFileSync(
    join(folder, 'act.js'),
    `export const meta = { name: 'act', description: 'Writes a file and runs a command' };
return agent('Make it', { label: 'maker' });
`,
  );
  server = await startOfflineServer({ delay_ms: 0 });
  host = await launchVSCode({
    workspace,
    theme: 'light',
    settings: {
      'boocode.provider': 'openai-compatible',
      'boocode.baseUrl': server.url,
      // One that does not think: its calls need no reasoning with them.
      'boocode.model': 'plain-model',
      'boocode.modelMaxRetries': 0,
      'files.simpleDialog.enable': true,
    },
  });
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') {
    await host?.screenshot(`failed-${task.id}`);
    // Cuts off what is still at work or waits.
    await host?.reload();
  }
  // A run that is at work would get the next test's answers.
  await host?.page.getByText(/BooCode: \d+ runs?$/).waitFor({ state: 'detached' });
  server.script(null);
  await host?.runCommand('View: Close All Editors');
  await host?.runCommand('Notifications: Clear All Notifications');
});
afterAll(async () => {
  await host?.close('run-pane-logs');
  await server?.close();
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
});

/** Requests since `from` whose text has these words. */
const asked = (words: string, from = 0): number =>
  server.requests.slice(from).filter((r) => r.text.includes(words)).length;

async function run(args: string) {
  await host.choose('BooCode: Run Workflow', 'pair');
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type(args);
  return host.webview('pair');
}

it('stops one agent; the run goes on without its answer', async () => {
  server.script((_request, { text }) =>
    text.includes('second task') ? HANG : { text: 'an answer' },
  );
  const pane = await run('stopping');
  await pane.locator('[data-name="first"][data-status="completed"]').waitFor();
  await pane.locator('[data-name="second"]').hover();
  await host.screenshot('run-live-light');
  await pane.getByRole('button', { name: 'Stop Agent: second' }).click();
  await pane.getByRole('button', { name: 'Run Again' }).waitFor();
  await pane.locator('[data-name="second"][data-status="cancelled"]').waitFor();
  await pane.getByText('second:').first().waitFor();
  expect(server.requests.filter((r) => r.aborted)).toHaveLength(1);
});

it('retries a failed step, and asks again only for it and for what follows', async () => {
  server.script((_request, { text }) =>
    text.includes('third task')
      ? { fault: { kind: 'status', status: 500 } }
      : { text: 'an answer' },
  );
  const pane = await run('retrying');
  await pane.locator('[data-name="third"][data-status="failed"]').waitFor();
  const before = server.requests.length;
  server.script(() => ({ text: 'told at last' }));
  await pane.locator('[data-name="third"]').click();
  await pane.getByRole('button', { name: 'Retry Step', exact: true }).click();
  await host.page.locator('.tab').filter({ hasText: 'pair' }).nth(1).waitFor();
  await host.page.locator('.tab').filter({ hasText: 'pair' }).nth(1).click();
  const again = host.page
    .locator('iframe.webview.ready')
    .filter({ visible: true })
    .contentFrame()
    .locator('#active-frame')
    .contentFrame();
  await again.getByText('told at last').first().waitFor();
  await again.getByText('from cache').first().waitFor();
  expect(asked('first task', before) + asked('second task', before)).toBe(0);
  expect(asked('third task', before)).toBe(1);
});

it('goes on with a cancelled run and repeats no finished agent', async () => {
  server.script((_request, { text }) =>
    text.includes('third task') ? HANG : { text: 'an answer' },
  );
  const pane = await run('resuming');
  await pane.locator('[data-name="third"][data-status="running"]').waitFor();
  await pane.getByRole('button', { name: 'Cancel' }).click();
  await pane.getByText('The run was cancelled').waitFor();
  const before = server.requests.length;
  server.script(() => ({ text: 'resumed to its end' }));
  await pane.getByRole('button', { name: 'Resume' }).click();
  await host.page.locator('.tab').filter({ hasText: 'pair' }).nth(1).waitFor();
  await expect.poll(() => asked('third task', before)).toBe(1);
  expect(asked('first task', before) + asked('second task', before)).toBe(0);
});

it('shows several runs at once, each in a panel of its own', async () => {
  const gate = Promise.withResolvers<void>();
  server.script(() => ({ text: 'an answer', before_content: gate.promise }));
  await run('one of two');
  await run('two of two');
  await expect.poll(() => host.page.locator('.tab').filter({ hasText: 'pair' }).count()).toBe(2);
  await host.page.getByText('BooCode: 2 runs').waitFor();
  gate.resolve();
  await host.page.getByText('BooCode: 2 runs').waitFor({ state: 'detached' });
});

it('asks before an agent writes or runs a command, and undoes what was written', async () => {
  const made = join(workspace, 'made.txt');
  server.script((request) => {
    const told = request.messages.filter((m) => m.role === 'tool').length;
    if (told === 0)
      return { tool_calls: [{ name: 'write_file', input: { path: 'made.txt', content: 'made' } }] };
    if (told === 1)
      return {
        tool_calls: [{ name: 'run_command', input: { command: 'cat made.txt > ran.txt' } }],
      };
    return { text: 'made and run' };
  });
  await host.choose('BooCode: Run Workflow', 'act');
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type('');
  const pane = await host.webview('act');
  const question = pane.getByRole('group', { name: 'Write made.txt' });
  await question.waitFor();
  await host.page.getByText('BooCode: 1 run waits for you').waitFor();
  await host.screenshot('run-asking');
  await question.getByRole('button', { name: 'made.txt' }).click();
  await host.page.locator('.tab.active').filter({ hasText: 'made.txt (BooCode)' }).waitFor();
  expect(existsSync(made)).toBe(false);
  // A reload of the page keeps the question: the pane was hidden by the diff.
  await host.page.locator('.tab').filter({ hasText: /^act$/ }).click();
  await (await host.webview('act'))
    .getByRole('group', { name: 'Write made.txt' })
    .getByRole('button', { name: 'Allow Once' })
    .click();
  await host.page.locator('.tab').filter({ hasText: 'made.txt (BooCode)' }).click();
  await expect.poll(() => existsSync(made)).toBe(true);
  // The pane is hidden now or was visible when it was asked: the status bar leads to it in any case.
  await host.page.getByText('BooCode: 1 run waits for you').click();
  const again = await host.webview('act');
  await again
    .getByRole('group', { name: 'cat made.txt > ran.txt' })
    .getByRole('button', { name: 'Allow Once' })
    .click();
  await again.getByRole('button', { name: 'Undo Changes', exact: true }).click();
  await expect.poll(() => existsSync(made)).toBe(false);
  expect(readFileSync(join(workspace, 'ran.txt'), 'utf8')).toBe('made');
  await again.getByRole('button', { name: 'Redo Changes' }).first().waitFor();
  await host.screenshot('run-undone');
});

it('tells of a question in a notification where the pane is hidden, and takes the answer there', async () => {
  const gate = Promise.withResolvers<void>();
  server.script((request) =>
    request.messages.some((m) => m.role === 'tool')
      ? { text: 'was permitted' }
      : {
          before_content: gate.promise,
          tool_calls: [{ name: 'run_command', input: { command: 'echo hidden > hidden.txt' } }],
        },
  );
  await host.choose('BooCode: Run Workflow', 'act');
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type('');
  await (await host.webview('act')).locator('[data-name="maker"]').waitFor();
  await host.runCommand('View: Close Editor');
  await host.page.locator('.tab').filter({ hasText: /^act$/ }).waitFor({ state: 'detached' });
  gate.resolve();
  const told = host
    .notifications()
    .filter({ hasText: 'maker of act asks: echo hidden > hidden.txt' });
  await told.waitFor();
  await host.screenshot('run-question-notification');
  await told.getByRole('button', { name: 'Allow Once' }).click();
  await expect.poll(() => existsSync(join(workspace, 'hidden.txt'))).toBe(true);
});

it('leads to the question of a run that a reload has cut off, until it is answered', async () => {
  server.script((request) =>
    request.messages.some((m) => m.role === 'tool')
      ? { text: 'was permitted' }
      : {
          tool_calls: [{ name: 'run_command', input: { command: 'echo late > late.txt' } }],
        },
  );
  await host.choose('BooCode: Run Workflow', 'act');
  await host.quickInput().getByText('Arguments for the workflow').waitFor();
  await host.type('');
  await (await host.webview('act')).getByRole('group', { name: 'echo late > late.txt' }).waitFor();
  // Only a text file is left, so nothing of ours is shown again by itself.
  await host.runCommand('View: Close All Editors');
  await host.choose('Go to File...', 'act.js');
  await host.page.locator('.tab.active').filter({ hasText: 'act.js' }).waitFor();
  await host.reload();
  const waits = host.page.getByText('BooCode: 1 run waits for you');
  await waits.click();
  await host.page.locator('.tab.active').filter({ hasText: /^act$/ }).waitFor();
  const pane = host.shownWebview();
  await pane.getByText('The run waited for you when it was cut off.').waitFor();
  await host.screenshot('run-asked-before');
  await pane
    .getByRole('group', { name: 'echo late > late.txt' })
    .getByRole('button', { name: 'Allow Once' })
    .click();
  await expect.poll(() => existsSync(join(workspace, 'late.txt'))).toBe(true);
  await waits.waitFor({ state: 'detached' });
});

it('saves the result to a file and opens it', async () => {
  server.script(() => ({ text: 'an answer' }));
  const pane = await run('saving');
  await pane.getByRole('button', { name: 'Save to File…' }).click();
  const target = join(workspace, 'saved.json');
  await host.saveAs(target);
  await expect.poll(() => existsSync(target)).toBe(true);
  await host.page.locator('.tab.active').filter({ hasText: 'saved.json' }).waitFor();
  expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual({
    ...{ first: 'an answer', second: 'an answer', told: 'an answer' },
  });
});

it('leads back to the form with the arguments of the run', async () => {
  server.script(() => ({ text: 'an answer' }));
  const pane = await run('changing');
  await pane.getByRole('button', { name: 'Run with Other Arguments' }).click();
  await host.page.locator('.tab.active').filter({ hasText: 'Workflows' }).waitFor();
  const start = await host.webview('Workflows');
  await start.getByRole('heading', { name: 'pair', exact: true }).waitFor();
  await expect.poll(() => start.locator('.start-form textarea').inputValue()).toBe('changing');
});
