/** The side bar's list of chats, newest first; its badge counts those that wait for the user. */
import * as vscode from 'vscode';
import type { App } from '../../app.ts';
import type { ChatSummary } from '../../contracts/chat.ts';
import { iconOf } from './pick_chat.ts';
import { watchWaiting } from './waiting.ts';

const CHATS_VIEW = 'boocode.chats';
const LIMIT = 200;
/** Changes within this time are shown together, in milliseconds. */
const COALESCE_MS = 200;

export interface ChatsView extends vscode.Disposable {
  /** Chats and runs that wait for an answer; empty before the app is open. */
  waiting(): readonly string[];
  /** True where the app is to be opened at once: a question was open when the window was closed. */
  opensEarly(): boolean;
  /** Follows an opened app. */
  attach(app: App): void;
}

/** Whether something waited for the user when it was last looked at. */
const WAITED = 'boocode.waited';

/** @param openApp called when the view is first shown. @param memory of this workspace. */
export function createChatsView(openApp: () => Promise<App>, memory: vscode.Memento): ChatsView {
  const changed = new vscode.EventEmitter<undefined>();
  const disposables: vscode.Disposable[] = [changed];
  let waiting: ReadonlySet<string> = new Set();
  let timer: NodeJS.Timeout | undefined;
  const view = vscode.window.createTreeView<ChatSummary>(CHATS_VIEW, {
    treeDataProvider: {
      onDidChangeTreeData: changed.event,
      getTreeItem: itemOf,
      async getChildren(parent) {
        if (parent) return [];
        const app = await openApp();
        return app.chats.list({ limit: LIMIT });
      },
    },
  });
  disposables.push(view);
  const refresh = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      changed.fire(undefined);
    }, COALESCE_MS);
  };
  return {
    waiting: () => [...waiting],
    opensEarly: () => memory.get(WAITED) === true,
    attach(app) {
      const watch = watchWaiting(app);
      waiting = watch.sessions;
      const unsubscribe = app.store.subscribe((frame) => {
        if (frame.type === 'agent.session') refresh();
        if (frame.type === 'session.status' && frame.session.kind === 'chat') refresh();
      });
      const badge = watch.onDidChange(() => {
        view.badge = watch.badge();
        void memory.update(WAITED, watch.sessions.size > 0);
      });
      disposables.push(watch, badge, { dispose: unsubscribe });
    },
    dispose() {
      clearTimeout(timer);
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

function itemOf(chat: ChatSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(chat.title);
  item.id = chat.session_id;
  item.description = new Date(chat.updated_at).toLocaleString(undefined, {
    dateStyle: 'short',
    timeStyle: 'short',
  });
  item.iconPath = new vscode.ThemeIcon(iconOf(chat));
  item.contextValue = 'chat';
  item.command = { command: 'boocode.openChat', title: 'Open Chat', arguments: [chat] };
  return item;
}
