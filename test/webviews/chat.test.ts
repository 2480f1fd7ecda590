/** The chat in a real browser: what is typed, sent, queued, asked, edited and found. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import type { Frame } from '../../src/contracts/frames.ts';
import { answered, asking, ChatLog, edited } from '../fixtures/conversations.ts';
import type { Log } from '../fixtures/log.ts';
import { type Answers, type Harness, type OpenScreen, startHarness } from './browser.ts';
import { chatAnswers, PNG } from './chat.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const show = (log: Log, own: Answers = {}, more: { kept?: unknown; height?: number } = {}) =>
  harness.open({ screen: 'chat', log, answers: chatAnswers(own), ...more });
const box = (screen: OpenScreen) => screen.page.getByRole('textbox', { name: 'Message' });
const params = (screen: OpenScreen, method: Parameters<OpenScreen['asked']>[0]) =>
  screen.asked(method).map((request) => request.params);
const since = (log: Log, count: number): Frame[] => log.frames().slice(count);

test('acceptance 131: a question is shown once, before and after its first frame', async () => {
  const log = new ChatLog();
  let tell: (sent: { execution_id: string; queue_id: null }) => void = () => undefined;
  const sent = new Promise<{ execution_id: string; queue_id: null }>((resolve) => {
    tell = resolve;
  });
  const screen = await show(log, { 'chat.send': () => sent });
  await box(screen).fill('What is this?');
  await box(screen).press('Enter');
  const questions = screen.page.locator('.user-message');
  await screen.page.locator('.user-message.sending').waitFor();
  expect(await questions.count()).toBe(1);
  expect(await box(screen).inputValue()).toBe('');
  const count = log.facts.length;
  log.turn('t1', 'What is this?');
  await screen.push(since(log, count));
  await screen.page.locator('.user-message:not(.sending)').waitFor();
  expect(await questions.count()).toBe(1);
  tell({ execution_id: 't1', queue_id: null });
  await screen.page.locator('.working').waitFor();
  expect(await questions.count()).toBe(1);
  await screen.close();
});

test('acceptance 131: a stopped turn is neutral, and the chat goes on', async () => {
  const log = new ChatLog().turn('t1', 'Count to a million.');
  log.say('t1', 'text', 'One, two');
  const screen = await show(log);
  await screen.page.locator('.working').waitFor();
  await box(screen).press('Escape');
  await expect.poll(() => params(screen, 'chat.stop')).toEqual([{ session_id: 'chat-1' }]);
  const count = log.facts.length;
  log.finish('t1', 'cancelled');
  await screen.push(since(log, count));
  await screen.page.getByText('Stopped', { exact: true }).waitFor();
  expect(await screen.page.locator('.error, .notice-error').count()).toBe(0);
  await screen.close();
});

test('a message that could not be sent is in the input again, with the reason', async () => {
  const screen = await show(new ChatLog(), {
    'chat.send': () => {
      throw new Error('The disk is full.');
    },
  });
  await box(screen).fill('Hello');
  await box(screen).press('Enter');
  await screen.page.getByText('The disk is full.').waitFor();
  expect(await box(screen).inputValue()).toBe('Hello');
  expect(await screen.page.locator('.user-message').count()).toBe(0);
  await screen.close();
});

test('a queued message is taken back into the input', async () => {
  const log = asking();
  const [queued] = log.state().agent?.state.queue ?? [];
  const screen = await show(log, {
    'chat.withdraw': () => queued ?? expect.fail('the fixture has a queued message'),
  });
  await screen.page.getByText('Then commit.').waitFor();
  await screen.page.getByRole('button', { name: 'Take back' }).click();
  await expect.poll(() => box(screen).inputValue()).toBe('Then commit.');
  expect(params(screen, 'chat.withdraw')).toEqual([{ session_id: 'chat-1', queue_id: 'q1' }]);
  await screen.close();
});

test.each([
  ['Allow', { decision: 'once' }],
  ['Always allow', { decision: 'always' }],
  ['Deny', { decision: 'deny', reason: 'not now' }],
])('a question is answered by %s, once', async (name, answer) => {
  const screen = await show(asking());
  const group = screen.page.getByRole('group', { name: 'npm test' });
  if ('reason' in answer) {
    await group.getByRole('textbox').fill('not now');
  }
  const button = group.getByRole('button', { name, exact: true });
  await button.click();
  await button.click({ force: true });
  await expect
    .poll(() => params(screen, 'chat.approve'))
    .toEqual([{ session_id: 'chat-1', approval_id: 'a1', ...answer }]);
  await screen.close();
});

test('a refused answer can be given again', async () => {
  const screen = await show(asking(), {
    'chat.approve': () => {
      throw new Error('This question is gone.');
    },
  });
  await screen.page.getByRole('button', { name: 'Allow', exact: true }).click();
  await screen.page.getByText('This question is gone.').waitFor();
  await screen.page.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect.poll(() => params(screen, 'chat.approve').length).toBe(2);
  await screen.close();
});

test('@ completes by keyboard, and the mention travels with the message', async () => {
  const screen = await show(new ChatLog());
  await box(screen).pressSequentially('Look at @src');
  await screen.page.getByRole('option', { name: '@src/fees.ts' }).waitFor();
  await box(screen).press('ArrowDown');
  await box(screen).press('Enter');
  await expect.poll(() => box(screen).inputValue()).toBe('Look at @src/loans.ts ');
  await box(screen).pressSequentially('and @prob');
  await screen.page.getByRole('option', { name: '@problems' }).waitFor();
  await box(screen).press('Escape');
  await screen.page.getByRole('listbox').waitFor({ state: 'detached' });
  await box(screen).press('Enter');
  await expect
    .poll(() => params(screen, 'chat.send'))
    .toEqual([
      {
        session_id: 'chat-1',
        text: 'Look at @src/loans.ts and @prob',
        attachments: [],
        mentions: [{ kind: 'file', path: 'src/loans.ts' }],
      },
    ]);
  await screen.close();
});

test('Shift+Enter begins a line; what is typed survives a reload of the page', async () => {
  const first = await show(new ChatLog());
  await box(first).pressSequentially('one');
  await box(first).press('Shift+Enter');
  await box(first).pressSequentially('two');
  const Kept = z.looseObject({ draft: z.looseObject({ text: z.string() }) });
  await expect
    .poll(async () => Kept.safeParse(await first.kept()).data?.draft.text)
    .toBe('one\ntwo');
  const kept = await first.kept();
  await first.close();
  const second = await show(new ChatLog(), {}, { kept });
  await expect.poll(() => box(second).inputValue()).toBe('one\ntwo');
  await second.close();
});

test('images come by paste, show small and large, and what is no image is refused in words', async () => {
  const screen = await show(new ChatLog(), {
    'chat.attach': ({ name, media_type }) => ({
      ...{ attachment_id: 'sha', name, media_type, bytes: 70 },
    }),
  });
  const paste = (name: string, type: string) =>
    screen.page.evaluate(`{
      const bytes = Uint8Array.from(atob('${PNG}'), (c) => c.charCodeAt(0));
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([bytes], '${name}', { type: '${type}' }));
      document.querySelector('.composer textarea')
        .dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }`);
  await box(screen).waitFor();
  await paste('notes.pdf', 'application/pdf');
  await screen.page.getByText('"notes.pdf" is not attached').waitFor();
  await paste('red.png', 'image/png');
  await screen.page.getByRole('button', { name: 'Show red.png' }).click();
  await screen.page.getByRole('dialog', { name: 'red.png' }).getByRole('img').waitFor();
  await screen.page.keyboard.press('Escape');
  await screen.page.getByRole('dialog').waitFor({ state: 'detached' });
  await box(screen).fill('What is this?');
  await box(screen).press('Enter');
  await expect
    .poll(() => params(screen, 'chat.send'))
    .toMatchObject([{ attachments: ['sha'], text: 'What is this?' }]);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test('a message is edited in place, with Escape to leave; versions are one press away', async () => {
  const log = answered();
  log.turn('t1b', 'How are late fees computed today?', {
    previous_execution_id: null,
    replaces_execution_id: 't1',
  });
  log.say('t1b', 'final', 'As ever.');
  log.finish('t1b');
  const screen = await show(log);
  await screen.page.getByText('As ever.').waitFor();
  expect(await screen.page.getByText('Only the librarian').count()).toBe(0);
  await screen.page.getByRole('button', { name: 'Previous version' }).click();
  await expect
    .poll(() => params(screen, 'chat.branch'))
    .toEqual([{ session_id: 'chat-1', execution_id: 't1' }]);
  await screen.page.locator('.user-message').hover();
  await screen.page.getByRole('button', { name: 'Edit and resend' }).click();
  const editor = screen.page.getByRole('textbox', { name: 'Edit the message' });
  await editor.press('Escape');
  await editor.waitFor({ state: 'detached' });
  expect(params(screen, 'chat.stop')).toEqual([]);
  await screen.page.locator('.user-message').hover();
  await screen.page.getByRole('button', { name: 'Edit and resend' }).click();
  await editor.fill('And tomorrow?');
  await editor.press('Enter');
  await expect
    .poll(() => params(screen, 'chat.edit'))
    .toMatchObject([{ execution_id: 't1b', text: 'And tomorrow?' }]);
  await screen.close();
});

test('a turn offers to undo its changes, then to redo them; its files open as diffs', async () => {
  const log = edited();
  const screen = await show(log);
  await screen.page.getByRole('button', { name: 'src/fees.ts', exact: true }).click();
  await screen.page.getByRole('button', { name: 'Undo changes of 2 files' }).click();
  await expect
    .poll(() => params(screen, 'chat.undo_turn'))
    .toEqual([{ session_id: 'chat-1', execution_id: 't2' }]);
  expect(params(screen, 'chat.change')).toMatchObject([{ path: 'src/fees.ts' }]);
  const count = log.facts.length;
  log.item('t2', 'log', 'The changes of this turn were undone.', {
    notice: { kind: 'undone', paths: ['src/fees.ts'] },
  });
  await screen.push(since(log, count));
  await screen.page.getByRole('button', { name: 'Redo changes' }).waitFor();
  await screen.close();
});

test('an interrupted turn has a Resume button, a failed one its next step', async () => {
  const cut = new ChatLog().turn('t1', 'Go on.');
  cut.say('t1', 'text', 'Half an ans');
  cut.finish('t1', 'interrupted');
  const first = await show(cut);
  await first.page.getByText('Half an ans').waitFor();
  await first.page.getByRole('button', { name: 'Resume' }).click();
  await expect.poll(() => params(first, 'chat.resume')).toEqual([{ session_id: 'chat-1' }]);
  await first.close();
  const failed = new ChatLog().turn('t1', 'Go on.');
  failed.finish('t1', 'failed', { error: 'The key was refused.', error_kind: 'wrong_key' });
  const second = await show(failed);
  await second.page.getByText('The key was refused.').waitFor();
  await second.page.getByRole('button', { name: 'Set API Key…' }).first().click();
  await second.page.getByRole('button', { name: 'Ask again' }).first().click();
  await expect.poll(() => params(second, 'chat.retry')).toMatchObject([{ execution_id: 't1' }]);
  await second.close();
});

test('the timeline lists every turn, and a press brings it into view', async () => {
  const log = answered();
  for (let i = 2; i <= 40; i += 1) {
    log.turn(`t${i}`, `Question ${i}`);
    log.model(`t${i}`);
    log.say(`t${i}`, 'final', `Answer ${i}.\n\n`.repeat(6));
    log.finish(`t${i}`);
  }
  const screen = await show(log);
  await screen.page.getByText('Answer 40.').first().waitFor();
  await screen.page.getByRole('button', { name: 'Session timeline' }).click();
  const turns = screen.page.locator('.timeline li');
  await expect.poll(() => turns.count()).toBe(40);
  await turns.nth(4).getByRole('button').click();
  await screen.page.locator('.row.lit').getByText('Question 5', { exact: true }).waitFor();
  await expect.poll(() => screen.page.getByText('Answer 5.').first().isVisible()).toBe(true);
  expect(await screen.page.locator('.conversation *').count()).toBeLessThan(3_000);
  await screen.picture('chat-timeline');
  await screen.close();
});

test('acceptance 121: follows new text at the end, and not once the reader has scrolled up', async () => {
  const log = answered(answered());
  log.turn('t3', 'Tell me more.');
  const event = log.open('t3', 'text');
  const screen = await show(log, {}, { height: 500 });
  await screen.page.locator('.working').waitFor();
  const grow = async (n: number): Promise<void> => {
    const count = log.facts.length;
    for (let i = 0; i < n; i += 1) log.chunk(event, `A line of text, number ${i}.\n\n`);
    await screen.push(since(log, count));
  };
  const gap = async (): Promise<number> =>
    z
      .number()
      .parse(
        await screen.page.evaluate(
          `{ const s = document.querySelector('.scroller'); s.scrollHeight - s.scrollTop - s.clientHeight; }`,
        ),
      );
  await grow(30);
  await expect.poll(gap).toBeLessThan(5);
  await screen.page.locator('.scroller').hover();
  await screen.page.mouse.wheel(0, -400);
  await expect.poll(gap).toBeGreaterThan(200);
  const before = await gap();
  await grow(30);
  await expect.poll(gap).toBeGreaterThan(before + 200);
  await screen.page.getByRole('button', { name: 'Latest' }).click();
  await expect.poll(gap).toBeLessThan(5);
  await grow(10);
  await expect.poll(gap).toBeLessThan(5);
  await screen.close();
});

test('code of an answer is coloured, and copied, inserted or applied by a press', async () => {
  const screen = await show(answered());
  await screen.page.locator('.hljs-keyword').first().waitFor();
  await screen.page.getByRole('button', { name: 'Insert at cursor' }).click();
  await screen.page.getByRole('button', { name: 'Apply to file…' }).click();
  await screen.page.getByRole('button', { name: 'Copy code' }).click();
  const code = await screen.page.evaluate(`navigator.clipboard.readText()`);
  expect(String(code)).toContain('export function lateFee(days: number): number {');
  expect(params(screen, 'code.insert')).toEqual([{ code }]);
  expect(params(screen, 'code.apply')).toEqual([{ code }]);
  await screen.close();
});

test('acceptance 134: harmful Markdown stays text', async () => {
  const log = new ChatLog().turn('t1', '<img src=x onerror="window.__harm = 1">');
  log.say(
    't1',
    'final',
    '<script>window.__harm = 1</script> [x](javascript:window.__harm=1) <b onclick=x>b</b>\n\n',
    '```html"><img src=x onerror=window.__harm=1>\n<script>window.__harm = 1</script>\n```\n\n',
    '```__proto__\nx\n```\n\n```constructor\nx\n```\n',
  );
  log.finish('t1');
  const screen = await show(log);
  await screen.page.locator('.markdown pre').last().waitFor();
  for (const link of await screen.page.locator('.markdown a').all()) await link.click();
  expect(await screen.page.evaluate('window.__harm ?? null')).toBeNull();
  expect(await screen.page.locator('.rows :is(script, img, b, iframe)').count()).toBe(0);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test('acceptance 29: a text that the frame cut says how long it is, and is loaded whole on request', async () => {
  const log = new ChatLog().turn('t1', 'Write much.');
  const id = log.open('t1', 'final');
  log.chunk(id, 'The beginning').close(id);
  const last = log.facts.pop();
  if (last?.fact.type === 'timeline.completed') {
    log.add({
      ...last.fact,
      event: { ...last.fact.event, truncated: true, content_bytes: 2_500_000 },
    });
  }
  log.finish('t1');
  const screen = await show(log, {
    'event.content': () => ({ content: 'The beginning and the end.' }),
  });
  await screen.page.getByRole('button', { name: 'Show all of it (2.4 MB)' }).click();
  await screen.page.getByText('The beginning and the end.').waitFor();
  await screen.close();
});

test('text from elsewhere in the editor joins what is typed', async () => {
  const screen = await show(new ChatLog());
  await box(screen).fill('Look:');
  await screen.post({
    kind: 'draft',
    text: '@src/a.ts:3-5 ',
    mentions: [{ kind: 'file', path: 'src/a.ts', start_line: 3, end_line: 5 }],
  });
  await expect.poll(() => box(screen).inputValue()).toBe('Look:\n@src/a.ts:3-5 ');
  await box(screen).press('Enter');
  await expect
    .poll(() => params(screen, 'chat.send'))
    .toMatchObject([{ mentions: [{ path: 'src/a.ts', start_line: 3, end_line: 5 }] }]);
  await screen.close();
});
