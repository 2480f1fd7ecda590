/** The search inside one chat: by keyboard, over what is closed and out of view, in a real browser. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { f1, f4 } from '../fixtures/acceptance.ts';
import { answered, asChat, ChatLog } from '../fixtures/conversations.ts';
import type { Log } from '../fixtures/log.ts';
import { seriousFindings } from './axe.ts';
import { type Answers, type Harness, type OpenScreen, startHarness } from './browser.ts';
import { chatAnswers } from './chat.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const show = (log: Log, own: Answers = {}) => {
  const searched = () => ({ ids: [], complete: true });
  const detail: Answers['trace.detail'] = ({ id }) =>
    log.state().traces.get(id) ?? expect.fail(`There is no call ${id}.`);
  const answers = chatAnswers({ 'trace.search': searched, 'trace.detail': detail, ...own });
  return harness.open({ screen: 'chat', log, answers, height: 600 });
};
const field = (screen: OpenScreen) =>
  screen.page.getByRole('searchbox', { name: 'Find in this chat' });
/** Opens the search once there is something to search. */
async function find(screen: OpenScreen): Promise<void> {
  await screen.page.locator('.scroller .row').first().waitFor();
  await screen.page.keyboard.press('Control+f');
  await field(screen).waitFor();
}
const said = (screen: OpenScreen, text: string) =>
  screen.page.locator('.search-field').getByText(text, { exact: true }).waitFor();

/** The text of the hit that one stands on, where it is within the conversation's view. */
async function hit(screen: OpenScreen): Promise<string | null> {
  return z.nullable(z.string()).parse(
    await screen.page.evaluate(`(() => {
      const [range] = CSS.highlights.get('search-standing') ?? [];
      const box = document.querySelector('.scroller').getBoundingClientRect();
      const at = range?.getBoundingClientRect();
      return at && at.height > 0 && at.top >= box.top && at.bottom <= box.bottom ? String(range) : null;
    })()`),
  );
}
const marks = async (screen: OpenScreen) =>
  z.number().parse(await screen.page.evaluate(`CSS.highlights.get('search-hit')?.size ?? 0`));

/** 40 turns; the word "needle" is in the 3rd, the 20th twice, and the 40th. */
function long(): ChatLog {
  const log = new ChatLog();
  for (let i = 1; i <= 40; i += 1) {
    log.turn(`t${i}`, `Question ${i}`);
    const word = i === 3 ? 'A **needle** here.' : i === 20 ? 'Needle and needle.' : 'Hay.';
    log.say(`t${i}`, 'final', `${'Hay.\n\n'.repeat(12)}${i === 40 ? 'The last NEEDLE.' : word}`);
    log.finish(`t${i}`);
  }
  return log;
}

test('acceptance 62: Ctrl+F counts all hits, and steps through them around the end', async () => {
  const screen = await show(long());
  await screen.page.getByText('The last NEEDLE.').waitFor();
  await find(screen);
  await expect.poll(() => field(screen).evaluate('document.activeElement?.id')).toBe('chat-find');
  await screen.page.keyboard.type('needle');
  await said(screen, '– of 4');
  // Marked where it shows, before any step.
  await expect.poll(() => marks(screen)).toBe(1);
  await screen.page.keyboard.press('Enter');
  await said(screen, '1 of 4');
  await expect.poll(() => hit(screen)).toBe('needle');
  await screen.page.keyboard.press('Enter');
  await expect.poll(() => hit(screen)).toBe('Needle');
  await screen.page.keyboard.press('Enter');
  await said(screen, '3 of 4');
  await expect.poll(() => hit(screen)).toBe('needle');
  await screen.page.keyboard.press('F3');
  await expect.poll(() => hit(screen)).toBe('NEEDLE');
  await screen.page.keyboard.press('Enter');
  await said(screen, '1 of 4');
  await screen.page.keyboard.press('Shift+Enter');
  await said(screen, '4 of 4');
  await expect.poll(() => hit(screen)).toBe('NEEDLE');
  expect(await seriousFindings(screen.page)).toEqual([]);
  await screen.picture('chat-find');
  await screen.close();
});

test('acceptance 62: Escape closes the search, stops nothing, and gives the keyboard back', async () => {
  const log = answered().turn('t2', 'Go on.');
  const screen = await show(log);
  const box = screen.page.getByRole('textbox', { name: 'Message' });
  await box.fill('half a thought');
  await find(screen);
  await field(screen).fill('librarian');
  await said(screen, '– of 1');
  await expect.poll(() => marks(screen)).toBe(1);
  await screen.page.keyboard.press('Escape');
  await field(screen).waitFor({ state: 'detached' });
  expect(await box.evaluate('document.activeElement?.className')).toBe('message-box');
  expect(await marks(screen)).toBe(0);
  expect(screen.asked('chat.stop')).toEqual([]);
  // From outside of the field it closes the search too, before it stops the turn.
  await find(screen);
  await box.press('Escape');
  await field(screen).waitFor({ state: 'detached' });
  expect(screen.asked('chat.stop')).toEqual([]);
  await box.press('Escape');
  await expect.poll(() => screen.asked('chat.stop').length).toBe(1);
  await screen.close();
});

test('acceptance 62: a hit inside a closed card opens it and is in view; without the search it is closed again', async () => {
  const screen = await show(asChat(f1()));
  const card = screen.page.locator('[data-card="S1"] .agent-button');
  await card.waitFor();
  await find(screen);
  await field(screen).fill('I grep for errors');
  await said(screen, '– of 1');
  expect(await card.getAttribute('aria-expanded')).toBe('false');
  await field(screen).press('Enter');
  // The card and the reasoning in it.
  await expect.poll(() => hit(screen)).toBe('I grep for errors');
  expect(await card.getAttribute('aria-expanded')).toBe('true');
  await field(screen).press('Escape');
  await expect.poll(() => card.getAttribute('aria-expanded')).toBe('false');
  await screen.close();
});

test('a card that the reader closes during the search stays closed; one of his own stays open', async () => {
  const screen = await show(asChat(f1()));
  const card = screen.page.locator('[data-card="S1"] .agent-button');
  await card.click();
  await find(screen);
  await field(screen).fill('I grep for errors');
  await field(screen).press('Enter');
  await expect.poll(() => hit(screen)).toBe('I grep for errors');
  const thought = screen.page.locator('.inside .item-thinking .disclosure-button');
  await thought.click();
  await expect.poll(() => thought.getAttribute('aria-expanded')).toBe('false');
  await field(screen).press('Escape');
  expect(await card.getAttribute('aria-expanded')).toBe('true');
  await screen.close();
});

test('what a call was given and gave is found, loaded and marked, also beyond what the page holds', async () => {
  const log = answered();
  const grep = [...log.state().traces.values()].find((t) => t.tool_name === 'grep');
  const screen = await show(log, {
    'trace.search': ({ text }) => ({
      ids: text === 'far behind' && grep ? [grep.id] : [],
      complete: true,
    }),
    'trace.detail': ({ id }) => {
      const trace = log.state().traces.get(id) ?? expect.fail(`There is no call ${id}.`);
      return id === grep?.id ? { ...trace, output: 'src/a.ts: far behind' } : trace;
    },
  });
  await find(screen);
  await field(screen).fill('pattern: waive');
  await said(screen, '– of 1');
  await field(screen).press('Enter');
  await expect.poll(() => hit(screen)).toBe('pattern: waive');
  await field(screen).fill('far behind');
  await said(screen, '– of 1');
  await field(screen).press('Enter');
  await expect.poll(() => hit(screen)).toBe('far behind');
  await screen.close();
});

test('coloured code is found across its colours, and a hit in another tab shows that tab', async () => {
  const code = await show(answered());
  await code.page.locator('.hljs-keyword').first().waitFor();
  await find(code);
  await field(code).fill('export function lateFee');
  await said(code, '– of 1');
  await field(code).press('Enter');
  await expect.poll(() => hit(code)).toBe('export function lateFee');
  await code.close();

  const tabs = await show(asChat(f4()));
  const second = tabs.page.getByRole('tab').nth(1);
  await second.waitFor();
  await find(tabs);
  await field(tabs).fill('O2 concludes');
  await field(tabs).press('Enter');
  await expect.poll(() => hit(tabs)).toBe('O2 concludes');
  expect(await second.getAttribute('aria-selected')).toBe('true');
  await field(tabs).press('Escape');
  await expect.poll(() => second.getAttribute('aria-selected')).toBe('false');
  await tabs.close();
});

test('hits that arrive while one searches are counted, and one stays where one stood', async () => {
  const log = long();
  const screen = await show(log);
  await find(screen);
  await field(screen).fill('needle');
  await field(screen).press('Shift+Enter');
  await said(screen, '4 of 4');
  const count = log.facts.length;
  log.turn('t41', 'Is there another needle?');
  await screen.push(log.frames().slice(count));
  await said(screen, '4 of 5');
  await expect.poll(() => hit(screen)).toBe('NEEDLE');
  await screen.close();
});
