/** The chat for those who hear it: ids that resolve, and few sentences. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { f2, f4 } from '../fixtures/acceptance.ts';
import { asChat, asking, ChatLog, edited } from '../fixtures/conversations.ts';
import { Log } from '../fixtures/log.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { chatAnswers } from './chat.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const show = (log: Log) =>
  harness.open({ screen: 'chat', log, answers: chatAnswers(), height: 2_000 });

/** Opens all that can be opened, what it brings along too. */
async function openAll(screen: OpenScreen): Promise<void> {
  const closed = screen.page.locator('.scroller button[aria-expanded=false]');
  for (let left = await closed.count(); left > 0; left = await closed.count()) {
    await closed.first().press('Enter');
    await expect.poll(() => closed.count()).not.toBe(left);
  }
}

/** Ids that stand twice, and references that lead nowhere. */
async function wrongIds(screen: OpenScreen): Promise<string[]> {
  return z.array(z.string()).parse(
    await screen.page.evaluate(`{
      const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
      const twice = ids.filter((id, i) => id === '' || ids.indexOf(id) !== i);
      const names = ['aria-controls', 'aria-labelledby', 'aria-describedby', 'aria-activedescendant', 'for'];
      const lost = names.flatMap((name) => [...document.querySelectorAll('#root [' + name + ']')]
        .flatMap((e) => e.getAttribute(name).split(' ').filter(Boolean).map((id) => name + ' ' + id))
        .filter((ref) => !document.getElementById(ref.split(' ')[1])));
      [...twice, ...lost]; }`),
  );
}

/** F4 three times over, each in a stage of its own, as three turns of one chat. */
function f4Turns(): Log {
  const log = new ChatLog();
  for (const n of [1, 2, 3]) {
    log.turn(`T${n}`, `Turn ${n}`);
    for (const side of ['A', 'B']) {
      const id = `T${n}${side}`;
      log.start(id, { stage_id: `stage T${n}`, name: 'Orchestrator', index: side === 'A' ? 2 : 3 });
      log.start(`${id}-W`, { parent: id, name: 'Worker', task: `work for ${id}` });
      log.tool(id, 'dispatch_agent', { metadata: { dispatched_execution_id: `${id}-W` } });
      log.say(`${id}-W`, 'thinking', 'I grep.');
      log.tool(`${id}-W`, 'grep', { input: '{"pattern":"x"}', output: 'none' });
      log.end(`${id}-W`).say(id, 'final', `${id} concludes.`).end(id);
    }
    log.say(`T${n}`, 'final', 'Done.').finish(`T${n}`);
  }
  return log;
}

test('acceptance 127: ids are unique and references resolve, with everything open', async () => {
  const turns = await show(f4Turns());
  await expect.poll(() => turns.page.getByRole('tab').count()).toBe(9);
  for (const tab of await turns.page.getByRole('tab').all()) {
    await tab.click();
    expect(await wrongIds(turns)).toEqual([]);
    await openAll(turns);
    expect(await wrongIds(turns)).toEqual([]);
  }
  await turns.close();
  for (const log of [asChat(f4()), edited(), asking()]) {
    const screen = await show(log);
    await screen.page.locator('.scroller .row').first().waitFor();
    await openAll(screen);
    await screen.page.getByRole('textbox', { name: 'Message' }).pressSequentially('@src');
    await screen.page.getByRole('option').first().waitFor();
    await screen.page.keyboard.press('Control+f');
    await screen.page.getByRole('searchbox').waitFor();
    expect(await wrongIds(screen)).toEqual([]);
    await screen.close();
  }
});

test('acceptance 128: F2 is told in four sentences, however many frames it has', async () => {
  const log = asChat(f2());
  const start = new Log(log.session_id);
  for (const { fact, ts } of log.facts.slice(0, 2)) {
    start.now = ts;
    start.add(fact);
  }
  const screen = await show(start);
  await screen.page.getByText('What should be done?').waitFor();
  const region = '[role=status][aria-live=polite]';
  await screen.page.evaluate(`{
    window.__said = [];
    const region = document.querySelector('${region}');
    new MutationObserver(() => window.__said.push(region.textContent))
      .observe(region, { subtree: true, childList: true, characterData: true });
  }`);
  const expected = [
    'BooCode is answering.',
    'LogAnalyzer: Failed.',
    'CodeReader: Completed.',
    'Answer complete.',
  ];
  let next = 0;
  for (const frame of log.frames().slice(2)) {
    await screen.push([frame]);
    if (frame.type !== 'execution.status') continue;
    const { execution_id: id, status } = frame.execution;
    const begins = id === 'O' && status === 'running' && next === 0;
    if (!begins && status === 'running') continue;
    const words = expected[next++];
    // One by one, so that none is said together with the next.
    await screen.page.locator(region, { hasText: words ?? '' }).waitFor({ state: 'attached' });
  }
  const said = z.array(z.string()).parse(await screen.page.evaluate('window.__said'));
  expect(said).toEqual(expected);
  await screen.close();
});
