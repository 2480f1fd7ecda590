/** The trace screen while a session runs: what comes, what waits, what is missed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1 } from '../fixtures/acceptance.ts';
import { Log } from '../fixtures/log.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { active, press, row, rows, showTraces, traceSnapshot } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

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

  test('a press chooses the row that was under the pointer when it began', async () => {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Investigate');
    log.start('A', { name: 'Early' }).tool('A', 'grep').start('B', { name: 'Later' });
    log.tool('B', 'read_file');
    const s = await showTraces(harness, log);
    await s.page.getByRole('button', { name: 'Expand all' }).click();
    const box = await row(s, 'read_file').boundingBox();
    if (!box) throw new Error('The row is not in view.');
    await s.page.mouse.move(box.x + 300, box.y + 12);
    await s.page.mouse.down();
    const sent = log.frames().length;
    log.tool('A', 'glob').tool('A', 'list_dir');
    await s.push(log.frames().slice(sent));
    await expect.poll(async () => (await row(s, 'read_file').boundingBox())?.y).toBe(box.y + 48);
    await s.page.mouse.up();
    await expect.poll(() => active(s)).toBe('read_file');
    await s.close();
  });

  test('each call says what it is about, at once and after a reload', async () => {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'Investigate').start('O', { name: 'Boss' });
    const s = await showTraces(harness, log);
    const sent = log.frames().length;
    log.model('O', { output: 'The fee is\nlow.' });
    log.tool('O', 'grep', { input: '{"pattern":"late|fee"}' });
    log.tool('O', 'read_file', { input: '{"path":"src/no.ts"}', error: 'There is no src/no.ts.' });
    await s.push(log.frames().slice(sent));
    const told = async (screen: OpenScreen): Promise<string[]> => {
      await row(screen, 'read_file').waitFor();
      return rows(screen).locator('.cell-name').allInnerTexts();
    };
    const words = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
    const expected = [
      'deepseek-v4-flash The fee is low.',
      'grep late|fee',
      'read_file There is no src/no.ts.',
    ];
    expect((await told(s)).map(words)).toEqual(expect.arrayContaining(expected));
    await s.close();
    const again = await showTraces(harness, log);
    expect((await told(again)).map(words)).toEqual(expect.arrayContaining(expected));
    await again.close();
  });

  test('acceptance 24: a gap is closed by one more attach', async () => {
    const log = f1();
    const frames = log.frames();
    const early = new Log();
    early.facts.push(...log.facts.slice(0, 6));
    let whole = false;
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
    const top = () => s.page.locator('.trace-grid').evaluate((e) => e.scrollTop);
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

describe('a call that waits for approval', () => {
  function asked(): Log {
    const log = new Log();
    // So that its seconds are shown, and tick.
    log.now = Date.now() - 5_000;
    log.session('running').stage('stage-1', 'running', 'Investigate').start('O', { name: 'Boss' });
    log.model('O').toolStart('O', 'run_command', 'awaiting_input');
    return log.status('O', 'awaiting_input');
  }

  test('says so on its row and on its closed agent, is found by its outcome, and goes on in place', async () => {
    const log = asked();
    const s = await showTraces(harness, log);
    const status = (name: string) =>
      row(s, name).locator('.cell-status').getAttribute('aria-label');
    expect(await status('run_command')).toBe('Waiting for you');
    expect(await row(s, 'run_command').locator('.bar').getAttribute('class')).toContain(
      'bar-attention',
    );
    expect(await s.page.locator('.badge-error').count()).toBe(0);
    const duration = row(s, 'run_command').locator('[aria-colindex="3"]');
    const before = await duration.innerText();
    await expect.poll(() => duration.innerText()).not.toBe(before);
    await s.picture('trace-waiting-dark');
    const outcome = s.page.getByLabel('Outcome', { exact: true });
    await outcome.selectOption('awaiting_input');
    expect(await rows(s).locator('.row-name').allInnerTexts()).toEqual([
      ...['Investigate', 'Boss', 'run_command'],
    ]);
    await s.page.getByRole('button', { name: 'Clear filter' }).click();
    await row(s, 'Boss').locator('[data-toggle]').click();
    expect(await status('Boss')).toBe('Waiting for you');
    expect(await row(s, 'run_command').count()).toBe(0);
    await row(s, 'Boss').locator('[data-toggle]').click();
    const sent = log.frames().length;
    log.status('O', 'running').toolEnd('run_command', 'completed');
    await s.push(log.frames().slice(sent));
    await expect.poll(() => status('run_command')).toBe('Completed');
    expect(await rows(s).filter({ hasText: 'run_command' }).count()).toBe(1);
    await s.close();
  });

  test('ends as denied, which is no error of the agent', async () => {
    const log = asked();
    const s = await showTraces(harness, log);
    const sent = log.frames().length;
    log.status('O', 'running').toolEnd('run_command', 'denied').end('O');
    await s.push(log.frames().slice(sent));
    const mark = row(s, 'run_command').locator('.cell-status');
    await expect.poll(() => mark.getAttribute('aria-label')).toBe('Denied');
    expect(await s.page.locator('.badge-error').count()).toBe(0);
    await s.close();
  });
});
