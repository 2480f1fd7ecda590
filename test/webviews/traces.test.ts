/** The trace screen in a real browser: the tree, the details, what is live, every theme. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1, f2, f3, f4, f5, f6, f9 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { deepLog, liveLog, manyCalls, troubleLog } from '../fixtures/traces.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import type { ThemeName } from './themes.ts';
import { showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const rows = (s: OpenScreen) => s.page.locator('.trace-rows [role=row]');
const row = (s: OpenScreen, name: string) => rows(s).filter({ hasText: name }).first();
const press = async (s: OpenScreen, ...keys: string[]) => {
  for (const key of keys) await s.page.keyboard.press(key);
};
const active = (s: OpenScreen) => s.page.locator('.trace-row.active .row-name').innerText();

describe('stages and agents', () => {
  test('acceptance 72, 73, 76, 96, 97: one agent: its metadata and calls, then one tab per sub-agent', async () => {
    const s = await showTraces(harness, f1());
    await row(s, 'Investigate').click();
    await s.page.locator('.sub-agents').waitFor();
    expect(await s.page.locator('.sub-agent-chip').innerText()).toBe('1 sub-agent');
    const order = await s.page
      .locator('.agent > .facts, .agent > section')
      .evaluateAll((found) => found.map((e) => e.getAttribute('aria-label') ?? e.className));
    expect(order.slice(0, 3)).toEqual(['facts', 'Calls', 'Sub-agents']);
    expect(await s.page.getByRole('tab').count()).toBe(1);
    const facts = await s.page.locator('.sub-agents .facts').innerText();
    for (const text of [
      'LogAnalyzer',
      'Completed',
      'find the first error',
      '3.7s',
      '300 / 60',
      '$0.0020',
    ]) {
      expect(facts).toContain(text);
    }
    expect(await s.page.locator('.stage-line').innerText()).toContain('8 calls: 5 model, 3 tool');
    expect(await s.complaints()).toEqual([]);
    await s.close();
  });

  test('acceptance 74: side by side, only the orchestrator has sub-agents', async () => {
    const s = await showTraces(harness, f3());
    await row(s, 'Investigate').click();
    const tabs = s.page.getByRole('tablist', { name: 'Agents', exact: true }).getByRole('tab');
    expect(await tabs.count()).toBe(2);
    expect(await s.page.locator('.sub-agents').count()).toBe(1);
    await tabs.filter({ hasText: 'Plain' }).click();
    expect(await s.page.locator('.sub-agents').count()).toBe(0);
    await s.close();
  });

  test('acceptance 71, 76: without sub-agents there is no chip; with two it is plural', async () => {
    const none = await showTraces(harness, f6());
    await row(none, 'Investigate').click();
    await none.page.locator('.stage-line').waitFor();
    expect(await none.page.locator('.sub-agent-chip').count()).toBe(0);
    expect(await none.page.locator('.sub-agents').count()).toBe(0);
    await none.close();
    const two = await showTraces(harness, f2());
    await row(two, 'Investigate').click();
    expect(await two.page.locator('.sub-agent-chip').innerText()).toBe('2 sub-agents');
    await two.close();
  });

  test('acceptance 67: a failure shows on the closed agent, not on its parent', async () => {
    const s = await showTraces(harness, f2());
    expect(await row(s, 'LogAnalyzer').innerText()).toContain('boom');
    expect(await row(s, 'Orchestrator').locator('.cell-status').getAttribute('title')).toBe(
      'Completed',
    );
    await row(s, 'Orchestrator').locator('[data-toggle]').click();
    expect(await row(s, 'Orchestrator').locator('.badge-error').innerText()).toContain('2 errors');
    await s.close();
  });

  test('acceptance 69: a cancelled session shows no error', async () => {
    const s = await showTraces(harness, f5());
    expect(await s.page.locator('.badge-error, .row-error').count()).toBe(0);
    expect(await row(s, 'LogAnalyzer').locator('.cell-status').getAttribute('title')).toBe(
      'Cancelled',
    );
    await s.close();
  });
});

describe('live', () => {
  test('acceptance 77, 90: agents, states and counts change without another request', async () => {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Investigate').start('O', { name: 'Boss' });
    const s = await showTraces(harness, log);
    await row(s, 'Investigate').click();
    let sent = log.frames().length;
    const push = async () => {
      await s.push(log.frames().slice(sent));
      sent = log.frames().length;
    };
    log.start('S1', { parent: 'O', name: 'Helper', task: 'help' });
    const call = log.modelStart('S1');
    await push();
    const tab = s.page.locator('.sub-agents').getByRole('tab');
    await tab.getByText('Running').waitFor({ state: 'attached' });
    await s.page.locator('.stage-line').getByText('1 call: 1 model, 0 tool').waitFor();
    log.wait(700).modelEnd(call).tool('S1', 'grep').end('S1');
    await push();
    await tab.getByText('Completed').waitFor({ state: 'attached' });
    await s.page.locator('.stage-line').getByText('2 calls: 1 model, 1 tool').waitFor();
    expect(s.asked('trace.attach')).toHaveLength(1);
    expect(s.asked('trace.detail')).toHaveLength(0);
    await s.close();
  });

  test('acceptance 24: a gap is closed by one more attach', async () => {
    const log = f1();
    const frames = log.frames();
    const early = new Log();
    early.facts.push(...log.facts.slice(0, 6));
    let whole = false;
    const { traceSnapshot } = await import('./traces.ts');
    const s = await showTraces(harness, early, {
      answers: { 'trace.attach': () => traceSnapshot(whole ? log : early) },
    });
    await s.page.locator('.trace-grid').waitFor();
    whole = true;
    await s.push(frames.slice(9, 20));
    await row(s, 'LogAnalyzer').waitFor();
    await s.page.getByText('8 calls').first().waitFor();
    await s.push(frames);
    expect(s.asked('trace.attach')).toHaveLength(2);
    await s.close();
  });

  test('rows that come while one looks at the end are followed, otherwise nothing moves', async () => {
    const log = opened60();
    const s = await showTraces(harness, log, { height: 400 });
    const top = () => s.page.locator('.trace-rows').evaluate((e) => e.scrollTop);
    let sent = log.frames().length;
    const more = async (name: string) => {
      log.tool('O', name);
      await s.push(log.frames().slice(sent));
      sent = log.frames().length;
    };
    await more('above');
    await s.page.getByText('61 calls').first().waitFor();
    expect(await top()).toBe(0);
    await s.page.locator('.trace-grid').focus();
    await press(s, 'End');
    expect(await active(s)).toBe('above');
    await more('below');
    await row(s, 'below').waitFor();
    expect(await active(s)).toBe('above');
    await s.close();
  });
});

function opened60(): Log {
  const log = new Log();
  log.session('running').stage('stage-1', 'running', 'Investigate').start('O', { name: 'Boss' });
  for (let i = 0; i < 60; i++) log.tool('O', `tool_${i}`);
  return log;
}

describe('acceptance 80: bodies are fetched when looked at', () => {
  test('one request per call, kept; a failure can be tried again', async () => {
    let broken = true;
    const log = f1();
    const s = await showTraces(harness, log, {
      answers: {
        'trace.detail': ({ id }) => {
          if (broken) throw new Error('The payload file is gone.');
          const trace = log.state().traces.get(id);
          if (!trace) throw new Error('unknown');
          return trace;
        },
      },
    });
    expect(s.asked('trace.detail')).toHaveLength(0);
    await row(s, 'list_agents').click();
    await s.page.getByText('The payload file is gone.').waitFor();
    broken = false;
    await s.page.getByRole('button', { name: 'Retry' }).click();
    await s.page.getByText('LogAnalyzer: running "find the first error"').waitFor();
    expect(s.asked('trace.detail')).toHaveLength(2);
    await row(s, 'dispatch_agent').click();
    await s.page.getByText('accepted').waitFor();
    await row(s, 'list_agents').click();
    await s.page.getByText('LogAnalyzer: running "find the first error"').waitFor();
    expect(s.asked('trace.detail')).toHaveLength(3);
    await s.close();
  });

  test('acceptance 118: closed calls of an agent are not asked for', async () => {
    const s = await showTraces(harness, f1());
    await row(s, 'Orchestrator').click();
    await s.page.locator('.sub-agents').waitFor();
    expect(s.asked('trace.detail')).toHaveLength(0);
    await s.page.getByRole('button', { name: 'list_agents' }).click();
    await s.page.locator('.call-text').first().waitFor();
    expect(s.asked('trace.detail')).toHaveLength(1);
    await s.close();
  });
});

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
      const view = document.querySelector('.trace-rows').getBoundingClientRect();
      const hit = document.querySelector('.trace-row.active').getBoundingClientRect();
      return hit.top >= view.top && hit.bottom <= view.bottom;
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

  test('sorting puts the slowest first; the critical path and slow calls are marked', async () => {
    const s = await showTraces(harness, f1());
    await s.page.getByLabel('Sort by').selectOption('duration');
    const names = await rows(s).locator('.row-name').allInnerTexts();
    expect(names.slice(0, 3)).toEqual(['Investigate', 'Orchestrator', 'LogAnalyzer']);
    await s.page.getByRole('button', { name: 'Critical path' }).click();
    expect(await s.page.locator('.on-path').count()).toBeGreaterThan(2);
    expect(await s.page.locator('.codicon-flame.badge-icon').count()).toBeGreaterThan(0);
    await s.close();
  });
});

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
    const scrolled = () => s.page.evaluate(`document.querySelector('.trace-rows').scrollTop`);
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

test('the whole flow is copied with its bodies', async () => {
  const s = await showTraces(harness, f1());
  await s.page.getByRole('button', { name: 'Copy the whole flow as Markdown' }).click();
  await s.page.getByText('Copied').waitFor({ state: 'attached' });
  const text = String(await s.page.evaluate('navigator.clipboard.readText()'));
  expect(text).toContain('# Investigate');
  expect(text).toContain('  - **Sub-agent LogAnalyzer**');
  expect(text).toContain('app.log:42: ERROR');
  await s.close();
});

describe('acceptance 134: outputs are data', () => {
  test('every kind of trouble is shown, and nothing of it runs', async () => {
    const log = troubleLog();
    const s = await showTraces(harness, log);
    // A list, since an object cannot have a key of the name of its prototype.
    const shows: readonly (readonly [tool: string, text: string])[] = [
      ['html', '<script>window.__ran = 1</script>'],
      ['binary', 'Binary data'],
      ['invalid_utf8', 'caf\ufffd'],
      ['ansi', 'red green plain'],
      ['ansi_flood', 'Showing 31.3 KB of'],
      ['diff', '+new'],
      ['__proto__', 'named like a prototype property'],
      ['constructor', 'so is this'],
      ['json', 'nested'],
    ];
    for (const [name, text] of shows) {
      await row(s, name).click();
      const body = s.page.getByRole('region', { name: 'Output' });
      await body.getByText(text, { exact: false }).first().waitFor();
    }
    await row(s, 'image').click();
    await s.page.locator('.call-image').waitFor();
    await row(s, 'deepseek').click();
    await s.page.locator('.markdown strong').getByText('bold').waitFor();
    expect(await s.page.evaluate('window.__ran')).toBeUndefined();
    expect(await s.page.locator('a[href^="javascript"]').count()).toBe(0);
    await s.picture('trace-markdown-dark');
    await s.close();
  });

  test('a 50 MB output is shown in pieces', async () => {
    const log = f1();
    const s = await showTraces(harness, log, {
      answers: {
        'trace.detail': () => {
          const trace = log.state().traces.get('trace-1');
          if (!trace) throw new Error('unknown');
          return { ...trace, output: 'line of text\n'.repeat(4_000_000) };
        },
      },
    });
    await row(s, 'deepseek').click();
    await s.page.getByText('Showing 31.3 KB of 49.6 MB').waitFor({ timeout: 30_000 });
    await s.page.getByRole('button', { name: 'Show more' }).click();
    await s.page.getByText('Showing 125.0 KB of 49.6 MB').waitFor();
    await s.close();
  });
});

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
