/** Every way a run can stand: what the pane shows for it, without a broken rule of the page. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Log } from '../fixtures/log.ts';
import {
  bigRun,
  brokenScriptRun,
  cachedRun,
  completedRun,
  failedRun,
  liveRun,
  startingRun,
  stoppedRun,
  structuredRun,
} from '../fixtures/runs.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenOptions, snapshotFrom, startHarness } from './browser.ts';
import { LOOKS } from './themes.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const NOW = Date.now();
const show = (log: Log, more: Partial<OpenOptions> = {}) =>
  harness.open({ screen: 'runs', log, ...more });

interface State {
  readonly log: Log;
  readonly status: string;
  readonly shows: readonly string[];
  readonly lacks?: readonly string[];
  readonly buttons: readonly string[];
}

const AFTER = ['Run Again', 'Run Fresh', 'Run with Other Arguments', 'Open Trace', 'Show Log'];
const STOPPED = ['Resume', 'Run Fresh', 'Run with Other Arguments', 'Open Trace', 'Show Log'];
const STATES: Readonly<Record<string, State>> = {
  completed: {
    log: completedRun({ start: NOW - 3_600_000 }),
    status: 'Completed',
    shows: ['How a live view and a reopened one stay the same', '8 of 8', '209k', '$0.075', '53s'],
    lacks: ['Simulated replies', 'failed', 'Cached'],
    buttons: [...AFTER, 'Copy', 'Save to File…'],
  },
  structured: {
    log: structuredRun({ start: NOW - 3_600_000 }),
    status: 'Completed',
    shows: ['findings:', '2 entries', 'complete:'],
    buttons: [...AFTER, 'Copy', 'Save to File…'],
  },
  live: {
    log: liveRun({ start: NOW - 24_000, session: { simulated: true } }),
    status: 'Running',
    shows: [
      'Simulated replies: no API key is configured, the offline model answers',
      'Comparing the two paths',
      '4 of 7',
      'No steps yet',
      'Phase Analysis: 6 agents',
    ],
    lacks: ['Result'],
    buttons: ['Cancel', 'Open Trace', 'Show Log', 'Set API Key…'],
  },
  failed: {
    log: failedRun({ start: NOW - 600_000 }),
    status: 'Failed',
    shows: [
      'The run failed',
      'Step "store.ts" failed: The provider answered 429',
      'The provider limits the number of requests',
      '1 failed',
    ],
    buttons: [...STOPPED, 'Open deep-research.js at Line 42', 'Show Failed Step'],
  },
  broken: {
    log: brokenScriptRun({ start: NOW - 600_000 }),
    status: 'Failed',
    shows: [
      'Unexpected token',
      'Correct the workflow script',
      'The run ended before its first step',
    ],
    lacks: ['not reported', 'price unknown'],
    buttons: [...AFTER, 'Open deep-research.js at Line 17'],
  },
  cancelled: {
    log: stoppedRun('cancelled', { start: NOW - 600_000 }),
    status: 'Cancelled',
    shows: ['The run was cancelled', 'It stopped after 27s'],
    lacks: ['failed', 'Failed'],
    buttons: STOPPED,
  },
  interrupted: {
    log: stoppedRun('interrupted', { start: NOW - 600_000 }),
    status: 'Interrupted',
    shows: ['The run was interrupted', 'Finished steps are kept'],
    buttons: STOPPED,
  },
  cached: {
    log: cachedRun({ start: NOW - 600_000 }),
    status: 'Completed',
    shows: ['7 from cache', 'Cached', '69%'],
    buttons: AFTER,
  },
  starting: {
    log: startingRun('running', { start: NOW - 2_000 }),
    status: 'Running',
    shows: ['The first step appears here', 'The script has written nothing'],
    buttons: ['Cancel', 'Open Trace', 'Show Log'],
  },
  queued: {
    log: startingRun('pending', { start: NOW - 2_000 }),
    status: 'Pending',
    shows: ['Waiting to start'],
    buttons: ['Cancel'],
  },
  empty: {
    log: startingRun('running', { start: NOW - 2_000 }).session('completed', { result: 'null' }),
    status: 'Completed',
    shows: ['This run started no agents', 'The workflow returned no value'],
    buttons: AFTER,
  },
};

test.each(Object.entries(STATES))('a run that is %s', async (name, state) => {
  const { page, complaints, picture, close } = await show(state.log);
  await page.locator(`.status-chip:has-text("${state.status}")`).waitFor();
  for (const text of state.shows) await page.getByText(text).first().waitFor();
  for (const button of state.buttons) {
    await page.getByRole('button', { name: button, exact: true }).waitFor();
  }
  const body = await page.locator('.run-pane').textContent();
  for (const text of state.lacks ?? []) expect(body).not.toContain(text);
  await picture(`run-${name}-dark`);
  expect(await complaints()).toEqual([]);
  expect(await seriousFindings(page)).toEqual([]);
  await close();
});

describe('acceptance 126, 129: themes', () => {
  const names = ['completed', 'live', 'failed', 'cached'] as const;
  const cases = LOOKS.flatMap((theme) => names.map((name) => [theme, name] as const));

  test.each(cases)('%s: a run that is %s has no serious finding', async (theme, name) => {
    const state = STATES[name];
    if (!state) throw new Error(`no state ${name}`);
    const { page, complaints, picture, close } = await show(state.log, { theme, height: 1000 });
    const step = page.locator('[data-name="store.ts"]');
    await step.click();
    await page.getByText('Quote the lines that matter').waitFor();
    await picture(`run-${name}-${theme}`);
    expect(await complaints()).toEqual([]);
    expect(await seriousFindings(page)).toEqual([]);
    await close();
  });
});

test.each([
  ['240 px wide', 240, 760],
  ['320 px wide', 320, 760],
  ['half the size, as at 200 % zoom', 480, 380],
])('%s: nothing scrolls sideways', async (name, width, height) => {
  const { page, picture, close } = await show(failedRun({ start: NOW - 60_000 }), {
    width,
    height,
  });
  await page.locator('[data-name="store.ts"]').click();
  await page.getByText('Quote the lines that matter').waitFor();
  const wide = await page.evaluate(
    `[document.documentElement, ...document.querySelectorAll('.run-header, .scroller, .row-button')]
      .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)`,
  );
  await picture(`run-narrow-${width}`);
  expect(wide, name).toEqual([]);
  expect(await seriousFindings(page)).toEqual([]);
  await close();
});

test('a run that is gone says so and can be asked for again', async () => {
  let there = false;
  const log = completedRun();
  const { page, asked, close } = await show(log, {
    answers: {
      'session.list': () => {
        throw new Error('no list here');
      },
      'trace.open': () => {
        throw new Error('The trace is not available.');
      },
    },
  });
  await page.getByRole('button', { name: 'Open Trace' }).click();
  await page.getByText('The trace is not available.').waitFor();
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await page.getByText('The trace is not available.').waitFor({ state: 'detached' });
  expect(asked('session.attach')).toHaveLength(1);
  await close();

  const gone = await show(log, {
    answers: {
      'session.attach': () => {
        if (there) return snapshotFrom(log);
        throw new Error('This run is no longer in the store.');
      },
    },
  });
  await gone.page.getByText('This run is no longer in the store.').waitFor();
  await gone.picture('run-gone-dark');
  there = true;
  await gone.page.getByRole('button', { name: 'Reload View' }).click();
  await gone.page.getByText('Completed').first().waitFor();
  await gone.close();
});

test('reduced motion: nothing in the page moves', async () => {
  const { page, close } = await show(liveRun({ start: NOW - 24_000 }), { reduced_motion: true });
  await page.locator('.status-chip').waitFor();
  expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  await close();
});

test('acceptance 117: a thousand steps and ten thousand lines keep the page small', async () => {
  const { page, picture, close } = await show(bigRun(1_000, 10_000, { start: NOW - 3_600_000 }));
  const nodes = () => page.evaluate('document.querySelectorAll("*").length');
  const scroll = (selector: string, top: string) =>
    page.evaluate(`{ const e = document.querySelector('${selector}'); e.scrollTop = ${top}; }`);
  await page.getByText('scan: module-0000').waitFor();
  expect(await nodes()).toBeLessThan(2_000);
  await scroll('.scroller', 'e.scrollHeight / 2');
  await page.getByText('verify: module-05').first().waitFor();
  await picture('run-big-dark');
  expect(await nodes()).toBeLessThan(2_000);
  await scroll('.scroller', 'e.scrollHeight');
  await page.getByText('10002 lines').waitFor();
  await page.getByText('line 9999 of the log').waitFor();
  await scroll('.log-scroller', '0');
  await page.getByText('Phase Scan: 500 agents').waitFor();
  expect(await nodes()).toBeLessThan(2_000);
  await close();
});
