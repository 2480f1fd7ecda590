/** Chats in VS Code: their commands, and what their panels ask of the editor. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { App } from '../../app.ts';
import { NEW_CHAT } from '../../chat/journal.ts';
import { chatRequests } from '../../chat/requests.ts';
import type { Mention } from '../../contracts/chat.ts';
import type { Log } from '../log.ts';
import type { Handlers } from '../panel.ts';
import type { Panels } from '../panels.ts';
import { type Ask, beginningOf } from './actions.ts';
import type { Diffs } from './diff.ts';
import { pickChat } from './pick_chat.ts';
import type { TextEditors } from './text_editors.ts';
import type { ChatsView } from './view.ts';

export interface ChatHouse {
  readonly openApp: () => Promise<App>;
  readonly panels: Panels;
  readonly diffs: Diffs;
  readonly editors: TextEditors;
  readonly view: ChatsView;
  readonly log: Log;
}

/** A chat that a view or a list names. */
const Named = z.object({ session_id: z.string(), title: z.string() });
type Named = z.infer<typeof Named>;

/** Makes an empty chat and opens its panel. @returns its id. */
async function newChat(
  house: ChatHouse,
  begin: { text?: string | undefined; mentions?: readonly Mention[] | undefined } = {},
): Promise<string> {
  const app = await house.openApp();
  const session_id = await app.chats.create();
  const { text = '', mentions = [] } = begin;
  const draft = text === '' ? undefined : { text, mentions };
  house.panels.open('chat', app, session_id, NEW_CHAT, draft);
  return session_id;
}

export function chatHandlers(house: ChatHouse, app: App): Handlers {
  const { diffs } = house;
  const { folder } = workspace();
  return {
    ...chatRequests(app.chats),
    'chat.create': async (begin) => ({ session_id: await newChat(house, begin) }),
    'chat.delete': async ({ session_id }) => {
      const session = await app.store.session(session_id);
      await deleteChat(house, app, { session_id, title: session?.title ?? NEW_CHAT });
      return {};
    },
    'chat.export': async ({ session_id }) => {
      await exportChat(app, session_id);
      return {};
    },
    'chat.change': async ({ session_id, event_id, path }) => {
      await diffs.showChange(app, session_id, event_id, path);
      return {};
    },
    'code.insert': async ({ code }) => {
      await diffs.insert(code);
      return {};
    },
    'code.apply': async ({ code, path }) => {
      await diffs.propose(code, folder, path);
      return {};
    },
  };
}

/** By command id; the argument is what a view's row, a menu or a code action passed. */
export function chatCommands(
  house: ChatHouse,
): Readonly<Record<string, (given?: unknown) => unknown>> {
  const chosen = async (given: unknown, title: string): Promise<Named | null> => {
    const named = Named.safeParse(given);
    if (named.success) return named.data;
    return pickChat(await house.openApp(), { title });
  };
  const ask = (kind: Ask) => (given: unknown) => begin(house, kind, given);
  return {
    'boocode.newChat': () => newChat(house),
    'boocode.openChat': async (given) => {
      const app = await house.openApp();
      const named = Named.safeParse(given);
      const chat = named.success
        ? named.data
        : await pickChat(app, {
            title: 'BooCode: Open Chat',
            actions: {
              rename: (c) => renameChat(app, c),
              remove: (c) => deleteChat(house, app, c),
            },
          });
      if (chat) house.panels.open('chat', app, chat.session_id, chat.title);
    },
    'boocode.openWaiting': async () => {
      const app = await house.openApp();
      const [id] = house.view.waiting();
      const session = id === undefined ? null : await app.store.session(id);
      if (!session) return;
      const screen = session.kind === 'chat' ? 'chat' : 'run';
      house.panels.open(screen, app, session.session_id, session.title);
    },
    'boocode.renameChat': async (given) => {
      const chat = await chosen(given, 'BooCode: Rename Chat');
      if (chat) await renameChat(await house.openApp(), chat);
    },
    'boocode.deleteChat': async (given) => {
      const chat = await chosen(given, 'BooCode: Delete Chat');
      if (chat) await deleteChat(house, await house.openApp(), chat);
    },
    'boocode.exportChat': async (given) => {
      const chat = await chosen(given, 'BooCode: Export Chat');
      if (chat) await exportChat(await house.openApp(), chat.session_id);
    },
    'boocode.restoreChat': async () => {
      const app = await house.openApp();
      const chat = await pickChat(app, { title: 'BooCode: Restore Deleted Chat', deleted: true });
      if (!chat) return;
      await app.chats.restore(chat.session_id);
      house.panels.open('chat', app, chat.session_id, chat.title);
    },
    'boocode.explain': ask('explain'),
    'boocode.fix': ask('fix'),
    'boocode.ask': ask('ask'),
    'boocode.applyProposal': (given) =>
      house.diffs.apply(given instanceof vscode.Uri ? given : undefined),
  };
}

async function begin(house: ChatHouse, kind: Ask, given: unknown): Promise<void> {
  const beginning = beginningOf(kind, given, house.editors.last());
  if (!beginning) {
    throw new Error('Open a file of the workspace and place the cursor on what is meant.');
  }
  const { text, mentions, send } = beginning;
  if (!send) {
    await newChat(house, { text, mentions });
    return;
  }
  const session_id = await newChat(house);
  const app = await house.openApp();
  await app.chats.send(session_id, { text, attachments: [], mentions });
}

async function renameChat(app: App, chat: Named): Promise<void> {
  const title = await vscode.window.showInputBox({
    title: 'BooCode: Rename Chat',
    value: chat.title,
    validateInput: (text) => (text.trim() === '' ? 'A chat needs a title.' : null),
  });
  if (title !== undefined) await app.chats.rename(chat.session_id, title.trim());
}

/** Hides the chat and offers to take that back; returns before the offer is answered. */
async function deleteChat(house: ChatHouse, app: App, chat: Named): Promise<void> {
  await app.chats.remove(chat.session_id);
  house.panels.close('chat', chat.session_id);
  const undo = async (): Promise<void> => {
    const words = `BooCode: "${chat.title}" is deleted.`;
    const answer = await vscode.window.showInformationMessage(words, 'Undo');
    if (answer === undefined) return;
    await app.chats.restore(chat.session_id);
    house.panels.open('chat', app, chat.session_id, chat.title);
  };
  undo().catch((error: unknown) => house.log.error(String(error)));
}

async function exportChat(app: App, session_id: string): Promise<void> {
  const { title, markdown } = await app.chats.exportMarkdown(session_id);
  const { uri } = workspace();
  const name = `${title.replace(/[^\p{L}\p{N} _-]+/gu, ' ').trim() || 'chat'}.md`;
  const target = await vscode.window.showSaveDialog({
    title: 'BooCode: Export Chat',
    ...(uri ? { defaultUri: vscode.Uri.joinPath(uri, name) } : {}),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(markdown, 'utf8'));
  await vscode.window.showTextDocument(target);
}

function workspace(): { uri: vscode.Uri | null; folder: string | null } {
  const uri = vscode.workspace.workspaceFolders?.[0]?.uri ?? null;
  return { uri, folder: uri?.scheme === 'file' ? uri.fsPath : null };
}
