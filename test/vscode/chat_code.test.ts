/** Chats and the code beside them in a real VS Code, by keyboard alone. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { PNG } from '../webviews/chat.ts';
import { ChatUser } from './chat_user.ts';
import { storedChat } from './stored.ts';

/** The title of the chat whose agent acts and whose code is used. */
const ACTING = 'Write the file one.txt';
const IMAGE = Buffer.from(PNG, 'base64');

describe('chats about code, by keyboard alone', () => {
  const user = new ChatUser();
  beforeAll(() => user.start());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await user.host?.screenshot(`failed-${task.id}`);
  });
  afterAll(() => user.close());

  it('explains and asks about what is selected, by the key of the light bulb', async () => {
    await user.openFile('fees.ts');
    await user.keys.press('Control+Home');
    await user.keys.press('Shift+ArrowDown');
    await user.codeAction('Explain with BooCode');
    await user.tab('Explain @src/fees.ts').waitFor();
    await user.answered('Explain @src/fees.ts:');
    await user.openFile('fees.ts');
    await user.codeAction('Ask BooCode');
    await expect.poll(() => user.box().inputValue()).toMatch(/^@src\/fees\.ts:1/);
    await user.send('who calls this?');
    await user.answered('who calls this?');
  });

  it('fixes a problem, by the key of the light bulb', async () => {
    await user.openFile('broken.json');
    await user.host.page.locator('.monaco-editor .squiggly-error').waitFor();
    await user.keys.command('Go to Next Problem (Error, Warning, Info)');
    await user.keys.press('Escape');
    await user.codeAction('Fix with BooCode');
    await user.tab('Fix this problem in @broken.json').waitFor();
    await user.message('Value expected').waitFor();
    await user.answered('Fix this problem in @broken.json');
  });

  it('is allowed always, and then does not ask for another call of that kind', async () => {
    await user.newChat();
    await user.send(ACTING);
    await user.keys.use(user.button('Always allow'));
    await user.answered(ACTING);
    await user.screen.getByText('1 rule always allowed').waitFor();
    expect(existsSync(join(user.workspace, 'one.txt'))).toBe(true);
    await user.send('Write the file two.txt');
    await user.answered('Write the file two.txt');
    expect(existsSync(join(user.workspace, 'two.txt'))).toBe(true);
    const state = await storedChat(user.host, ACTING);
    const asked = turnsOf(state).map(
      ({ items }) => items.find((e) => e.event_type === 'tool_call')?.metadata.approval,
    );
    expect(asked).toMatchObject([{ by: 'user' }, { by: 'always' }]);
    expect(state.agent?.state.allowed).toEqual(['write']);
  });

  it('sends what is queued by itself when the answer has ended', async () => {
    // The command ends when the test writes what it reads.
    const pipe = join(user.base, 'release');
    execFileSync('mkfifo', [pipe]);
    await user.send('Run "cat ../release"');
    await user.keys.use(user.button('Allow'));
    await user.screen.locator('.working').getByText('cat ../release').waitFor();
    await user.send('Who may borrow a tool?');
    await user.screen.locator('.queue').getByText('Who may borrow a tool?').waitFor();
    expect(await user.message('Who may borrow a tool?').count()).toBe(0);
    await writeFile(pipe, 'const FREE_DAYS = 2;\n');
    await user.screen.locator('.queue').waitFor({ state: 'detached' });
    await user.answered('Who may borrow a tool?');
    const turns = turnsOf(await storedChat(user.host, ACTING)).slice(-2);
    expect(turns.map(({ execution }) => execution.status)).toEqual(['completed', 'completed']);
    expect(await user.box().inputValue()).toBe('');
  });

  it('puts code of an answer into the file behind the chat, at the cursor', async () => {
    const file = join(user.workspace, 'src/days.ts');
    const before = readFileSync(file, 'utf8');
    await user.openFile('days.ts');
    await user.keys.press('Control+Home');
    await user.openChat(ACTING);
    await user.keys.use(user.button('Insert at cursor').last());
    await user.host.page.locator('.tab.active').filter({ hasText: 'days.ts' }).waitFor();
    await user.host.page.locator('.monaco-editor.focused').getByText('FREE_DAYS').first().waitFor();
    await user.keys.press('Control+s');
    await expect.poll(() => readFileSync(file, 'utf8')).toMatch(/^const FREE_DAYS = 2;\n/);
    expect(readFileSync(file, 'utf8').endsWith(before)).toBe(true);
  });

  it('applies code of an answer to what is selected, after its diff was seen', async () => {
    const before = user.fees();
    const [first = '', ...rest] = before.split('\n');
    await user.openFile('fees.ts');
    await user.keys.press('Control+Home');
    await user.keys.press('Shift+ArrowDown');
    await user.openChat(ACTING);
    await user.keys.use(user.button('Apply to file…').last());
    await user.tab('fees.ts (proposed by BooCode)').waitFor();
    await user.host.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await user.host.screenshot('chat-proposal-vscode');
    expect(user.fees()).toBe(before);
    await user.keys.command('BooCode: Apply Proposed Code');
    await user.tab('fees.ts (proposed by BooCode)').waitFor({ state: 'detached' });
    await user.host.page.locator('.tab.active').filter({ hasText: 'fees.ts' }).waitFor();
    await user.host.page.locator('.monaco-editor.focused').waitFor();
    await user.keys.press('Control+s');
    await expect.poll(() => user.fees()).toMatch(/^const FREE_DAYS = 2;\n/);
    expect(user.fees()).not.toContain(first);
    expect(user.fees().endsWith(rest.join('\n'))).toBe(true);
  });

  it('attaches an image', async () => {
    await user.openChat(ACTING);
    // The dialog is the browser's own: the test stands in for it from when the key has opened it.
    const dialog = user.host.page.waitForEvent('filechooser');
    await user.keys.use(user.button('Attach images'), 'Tab');
    await (await dialog).setFiles({ name: 'red.png', mimeType: 'image/png', buffer: IMAGE });
    await user.screen.locator('.composer').getByRole('button', { name: 'Show red.png' }).waitFor();
    await user.keys.to(user.box(), 'Shift+Tab');
    await user.send('What is on it?');
    await user.answered('What is on it?');
    const sent = user.screen.locator('.user-message').getByRole('button', { name: 'Show red.png' });
    await user.keys.use(sent);
    await user.screen.getByRole('dialog', { name: 'red.png' }).getByRole('img').waitFor();
    await user.host.screenshot('chat-image-vscode');
    await user.keys.press('Escape');
    await user.screen.getByRole('dialog').waitFor({ state: 'detached' });
    expect(turnsOf(await storedChat(user.host, ACTING)).at(-1)?.attachments).toMatchObject([
      { name: 'red.png', attachment_id: createHash('sha256').update(IMAGE).digest('hex') },
    ]);
  });
});
