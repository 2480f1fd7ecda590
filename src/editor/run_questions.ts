/** Tells the user that an agent of a run asks, where the run's pane is not in view. */
import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { Decision } from '../contracts/chat.ts';
import { type OpenQuestion, questionOf } from '../contracts/run_select.ts';
import type { Log } from './log.ts';
import type { Panels } from './panels.ts';

const SHOW = 'Show';
const ALLOW = 'Allow Once';
const DENY = 'Deny';
/** Commands that are longer cannot be read whole in a notification, so they are answered in the pane. */
const READABLE = 120;

/** One notification at a time for each run; the others of the run wait in its pane. */
export function tellRunQuestions(app: App, panels: Panels, log: Log): vscode.Disposable {
  const told = new Set<string>();

  async function tell(run_id: string, question: OpenQuestion): Promise<void> {
    const session = await app.workflows.status(run_id);
    const name = session?.title ?? 'A workflow';
    const { agent_name, title, paths, approval_id } = question;
    // What would be written needs its diff to be judged.
    const whole = paths.length === 0 && title.length <= READABLE && !title.includes('\n');
    const text = `BooCode: ${agent_name} of ${name} asks: ${shortened(title)}`;
    const buttons = whole ? [SHOW, ALLOW, DENY] : [SHOW, DENY];
    const answer = await vscode.window.showWarningMessage(text, ...buttons);
    if (answer === SHOW) panels.open('run', app, run_id, name);
    const decision: Decision | null = answer === ALLOW ? 'once' : answer === DENY ? 'deny' : null;
    if (decision) await app.workflows.approve(run_id, approval_id, decision);
  }

  const unsubscribe = app.store.subscribe((frame) => {
    if (frame.type !== 'timeline.created') return;
    const question = questionOf(frame.event);
    const run_id = frame.session_id;
    if (!question || told.has(run_id)) return;
    if (!app.workflows.atWork(run_id) || panels.isVisible('run', run_id)) return;
    told.add(run_id);
    tell(run_id, question)
      .catch((error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        log.warn(message);
        void vscode.window.showWarningMessage(`BooCode: ${message}`);
      })
      .finally(() => told.delete(run_id));
  });
  return new vscode.Disposable(unsubscribe);
}

function shortened(title: string): string {
  const line = title.replaceAll(/\s+/g, ' ');
  return line.length > READABLE ? `${line.slice(0, READABLE)}…` : line;
}
