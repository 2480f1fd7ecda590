/** Actions on single steps, the lanes that show what ran beside what, and what replays saved. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Session } from '../../src/contracts/records.ts';
import type { Log } from '../fixtures/log.ts';
import { cachedRun, completedRun, failedRun, liveRun } from '../fixtures/runs.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenOptions, type OpenScreen, startHarness } from './browser.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const NOW = Date.now();
const show = (log: Log, more: Partial<OpenOptions> = {}): Promise<OpenScreen> =>
  harness.open({ screen: 'runs', log, ...more });
const session_id = 'run-1';

describe('budgets', () => {
  const shared = (log: Log): void => {
    const limits = [
      { of: 'phase', phase: 'Sources', tokens: 50_000, steps: null, spent: [44_450, 9] },
      { of: 'phase', phase: 'Analysis', tokens: 200_000, steps: 40, spent: [61_000, 12] },
      { of: 'parallel', phase: 'Analysis', tokens: 60_000, steps: null, spent: [61_000, 12] },
      { of: 'parallel', phase: null, tokens: null, steps: 8, spent: [1200, 2] },
    ];
    limits.forEach(({ spent: [spent_tokens, spent_steps], ...limit }, index) => {
      log.add({
        type: 'timeline.created',
        event: {
          ...{ event_id: `limit-${index}`, session_id: log.session_id, stage_id: null },
          ...{ execution_id: null, sequence: 900 + index, event_type: 'log', content: '' },
          metadata: { level: 'info', limit: { ...limit, spent_tokens, spent_steps } },
          ...{ status: 'streaming', created_at: log.now },
        },
      });
    });
  };
  test.each([
    ['dark', 960],
    ['light', 960],
    ['hc_dark', 960],
    ['light', 420],
  ] as const)(
    'look as they should in %s at %i pixels, among the earlier runs',
    async (theme, width) => {
      const log = liveRun({ start: NOW - 24_000, session: { budget_tokens: 400_000 } });
      shared(log);
      const run = log.state().session;
      if (!run) throw new Error('no run');
      const earlier = (id: string, ago: number): Session => ({
        ...{ ...run, session_id: id, status: 'completed', created_at: NOW - ago },
      });
      const screen = await show(log, {
        ...{ theme, width },
        answers: { 'session.list': () => [earlier('run-0', 3_600_000), earlier('run-a', 9e7)] },
      });
      await screen.page.getByText('61k of 60k tokens').waitFor();
      await screen.picture(`runs-budgets-${theme}-${width}`);
      expect(await seriousFindings(screen.page)).toEqual([]);
      expect(
        await screen.page.evaluate('document.documentElement.scrollWidth'),
      ).toBeLessThanOrEqual(width);
      await screen.close();
    },
  );
});

describe('actions on a step', () => {
  test('an agent at work is stopped from its row and from its details, once', async () => {
    const log = liveRun({ start: NOW - 24_000 });
    const { page, asked, push, close } = await show(log);
    await page.locator('[data-name="store.ts"]').hover();
    await page.getByRole('button', { name: 'Stop Agent: store.ts' }).click();
    await page.locator('[data-name="state.ts"]').click();
    await page.getByRole('button', { name: 'Stop Agent', exact: true }).click();
    await page.getByRole('button', { name: 'Stopping…' }).click({ force: true });
    expect(asked('agent.cancel').map((r) => r.params)).toEqual([
      { session_id, execution_id: 'analyse:store.ts' },
      { session_id, execution_id: 'analyse:state.ts' },
    ]);
    const count = log.frames().length;
    log.end('analyse:state.ts', 'cancelled');
    await push(log.frames().slice(count));
    await page.getByRole('button', { name: 'Stopping…' }).waitFor({ state: 'detached' });
    await close();
  });

  test('a refusal is said, and the button works again', async () => {
    const { page, close } = await show(liveRun({ start: NOW - 24_000 }), {
      answers: {
        'agent.cancel': () => {
          throw new Error('The run is not at work in this window.');
        },
      },
    });
    await page.locator('[data-name="state.ts"]').click();
    await page.getByRole('button', { name: 'Stop Agent', exact: true }).click();
    await page.getByText('not at work in this window').waitFor();
    await page.getByRole('button', { name: 'Stop Agent', exact: true }).waitFor();
    await close();
  });

  test('after the run a failed step is retried, a finished one run from', async () => {
    const { page, asked, close } = await show(failedRun({ start: NOW - 60_000 }));
    await page.locator('[data-name="store.ts"]').click();
    await page.getByRole('button', { name: 'Retry Step', exact: true }).click();
    await page.locator('[data-name="source: docs"]').click();
    await page.getByRole('button', { name: 'Run From Here' }).click();
    expect(asked('step.retry').map((r) => r.params)).toEqual([
      { session_id, execution_id: 'analyse:store.ts' },
    ]);
    expect(asked('run.from').map((r) => r.params)).toEqual([
      { session_id, execution_id: 'source:docs' },
    ]);
    await close();
  });

  test('sub-agents belong to their step and have no actions of their own', async () => {
    const { page, close } = await show(completedRun({ start: NOW - 60_000 }));
    await page.locator('[data-name="store.ts"]').click();
    await page.locator('[data-name="crash recovery"]').click();
    await page.getByRole('button', { name: 'Run From Here' }).waitFor();
    expect(await page.getByRole('button', { name: 'Run From Here' }).count()).toBe(1);
    await close();
  });
});

describe('lanes', () => {
  const blocks = (page: OpenScreen['page']) => page.locator('[data-block]');

  test.each(['dark', 'light', 'hc_dark', 'hc_light'] as const)(
    'show in %s what ran beside what, and are sound for screen readers',
    async (theme) => {
      const { page, picture, complaints, close } = await show(
        completedRun({ start: NOW - 60_000 }),
        { theme },
      );
      await page.getByText('Lanes', { exact: true }).click();
      await page.getByText('At most 4 at once: 1m 49s of work in 53s').waitFor();
      await page
        .getByRole('button', {
          name: 'store.ts, Completed, started at 12s, took 22s, beside 3 others',
        })
        .click();
      await page.getByText('Quote the lines that matter').waitFor();
      expect(await seriousFindings(page)).toEqual([]);
      await page.locator('.lanes').scrollIntoViewIfNeeded();
      await picture(`runs-lanes-${theme}`);
      expect(await complaints()).toEqual([]);
      await close();
    },
  );

  test('side by side means below each other, one after the other means apart', async () => {
    const { page, close } = await show(completedRun({ start: NOW - 60_000 }));
    await page.getByText('Lanes', { exact: true }).click();
    const box = async (id: string) => {
      const found = await page.locator(`[data-block="${id}"]`).boundingBox();
      if (!found) throw new Error(`${id} is not shown`);
      return found;
    };
    const [docs, code] = [await box('source:docs'), await box('source:code')];
    expect(code.y).toBeGreaterThanOrEqual(docs.y + docs.height);
    expect(Math.abs(code.x - docs.x)).toBeLessThan(2);
    expect(code.width).toBeGreaterThan(docs.width);
    const synthesis = await box('synthesis');
    const store = await box('analyse:store.ts');
    expect(synthesis.x).toBeGreaterThanOrEqual(store.x + store.width - 1);
    await close();
  });

  test('are one tab stop; arrows go by the time of the start', async () => {
    const { page, close } = await show(completedRun({ start: NOW - 60_000 }));
    await page.getByText('Lanes', { exact: true }).click();
    expect(await page.locator('[data-block][tabindex="0"]').count()).toBe(1);
    await blocks(page).first().focus();
    const now = () => page.evaluate('document.activeElement.dataset.block');
    await page.keyboard.press('ArrowRight');
    expect(await now()).toBe('source:code');
    await page.keyboard.press('End');
    expect(await now()).toBe('synthesis');
    await page.keyboard.press('ArrowUp');
    expect(await now()).toBe('analyse:property tests');
    await page.keyboard.press('Home');
    expect(await now()).toBe('source:docs');
    await page.keyboard.press('Enter');
    await page.getByText('Find everything in the docs').waitFor();
    await close();
  });

  test('grow while the run lives, and stay chosen over a reload', async () => {
    const log = liveRun({ start: NOW - 24_000 });
    const first = await show(log);
    await first.page.getByText('Lanes', { exact: true }).click();
    await expect.poll(() => blocks(first.page).count()).toBe(7);
    const count = log.frames().length;
    log.now = NOW;
    log.start('late', { stage_id: 'Analysis', name: 'late comer', index: 9 });
    await first.push(log.frames().slice(count));
    await first.page.getByRole('button', { name: /^late comer, Running/ }).waitFor();
    const kept = await first.kept();
    await first.close();
    const second = await show(log, { kept });
    await second.page.locator('.lanes').waitFor();
    await second.close();
  });
});

test('what a replay saved is said for the run and for the step', async () => {
  const log = cachedRun({ start: NOW - 60_000 });
  for (const execution of Object.values(log.state().top.executions)) {
    if (!execution.cached_from) continue;
    log.add({
      type: 'execution.status',
      execution: { ...execution, saved_ms: 6_000, saved_tokens: 9_000, saved_cost: 0.003 },
    });
  }
  const { page, close } = await show(log);
  await page.getByText('Saved 63k tokens, $0.021, 42s').waitFor();
  await page.locator('[data-name="source: docs"]').click();
  await page.getByText('Saved 9.0k tokens, $0.0030, 6.0s').first().waitFor();
  await close();
});

test('a budget is shown against what was spent, and a resumed run names its earlier one', async () => {
  const { page, asked, close } = await show(
    liveRun({
      start: NOW - 24_000,
      session: { budget_tokens: 80_000, budget_steps: 40, resumed_from: 'run-0' },
    }),
  );
  await page.getByText('of 80k').waitFor();
  await page.getByText('of 40 model calls').waitFor();
  const meter = page.getByRole('meter', { name: 'Budget spent' });
  expect(await meter.getAttribute('aria-valuemax')).toBe('80000');
  expect(await meter.getAttribute('class')).toContain('meter-high');
  await page.getByRole('button', { name: 'Goes on from an earlier run' }).click();
  expect(asked('session.open').map((r) => r.params)).toEqual([{ session_id: 'run-0' }]);
  await close();
});

test('budgets that agents share are shown with what is spent of them, while they spend', async () => {
  const log = liveRun({ start: NOW - 24_000 });
  const limit = { of: 'parallel', phase: 'Analysis', tokens: 50_000, steps: 20 };
  const line = (spent_tokens: number, spent_steps: number): void =>
    log.add({
      type: 'timeline.created',
      event: {
        ...{ event_id: 'limit', session_id: log.session_id, stage_id: null, execution_id: null },
        ...{ sequence: 900, event_type: 'log', status: 'streaming', content: '' },
        metadata: { level: 'info', limit: { ...limit, spent_tokens, spent_steps } },
        created_at: log.now,
      },
    });
  line(12_000, 3);
  const { page, push, close } = await show(log);
  await page.getByText('parallel() in Analysis').waitFor();
  await page.getByText('12k of 50k tokens').waitFor();
  await page.getByText('3 of 20 model calls').waitFor();
  const before = log.frames().length;
  line(46_000, 9);
  await push(log.frames().slice(before));
  await page.getByText('46k of 50k tokens').waitFor();
  const meter = page
    .getByRole('meter', { name: /^Budget spent, parallel\(\) in Analysis/ })
    .first();
  expect(await meter.getAttribute('class')).toContain('meter-high');
  await close();
});

test('a step that waits for a free place says so, and the header counts those that wait', async () => {
  const log = liveRun({ start: NOW - 24_000 });
  log.add({
    type: 'execution.status',
    execution: {
      ...{ execution_id: 'queued', session_id, stage_id: 'Analysis', kind: 'step' },
      ...{ agent_index: 9, agent_name: 'queued', status: 'pending', created_at: log.now },
      ...{ usage: {}, model_calls: 0, tool_calls: 0 },
    },
  });
  const phase = 'Waiting for a free place, 2 before it';
  const place = { execution_id: 'queued', session_id, stage_id: 'Analysis' };
  log.add({ type: 'execution.progress', progress: { ...place, phase } });
  const { page, asked, close } = await show(log);
  await page.getByText('Waiting for a free place, 2 before it').waitFor();
  await page.getByText('1 waiting').waitFor();
  await page.locator('[data-name="queued"]').hover();
  await page.getByRole('button', { name: 'Stop Agent: queued' }).click();
  expect(asked('agent.cancel')).toHaveLength(1);
  await close();
});
