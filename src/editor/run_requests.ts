/** What panels ask about workflow runs: to end, repeat or change one, or to keep its result. */
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { StartTarget } from '../contracts/workflow_requests.ts';
import type { RunHandle } from '../workflows/workflow.ts';
import type { Diffs } from './chat/diff.ts';
import type { Handlers } from './panel.ts';

export interface RunRequestsOptions {
  readonly app: App;
  /** The session of the panel that asks; empty for a panel of no session. */
  readonly session_id: string;
  /** Shows a run that a panel has started, in its own panel. */
  readonly follow: (run: RunHandle, name: string) => void;
  /** Opens the form of a workflow, filled in. */
  readonly openForm: (target: StartTarget) => Promise<void>;
  readonly diffs: Diffs;
}

export function runHandlers(options: RunRequestsOptions): Handlers {
  const { app, session_id } = options;

  /** A run that a panel asked for: its own panel opens, and the asking one is told its id. */
  const startedBy = async (starting: Promise<RunHandle>): Promise<{ session_id: string }> => {
    const run = await starting;
    const session = await app.workflows.status(run.run_id);
    options.follow(run, session?.title ?? 'workflow');
    return { session_id: run.run_id };
  };

  return {
    'run.cancel': async () => {
      await app.workflows.cancel(session_id);
      return {};
    },
    'run.again': async ({ fresh }) => {
      await startedBy(app.workflows.again(session_id, { fresh }));
      return {};
    },
    'run.resume': () => startedBy(app.workflows.resume(session_id)),
    'run.from': (step) => startedBy(app.workflows.runFrom(step.session_id, step.execution_id)),
    'step.retry': (step) => startedBy(app.workflows.runFrom(step.session_id, step.execution_id)),
    'run.approve': async ({ session_id: run_id, approval_id, decision, reason }) => {
      const run = await app.workflows.approve(run_id, approval_id, decision, reason);
      return run.run_id === run_id ? { session_id: run_id } : startedBy(Promise.resolve(run));
    },
    'run.undo': async (p) => ({
      paths: await app.workflows.moveChanges(p.session_id, p.execution_id, 'undo'),
    }),
    'run.redo': async (p) => ({
      paths: await app.workflows.moveChanges(p.session_id, p.execution_id, 'redo'),
    }),
    'run.earlier': async ({ session_id: run_id }) =>
      (await app.workflows.earlierChanges(run_id)).map(({ changes, undone, ...run }) => ({
        ...{ ...run, changes: [...changes], undone: [...undone] },
      })),
    'run.change': async ({ session_id: run_id, execution_id, path }) => {
      await options.diffs.showFile(path, await app.workflows.change(run_id, execution_id, path));
      return {};
    },
    'agent.cancel': async ({ session_id: session, execution_id }) => {
      const chat = (await app.store.session(session))?.kind === 'chat';
      const cancelled = chat
        ? await app.chats.cancelAgent(session, execution_id)
        : app.workflows.cancelAgent(session, execution_id);
      return { cancelled };
    },
    'workflow.edit': async () => {
      const session = await app.store.session(session_id);
      if (!session?.workflow_path) throw new Error('The workflow of this run is not known.');
      const { workflow_path: path, args } = session;
      await options.openForm({ path, dry_run: false, ...(args ? { args } : {}) });
      return {};
    },
    'workflow.dry_run': async ({ workflow, path, args }) => {
      const entries = path === undefined ? [] : await app.workflows.list();
      const entry = entries.find((candidate) => candidate.path === path);
      return app.workflows.dryRun(
        entry ?? workflow,
        args === undefined ? undefined : JSON.parse(args),
      );
    },
    'result.save': async () => {
      await saveResult(app, session_id);
      return {};
    },
  };
}

async function saveResult(app: App, session_id: string): Promise<void> {
  const snapshot = await app.store.snapshot(session_id);
  const result = snapshot?.session.result;
  if (!result) throw new Error('This run has no result to save.');
  const value: unknown = JSON.parse(result);
  const text = typeof value === 'string' ? value : `${JSON.stringify(value, null, 2)}\n`;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const name = `${snapshot.session.title}-result.${typeof value === 'string' ? 'md' : 'json'}`;
  const target = await vscode.window.showSaveDialog({
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {}),
  });
  if (!target) return;
  await vscode.workspace.fs.writeFile(target, Buffer.from(text, 'utf8'));
  await vscode.window.showTextDocument(target);
}
