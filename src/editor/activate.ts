/**
 * Binds the app to VS Code. Activation only registers; the store, the models and the sandbox
 * are opened by the first command or restored panel that needs them.
 */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { type App, createApp } from '../app.ts';
import { helpAuthors } from './authoring/authoring.ts';
import { newWorkflow } from './authoring/new_workflow.ts';
import { offerCodeActions } from './chat/actions.ts';
import { type ChatHouse, chatCommands, chatHandlers } from './chat/chats.ts';
import { createDiffs } from './chat/diff.ts';
import { offerParticipant } from './chat/participant.ts';
import { createEditorPort } from './chat/port.ts';
import { type TextEditors, watchTextEditors } from './chat/text_editors.ts';
import { type ChatsView, createChatsView } from './chat/view.ts';
import { compareHandlers, compareRuns, compareTurns } from './compare.ts';
import { exportTraces } from './export_traces.ts';
import { createLog } from './log.ts';
import { openHandlers } from './open_requests.ts';
import type { Handlers } from './panel.ts';
import { createPanelTabs } from './panel_tabs.ts';
import { createPanels, type Panels, VIEW_TYPES } from './panels.ts';
import { pickRun } from './pick_run.ts';
import { tellRunQuestions } from './run_questions.ts';
import { runHandlers } from './run_requests.ts';
import {
  dryRunFile,
  follow,
  type RunCommandOptions,
  runFile,
  runWorkflow,
} from './run_workflow.ts';
import { createSecrets, type Secrets } from './secrets.ts';
import { readExclude, settingsReader } from './settings.ts';
import { createStartPanel, START_VIEW_TYPE } from './start_panel.ts';
import { showLiveRuns, showTraceExport } from './status_bar.ts';
import { showStorage } from './storage.ts';
import { tellStoreHealth } from './store_health.ts';
import { chooseTraceFile, offerTraceFiles } from './trace_file.ts';

/** @returns closes whatever the extension opened; resolves when the store is on disk. */
export function activate(context: vscode.ExtensionContext): () => Promise<void> {
  const log = createLog(context);
  const secrets = createSecrets(context);
  let opening: Promise<App> | undefined;
  const editors = watchTextEditors();

  const openApp = (): Promise<App> => {
    opening ??= openOnce(context, log, secrets, editors, view, panels).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };

  const view = createChatsView(openApp, context.workspaceState);
  const diffs = createDiffs(editors);
  const handlers = (app: App, session_id: string): Handlers => ({
    ...chatHandlers(chats, app),
    ...compareHandlers(app, panels),
    ...openHandlers({ app, panels, secrets, extensionFolder: context.extensionUri.fsPath }),
    ...runHandlers({
      app,
      session_id,
      follow: (run, name) => void follow(options, app, run, name),
      openForm: (target) => startPanel.open(target),
      diffs,
    }),
  });
  const tabs = createPanelTabs({
    memory: context.workspaceState,
    view_types: [...VIEW_TYPES, START_VIEW_TYPE],
    log: log.warn,
  });
  const panels = createPanels({ context, openApp, tabs, log, handlers });
  const startPanel = createStartPanel({
    extensionUri: context.extensionUri,
    ...{ openApp, tabs },
    log,
    handlers: (app) => handlers(app, ''),
    follow: (app, run, name) => void follow(options, app, run, name),
  });
  const chats: ChatHouse = { openApp, panels, diffs, editors, view, log };
  const options: RunCommandOptions = {
    openApp,
    panels,
    log,
    openForm: (entry, dry_run) => startPanel.open({ path: entry.path, dry_run }),
  };

  const commands: Readonly<Record<string, (target?: unknown) => unknown>> = {
    ...chatCommands(chats),
    'boocode.runWorkflow': () => runWorkflow(options),
    'boocode.runFile': (uri: unknown) =>
      runFile(options, uri instanceof vscode.Uri ? uri : undefined),
    'boocode.dryRunFile': (uri: unknown) =>
      dryRunFile(options, uri instanceof vscode.Uri ? uri : undefined),
    'boocode.openWorkflows': () => startPanel.open(),
    'boocode.newWorkflow': () =>
      newWorkflow({
        extensionUri: context.extensionUri,
        names: async () => (await (await openApp()).workflows.list()).map((entry) => entry.name),
      }),
    'boocode.openRun': async () => {
      const app = await openApp();
      const run = await pickRun(app, 'BooCode: Open Run');
      if (run) panels.open('run', app, run.session_id, run.title);
    },
    'boocode.cancelRun': async () => {
      const app = await openApp();
      const run = await pickRun(app, 'BooCode: Cancel Run', 'live');
      if (run) await app.workflows.cancel(run.session_id);
    },
    'boocode.openTraces': async () => {
      const app = await openApp();
      const run = await pickRun(app, 'BooCode: Open Traces', 'with chats');
      if (run) panels.open('traces', app, run.session_id, run.title);
    },
    'boocode.compareRuns': async () => compareRuns(await openApp(), panels),
    'boocode.compareTurns': async () => compareTurns(await openApp(), panels),
    'boocode.exportTraces': async () => {
      const app = await openApp();
      const run = await pickRun(app, 'BooCode: Export Traces', 'with chats');
      if (run) await exportTraces(app, run);
    },
    'boocode.openTraceFile': (uri: unknown) => chooseTraceFile(uri),
    'boocode.setTraceHeaders': () => secrets.askTraceHeaders(),
    'boocode.setApiKey': () => secrets.ask(),
    'boocode.removeApiKey': () => secrets.remove(),
    'boocode.storage': async () => showStorage(await openApp(), storeFolderOf(context)),
    'boocode.showLog': () => log.show(),
  };
  const traceFiles = offerTraceFiles(context, log);
  context.subscriptions.push(
    traceFiles,
    editors,
    view,
    diffs,
    offerCodeActions(),
    ...offerParticipant(openApp),
    tabs,
    panels,
    startPanel,
    helpAuthors(context.extensionUri, log.warn),
  );
  for (const [name, run] of Object.entries(commands)) {
    context.subscriptions.push(
      vscode.commands.registerCommand(name, async (target?: unknown) => {
        try {
          await run(target);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          log.error(`${name}: ${message}`);
          const answer = await vscode.window.showErrorMessage(`BooCode: ${message}`, 'Show Log');
          if (answer) log.show();
        }
      }),
    );
  }
  tabs.watch({
    found: openApp,
    reopen: async (kept, place) => {
      if (kept.view_type === START_VIEW_TYPE) await startPanel.open(undefined, place);
      else panels.reopen(await openApp(), kept, place);
    },
  });
  // The status bar leads to what was asked before; what keeps the app from opening is told later.
  if (view.opensEarly()) openApp().catch((error: unknown) => log.warn(String(error)));
  return async () => {
    const app = await opening?.catch(() => undefined);
    await Promise.all([app?.close(), traceFiles.close()]);
  };
}

/** One store for each workspace. */
function storeFolderOf(context: vscode.ExtensionContext): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = createHash('sha256')
    .update(folder?.toString() ?? 'no folder')
    .digest('hex')
    .slice(0, 16);
  return vscode.Uri.joinPath(context.globalStorageUri, 'stores', name).fsPath;
}

async function openOnce(
  context: vscode.ExtensionContext,
  log: ReturnType<typeof createLog>,
  secrets: Secrets,
  editors: TextEditors,
  view: ChatsView,
  panels: Panels,
): Promise<App> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const root = folder?.scheme === 'file' ? folder.fsPath : null;
  const storeFolder = storeFolderOf(context);
  const app = await createApp({
    storeFolder,
    workspace: root,
    home: homedir(),
    extensionFolder: context.extensionUri.fsPath,
    settings: settingsReader(context, log),
    exclude: readExclude,
    trusted: () => vscode.workspace.isTrusted,
    getKey: secrets.get,
    getTraceHeaders: secrets.getTraceHeaders,
    ...(root === null ? {} : { editor: createEditorPort(root, editors) }),
    log,
  });
  view.attach(app);
  context.subscriptions.push(
    showLiveRuns(app),
    showTraceExport(app),
    tellStoreHealth(app, storeFolder, log),
    tellRunQuestions(app, panels, log),
  );
  return app;
}
