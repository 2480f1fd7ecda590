/** The trace screen by keyboard, and brought to a place by another screen. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1, f2, f9 } from '../fixtures/acceptance.ts';
import { manyCalls } from '../fixtures/traces.ts';
import { type Harness, startHarness } from './browser.ts';
import { active, press, row, rows, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

describe('acceptance 126: the keyboard', () => {
  test('arrows, Home, End, expand, collapse, type-ahead, errors, stages, details, copy', async () => {
    const log = f2();
    log.session('running').stage('stage-2', 'running', 'Report');
    log.start('R', { stage_id: 'stage-2', name: 'Writer' }).tool('R', 'write_file');
    const s = await showTraces(harness, log);
    await s.page.locator('.trace-grid').focus();
    expect(await active(s)).toBe('Investigate');
    await press(s, 'ArrowDown', 'ArrowRight');
    expect(await active(s)).toBe('deepseek-v4-flash');
    await press(s, 'ArrowLeft');
    expect(await active(s)).toBe('Orchestrator');
    await press(s, 'ArrowLeft');
    expect(await row(s, 'Orchestrator').getAttribute('aria-expanded')).toBe('false');
    await press(s, 'End');
    expect(await active(s)).toBe('write_file');
    await press(s, 'Home', 'F8');
    expect(await active(s)).toBe('LogAnalyzer');
    await press(s, 'F8');
    expect(await active(s)).toBe('grep');
    await press(s, 'Alt+ArrowDown');
    expect(await active(s)).toBe('Report');
    expect(await row(s, 'Report').getAttribute('aria-expanded')).toBe('true');
    await press(s, 'w');
    expect(await active(s)).toBe('Writer');
    await press(s, 'Enter');
    await s.page.locator('.trace-details').waitFor();
    await press(s, 'Escape');
    await s.page.locator('.trace-details').waitFor({ state: 'detached' });
    expect(await s.page.evaluate('document.activeElement.getAttribute("role")')).toBe('treegrid');
    await press(s, 'ArrowDown', 'Control+c');
    await s.page.getByText('Copied').waitFor({ state: 'attached' });
    expect(await s.page.evaluate('navigator.clipboard.readText()')).toContain('- Tool write_file');
    await s.close();
  });

  test('acceptance 79: stage navigation opens, focuses and scrolls', async () => {
    const s = await showTraces(harness, manyCalls(5_000), { height: 500 });
    await s.page.locator('.trace-grid').waitFor();
    await s.page.getByRole('button', { name: 'Next stage' }).click();
    await s.page.getByRole('button', { name: 'Next stage' }).click();
    expect(await active(s)).toBe('Phase 2');
    expect(await row(s, 'Phase 2').getAttribute('aria-expanded')).toBe('true');
    await row(s, 'Phase 2').waitFor({ state: 'visible' });
    await s.close();
  });

  test('acceptance 130: what another screen names is opened, lit and explained; later rows move nothing', async () => {
    const log = f9();
    const s = await showTraces(harness, log, { height: 260 });
    await row(s, 'Investigate').locator('[data-toggle]').click();
    expect(await rows(s).count()).toBe(1);
    const call = [...log.state().traces.values()].find((t) => t.execution_id === 'G1');
    const target = { trace_id: call?.id ?? '', execution_id: 'G1' };
    await s.post({ kind: 'show', target });
    await s.page.getByRole('region', { name: 'Input' }).first().waitFor();
    const id = await s.page.locator('.trace-row.active').getAttribute('data-row');
    const scrolled = () => s.page.evaluate(`document.querySelector('.trace-grid').scrollTop`);
    // Shown whole, once the page knows how much room it has.
    const whole = `(() => {
      const [grid, row] = ['.trace-grid', '.trace-row.active'].map((s) => document.querySelector(s));
      return row.getBoundingClientRect().bottom <= grid.getBoundingClientRect().bottom;
    })()`;
    await expect.poll(() => s.page.evaluate(whole)).toBe(true);
    const top = await scrolled();
    expect(top).toBeTypeOf('number');
    const grid = s.page.getByRole('treegrid');
    const counted = await grid.getAttribute('aria-rowcount');
    const count = log.frames().length;
    log.start('late', { name: 'Late', index: 9 });
    log.tool('late', 'grep').end('late');
    await s.push(log.frames().slice(count));
    await expect.poll(() => grid.getAttribute('aria-rowcount')).not.toBe(counted);
    expect(await s.page.locator('.trace-row.active').getAttribute('data-row')).toBe(id);
    expect(await scrolled()).toBe(top);
    // What is gone: the agent around it; nothing of it: a sentence.
    await s.post({ kind: 'show', target: { trace_id: 'pruned', execution_id: 'S1' } });
    await expect.poll(() => active(s)).toBe('Lead');
    await s.page.getByText('no longer in this trace. Shown is').first().waitFor();
    await s.post({ kind: 'show', target: { stage_id: 'pruned' } });
    await s.page.getByText('What was asked for is no longer in this trace.').first().waitFor();
    expect(await active(s)).toBe('Lead');
    await s.close();
  });

  test('acceptance 63: what was opened is open again after a reload', async () => {
    const s = await showTraces(harness, f1());
    await row(s, 'LogAnalyzer').locator('[data-toggle]').click();
    await row(s, 'grep').waitFor();
    const kept = await s.kept();
    await s.close();
    const again = await showTraces(harness, f1(), { kept });
    await row(again, 'grep').waitFor();
    await again.close();
  });
});
