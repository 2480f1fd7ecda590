/** The one panel that lists workflows, takes their arguments, and shows their earlier runs. */
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { Push } from '../contracts/requests.ts';
import type { StartTarget } from '../contracts/workflow_requests.ts';
import { argsMismatch } from '../workflows/args_schema.ts';
import type { RunHandle, WorkflowEntry } from '../workflows/workflow.ts';
import { WORKFLOW_GLOB } from './authoring/files.ts';
import type { Log } from './log.ts';
import { type Handlers, servePanel } from './panel.ts';
import type { PanelTabs, Place } from './panel_tabs.ts';

export const START_VIEW_TYPE = 'boocode.workflows';
const HERE: Place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: false };
const NOWHERE: StartTarget = { path: null, dry_run: false };

export interface StartPanelOptions {
  readonly extensionUri: vscode.Uri;
  readonly openApp: () => Promise<App>;
  readonly tabs: PanelTabs;
  readonly log: Log;
  /** What other screens may ask too. */
  readonly handlers: (app: App) => Handlers;
  /** Shows a run that the panel has started. */
  readonly follow: (app: App, run: RunHandle, name: string) => void;
}

export interface StartPanel extends vscode.Disposable {
  /** Opens the panel or brings it to the front. `target` is shown there. */
  open(target?: StartTarget, place?: Place): Promise<void>;
}

export function createStartPanel(options: StartPanelOptions): StartPanel {
  const { extensionUri, openApp, tabs, log } = options;
  let shown: vscode.WebviewPanel | undefined;
  let target = NOWHERE;

  const serve = (panel: vscode.WebviewPanel, app: App): void => {
    shown = panel;
    tabs.serving(panel, '');
    panel.iconPath = new vscode.ThemeIcon('run-all');
    const told = (what: (Push & { kind: 'changed' })['what']): void => {
      void panel.webview.postMessage({ kind: 'changed', what } satisfies Push);
    };
    const watched = watch(app, told);
    panel.onDidDispose(() => {
      if (shown === panel) shown = undefined;
      watched.dispose();
    });
    servePanel(panel, {
      screen: 'start',
      session_id: '',
      extensionUri,
      store: app.store,
      log,
      handlers: {
        ...options.handlers(app),
        'workflow.list': async () => {
          const entries = await app.workflows.list();
          return entries.map((entry) => ({ ...entry, phases: [...entry.phases] }));
        },
        'workflow.run': async ({ path, args, fresh }) => {
          const entry = await entryAt(app, path);
          const value: unknown = args === undefined ? undefined : JSON.parse(args);
          const mismatch = entry.args_schema ? argsMismatch(entry.args_schema, value) : null;
          if (mismatch) throw new Error(mismatch);
          const run = await app.workflows.run(entry, value, { fresh });
          options.follow(app, run, entry.name);
          return { session_id: run.run_id };
        },
        'workflow.new': async () => {
          await vscode.commands.executeCommand('boocode.newWorkflow');
          return {};
        },
        'start.target': async () => {
          const asked = target;
          target = NOWHERE;
          return asked;
        },
      },
    });
  };

  const serializer = vscode.window.registerWebviewPanelSerializer(START_VIEW_TYPE, {
    async deserializeWebviewPanel(panel) {
      tabs.serving(panel, '');
      serve(panel, await openApp());
    },
  });

  return {
    async open(wanted = NOWHERE, place = HERE) {
      target = wanted;
      if (shown) {
        shown.reveal();
        const push: Push = { kind: 'changed', what: 'target' };
        void shown.webview.postMessage(push);
        return;
      }
      const app = await openApp();
      app.workflows.expectRun();
      const panel = vscode.window.createWebviewPanel(START_VIEW_TYPE, 'Workflows', place, {
        enableScripts: true,
        enableFindWidget: true,
      });
      serve(panel, app);
    },
    dispose: () => serializer.dispose(),
  };
}

/** Tells of workflow files that come, go or change, and of runs that begin or end. */
function watch(app: App, told: (what: 'workflows' | 'runs') => void): vscode.Disposable {
  const files = vscode.workspace.createFileSystemWatcher(WORKFLOW_GLOB);
  const status = new Map<string, string>();
  const unsubscribe = app.store.subscribe((frame) => {
    if (frame.type !== 'session.status' || frame.session.kind !== 'workflow') return;
    if (status.get(frame.session_id) === frame.session.status) return;
    status.set(frame.session_id, frame.session.status);
    told('runs');
  });
  return vscode.Disposable.from(
    files,
    files.onDidCreate(() => told('workflows')),
    files.onDidChange(() => told('workflows')),
    files.onDidDelete(() => told('workflows')),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (/[/\\]workflows[/\\][^/\\]+\.js$/.test(uri.fsPath)) told('workflows');
    }),
    { dispose: unsubscribe },
  );
}

async function entryAt(app: App, path: string): Promise<WorkflowEntry> {
  const entry = (await app.workflows.list()).find((candidate) => candidate.path === path);
  if (!entry) throw new Error('This workflow file is no longer there. Reload the list.');
  if (entry.problem) throw new Error(entry.problem.message);
  return entry;
}
