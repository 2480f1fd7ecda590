/** The overview above the tree: what it draws, and the time range that is selected on it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Log } from '../fixtures/log.ts';
import { liveLog, manyCalls } from '../fixtures/traces.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { LOOKS } from './themes.ts';
import { press, row, rows, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

/** Ten seconds: a call in each of the first five, then one that failed, then two agents at once. */
function tenSeconds(): Log {
  const log = new Log();
  log.session('running').stage('stage-1', 'running', 'Work').start('O', { name: 'Boss' });
  for (let i = 0; i < 5; i++) log.tool('O', `early_${i}`, { ms: 1_000 });
  log.tool('O', 'broken', { ms: 1_000, error: 'boom' });
  log.start('S', { parent: 'O', name: 'Helper' });
  log.tool('S', 'late', { ms: 4_000 }).end('S').end('O');
  return log.stage('stage-1', 'completed').session('completed');
}

const from = (s: OpenScreen) => s.page.getByRole('slider', { name: 'Start of the selected time' });
const to = (s: OpenScreen) => s.page.getByRole('slider', { name: 'End of the selected time' });
const names = (s: OpenScreen) => rows(s).locator('.row-name').allInnerTexts();

async function drawn(s: OpenScreen): Promise<void> {
  await s.page.locator('.overview-tool[d*="H"]').waitFor({ state: 'attached' });
}

/** Drags between two shares of the strip's width. */
async function drag(s: OpenScreen, a: number, b: number): Promise<void> {
  const box = await s.page.locator('.overview').boundingBox();
  if (!box) throw new Error('There is no overview.');
  const y = box.y + box.height / 2;
  await s.page.mouse.move(box.x + a * box.width, y);
  await s.page.mouse.down();
  await s.page.mouse.move(box.x + ((a + b) / 2) * box.width, y);
  await s.page.mouse.move(box.x + b * box.width, y);
  await s.page.mouse.up();
}

describe('a time range', () => {
  test('is selected by drag, moved as a whole, and cleared by a double click', async () => {
    const s = await showTraces(harness, tenSeconds());
    await drawn(s);
    const before = await names(s);
    await drag(s, 0.22, 0.38);
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'early_2', 'early_3']);
    expect(await s.page.locator('.filter-note').innerText()).toContain('2 of');
    expect(await s.page.locator('.overview-words').innerText()).toMatch(/^2\.2s – 3\.8s$/);
    // Taken in its middle, it goes along.
    await drag(s, 0.3, 0.6);
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'broken', 'Helper', 'late']);
    // By its end.
    await drag(s, 0.68, 0.58);
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'broken']);
    await s.page.locator('.overview').dblclick({ position: { x: 30, y: 10 } });
    await expect.poll(() => names(s)).toEqual(before);
    expect(await s.page.locator('.filter-note').count()).toBe(0);
    expect(await s.complaints()).toEqual([]);
    await s.close();
  });

  test('is selected and cleared by keyboard, and is said', async () => {
    const s = await showTraces(harness, tenSeconds());
    await drawn(s);
    const before = await names(s);
    await from(s).focus();
    await press(s, 'PageUp', 'PageUp', 'PageUp', 'PageUp', 'PageUp', 'ArrowRight', 'ArrowRight');
    expect(await from(s).getAttribute('aria-valuetext')).toBe('5.2s');
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'broken', 'Helper', 'late']);
    await to(s).focus();
    expect(await to(s).getAttribute('aria-valuetext')).toBe('10s');
    await press(s, 'Home', 'PageUp', 'PageUp');
    await expect.poll(() => names(s)).toContain('late');
    await press(s, 'PageDown', 'PageDown', 'ArrowRight');
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'broken']);
    // Both ends at once.
    await press(s, 'Shift+PageDown', 'Shift+PageDown');
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'early_3']);
    await press(s, 'Escape');
    await expect.poll(() => names(s)).toEqual(before);
    expect(await from(s).getAttribute('aria-valuenow')).toBe('0');
    await s.close();
  });

  test('goes with other filters, and the bars of the session fill the selected time', async () => {
    const s = await showTraces(harness, tenSeconds());
    await drawn(s);
    await s.page.getByLabel('Bars relative to').selectOption('session');
    await drag(s, 0.52, 0.58);
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'broken']);
    const width = () =>
      row(s, 'broken')
        .locator('.bar')
        .evaluate((bar) => Reflect.get(bar, 'style').getPropertyValue('width'));
    await expect.poll(width).toBe('100%');
    expect(await s.page.locator('.time-ticks').innerText()).toMatch(/^5\.2s/);
    await s.page.getByLabel('Outcome', { exact: true }).selectOption('completed');
    // The agent was at work then, and has completed.
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss']);
    await s.page.getByRole('button', { name: 'Clear filter' }).click();
    expect(await from(s).getAttribute('aria-valuenow')).toBe('0');
    await expect.poll(() => names(s)).toContain('early_0');
    await s.close();
  });

  test('while the session runs: an open end takes what comes, a closed one does not', async () => {
    const log = new Log();
    log.now = Date.now() - 10_000;
    log.session('running').stage('stage-1', 'running', 'Work').start('O', { name: 'Boss' });
    log.tool('O', 'first', { ms: 1_000 }).wait(5_000).tool('O', 'second', { ms: 1_000 });
    const s = await showTraces(harness, log);
    await drawn(s);
    const push = async (name: string) => {
      const sent = log.frames().length;
      log.tool('O', name, { ms: 100 });
      await s.push(log.frames().slice(sent));
    };
    await from(s).focus();
    await press(s, 'PageUp', 'PageUp', 'PageUp');
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'second']);
    await push('third');
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'second', 'third']);
    await press(s, 'Escape');
    await drag(s, 0.05, 0.4);
    await expect.poll(() => names(s)).toEqual(['Work', 'Boss', 'first']);
    await push('fourth');
    await s.page.getByText('4 calls').first().waitFor();
    expect(await names(s)).toEqual(['Work', 'Boss', 'first']);
    await s.close();
  });
});

describe('how it looks', () => {
  test('marks errors where they happened, and grows while calls come', async () => {
    const log = tenSeconds();
    const s = await showTraces(harness, log);
    await drawn(s);
    const marks = () => s.page.locator('.overview-errors').getAttribute('d');
    // The sixth second of ten, of 240 pieces.
    expect(await marks()).toMatch(/^M14[34] 0h1v15h-1z$/);
    const sent = log.frames().length;
    log.start('P', { name: 'Later' }).tool('P', 'again', { ms: 10_000, error: 'bang' }).end('P');
    await s.push(log.frames().slice(sent));
    await expect.poll(async () => (await marks())?.split('z').length).toBe(3);
    await s.close();
  });

  test.each(LOOKS)('a selection in %s: nothing serious for axe, nothing moves', async (theme) => {
    const log = manyCalls(4_000);
    const s = await showTraces(harness, log, { theme, width: 1280, reduced_motion: true });
    await drawn(s);
    await drag(s, 0.3, 0.55);
    await s.page.locator('.overview.selecting').waitFor();
    expect(await seriousFindings(s.page)).toEqual([]);
    expect(await s.page.evaluate('document.getAnimations().length')).toBe(0);
    await s.picture(`trace-range-${theme}`);
    await s.close();
  });

  test('a live turn, and a narrow panel', async () => {
    const live = await showTraces(harness, liveLog(Date.now() - 9_000), { width: 1280 });
    await drawn(live);
    await live.picture('trace-overview-live-dark');
    await live.close();
    const narrow = await showTraces(harness, tenSeconds(), { width: 420, theme: 'light' });
    await drawn(narrow);
    await drag(narrow, 0.3, 0.7);
    const wide = await narrow.page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(wide).toBe(false);
    await narrow.picture('trace-overview-narrow-light');
    await narrow.close();
  });
});
