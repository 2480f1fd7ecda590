/** The editor panels: one per session and screen, restored after a reload of the window. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { App } from '../app.ts';
import type { ShowTarget } from '../contracts/requests.ts';
import type { Log } from './log.ts';
import { type Handlers, type PanelDraft, type ServedPanel, servePanel } from './panel.ts';
import type { KeptPanel, PanelTabs, Place } from './panel_tabs.ts';

/** `viewType` is what VS Code keeps; `folder` is the screen's folder under `webviews/`. */
const SCREENS = {
  chat: {
    viewType: 'boocode.chat',
    folder: 'chat',
    icon: 'comment-discussion',
    title: (name: string) => name,
  },
  run: { viewType: 'boocode.run', folder: 'runs', icon: 'run-all', title: (name: string) => name },
  traces: {
    viewType: 'boocode.traces',
    folder: 'traces',
    icon: 'list-tree',
    title: (name: string) => `Traces: ${name}`,
  },
  compare: {
    viewType: 'boocode.compare',
    folder: 'compare',
    icon: 'git-compare',
    title: (name: string) => `Compare: ${name}`,
  },
} as const;
export type Screen = keyof typeof SCREENS;
const NAMES: readonly Screen[] = ['chat', 'run', 'traces', 'compare'];
export const VIEW_TYPES: readonly string[] = NAMES.map((name) => SCREENS[name].viewType);

/** What a panel keeps over a reload; the rest comes from the store. */
const Kept = z.object({ session_id: z.string() });

export interface Panels extends vscode.Disposable {
  /** Shows a session, in the panel that already shows it where there is one. */
  open(screen: Screen, app: App, session_id: string, title: string, draft?: PanelDraft): void;
  /** Opens a panel again that an earlier host has left behind. */
  reopen(app: App, kept: KeptPanel, place: Place): void;
  /** Brings something into view in a panel that is open. */
  show(screen: Screen, session_id: string, target: ShowTarget): void;
  /** Closes the panel of a session, where there is one. */
  close(screen: Screen, session_id: string): void;
  isVisible(screen: Screen, session_id: string): boolean;
}

export interface PanelsOptions {
  readonly context: vscode.ExtensionContext;
  readonly openApp: () => Promise<App>;
  readonly tabs: PanelTabs;
  readonly log: Log;
  /** What a panel may ask for beyond reading the store. */
  readonly handlers: (app: App, session_id: string) => Handlers;
}

export function createPanels(options: PanelsOptions): Panels {
  const { context, openApp, tabs, log } = options;
  const panels = new Map<string, { panel: vscode.WebviewPanel; served: ServedPanel }>();

  const serve = (
    screen: Screen,
    app: App,
    panel: vscode.WebviewPanel,
    session_id: string,
  ): void => {
    const key = `${screen} ${session_id}`;
    const { icon, folder } = SCREENS[screen];
    let worn = '';
    // The window draws the tab anew for each icon that it is given, be it the same.
    const wear = (name: string): void => {
      if (name === worn) return;
      worn = name;
      panel.iconPath = new vscode.ThemeIcon(name);
    };
    wear(icon);
    const served = servePanel(panel, {
      screen: folder,
      session_id,
      extensionUri: context.extensionUri,
      store: app.store,
      log,
      handlers: options.handlers(app, session_id),
    });
    panels.set(key, { panel, served });
    tabs.serving(panel, session_id);
    const unsubscribe = app.store.subscribe((frame) => {
      if (frame.session_id !== session_id) return;
      if (frame.type === 'session.status') {
        const title = SCREENS[screen].title(frame.session.title);
        if (panel.title !== title) {
          panel.title = title;
          tabs.renamed();
        }
      }
      // A tab in the background says that it waits for its user.
      if (frame.type === 'session.status' && screen === 'run')
        wear(frame.session.status === 'awaiting_input' ? 'bell-dot' : icon);
      if (frame.type === 'agent.session' && screen === 'chat')
        wear(frame.agent_session.status === 'awaiting_input' ? 'bell-dot' : icon);
    });
    panel.onDidDispose(() => {
      panels.delete(key);
      unsubscribe();
    });
  };

  const restore = (screen: Screen): vscode.Disposable =>
    vscode.window.registerWebviewPanelSerializer(SCREENS[screen].viewType, {
      async deserializeWebviewPanel(panel, state: unknown) {
        const kept = Kept.safeParse(state);
        if (!kept.success) {
          log.warn(
            'A panel could not be restored, since it had not yet shown anything. It was closed.',
          );
          panel.dispose();
          return;
        }
        const { session_id } = kept.data;
        tabs.serving(panel, session_id);
        const app = await openApp();
        const known = panels.get(`${screen} ${session_id}`);
        // It was opened meanwhile: one panel for one session.
        if (known) {
          panel.dispose();
          known.panel.reveal();
        } else serve(screen, app, panel, session_id);
      },
    });
  const serializers = NAMES.map(restore);
  const create = (
    screen: Screen,
    app: App,
    session_id: string,
    label: string,
    place: Place,
  ): void => {
    const { viewType } = SCREENS[screen];
    // Where only what is in view is in the page, the screen has a search of its own.
    const enableFindWidget = screen !== 'chat' && screen !== 'traces';
    const look = { enableScripts: true, enableFindWidget };
    serve(screen, app, vscode.window.createWebviewPanel(viewType, label, place, look), session_id);
  };

  return {
    open(screen, app, session_id, title, draft) {
      const key = `${screen} ${session_id}`;
      const known = panels.get(key);
      if (known) known.panel.reveal();
      else {
        const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: false };
        create(screen, app, session_id, SCREENS[screen].title(title), place);
      }
      if (draft) panels.get(key)?.served.draft(draft);
    },
    reopen(app, { view_type, session_id, label }, place) {
      const screen = NAMES.find((name) => SCREENS[name].viewType === view_type);
      if (screen && !panels.has(`${screen} ${session_id}`)) {
        create(screen, app, session_id, label, place);
      }
    },
    show: (screen, session_id, target) =>
      panels.get(`${screen} ${session_id}`)?.served.show(target),
    close: (screen, session_id) => panels.get(`${screen} ${session_id}`)?.panel.dispose(),
    isVisible: (screen, session_id) =>
      panels.get(`${screen} ${session_id}`)?.panel.visible ?? false,
    dispose() {
      for (const serializer of serializers) serializer.dispose();
    },
  };
}
