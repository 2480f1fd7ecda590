/** The trace screen in a real browser: stages, agents, and bodies that are fetched when looked at. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1, f2, f3, f5, f6 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { troubleLog } from '../fixtures/traces.ts';
import { type Harness, startHarness } from './browser.ts';
import { row, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

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

  test('a clock that was set back: durations are the measured ones, and every bar stays in its column', async () => {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Investigate').start('O', { name: 'Boss' });
    log.tool('O', 'before', { ms: 400 });
    const call = log.modelStart('O');
    log.wait(-3_600_000).modelEnd(call);
    log.tool('O', 'after', { ms: 200 }).end('O').stage('stage-1', 'completed').session('completed');
    for (const { fact } of log.facts) {
      // What the clock says is an hour off; what was measured beside it is not.
      if (fact.type === 'interaction' && fact.trace.finished_at) fact.trace.latency_ms = 700;
      if (fact.type === 'execution.status' && fact.execution.finished_at) {
        fact.execution.duration_ms = 1300;
      }
    }
    const s = await showTraces(harness, log);
    const duration = (name: string) => row(s, name).locator('[aria-colindex="3"]').innerText();
    expect([await duration('before'), await duration('after')]).toEqual(['400ms', '200ms']);
    expect(await duration('deepseek')).toBe('700ms');
    expect(await s.page.locator('.trace-rows').innerText()).not.toMatch(/-\d|NaN|Infinity/);
    const outside = await s.page.locator('.cell-time').evaluateAll(
      (cells) =>
        cells.filter((cell) => {
          const bar = cell.querySelector('.bar:not([hidden])')?.getBoundingClientRect();
          const column = cell.getBoundingClientRect();
          return bar && (bar.left < column.left - 1 || bar.right > column.right + 3);
        }).length,
    );
    expect(outside).toBe(0);
    expect(await s.complaints()).toEqual([]);
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
