/** The screen that lists workflows, takes arguments and shows earlier runs, in a real browser. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/contracts/records.ts';
import type { StartTarget } from '../../src/contracts/workflow_requests.ts';
import { f1, f6 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { BROKEN, HELLO, HIDDEN, PLAN, REVIEW, WORKFLOWS } from '../fixtures/workflow_list.ts';
import { seriousFindings } from './axe.ts';
import {
  type Answers,
  type Harness,
  type OpenOptions,
  type OpenScreen,
  startHarness,
} from './browser.ts';
import { LOOKS } from './themes.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const NOW = Date.now();
const run = (id: string, status: Session['status'], args: unknown, ago: number): Session => ({
  ...{ session_id: id, kind: 'workflow', title: REVIEW.name, status, simulated: true },
  ...{ created_at: NOW - ago, updated_at: NOW - ago + 42_000, started_at: NOW - ago },
  ...{ finished_at: NOW - ago + 42_000, workflow_name: REVIEW.name, workflow_path: REVIEW.path },
  ...(args === undefined ? {} : { args: JSON.stringify(args) }),
});
const RUNS = [
  run('run-9', 'completed', { path: 'src/store', question: 'races', strict: true }, 60_000),
  run('run-8', 'failed', undefined, 3_600_000),
];

function show(answers: Answers = {}, more: Partial<OpenOptions> = {}): Promise<OpenScreen> {
  return harness.open({
    screen: 'start',
    log: new Log(''),
    ...more,
    answers: {
      'workflow.list': () => WORKFLOWS,
      'session.list': () => RUNS,
      'start.target': () => ({ path: null, dry_run: false }),
      'workflow.dry_run': () => PLAN,
      'workflow.run': () => ({ session_id: 'run-10' }),
      ...answers,
    },
  });
}

const row = ({ page }: OpenScreen, path: string) => page.locator(`[data-workflow="${path}"]`);
const last = (screen: OpenScreen, method: 'workflow.run' | 'workflow.dry_run') =>
  screen.asked(method).at(-1)?.params;

describe.each(LOOKS)('in %s', (theme) => {
  test('the list, the form, the plan and the runs are sound for screen readers', async () => {
    const screen = await show({}, { theme, width: 1100, height: 900 });
    await screen.page.getByRole('heading', { name: REVIEW.name }).waitFor();
    await screen.page.getByLabel('question').fill('races in the store');
    await screen.page.getByRole('button', { name: 'Dry Run' }).click();
    await screen.page.getByText('4 agents, about 46k tokens, about $0.012').waitFor();
    expect(await seriousFindings(screen.page)).toEqual([]);
    await screen.picture(`start-${theme}`);
    expect(await screen.complaints()).toEqual([]);
    await screen.close();
  });
});

describe('the list', () => {
  test('groups what runs by its place, and says what is broken and what is hidden', async () => {
    const screen = await show();
    const { page } = screen;
    await page.getByRole('navigation').getByRole('heading').first().waitFor();
    expect(await page.getByRole('navigation').getByRole('heading').allInnerTexts()).toEqual([
      ...['This workspace', 'Built in', 'Cannot run', 'Hidden by a nearer file'],
    ]);
    await row(screen, BROKEN.path).click();
    await page.getByRole('main').getByText('Unexpected token').waitFor();
    await page.getByRole('button', { name: 'Open broken.js at Line 2' }).click();
    expect(screen.asked('link.open').at(-1)?.params).toEqual({ href: `file://${BROKEN.path}#L2` });
    await row(screen, HIDDEN.path).click();
    await page.getByText('A file of the same name is nearer').waitFor();
    await screen.close();
  });

  test('is searched by all words, also in phases and descriptions', async () => {
    const screen = await show();
    const { page } = screen;
    await page.getByLabel('Search workflows').fill('merge three');
    await row(screen, HELLO.path).waitFor({ state: 'detached' });
    expect(await page.locator('[data-workflow]').count()).toBe(1);
    await page.getByLabel('Search workflows').fill('nothing has this');
    await page.getByText('No workflow has these words').waitFor();
    await screen.close();
  });

  test('is one tab stop; arrows, letters and Enter work it, ArrowDown leads into it', async () => {
    const screen = await show();
    const { page } = screen;
    const name = () => page.evaluate('document.activeElement.dataset.name');
    await page.getByLabel('Search workflows').focus();
    await page.keyboard.press('ArrowDown');
    expect(await name()).toBe('review-changes');
    await page.keyboard.press('b');
    expect(await name()).toBe('bounty-hunt');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'hello', exact: true }).waitFor();
    expect(await page.locator('[data-workflow][tabindex="0"]').count()).toBe(1);
    await screen.close();
  });

  test('is read again when files change, and keeps what is chosen and entered', async () => {
    let list = WORKFLOWS;
    const screen = await show({ 'workflow.list': () => list });
    await screen.page.getByLabel('question').fill('still here');
    list = [{ ...HELLO, name: 'new-one', path: '/x/new-one.js' }, ...WORKFLOWS];
    await screen.post({ kind: 'changed', what: 'workflows' });
    await row(screen, '/x/new-one.js').waitFor();
    expect(await screen.page.getByLabel('question').inputValue()).toBe('still here');
    await screen.close();
  });

  test('without any workflow it says what to do next', async () => {
    const screen = await show({ 'workflow.list': () => [] });
    await screen.page.getByRole('heading', { name: 'There is no workflow yet' }).waitFor();
    await screen.picture('start-empty');
    await screen.page.getByRole('button', { name: 'New Workflow…' }).last().click();
    expect(screen.asked('workflow.new')).toHaveLength(1);
    await screen.close();
  });

  test('a list that cannot be read is said, and asked for again', async () => {
    let fails = true;
    const screen = await show({
      'workflow.list': () => {
        if (fails) throw new Error('The store is closed.');
        return WORKFLOWS;
      },
    });
    await screen.page.getByText('The store is closed.').waitFor();
    fails = false;
    await screen.page.getByRole('button', { name: 'Reload View' }).click();
    await row(screen, HELLO.path).waitFor();
    await screen.close();
  });
});

describe('the form', () => {
  test('has a field for each property and sends what is entered', async () => {
    const screen = await show();
    const { page } = screen;
    expect(await page.getByLabel('Folder or file').inputValue()).toBe('src');
    await page.getByLabel('question').fill('races');
    await page.getByLabel('Depth').selectOption('"deep"');
    await page.getByLabel('Report style too').check();
    await page.getByLabel('Modules').fill('a\nb');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect.poll(() => screen.asked('workflow.run').length).toBe(1);
    const { args, ...rest } = last(screen, 'workflow.run') as { args: string };
    expect(rest).toEqual({ path: REVIEW.path, fresh: false });
    expect(JSON.parse(args)).toEqual({
      ...{ path: 'src', question: 'races', most: 5, depth: 'deep', strict: true },
      modules: ['a', 'b'],
    });
    await screen.close();
  });

  test('says at the field what is wrong, asks nothing, and forgives as soon as it is right', async () => {
    const screen = await show();
    const { page } = screen;
    await page.getByLabel('Most findings').fill('99');
    await page.getByLabel('Most findings').press('Enter');
    await page.getByText('2 fields have to be corrected first').waitFor();
    const question = page.getByLabel('question');
    expect(await question.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => question.evaluate((e) => e.matches(':focus'))).toBe(true);
    await page.getByText('At most 20, please.').waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    await screen.picture('start-problems');
    await question.fill('races');
    await page.getByText('This is required.').waitFor({ state: 'detached' });
    await page.getByLabel('Most findings').fill('9');
    await page.getByText('corrected first').waitFor({ state: 'detached' });
    expect(screen.asked('workflow.run')).toHaveLength(0);
    await screen.close();
  });

  test('is one box where the author gave no schema: text, or JSON', async () => {
    const screen = await show();
    await row(screen, HELLO.path).click();
    await screen.page.getByLabel('Arguments', { exact: true }).last().fill('{"a"');
    await screen.page.getByRole('button', { name: 'Run', exact: true }).click();
    await screen.page.getByText('not valid JSON').waitFor();
    await screen.page.getByLabel('Arguments', { exact: true }).last().fill('how so?');
    await screen.page.keyboard.press('Control+Enter');
    await expect.poll(() => last(screen, 'workflow.run')).toMatchObject({ args: '"how so?"' });
    await screen.close();
  });

  test('a refusal of the host stays until the next try', async () => {
    const screen = await show({
      'workflow.run': () => {
        throw new Error('The arguments do not fit the workflow: "path" must be string.');
      },
    });
    await screen.page.getByLabel('question').fill('q');
    await screen.page.getByRole('button', { name: 'Run', exact: true }).click();
    await screen.page.getByRole('alert').getByText('"path" must be string').waitFor();
    await screen.close();
  });

  test('is kept over a reload of the window', async () => {
    const first = await show();
    await first.page.getByLabel('question').fill('kept words');
    const kept = await first.kept();
    await first.close();
    const second = await show({}, { kept });
    await expect.poll(() => second.page.getByLabel('question').inputValue()).toBe('kept words');
    await second.close();
  });
});

describe('dry run and runs', () => {
  test('a dry run is asked with the arguments and lists agents by phase', async () => {
    const screen = await show();
    const { page } = screen;
    await page.getByLabel('question').fill('q');
    await page.getByRole('button', { name: 'Dry Run' }).click();
    const plan = page.getByRole('region', { name: 'What it would do' });
    await plan.getByRole('heading', { name: 'Merge' }).waitFor();
    expect(await plan.locator('.plan-step').count()).toBe(4);
    expect(await plan.getByText('Kept').count()).toBe(1);
    expect(last(screen, 'workflow.dry_run')).toMatchObject({ workflow: REVIEW.name });
    await plan.getByRole('button', { name: 'line 55' }).click();
    expect(screen.asked('link.open').at(-1)?.params).toEqual({ href: `file://${REVIEW.path}#L55` });
    await screen.close();
  });

  test('a hidden workflow is planned by its file, since its name means the nearer one', async () => {
    const screen = await show();
    const { page } = screen;
    await row(screen, HIDDEN.path).click();
    await page.getByRole('button', { name: 'Dry Run' }).click();
    await expect
      .poll(() => last(screen, 'workflow.dry_run'))
      .toMatchObject({ workflow: HIDDEN.name, path: HIDDEN.path });
    await screen.close();
  });

  test('a script that stops early says why', async () => {
    const stopped = 'TypeError: findings is not iterable (line 12)';
    const screen = await show({ 'workflow.dry_run': () => ({ ...PLAN, stopped }) });
    await screen.page.getByLabel('question').fill('q');
    await screen.page.getByRole('button', { name: 'Dry Run' }).click();
    await screen.page.getByText(stopped).waitFor();
    await screen.close();
  });

  test('the editor can ask for one workflow and its dry run', async () => {
    let target: StartTarget = { path: HELLO.path, dry_run: true };
    const screen = await show({ 'start.target': () => target });
    await screen.page.getByRole('heading', { name: 'hello', exact: true }).waitFor();
    await screen.page.getByText('4 agents').waitFor();
    target = { path: REVIEW.path, dry_run: false, args: '{"question":"as before"}' };
    await screen.post({ kind: 'changed', what: 'target' });
    await screen.page.getByRole('heading', { name: REVIEW.name }).waitFor();
    await expect.poll(() => screen.page.getByLabel('question').inputValue()).toBe('as before');
    await screen.close();
  });

  test('earlier runs open, lend their arguments, and are renewed when one ends', async () => {
    let runs = RUNS;
    const screen = await show({ 'session.list': () => runs });
    const { page } = screen;
    const list = page.getByRole('region', { name: 'Earlier runs' });
    await list.getByText('without arguments').click();
    expect(screen.asked('session.open').map((r) => r.params)).toEqual([{ session_id: 'run-8' }]);
    await list.getByRole('button', { name: 'Use These Arguments' }).click();
    expect(await page.getByLabel('question').inputValue()).toBe('races');
    expect(await page.getByLabel('Report style too').isChecked()).toBe(true);
    runs = [run('run-10', 'running', { question: 'fresh' }, 1_000), ...RUNS];
    await screen.post({ kind: 'changed', what: 'runs' });
    await list.getByText('fresh', { exact: true }).waitFor();
    await screen.close();
  });
});

test('acceptance 89: a run with sub-agents looks the same in the list as one without', async () => {
  const looks: string[] = [];
  for (const log of [f1(), f6()]) {
    const { session } = log.state();
    if (!session) throw new Error('The log has no session.');
    const listed = { ...session, workflow_name: REVIEW.name, workflow_path: REVIEW.path };
    const screen = await show({ 'session.list': () => [listed] });
    await screen.page.locator('.earlier-row').waitFor();
    const html = await screen.page.evaluate(`document.querySelector('.earlier-row').outerHTML`);
    looks.push(String(html).replace(/<span class="earlier-time">[^<]*/, ''));
    await screen.close();
  }
  expect(looks[0]).toContain('earlier-open');
  expect(looks[1]).toBe(looks[0]);
});

test('in a narrow panel the columns stand below each other', async () => {
  const screen = await show({}, { width: 420, height: 800 });
  await screen.page.getByRole('heading', { name: REVIEW.name }).waitFor();
  const wide = await screen.page.evaluate(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
  expect(wide).toBe(false);
  await screen.picture('start-narrow');
  await screen.close();
});
