/** The chat's looks: pictures in every theme, and no complaint of policy or console. */
import { copyFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dispatch, f1, f2 } from '../fixtures/acceptance.ts';
import { asChat, asking, ChatLog, edited } from '../fixtures/conversations.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, startHarness } from './browser.ts';
import { ROOT } from './bundle.ts';
import { chatAnswers } from './chat.ts';
import type { ThemeName } from './themes.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const THEMES: readonly ThemeName[] = ['dark', 'light', 'hc_dark', 'hc_light'];

test.each(THEMES)('acceptance 129: a conversation in %s', async (theme) => {
  const screen = await harness.open({
    screen: 'chat',
    log: edited(),
    theme,
    answers: chatAnswers(),
  });
  await screen.page.getByText('The rate is changed.').waitFor();
  expect(await seriousFindings(screen.page)).toEqual([]);
  await screen.picture(`chat-${theme}`);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test.each(THEMES)('acceptance 129: a question and a queued message in %s', async (theme) => {
  const screen = await harness.open({
    screen: 'chat',
    log: asking(),
    theme,
    answers: chatAnswers(),
  });
  await screen.page.getByRole('group', { name: 'npm test' }).waitFor();
  expect(await seriousFindings(screen.page)).toEqual([]);
  await screen.picture(`chat-asking-${theme}`);
  await screen.close();
});

test('acceptance 129: an empty chat', async () => {
  const screen = await harness.open({
    screen: 'chat',
    log: new ChatLog('New Chat'),
    answers: chatAnswers(),
  });
  await screen.page.getByText('What should be done?').waitFor();
  expect(await seriousFindings(screen.page)).toEqual([]);
  await screen.picture('chat-empty');
  await screen.close();
});

test.each([
  ['f1', f1()],
  ['f2', f2()],
] as const)('acceptance 126: cards of %s', async (name, log) => {
  const screen = await harness.open({ screen: 'chat', log: asChat(log), answers: chatAnswers() });
  await screen.page.locator('[data-card]').first().waitFor();
  await screen.page.locator('[data-card] .agent-button').first().click();
  expect(await seriousFindings(screen.page)).toEqual([]);
  await screen.picture(`chat-${name}`);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

/** What a first look should find: a question to the user, sub-agents, changes, and what it costs. */
function atWork(): ChatLog {
  const log = edited();
  log.now = Date.now() - 24_000;
  log.turn('t3', 'Have the change reviewed, then run the tests again.');
  log.model('t3', { cost: 0.0007 });
  log.say('t3', 'thinking', 'Two reviews can go on beside each other, then the tests decide.');
  dispatch(log, 't3', 'S1', 'Reviewer', 'Review the new rate in src/fees.ts', 1);
  dispatch(log, 't3', 'S2', 'TestReader', 'Find tests that expect the old rate', 2);
  log.model('S1', { cost: 0.0004 });
  log.say('S1', 'final', 'The cap still holds.').end('S1');
  log.progress('S2', 'Running grep');
  const rest = asking(new ChatLog()).state().agent?.state ?? expect.fail('It has an agent.');
  const [approval] = rest.approvals;
  if (!approval) throw new Error('It has a question.');
  const event_id = log.open('t3', 'tool_call', {
    ...{ trace_id: 'trace-ask', tool_name: 'run_command', tool_call_id: 'call-1' },
    ...{ permission: 'execute', approval: { approval_id: 'a1', state: 'asked' } },
  });
  log.chunk(event_id, approval.title);
  const { approvals: _, queue: __, ...state } = rest;
  return log.agent(
    { status: 'awaiting_input', execution_id: 't3' },
    {
      ...state,
      active_execution_id: 't3',
      approvals: [{ ...approval, event_id, execution_id: 't3' }],
    },
  );
}

test('the picture of the README', async () => {
  const screen = await harness.open({
    screen: 'chat',
    log: atWork(),
    width: 900,
    height: 860,
    answers: chatAnswers(),
  });
  await screen.page.getByRole('group', { name: 'npm test' }).waitFor();
  await screen.page.locator('[data-card="S2"]').getByText('Running').first().waitFor();
  const picture = await screen.picture('chat-readme');
  expect(statSync(picture).size).toBeLessThan(200_000);
  if (process.env.BOOCODE_UPDATE_PICTURES) {
    copyFileSync(picture, join(ROOT, 'media', 'chat.png'));
  }
  await screen.close();
});
