/** Files that come with a message: checked on arrival, kept once, given to the model. */
import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChatBench } from './chat.house.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
let bench: ChatBench;
let chat: string;
beforeEach(async () => {
  bench = await ChatBench.open({ settings: { attachmentLimit: 0.01 } });
  chat = await bench.chats.create();
});
afterEach(() => bench.close());

const attach = (name: string, bytes: Uint8Array, media_type = '') =>
  bench.chats.attach({ name, media_type, data: Buffer.from(bytes).toString('base64') });

test('an image reaches the model whole, is shown from the store, and survives a restart', async () => {
  const image = await attach('C:\\pictures\\dot.png', PNG, 'image/png');
  expect(image).toMatchObject({ name: 'dot.png', media_type: 'image/png', bytes: PNG.length });
  bench.answers({ text: 'a dot' }, { text: 'still a dot' });
  await bench.chats.send(chat, {
    text: 'What is it?',
    attachments: [image.attachment_id],
    mentions: [],
  });
  await bench.idle(chat);
  const content = JSON.stringify(bench.request(0).messages[1]?.content);
  expect(content).toContain(`data:image/png;base64,${PNG.toString('base64')}`);
  const [turn] = await bench.turns(chat);
  expect(turn?.attachments).toEqual([image]);
  expect(await bench.chats.attachment(image.attachment_id)).toEqual({
    media_type: 'image/png',
    data: PNG.toString('base64'),
  });
  // The state itself holds no image bytes.
  const kept = JSON.stringify(
    await bench.store.contextMessages((await bench.state(chat)).agent?.state.head_message_id ?? ''),
  );
  expect(kept).not.toContain(PNG.toString('base64').slice(0, 40));
  await bench.stop();
  await bench.start();
  await bench.ask(chat, 'And now?');
  expect(JSON.stringify(bench.request(-1).messages[1])).toBe(
    JSON.stringify(bench.request(0).messages[1]),
  );
});

test('a text file stands in the prompt', async () => {
  const file = await attach('notes.md', Buffer.from('# Notes\nfoo\n'));
  bench.answers({ text: 'ok' });
  await bench.chats.send(chat, { text: 'Read', attachments: [file.attachment_id], mentions: [] });
  await bench.idle(chat);
  expect(JSON.stringify(bench.request(0).messages[1])).toContain(
    'Attached file \\"notes.md\\":\\n# Notes',
  );
});

describe('refused in words:', () => {
  test.each([
    [
      'too large',
      'big.png',
      Buffer.concat([PNG, Buffer.alloc(20_000)]),
      '',
      /"big\.png" has 0\.0 MB, and the limit is 0\.0 MB.*boocode\.attachmentLimit/,
    ],
    ['empty', 'a.png', Buffer.alloc(0), '', /is empty/],
    [
      'neither image nor text',
      'a.zip',
      Buffer.from([0x50, 0x4b, 3, 4, 0, 0]),
      '',
      /neither an image .* nor a text file/,
    ],
    [
      'an image of another type',
      'a.jpg',
      PNG,
      'image/jpeg',
      /says that it is image\/jpeg, but its bytes are image\/png/,
    ],
  ])('%s', async (_, name, bytes, type, words) => {
    await expect(attach(name, bytes, type)).rejects.toThrow(words);
  });
});

test('an attachment that is gone is refused before anything is sent', async () => {
  await expect(
    bench.chats.send(chat, { text: 'x', attachments: ['0'.repeat(64)], mentions: [] }),
  ).rejects.toThrow('no longer kept');
  expect(bench.server.requests).toHaveLength(0);
});

test('kept files go once nothing points at them; young ones and used ones stay', async () => {
  const used = await attach('used.txt', Buffer.from('used'));
  const unused = await attach('unused.txt', Buffer.from('unused'));
  const young = await attach('young.txt', Buffer.from('young'));
  bench.answers({ text: 'ok' });
  await bench.chats.send(chat, { text: 'x', attachments: [used.attachment_id], mentions: [] });
  await bench.idle(chat);
  const place = (id: string): string => path.join(bench.folder, 'blobs', id);
  const longAgo = new Date(Date.now() - 48 * 3600 * 1000);
  for (const { attachment_id } of [used, unused])
    utimesSync(place(attachment_id), longAgo, longAgo);
  await bench.chats.sweep();
  expect([used, unused, young].map((a) => existsSync(place(a.attachment_id)))).toEqual([
    true,
    false,
    true,
  ]);
});

test('images of earlier messages are left out for a model that takes none, once the user says so, and stay kept', async () => {
  await bench.close();
  bench = await ChatBench.open({ provider: 'deepseek' });
  chat = await bench.chats.create();
  await bench.chats.setModel(chat, 'deepseek-v4-flash-vision-exp');
  const image = await attach('dot.png', PNG, 'image/png');
  const bytes = PNG.toString('base64');
  const message = { text: 'What is it?', attachments: [image.attachment_id], mentions: [] };
  bench.answers({ text: 'a dot' }, { text: 'red' }, { text: 'round' }, { text: 'small' });
  await bench.chats.send(chat, message);
  await bench.idle(chat);
  const sent = (n: number): string => JSON.stringify(bench.request(n).messages);
  expect(sent(-1)).toContain(bytes);
  await bench.chats.setModel(chat, 'deepseek-v4-flash');
  await bench.chats.leaveOutImages(chat, true);
  await bench.ask(chat, 'Its colour?');
  expect(sent(-1)).not.toContain(bytes);
  expect(sent(-1)).toContain('An image, dot.png, is left out here.');
  // Over a restart too.
  await bench.stop();
  await bench.start({ provider: 'deepseek' });
  await bench.ask(chat, 'Its form?');
  expect(sent(-1)).not.toContain(bytes);
  // A model that takes images is given them, and the chat shows them all along.
  await bench.chats.setModel(chat, 'deepseek-v4-flash-vision-exp');
  await bench.ask(chat, 'Its size?');
  expect(sent(-1)).toContain(bytes);
  expect((await bench.turns(chat))[0]?.attachments).toEqual([image]);
  // Who wants to stay is not held back.
  await bench.chats.setModel(chat, 'deepseek-v4-flash');
  await bench.chats.leaveOutImages(chat, false);
  await bench.ask(chat, 'Sure?');
  expect(sent(-1)).toContain(bytes);
});
