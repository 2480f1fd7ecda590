/** A chat in a real VS Code by keyboard alone: asking, allowing, stopping, changing, keeping. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { ChatUser } from './chat_user.ts';
import { storedChat } from './stored.ts';

const QUESTION = 'How are late fees computed?';

describe('a chat by keyboard alone', () => {
  const user = new ChatUser();
  beforeAll(() => user.start());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await user.host?.screenshot(`failed-${task.id}`);
  });
  afterAll(() => user.close());

  it('opens by its command, takes the keyboard, sends with Enter, and answers', async () => {
    await user.newChat();
    await user.host.screenshot('chat-empty-vscode');
    await user.send(QUESTION);
    await user.answered(QUESTION);
    await user.screen.getByText('Replies are simulated').waitFor();
    await user.host.screenshot('chat-vscode');
    expect(await user.host.notificationTexts()).toEqual([]);
  });

  it('completes a mention, and asks another model', async () => {
    await user.keys.type('What is in @fees');
    const options = user.screen.locator('.mentions [role=option]');
    await options.getByText('@src/fees.ts').waitFor();
    await user.host.screenshot('chat-mention-vscode');
    await user.keys.press('ArrowDown');
    await user.keys.press('ArrowUp');
    await user.keys.press('Enter');
    await expect.poll(() => user.box().inputValue()).toBe('What is in @src/fees.ts ');
    const picker = user.screen.locator('vscode-dropdown');
    await user.keys.to(picker);
    for (const model of ['deepseek-v4-flash', 'deepseek-v4-pro']) {
      await user.keys.press('ArrowDown');
      await expect
        .poll(async () => (await storedChat(user.host, QUESTION)).agent?.state.provider.model)
        .toBe(model);
    }
    await user.keys.to(user.box(), 'Shift+Tab');
    await user.keys.press('Enter');
    await user.answered('What is in @src/fees.ts');
    const turn = turnsOf(await storedChat(user.host, QUESTION)).at(-1);
    expect(turn?.execution.model).toBe('deepseek-v4-pro');
    expect(turn?.user?.metadata.mentions).toEqual([{ kind: 'file', path: 'src/fees.ts' }]);
  });

  it('asks before a file is changed, shows the native diff, and changes it when allowed', async () => {
    await user.send('Replace "PER_DAY = 50" with "PER_DAY = 60" in src/fees.ts');
    const question = user.screen.locator('[data-approval]');
    await question.waitFor({ timeout: 60_000 });
    await user.host.page.getByText('1 chat waits for you').waitFor();
    await user.host.screenshot('chat-asking-vscode');
    await user.keys.use(question.getByRole('button', { name: 'src/fees.ts' }));
    await user.tab('fees.ts (BooCode)').waitFor();
    await user.host.page.locator('.monaco-diff-editor .line-insert').first().waitFor();
    await user.host.screenshot('chat-diff-vscode');
    await user.keys.command('View: Close Editor');
    await user.typing();
    await user.keys.use(user.button('Allow'));
    await user.answered('Replace "PER_DAY = 50"');
    expect(user.fees()).toContain('PER_DAY = 60');
    await user.host.page.getByText('1 chat waits for you').waitFor({ state: 'detached' });
  });

  it('puts the file back by Undo, again by Redo', async () => {
    // What had the keyboard has gone with the question: it is in the input.
    await user.typing();
    await user.keys.use(user.button('Undo change of 1 file'));
    await user.button('Redo changes').waitFor();
    expect(user.fees()).toContain('PER_DAY = 50');
    await user.keys.use(user.button('Redo changes'));
    await user.button('Undo change of 1 file').waitFor();
    expect(user.fees()).toContain('PER_DAY = 60');
  });

  it('denies with a reason', async () => {
    await user.keys.to(user.box(), 'Tab');
    await user.send('Write the file notes.txt with "a note"');
    await user.button('Deny').waitFor({ timeout: 60_000 });
    await user.keys.to(user.screen.locator('[data-approval] vscode-text-field'), 'Shift+Tab');
    await user.keys.type('Not now.');
    await user.keys.use(user.button('Deny'));
    await user.answered('Write the file notes.txt');
    expect(existsSync(join(user.workspace, 'notes.txt'))).toBe(false);
    const denied = turnsOf(await storedChat(user.host, QUESTION)).at(-1);
    const call = denied?.items.find((e) => e.event_type === 'tool_call');
    expect(call?.metadata.approval).toMatchObject({ state: 'denied', reason: 'Not now.' });
  });

  it('queues a follow-up, takes it back, and stops', async () => {
    await user.send('Run "sleep 600"');
    await user.keys.use(user.button('Allow'));
    await user.screen.locator('.working').getByText('sleep 600').waitFor();
    await user.send('A follow-up');
    await user.screen.locator('.queue').getByText('A follow-up').waitFor();
    await user.host.screenshot('chat-queue-vscode');
    await user.keys.use(user.button('Take back'));
    await user.screen.locator('.queue').waitFor({ state: 'detached' });
    await expect.poll(() => user.box().inputValue()).toBe('A follow-up');
    await user.typing();
    await user.empty();
    await user.keys.press('Escape');
    await user.screen.getByText('Stopped', { exact: true }).waitFor();
    await user.answered('Run "sleep 600"');
  });

  it('edits and resends, asks again, and goes through the versions', async () => {
    await user.keys.use(user.button('Edit and resend').last());
    await user.screen.locator('.user-message.editing textarea:focus').waitFor();
    await user.empty();
    await user.keys.type('Who can waive a fee?');
    await user.keys.press('Enter');
    await user.answered('Who can waive a fee?');
    await user.screen.getByText('Version 2 of 2').waitFor();
    await user.keys.use(user.button('Ask again').last());
    await user.screen.getByText('Version 3 of 3').waitFor();
    await user.answered('Who can waive a fee?');
    await user.keys.use(user.button('Previous version').last());
    await user.screen.getByText('Version 2 of 3').waitFor();
    await user.keys.use(user.button('Previous version').last());
    await user.message('Run "sleep 600"').waitFor();
    await user.keys.use(user.button('Next version').last());
    await user.message('Who can waive a fee?').waitFor();
    expect(await user.screen.getByText('Sending…').count()).toBe(0);
    await user.host.screenshot('chat-versions-vscode');
  });

  it('jumps to a turn by the session timeline', async () => {
    expect(await user.message(QUESTION).count()).toBe(0);
    await user.chatAction('Session timeline');
    const rows = user.screen.locator('.timeline ol button');
    expect(await rows.count()).toBe(5);
    await user.keys.to(rows.first(), 'Tab');
    await user.keys.press('ArrowDown');
    await user.keys.press('Home');
    await user.host.screenshot('chat-timeline-vscode');
    await user.keys.press('Enter');
    await user.message(QUESTION).waitFor();
    await user.keys.use(user.button('Close timeline'));
    await user.screen.locator('.timeline').waitFor({ state: 'detached' });
  });

  it('renames and exports', async () => {
    await user.chatAction('Rename chat');
    await user.screen.locator('.rename').waitFor();
    await expect
      .poll(() => user.screen.locator('.rename').evaluate((e) => e.matches(':focus-within')))
      .toBe(true);
    await user.empty();
    await user.keys.type('Late fees');
    await user.keys.press('Enter');
    await user.tab('Late fees').waitFor();
    await user.chatAction('Export as Markdown');
    const input = user.host.quickInput().locator('input:focus');
    await expect.poll(() => input.inputValue()).toMatch(/Late fees\.md$/);
    await user.keys.press('Enter');
    const file = join(user.workspace, 'Late fees.md');
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toContain(QUESTION);
    await user.tab('Late fees.md').waitFor();
    await user.keys.command('View: Close Editor');
    await user.typing();
  });

  it('is there again after a reload of the window', async () => {
    await user.host.reload();
    await user.message('Who can waive a fee?').waitFor();
    await user.button('Stop (Escape)').waitFor({ state: 'detached' });
    for (const theme of ['light', 'hcDark'] as const) {
      await user.host.setTheme(theme);
      await user.host.screenshot(`chat-${theme}-vscode`);
    }
  });

  it('finds a chat by its words, deletes it, and takes that back', async () => {
    await user.keys.command('BooCode: Open Chat');
    await user.host.quickInput().locator('input[placeholder^="Search in titles"]').waitFor();
    await user.keys.type('Who can waive');
    const found = user.host.quickInput().locator('.monaco-list-row');
    await expect.poll(() => found.count()).toBe(1);
    await user.keys.press('Enter');
    await user.message(QUESTION).or(user.message('Who can waive a fee?')).first().waitFor();
    await user.typing();
    await user.chatAction('Delete chat');
    await user.tab('Late fees').waitFor({ state: 'detached' });
    // The chat behind it comes up, and does not take the keyboard from the palette.
    await user.keys.command('Notifications: Focus Notification Toast');
    await user.keys.use(user.host.notifications().getByRole('button', { name: 'Undo' }), 'Tab');
    await user.tab('Late fees').waitFor();
    await user.message('Who can waive a fee?').waitFor();
  });
});
