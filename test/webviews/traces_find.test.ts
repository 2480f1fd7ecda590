/** Finding things in the trace screen: search, filters, order, marks. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { type Harness, startHarness } from './browser.ts';
import { active, press, row, rows, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

describe('finding', () => {
  test('hits in names and in bodies, in the order of the tree, opening what hides them', async () => {
    const s = await showTraces(harness, f1());
    await row(s, 'Investigate').locator('[data-toggle]').click();
    await s.page.locator('#trace-search').fill('app.log:42');
    await s.page.locator('.search-field').getByText('– of 1').waitFor();
    await press(s, 'Enter');
    expect(await active(s)).toBe('grep');
    await s.page.locator('.search-field').getByText('1 of 1').waitFor();
    await s.page.locator('#trace-search').fill('deepseek');
    await s.page.locator('.search-field').getByText('– of 5').waitFor();
    await press(s, 'Enter', 'Enter', 'Shift+Enter');
    expect(await s.page.locator('.trace-row.hit').count()).toBe(5);
    await press(s, 'Escape');
    expect(await s.page.locator('.trace-row.hit').count()).toBe(0);
    await s.close();
  });

  test('acceptance 62: a hit inside closed rows opens them and is in view; without the search they are closed again', async () => {
    const s = await showTraces(harness, f1(), { height: 300 });
    const closed = await rows(s).locator('.row-name').allInnerTexts();
    expect(closed).not.toContain('grep');
    await s.page.keyboard.press('Control+f');
    await expect.poll(() => s.page.evaluate('document.activeElement.id')).toBe('trace-search');
    await s.page.locator('#trace-search').fill('app.log:42');
    await s.page.locator('.search-field').getByText('– of 1').waitFor();
    await press(s, 'Enter');
    await expect.poll(() => active(s)).toBe('grep');
    const inside = `(() => {
      const view = document.querySelector('.trace-grid').getBoundingClientRect();
      const head = document.querySelector('.trace-head').getBoundingClientRect();
      const hit = document.querySelector('.trace-row.active').getBoundingClientRect();
      return hit.top >= head.bottom && hit.bottom <= view.bottom;
    })()`;
    await expect.poll(() => s.page.evaluate(inside)).toBe(true);
    await press(s, 'Escape');
    await expect.poll(() => rows(s).locator('.row-name').allInnerTexts()).toEqual(closed);
    expect(await active(s)).toBe('LogAnalyzer');
    await s.close();
  });

  test('a filter keeps what stands above its matches, and gives back what was open', async () => {
    const s = await showTraces(harness, f1());
    const before = await rows(s).count();
    await s.page.getByLabel('Calls', { exact: true }).first().selectOption('grep');
    expect(await rows(s).locator('.row-name').allInnerTexts()).toEqual([
      'Investigate',
      'Orchestrator',
      'LogAnalyzer',
      'grep',
    ]);
    expect(await s.page.locator('.filter-note').innerText()).toContain('1 of');
    await s.page.getByRole('button', { name: 'Clear filter' }).click();
    expect(await rows(s).count()).toBe(before);
    await s.close();
  });

  test('sorting puts the slowest first', async () => {
    const s = await showTraces(harness, f1());
    await s.page.getByLabel('Sort by').selectOption('duration');
    const names = await rows(s).locator('.row-name').allInnerTexts();
    expect(names.slice(0, 3)).toEqual(['Investigate', 'Orchestrator', 'LogAnalyzer']);
    await s.close();
  });

  /** Calls after one another, two agents side by side of which one is waited for, and the rest. */
  function waited(): Log {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Investigate');
    log.start('O', { name: 'Orchestrator' }).tool('O', 'first', { ms: 1_500 });
    log.tool('O', 'slow_a', { ms: 2_000 }).tool('O', 'slow_b', { ms: 3_000 });
    log.start('L', { parent: 'O', name: 'Long', index: 1 });
    log.start('S', { parent: 'O', name: 'Short', index: 2 });
    log.toolStart('L', 'deep_read').toolStart('S', 'glance');
    // Each takes 100 ms to end.
    log.wait(900).toolEnd('glance', 'completed').end('S');
    log.wait(2_900).toolEnd('deep_read', 'completed').end('L');
    log.tool('O', 'last', { ms: 1_200 }).tool('O', 'trifle', { ms: 30 }).end('O');
    return log.stage('stage-1', 'completed').session('completed');
  }

  test('marks just what the turn waited for, and just the five slowest calls', async () => {
    const s = await showTraces(harness, waited());
    await s.page.getByRole('button', { name: 'Expand all' }).click();
    const marked = async (mark: string) =>
      (
        await rows(s)
          .filter({ has: s.page.locator(mark) })
          .locator('.row-name')
          .allInnerTexts()
      ).sort();
    const path = async () =>
      (await s.page.locator('.trace-rows .on-path .row-name').allInnerTexts()).sort();
    expect(await path()).toEqual([]);
    const button = s.page.getByRole('button', { name: 'Critical path' });
    await button.click();
    const turn = [
      'Long',
      'Orchestrator',
      'deep_read',
      'first',
      'last',
      'slow_a',
      'slow_b',
      'trifle',
    ];
    // Neither Short nor what it did: Long went on after them.
    await expect.poll(path).toEqual(['Investigate', ...turn].sort());
    // Five of the six that took a second or more; the sixth is `glance`.
    const slowest = ['deep_read', 'first', 'last', 'slow_a', 'slow_b'];
    expect(await marked('.badge-icon.codicon-flame')).toEqual(slowest);
    // A row in focus names the turn, and the button says what calls explain of it.
    await row(s, 'glance').click();
    await expect.poll(path).toEqual([...turn].sort());
    expect(await button.innerText()).toContain('100%');
    expect(await marked('.badge-icon.codicon-flame')).toEqual(slowest);
    await button.click();
    await expect.poll(path).toEqual([]);
    expect(await marked('.badge-icon.codicon-flame')).toEqual([]);
    await s.close();
  });

  /** Two agents: one quick and dear, one slow, cheap and with the most tokens. */
  function pair(): Log {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Compare');
    log.start('Q', { name: 'Quick' }).wait(1);
    log.model('Q', { ms: 200, cost: 0.05, usage: { input_tokens: 10, output_tokens: 10 } });
    log.tool('Q', 'grep', { ms: 50, error: 'no such pattern' }).end('Q');
    log.start('S', { name: 'Slow', index: 1 }).wait(1);
    log.model('S', { ms: 20_000, cost: 0.01, usage: { input_tokens: 9_000, output_tokens: 10 } });
    return log.tool('S', 'read_file', { ms: 3_000 }).end('S');
  }

  test('filters by outcome, agent and duration, alone and together', async () => {
    const s = await showTraces(harness, pair());
    const choose = (label: string, value: string) =>
      s.page.locator('.trace-tools').getByLabel(label, { exact: true }).selectOption(value);
    const names = () => rows(s).locator('.row-name').allInnerTexts();
    await choose('Outcome', 'failed');
    await expect.poll(names).toEqual(['Compare', 'Quick', 'grep']);
    await choose('Outcome', '');
    await choose('Agent', 'Slow');
    await expect.poll(names).toEqual(['Compare', 'Slow', 'deepseek-v4-flash', 'read_file']);
    await choose('Duration', '10000');
    await expect.poll(names).toEqual(['Compare', 'Slow', 'deepseek-v4-flash']);
    await choose('Agent', '');
    await choose('Duration', '1000');
    await expect.poll(names).toEqual(['Compare', 'Slow', 'deepseek-v4-flash', 'read_file']);
    await s.close();
  });

  test('each order puts its own first, by the list and by the head of a column', async () => {
    const s = await showTraces(harness, pair());
    const agents = async () =>
      (await rows(s).locator('.row-name').allInnerTexts()).filter((n) => /Quick|Slow/.test(n));
    expect(await agents()).toEqual(['Quick', 'Slow']);
    for (const [order, first] of [
      ['duration', 'Slow'],
      ['cost', 'Quick'],
      ['tokens', 'Slow'],
    ] as const) {
      await s.page.getByLabel('Sort by').selectOption(order);
      await expect.poll(async () => (await agents())[0]).toBe(first);
    }
    await s.page.getByRole('columnheader', { name: 'Cost' }).click();
    await expect.poll(async () => (await agents())[0]).toBe('Quick');
    await s.close();
  });
});
