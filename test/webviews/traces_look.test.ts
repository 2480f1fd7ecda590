/** How the trace screen looks: every state and theme, axe, many rows. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1, f2, f3, f4, f5 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { deepLog, liveLog, manyCalls } from '../fixtures/traces.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, startHarness } from './browser.ts';
import type { ThemeName } from './themes.ts';
import { press, row, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

describe('acceptance 126, 127, 129: nothing serious for axe, ids resolve', () => {
  const logs = { f1, f2, f3, f4, f5 } as const;
  const themes: ThemeName[] = ['dark', 'light', 'hc_dark', 'hc_light', 'dark'];
  test.each(
    Object.entries(logs).map(([name, log], i) => [name, themes[i] ?? 'dark', log] as const),
  )('%s in %s', async (_, theme, log) => {
    const s = await showTraces(harness, log(), { theme, reduced_motion: true });
    await row(s, 'Investigate').click();
    await s.page.locator('.agent').first().waitFor();
    expect(await seriousFindings(s.page)).toEqual([]);
    const broken = await s.page.evaluate(`[...document.querySelectorAll('[id]')]
        .map((e) => e.id).filter((id, i, all) => all.indexOf(id) !== i)
        .concat([...document.querySelectorAll('[aria-controls],[aria-labelledby],[aria-activedescendant]')]
          .flatMap((e) => ['aria-controls', 'aria-labelledby', 'aria-activedescendant']
            .map((a) => e.getAttribute(a)).filter((id) => id && !document.getElementById(id))))`);
    expect(broken).toEqual([]);
    expect(await s.page.evaluate('document.getAnimations().length')).toBe(0);
    await s.close();
  });
});

describe('acceptance 92, 117: many rows', () => {
  test('10,000 calls: the page holds only what is in view', async () => {
    const s = await showTraces(harness, manyCalls(10_000));
    await s.page.locator('.trace-grid').waitFor();
    const nodes = () => s.page.evaluate('document.querySelectorAll("*").length');
    expect(await nodes()).toBeLessThan(3_000);
    await s.page.getByRole('button', { name: 'Expand all' }).click();
    await s.page.locator('.trace-grid').focus();
    await press(s, 'End', 'PageUp', 'PageUp');
    expect(await nodes()).toBeLessThan(3_000);
    expect(
      Number(await s.page.locator('.trace-grid').getAttribute('aria-rowcount')),
    ).toBeGreaterThan(10_000);
    await s.close();
  });
});

describe('pictures of every state in three themes', () => {
  const start = Date.now() - 9_000;
  const empty = new Log().session('running');
  const states = {
    empty: { log: empty, select: null },
    live: { log: liveLog(start), select: 'Orchestrator' },
    failed: { log: f2(), select: 'grep' },
    deep: { log: deepLog(9), select: 'Level 2' },
    many: { log: manyCalls(10_000), select: 'worker 3' },
  } as const;
  const themes: ThemeName[] = ['dark', 'light', 'hc_dark'];
  const cases = Object.entries(states).flatMap(([name, state]) =>
    themes.map((theme) => [name, theme, state] as const),
  );
  test.each(cases)('%s in %s', async (name, theme, { log, select }) => {
    const s = await showTraces(harness, log, { theme, width: 1280, height: 720 });
    if (select) {
      const action = name === 'many' ? 'Collapse all' : 'Expand all';
      if (name !== 'live') await s.page.getByRole('button', { name: action }).click();
      await row(s, select).click();
      await s.page.locator('.trace-details').waitFor();
      if (name === 'failed') await s.page.locator('.call-text').first().waitFor();
    }
    await s.picture(`trace-${name}-${theme}`);
    expect(await s.complaints()).toEqual([]);
    await s.close();
  });

  test('a narrow panel: details below, no sideways scrolling', async () => {
    const s = await showTraces(harness, f1(), { width: 420, height: 800 });
    await row(s, 'Orchestrator').click();
    await s.page.locator('.trace-details').waitFor();
    const wide = await s.page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(wide).toBe(false);
    await s.picture('trace-narrow-dark');
    await s.close();
  });
});
