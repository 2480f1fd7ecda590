/** One run of one workflow: the script in its sandbox, its calls answered, its end recorded. */
import { basename } from 'node:path';
import type { ErrorKind, Session } from '../contracts/records.ts';
import { withAbsence } from './absent.ts';
import type { RunBudgets } from './budgets.ts';
import type { RunJournal } from './journal.ts';
import { withNullHelp } from './null_help.ts';
import type { Phases } from './phases.ts';
import type { AgentCall, ScriptCall, WorkflowCall } from './sandbox/calls.ts';
import { type ScriptFailure, scriptFailure } from './sandbox/failure.ts';
import type { Sandbox, SandboxEvents } from './sandbox/sandbox.ts';
import type { Script } from './scripts.ts';
import { ShownLimits } from './shown_limits.ts';
import type { Steps } from './steps.ts';
import type { RunEnd } from './workflow.ts';

export interface RunParts {
  readonly journal: RunJournal;
  readonly phases: Phases;
  readonly budgets: RunBudgets;
  readonly steps: Pick<Steps, 'run' | 'underway' | 'settled' | 'kindOf'>;
  /** Aborted with the run, or by it when it ends for another reason. */
  readonly stop: AbortController;
  /** Opens a sandbox; gives it back or kills it. */
  readonly openSandbox: (events: SandboxEvents) => Promise<Sandbox>;
  readonly releaseSandbox: (sandbox: Sandbox) => Promise<void>;
  /** Finds a nested workflow. @throws WorkflowError for an unknown name or a broken script. */
  readonly nested: (call: WorkflowCall) => Promise<Script>;
}

type At = Pick<ScriptFailure, 'stack' | 'position'>;
const NOWHERE: At = { stack: '', position: null };

type End =
  | { readonly status: 'completed'; readonly result: unknown }
  | {
      readonly status: 'failed';
      readonly error: string;
      readonly kind: ErrorKind;
      readonly at: At;
    }
  | { readonly status: 'cancelled' };

interface Nested {
  readonly id: number;
  readonly file: string;
  readonly phase: string | null;
}

/** Milliseconds that agents get to stop after the run was told to. */
const STOPPING = 800;

export class WorkflowRun {
  readonly #parts: RunParts;
  readonly #script: Script;
  readonly #limits: ShownLimits;
  readonly #end = Promise.withResolvers<End>();
  /** Nested scripts at work: their realm, and the number of the call that waits for them. */
  readonly #nested = new Map<number, Nested>();
  /** Agents that the script has called and not had an answer of, each in words. */
  readonly #open = new Map<string, string>();
  /** The latest agent that gave null, in words. */
  #lost: string | null = null;
  /** What the run ends with when something of it could not be recorded. */
  #unkept: End | null = null;
  #args: string | undefined;
  #sandbox: Sandbox | null = null;
  #realms = 0;
  #nestedCalls = 0;

  constructor(parts: RunParts, script: Script) {
    this.#parts = parts;
    this.#script = script;
    this.#limits = new ShownLimits(parts.journal);
    const { signal } = parts.stop;
    const cancelled = (): void => this.#end.resolve({ status: 'cancelled' });
    if (signal.aborted) cancelled();
    else signal.addEventListener('abort', cancelled, { once: true });
  }

  /** The facts cannot be kept; going on would lose what the agents do. */
  lost(error: unknown): void {
    const told = error instanceof Error ? error.message : String(error);
    const message = `What the run did could not be recorded: ${told}`;
    this.#unkept ??= { status: 'failed', error: message, kind: 'internal', at: NOWHERE };
    this.#end.resolve(this.#unkept);
  }

  /** @param args JSON text or undefined. Runs to the end, however it ends; never rejects. */
  async play(args: string | undefined): Promise<RunEnd> {
    const { journal, stop, steps, phases } = this.#parts;
    const run_id = journal.session.session_id;
    this.#args = args;
    try {
      await this.#start(args);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), 'internal');
    }
    const end = await this.#end.promise;
    const left = steps.underway;
    const names = [...this.#open.values()].slice(0, 3).join(', ');
    if (end.status !== 'completed') this.#sandbox?.kill();
    stop.abort(new Error('The run has ended.'));
    if (left > 0) await this.#settle();
    if (end.status === 'completed' && left > 0) {
      journal.log(
        'warn',
        `The script ended without waiting for ${left} of its agents; they were stopped (${names}${left > 3 ? ', …' : ''}). Write await before the calls whose results are needed.`,
      );
    }
    if (this.#sandbox && end.status === 'completed') void this.#parts.releaseSandbox(this.#sandbox);
    phases.finish(end.status);
    this.#limits.finish();
    await journal.kept();
    return this.#record(run_id, end.status === 'completed' ? (this.#unkept ?? end) : end);
  }

  async #start(args: string | undefined): Promise<void> {
    const { journal, stop, openSandbox, budgets } = this.#parts;
    if (stop.signal.aborted) return;
    const opening = openSandbox({
      onCall: (realm, call) => this.#called(realm, call),
      onFailed: (realm, failure) => this.#failed(realm, failure),
      onFatal: (failure) => this.#scriptFailed(failure),
      spending: () => budgets.spending(),
    });
    const waited = journal.session.status === 'pending';
    if (waited) journal.keeping(journal.update({ status: 'running', started_at: Date.now() }));
    this.#sandbox = await opening;
    if (stop.signal.aborted) return;
    const { code, form } = this.#script.parsed;
    const file = basename(this.#script.path);
    this.#sandbox.load(0, { form, code, file, ...(args === undefined ? {} : { args }) });
  }

  #called(realm: number, call: ScriptCall): void {
    const { journal, phases, budgets } = this.#parts;
    switch (call.call) {
      case 'agent':
        void this.#agent(realm, call);
        return;
      case 'workflow':
        void this.#workflow(realm, call);
        return;
      case 'log':
        journal.log(call.level, call.level === 'warn' ? withAbsence(call.text) : call.text);
        return;
      case 'phase':
        if (call.ended) phases.leave(call.title);
        else phases.turn(call.title);
        if (call.tokens !== undefined) journal.limit(call.title, call.tokens);
        return;
      case 'scope':
        this.#limits.show(budgets.open(realm, call.scope, call.parent, call), call);
        return;
      case 'budget':
        budgets.of(realm, 0).tighten(call);
        this.#budgeted();
        return;
      case 'done':
        this.#done(realm, call.result);
        return;
      case 'failed': {
        const { name, message, stack } = call;
        const plain = ['', 'Error', 'AgentError', 'BudgetExceededError'].includes(name);
        const said = plain ? message : `${name}: ${message}`;
        // A nested script gets its arguments from the script that calls it.
        const told = withAbsence(realm === 0 ? this.#withNullHelp(said) : said);
        const file =
          realm === 0 ? basename(this.#script.path) : (this.#nested.get(realm)?.file ?? '');
        this.#failed(realm, scriptFailure('script', told, stack, file));
      }
    }
  }

  #withNullHelp(message: string): string {
    const { code } = this.#script.parsed;
    return withNullHelp(message, { code, args: this.#args, lost: this.#lost });
  }

  async #agent(realm: number, call: AgentCall): Promise<void> {
    const phase = call.phase ?? this.#nested.get(realm)?.phase ?? null;
    const key = `${realm}:${call.id}`;
    const name = call.label || call.prompt.slice(0, 40);
    const words = `"${name}"${call.line === null ? '' : ` in line ${call.line}`}`;
    this.#open.set(key, words);
    const answer = await this.#parts.steps.run(realm, { ...call, phase });
    this.#open.delete(key);
    if ('value' in answer && answer.value === null) this.#lost = words;
    this.#sandbox?.answer(realm, call.id, answer);
  }

  async #workflow(realm: number, call: WorkflowCall): Promise<void> {
    const { budgets } = this.#parts;
    try {
      if (realm !== 0) {
        throw new Error('A workflow that was called by another one cannot call a third one.');
      }
      this.#nestedCalls += 1;
      if (this.#nestedCalls > 1000) {
        throw new Error('The run has called 1000 workflows, which is the limit.');
      }
      const script = await this.#parts.nested(call);
      const { code, form } = script.parsed;
      const args = call.args === undefined ? {} : { args: JSON.stringify(call.args) };
      this.#realms += 1;
      const file = basename(script.path);
      this.#nested.set(this.#realms, { id: call.id, file, phase: call.phase });
      budgets.nest(this.#realms, budgets.of(realm, call.scope));
      this.#sandbox?.load(this.#realms, { form, code, file, ...args });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#sandbox?.answer(realm, call.id, { error: { name: 'Error', message } });
    }
  }

  #budgeted(): void {
    const { journal, budgets } = this.#parts;
    journal
      .update({ budget_tokens: budgets.run.total, budget_steps: budgets.run.steps })
      .catch((error: unknown) => this.lost(error));
  }

  #done(realm: number, result: unknown): void {
    if (realm === 0) this.#end.resolve({ status: 'completed', result });
    else this.#leave(realm, (id) => this.#sandbox?.answer(0, id, { value: result }));
  }

  #failed(realm: number, failure: ScriptFailure): void {
    if (realm === 0) {
      this.#scriptFailed(failure);
      return;
    }
    const { message } = failure;
    this.#leave(realm, (id) => this.#sandbox?.answer(0, id, { error: { name: 'Error', message } }));
  }

  #leave(realm: number, answer: (id: number) => void): void {
    const nested = this.#nested.get(realm);
    if (!nested) return;
    this.#nested.delete(realm);
    this.#sandbox?.unload(realm);
    answer(nested.id);
  }

  #scriptFailed(failure: ScriptFailure): void {
    const kind = this.#parts.steps.kindOf(failure.told) ?? failure.kind;
    this.#fail(failure.message, kind, failure);
  }

  #fail(error: string, kind: ErrorKind, at: At = NOWHERE): void {
    this.#end.resolve({ status: 'failed', error, kind, at });
  }

  // What does not stop in time is left behind: its process has been told, and the user waits.
  async #settle(): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, STOPPING);
    await Promise.race([this.#parts.steps.settled(), waited.promise]);
    clearTimeout(timer);
  }

  async #record(run_id: string, end: End): Promise<RunEnd> {
    const { journal } = this.#parts;
    const finished_at = Date.now();
    let change: Partial<Session> & Pick<Session, 'status'> = { status: end.status, finished_at };
    if (end.status === 'failed') {
      change = { ...change, error: end.error, error_kind: end.kind };
      const { stack, position } = end.at;
      // Where in which file, so that a screen can lead there.
      const place = position ? { path: this.#script.path, ...position } : {};
      journal.log('error', stack ? `${end.error}\n${stack}` : end.error, place);
    }
    const text = end.status === 'completed' ? resultText(end.result) : undefined;
    if (text !== undefined) change = { ...change, result: text };
    try {
      await journal.update(change);
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error);
      return {
        run_id,
        status: 'failed',
        error: `The end of the run could not be recorded: ${told}`,
      };
    }
    if (end.status === 'completed') return { run_id, status: 'completed', result: end.result };
    return end.status === 'failed'
      ? { run_id, status: 'failed', error: end.error }
      : { run_id, status: 'cancelled' };
  }
}

function resultText(result: unknown): string | undefined {
  return result === undefined ? undefined : JSON.stringify(result);
}
