/** Agents that act in the run pane: their questions on their step, what they changed, and the way back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Log } from '../fixtures/log.ts';
import { CHANGE, COMMAND, endedTeamRun, teamRun, undo } from '../fixtures/team_run.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenOptions, startHarness } from './browser.ts';
import type { ThemeName } from './themes.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const START = Date.now() - 42_000;
const show = (log: Log, more: Partial<OpenOptions> = {}) =>
  harness.open({ screen: 'runs', log, height: 900, ...more });
type Screen = Awaited<ReturnType<typeof show>>;
const params = (screen: Screen, method: Parameters<Screen['asked']>[0]) =>
  screen.asked(method).map((request) => request.params);
const approve = { 'run.approve': () => ({ session_id: 'run-1' }) };

test('a question stands on its step, with the command, and at the top what leads to it', async () => {
  const screen = await show(teamRun(START, true), { answers: approve });
  const { page } = screen;
  await page.getByText('The run waits for you').waitFor();
  await page.getByText('2 agents ask before they act.').waitFor();
  const row = page.locator('li.row').filter({ has: page.locator('[data-name="test: parser"]') });
  await row.getByText(COMMAND.title, { exact: true }).waitFor();
  await row.getByText(COMMAND.always).waitFor();
  const other = page.locator('li.row').filter({ has: page.locator('[data-name="test: printer"]') });
  expect(await other.getByRole('group').count()).toBe(0);
  await page.getByRole('button', { name: 'Show Question' }).click();
  await expect
    .poll(() => page.evaluate('document.activeElement.dataset.name'))
    .toBe(CHANGE.agent_name);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test.each([
  ['Allow Once', { decision: 'once' }],
  ['Allow in This Run', { decision: 'always' }],
  ['Deny', { decision: 'deny', reason: 'not now' }],
])('it is answered by %s, once', async (name, answer) => {
  const screen = await show(teamRun(START, true), {
    answers: { 'run.approve': () => new Promise(() => {}) },
  });
  const group = screen.page.getByRole('group', { name: COMMAND.title });
  if ('reason' in answer) await group.getByRole('textbox').fill('not now');
  const button = group.getByRole('button', { name, exact: true });
  await button.click();
  await button.click({ force: true });
  await expect
    .poll(() => params(screen, 'run.approve'))
    .toEqual([{ session_id: 'run-1', approval_id: COMMAND.approval_id, ...answer }]);
  await screen.close();
});

test('the diff of a change that is asked for opens in the editor', async () => {
  const screen = await show(teamRun(START, true));
  await screen.page.getByRole('button', { name: 'src/store/migrate.ts' }).click();
  await expect
    .poll(() => params(screen, 'chat.change'))
    .toEqual([{ session_id: 'run-1', event_id: 'event-q-change', path: 'src/store/migrate.ts' }]);
  await screen.close();
});

test('a run that was cut off keeps its question and says what an answer does', async () => {
  const log = teamRun(START, true);
  for (const { fact } of [...log.facts]) {
    if (fact.type !== 'timeline.created' || fact.event.event_type !== 'tool_call') continue;
    log.add({ type: 'timeline.completed', event: { ...fact.event, status: 'interrupted' } });
  }
  log.end('test-parser', 'interrupted');
  log.session('interrupted');
  const screen = await show(log, { answers: approve });
  await screen.page.getByText('The run waited for you when it was cut off').waitFor();
  await screen.page.getByText('Your answer resumes it.').first().waitFor();
  const group = screen.page.getByRole('group', { name: COMMAND.title });
  await group.getByRole('button', { name: 'Allow Once' }).click();
  await expect.poll(() => params(screen, 'run.approve').length).toBe(1);
  await screen.close();
});

test('changed files are listed once the agents wrote them; undo waits for the end of the run', async () => {
  const live = await show(teamRun(START, false));
  await live.page.getByText('Changed files').waitFor();
  expect(await live.page.getByRole('button', { name: 'Undo Changes' }).count()).toBe(0);
  await live.close();

  const screen = await show(endedTeamRun(START));
  const { page } = screen;
  await page.getByText('2 files').waitFor();
  await page.getByRole('button', { name: 'src/parser.ts', exact: true }).click();
  await expect
    .poll(() => params(screen, 'run.change'))
    .toEqual([{ session_id: 'run-1', execution_id: null, path: 'src/parser.ts' }]);
  await page.getByRole('button', { name: 'Undo Changes', exact: true }).click();
  await expect
    .poll(() => params(screen, 'run.undo'))
    .toEqual([{ session_id: 'run-1', execution_id: null }]);
  await page.locator('[data-name="implement: parser"]').click();
  await page.getByRole('button', { name: 'Undo Changes of This Step' }).click();
  await expect
    .poll(() => params(screen, 'run.undo').at(-1))
    .toEqual({ session_id: 'run-1', execution_id: 'implement-parser' });
  const log = endedTeamRun(START);
  const before = log.frames().length;
  undo(log);
  await screen.push(log.frames().slice(before));
  await page.getByRole('button', { name: 'Redo Changes' }).first().click();
  await expect.poll(() => params(screen, 'run.redo').length).toBe(1);
  await screen.close();
});

test('a run that goes on with another one lists what that one changed too, and undoes both', async () => {
  const file = (path: string) => ({
    ...{ path, kind: 'edit' as const, added: 2, removed: 1, before: 'x', after: 'y' },
    ...{ execution_id: 'earlier-step', event_id: `earlier-${path}` },
  });
  const changes = [file('src/parser.ts'), file('src/early.ts')];
  let undone: string[] = [];
  const log = endedTeamRun(START);
  log.session('completed', { resumed_from: 'run-0' });
  const screen = await show(log, {
    answers: { 'run.earlier': () => [{ session_id: 'run-0', changes, undone }] },
  });
  const { page } = screen;
  await page.getByText('3 files').waitFor();
  const line = (path: string) => page.locator('ul.changes > li').filter({ hasText: path });
  await line('src/early.ts').getByText('by the earlier run', { exact: true }).waitFor();
  await line('src/parser.ts').getByText('also by the earlier run').waitFor();
  await page.getByTitle('before the earlier run').first().waitFor();
  await screen.picture('runs-changed-earlier');
  await page.getByRole('button', { name: 'Undo Changes', exact: true }).click();
  undone = ['earlier-step'];
  const before = log.frames().length;
  undo(log);
  await screen.push(log.frames().slice(before));
  await page.getByRole('button', { name: 'Redo Changes' }).first().waitFor();
  await expect.poll(() => params(screen, 'run.earlier').length).toBeGreaterThan(1);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test.each<[string, ThemeName, number]>([
  ['dark', 'dark', 960],
  ['light', 'light', 960],
  ['hc-dark', 'hc_dark', 960],
  ['hc-light', 'hc_light', 960],
  ['narrow', 'dark', 420],
])(
  'acting agents look as they should and break no rule of the page: %s',
  async (name, theme, width) => {
    const screen = await show(teamRun(START, true), { theme, width });
    await screen.page.getByRole('group', { name: COMMAND.title }).waitFor();
    await screen.picture(`runs-asking-${name}`);
    expect(await seriousFindings(screen.page)).toEqual([]);
    expect(await screen.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      width,
    );
    await screen.close();
    const ended = await show(endedTeamRun(START), { theme, width });
    await ended.page.getByRole('button', { name: 'Undo Changes', exact: true }).waitFor();
    await ended.page.locator('[data-name="implement: docs"]').click();
    await ended.picture(`runs-changed-${name}`);
    expect(await seriousFindings(ended.page)).toEqual([]);
    await ended.close();
  },
);
