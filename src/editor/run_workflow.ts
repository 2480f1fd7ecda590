/** *Run Workflow*: choose, ask for arguments, run with a notification that can cancel, show the pane. */
import { realpath } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { Frame } from '../contracts/frames.ts';
import { isTerminal } from '../contracts/status.ts';
import { argsProblem, parseArgs } from '../workflows/args.ts';
import { type RunHandle, type WorkflowEntry, WorkflowError } from '../workflows/workflow.ts';
import type { Log } from './log.ts';
import type { Panels } from './panels.ts';
import { pickWorkflow, showProblem } from './pick_workflow.ts';

export interface RunCommandOptions {
  readonly openApp: () => Promise<App>;
  readonly panels: Panels;
  readonly log: Log;
  /** Opens the screen with the workflow's argument form, or with what it would do. */
  readonly openForm: (entry: WorkflowEntry, dry_run: boolean) => Promise<void>;
}

const FORM: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('output'),
  tooltip: 'Fill In a Form',
};

/** The whole command. Every way it can end without a run is told to the user here. */
export async function runWorkflow(options: RunCommandOptions): Promise<void> {
  if (!(await canRun())) return;
  const app = await options.openApp();
  app.workflows.expectRun();
  const entry = await pickWorkflow(() => app.workflows.list(), 'BooCode: Run Workflow');
  if (entry) await askAndStart(options, app, entry);
}

/** Saves the file and runs it, whether or not another workflow of its name is nearer. */
export async function runFile(options: RunCommandOptions, uri?: vscode.Uri): Promise<void> {
  if (!(await canRun())) return;
  const entry = await entryOf(options, uri);
  if (!entry) return;
  const app = await options.openApp();
  app.workflows.expectRun();
  await askAndStart(options, app, entry);
}

/** Saves the file and shows what it would do, without asking a model. */
export async function dryRunFile(options: RunCommandOptions, uri?: vscode.Uri): Promise<void> {
  if (!(await canRun())) return;
  const entry = await entryOf(options, uri);
  if (entry) await options.openForm(entry, true);
}

/** @returns the workflow in this file or in the active editor, saved; tells the user of its problem. */
async function entryOf(
  options: RunCommandOptions,
  uri: vscode.Uri | undefined,
): Promise<WorkflowEntry | undefined> {
  const target = uri ?? vscode.window.activeTextEditor?.document.uri;
  const document = vscode.workspace.textDocuments.find((d) => d.uri.fsPath === target?.fsPath);
  if (document?.isDirty && !(await document.save())) return undefined;
  const app = await options.openApp();
  const path = target ? await realpath(target.fsPath).catch(() => target.fsPath) : null;
  const entry = (await app.workflows.list()).find((candidate) => candidate.path === path);
  if (!entry) {
    throw new Error(
      'This file is no workflow. Workflows lie in .boocode/workflows of the workspace or of your home folder.',
    );
  }
  if (!entry.problem) return entry;
  await showProblem(entry.path, entry.problem.message, entry.problem.position);
  return undefined;
}

async function askAndStart(
  options: RunCommandOptions,
  app: App,
  entry: WorkflowEntry,
): Promise<void> {
  const text = await askArguments(entry);
  if (text === 'form') await options.openForm(entry, false);
  else if (text) await start(options, app, entry, parseArgs(text.typed), false);
}

/** One line for the arguments; the button in its title leads to the form instead. */
async function askArguments(entry: WorkflowEntry): Promise<{ typed: string } | 'form' | undefined> {
  const box = vscode.window.createInputBox();
  const names = Object.keys(propertiesOf(entry)).join(', ');
  box.title = `BooCode: Run ${entry.name}`;
  box.prompt = names
    ? `Arguments for the workflow: plain text, or JSON with ${names}. May be empty.`
    : 'Arguments for the workflow: plain text, or JSON when it starts with { or [. May be empty.';
  box.placeholder = entry.description;
  box.ignoreFocusOut = true;
  if (entry.args_schema) box.buttons = [FORM];
  try {
    return await new Promise((resolve) => {
      const check = (): boolean => {
        const problem = argsProblem(box.value);
        box.validationMessage = problem ?? undefined;
        return problem === null;
      };
      box.onDidChangeValue(check);
      box.onDidAccept(() => check() && resolve({ typed: box.value }));
      box.onDidTriggerButton(() => resolve('form'));
      box.onDidHide(() => resolve(undefined));
      box.show();
    });
  } finally {
    box.dispose();
  }
}

function propertiesOf(entry: WorkflowEntry): object {
  const properties = entry.args_schema?.properties;
  return typeof properties === 'object' && properties !== null ? properties : {};
}

/** Starts a run and stays until it has ended, so that the notification can show and cancel it. */
async function start(
  options: RunCommandOptions,
  app: App,
  workflow: string | WorkflowEntry,
  args: unknown,
  fresh: boolean,
): Promise<void> {
  const name = typeof workflow === 'string' ? workflow : workflow.name;
  try {
    await follow(options, app, await app.workflows.run(workflow, args, { fresh }), name);
  } catch (error) {
    await explain(options, error);
  }
}

/** Shows a run that was started, and stays until it has ended. */
export async function follow(
  options: RunCommandOptions,
  app: App,
  run: RunHandle,
  name: string,
): Promise<void> {
  try {
    options.panels.open('run', app, run.run_id, name);
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: `BooCode: ${name}`,
        cancellable: true,
      },
      async (progress, token) => {
        token.onCancellationRequested(() => void app.workflows.cancel(run.run_id));
        const unsubscribe = app.store.subscribe(reporter(run.run_id, progress));
        try {
          await run.ended;
        } finally {
          unsubscribe();
        }
      },
    );
    const end = await run.ended;
    void announce(options, app, run.run_id, name, end.status, end.error);
  } catch (error) {
    await explain(options, error);
  }
}

function reporter(
  session_id: string,
  progress: vscode.Progress<{ message?: string }>,
): (frame: Frame) => void {
  const steps = new Map<string, boolean>();
  let phase = '';
  return (frame) => {
    if (frame.session_id !== session_id) return;
    if (frame.type === 'stage.status' && frame.stage.status === 'running')
      phase = frame.stage.title;
    else if (frame.type === 'execution.status' && frame.execution.kind === 'step')
      steps.set(frame.execution.execution_id, isTerminal(frame.execution.status));
    else return;
    const done = [...steps.values()].filter(Boolean).length;
    const count = steps.size > 0 ? `${done} of ${steps.size} steps` : 'starting';
    progress.report({ message: phase ? `${phase} · ${count}` : count });
  };
}

async function announce(
  options: RunCommandOptions,
  app: App,
  run_id: string,
  name: string,
  status: string,
  error: string | undefined,
): Promise<void> {
  if (status === 'cancelled') return;
  if (status === 'completed') {
    if (options.panels.isVisible('run', run_id)) return;
    const answer = await vscode.window.showInformationMessage(
      `BooCode: ${name} is finished.`,
      'View Result',
    );
    if (answer) options.panels.open('run', app, run_id, name);
    return;
  }
  const answer = await vscode.window.showErrorMessage(
    `BooCode: ${name} failed. ${error ?? 'No reason was recorded.'}`,
    'Open Run',
    'Show Log',
  );
  if (answer === 'Open Run') options.panels.open('run', app, run_id, name);
  if (answer === 'Show Log') options.log.show();
}

async function canRun(): Promise<boolean> {
  if (!vscode.workspace.workspaceFolders?.length) {
    const answer = await vscode.window.showErrorMessage(
      'BooCode: a workflow works on a folder, and no folder is open. Open one and run the command again.',
      'Open Folder',
    );
    if (answer) await vscode.commands.executeCommand('vscode.openFolder');
    return false;
  }
  if (!vscode.workspace.isTrusted) {
    const answer = await vscode.window.showErrorMessage(
      'BooCode: workflow scripts run only in a trusted workspace. Trust this workspace and run the command again.',
      'Manage Workspace Trust',
    );
    if (answer) await vscode.commands.executeCommand('workbench.trust.manage');
    return false;
  }
  return true;
}

async function explain(options: RunCommandOptions, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  options.log.error(message);
  if (error instanceof WorkflowError && error.path) {
    await showProblem(error.path, message, error.position);
    return;
  }
  const answer = await vscode.window.showErrorMessage(`BooCode: ${message}`, 'Show Log');
  if (answer) options.log.show();
}
