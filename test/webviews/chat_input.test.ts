/** What the input takes beside typed text: earlier messages, files that are dropped; and narrow panels. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { answered, ChatLog, edited } from '../fixtures/conversations.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { chatAnswers } from './chat.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const box = (screen: OpenScreen) => screen.page.getByRole('textbox', { name: 'Message' });
const sent = (screen: OpenScreen) => screen.asked('chat.send').map((r) => r.params);

test('arrow up brings earlier messages back with their mentions, arrow down leads on to the empty input', async () => {
  const log = new ChatLog()
    .turn('t1', 'Look at @src/a.ts', { mentions: [{ kind: 'file', path: 'src/a.ts' }] })
    .finish('t1');
  (log as ChatLog).turn('t2', 'One\nand two').finish('t2');
  (log as ChatLog).turn('t3', 'One\nand two').finish('t3');
  const screen = await harness.open({ screen: 'chat', log, answers: chatAnswers() });
  await screen.page.locator('.user-message').first().waitFor();
  await box(screen).press('ArrowUp');
  expect(await box(screen).inputValue()).toBe('One\nand two');
  await box(screen).press('ArrowUp');
  expect(await box(screen).inputValue()).toBe('Look at @src/a.ts');
  // There is nothing earlier.
  await box(screen).press('ArrowUp');
  expect(await box(screen).inputValue()).toBe('Look at @src/a.ts');
  await box(screen).press('End');
  await box(screen).press('ArrowDown');
  expect(await box(screen).inputValue()).toBe('One\nand two');
  await box(screen).press('ArrowDown');
  expect(await box(screen).inputValue()).toBe('');
  // What was changed is the user's own text: the arrows move in it.
  await box(screen).press('ArrowUp');
  await box(screen).press('ArrowUp');
  await box(screen).press('End');
  await box(screen).pressSequentially(' and at b');
  await box(screen).press('ArrowDown');
  await box(screen).press('Enter');
  await expect
    .poll(() => sent(screen))
    .toMatchObject([
      { text: 'Look at @src/a.ts and at b', mentions: [{ kind: 'file', path: 'src/a.ts' }] },
    ]);
  await screen.close();
});

test('a draft is not replaced by earlier messages', async () => {
  const screen = await harness.open({ screen: 'chat', log: answered(), answers: chatAnswers() });
  await box(screen).fill('half a thought');
  await box(screen).press('Home');
  await box(screen).press('ArrowUp');
  expect(await box(screen).inputValue()).toBe('half a thought');
  await screen.close();
});

test('files dragged from the editor become mentions; one from elsewhere is refused in words', async () => {
  const screen = await harness.open({ screen: 'chat', log: new ChatLog(), answers: chatAnswers() });
  const drop = (list: string) =>
    screen.page.evaluate(`{
      const dataTransfer = new DataTransfer();
      dataTransfer.setData('text/uri-list', ${JSON.stringify(list)});
      const over = new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true });
      document.querySelector('.composer').dispatchEvent(over);
      if (!over.defaultPrevented) throw new Error('The drop is not taken.');
      document.querySelector('.composer')
        .dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }`);
  await box(screen).fill('Compare');
  await drop('file:///home/me/work/src/fees.ts\r\nfile:///home/me/work/test/fees.test.ts');
  await expect
    .poll(() => box(screen).inputValue())
    .toBe('Compare @src/fees.ts @test/fees.test.ts ');
  await drop('file:///etc/other/fees.ts');
  await screen.page.getByText('"fees.ts" is no file of this workspace').waitFor();
  await box(screen).press('Enter');
  await expect
    .poll(() => sent(screen))
    .toMatchObject([
      {
        mentions: [
          { kind: 'file', path: 'src/fees.ts' },
          { kind: 'file', path: 'test/fees.test.ts' },
        ],
      },
    ]);
  await screen.close();
});

test.each([400, 700, 1_200])(
  'at %s pixels nothing leaves its place, the timeline included',
  async (width) => {
    const log = edited();
    for (let i = 3; i <= 20; i += 1) {
      log.turn(`t${i}`, `Question ${i}: what about the ${i}th rule in the book of rules?`);
      log.model(`t${i}`);
      log.say(`t${i}`, 'final', `Answer ${i}.`);
      log.finish(`t${i}`);
    }
    const kept = { version: 1, session_id: log.session_id, timeline: true };
    const screen = await harness.open({ screen: 'chat', log, kept, width, answers: chatAnswers() });
    await screen.page.getByText('Answer 20.').waitFor();
    const seen = z.array(z.string()).parse(
      await screen.page.evaluate(`{
      const boxOf = (selector) => document.querySelector(selector).getBoundingClientRect();
      const parts = ['.chat-header', '.timeline', '.scroller', '.composer', '.chat-footer'];
      const outside = parts.filter((name) => {
        const box = boxOf(name);
        return box.width < 40 || box.height < 12 || box.top < 0 || box.left < 0 ||
          box.right > innerWidth + 1 || box.bottom > innerHeight + 1;
      });
      const wide = [document.body, ...document.querySelectorAll('.timeline, .scroller, .timeline li > button')]
        .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => 'too wide: ' + e.className);
      const cross = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
      const over = parts.flatMap((a, i) => parts.slice(i + 1).filter((b) => cross(boxOf(a), boxOf(b))).map((b) => a + ' over ' + b));
      const apart = Math.abs(boxOf('.composer').left - boxOf('.row .user-message').left) > 1 ? ['not in line'] : [];
      [...outside, ...wide, ...over, ...apart]; }`),
    );
    expect(seen).toEqual([]);
    await screen.picture(`chat-timeline-${width}`);
    await screen.close();
  },
);

test('a chat with images says beside the picker that the model takes none, and offers the ways out', async () => {
  const picture = {
    ...{ attachment_id: 'sha', name: 'red.png', media_type: 'image/png', bytes: 70 },
  };
  const log = new ChatLog().turn('t1', 'What is this?', { attachments: [picture] });
  log.say('t1', 'final', 'A red square.');
  (log as ChatLog).finish('t1');
  const screen = await harness.open({ screen: 'chat', log, answers: chatAnswers(), width: 500 });
  const note = screen.page.locator('.earlier-images');
  await note.getByText('This chat holds an image, and this model takes none').waitFor();
  await note.getByRole('button', { name: 'Leave out' }).click();
  await expect
    .poll(() => screen.asked('chat.set_images').map((r) => r.params))
    .toEqual([{ session_id: 'chat-1', left_out: true }]);
  await screen.picture('chat-images');
  const push = async (state: Parameters<ChatLog['agent']>[1]): Promise<void> => {
    const count = log.facts.length;
    (log as ChatLog).agent({ execution_id: 't1' }, { active_execution_id: 't1', ...state });
    await screen.push(log.frames().slice(count));
  };
  await push({ images_left_out: true });
  await note.getByText('The image of this chat is left out for this model.').waitFor();
  await note.getByRole('button', { name: 'Send all the same' }).click();
  await expect
    .poll(() => screen.asked('chat.set_images').at(-1)?.params)
    .toEqual({ session_id: 'chat-1', left_out: false });
  await push({});
  await note.getByRole('button', { name: 'Use deepseek-v4' }).click();
  await expect
    .poll(() => screen.asked('chat.set_model').map((r) => r.params))
    .toEqual([{ session_id: 'chat-1', model: 'deepseek-v4' }]);
  const { provider } = log.state().agent?.state ?? expect.fail('The chat has an agent.');
  await push({ provider: { ...provider, model: 'deepseek-v4' } });
  await note.waitFor({ state: 'detached' });
  await screen.close();
});
