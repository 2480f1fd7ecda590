/** Which chats and runs wait for their user; as an item in the status bar and as the view's badge. */
import * as vscode from 'vscode';
import type { App } from '../../app.ts';
import { waitingBadge, waitingWords } from './waiting_words.ts';

/** Chats that are looked at when the app is opened. */
const RECENT = 50;

export interface Waiting extends vscode.Disposable {
  /** Ids of chats and of runs with open questions. */
  readonly sessions: ReadonlySet<string>;
  readonly onDidChange: vscode.Event<void>;
  /** For the view that lists them. */
  badge(): vscode.ViewBadge | undefined;
}

export function watchWaiting(app: App): Waiting {
  const chats = new Set<string>();
  const runs = new Set<string>();
  const sessions = new Set<string>();
  const changed = new vscode.EventEmitter<void>();
  const item = vscode.window.createStatusBarItem('boocode.waiting', vscode.StatusBarAlignment.Left);
  item.name = 'BooCode Questions';
  item.command = 'boocode.openWaiting';
  item.backgroundColor = new vscode.ThemeColor('statusBarItem.warningBackground');
  const show = (): void => {
    changed.fire();
    const words = waitingWords(chats.size, runs.size);
    if (words === null) {
      item.hide();
      return;
    }
    item.text = `$(bell-dot) BooCode: ${words}`;
    item.tooltip = 'Open what waits for an answer';
    item.accessibilityInformation = { label: `BooCode: ${words}` };
    item.show();
  };
  const set = (kind: Set<string>, id: string, waits: boolean): void => {
    if (kind.has(id) === waits) return;
    for (const list of [kind, sessions]) {
      if (waits) list.add(id);
      else list.delete(id);
    }
    show();
  };
  /** Runs that were cut off while they asked, with their workflow. */
  const cutOff = new Map<string, string | null | undefined>();
  const look = async (): Promise<void> => {
    for (const { session_id, status, workflow_path } of await app.workflows.asking()) {
      if (status === 'interrupted') cutOff.set(session_id, workflow_path);
      set(runs, session_id, true);
    }
  };
  const unsubscribe = app.store.subscribe((frame) => {
    if (frame.type === 'agent.session') {
      const { session_id, status, state } = frame.agent_session;
      set(chats, session_id, status === 'awaiting_input' && !state.deleted_at);
    }
    if (frame.type === 'session.status' && frame.session.kind === 'workflow') {
      const { session } = frame;
      set(runs, session.session_id, session.status === 'awaiting_input');
      // Another window's run was cut off; or the workflow is started again, which settles the matter.
      if (session.status === 'interrupted') void look();
      for (const [id, path] of cutOff) {
        if (path !== session.workflow_path || id === session.session_id) continue;
        cutOff.delete(id);
        set(runs, id, false);
      }
    }
  });
  // Questions survive a restart.
  void look();
  void app.chats.list({ limit: RECENT }).then((list) => {
    for (const chat of list)
      if (chat.status === 'awaiting_input') set(chats, chat.session_id, true);
  });
  return {
    sessions,
    onDidChange: changed.event,
    badge: () => waitingBadge(chats.size, runs.size),
    dispose() {
      unsubscribe();
      changed.dispose();
      item.dispose();
    },
  };
}
