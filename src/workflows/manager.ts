/** The workflows of a workspace: lists them, runs them, and knows the runs that are at work. */
import { Blobs } from '../agents/blobs.ts';
import { keepChange } from '../agents/checkpoints.ts';
import type { Decision } from '../contracts/chat.ts';
import type { DryRun } from '../contracts/dry_run.ts';
import type { Session } from '../contracts/records.ts';
import { isTerminal } from '../contracts/status.ts';
import { newId } from '../store/store.ts';
import { readAgentTypes } from './agent_types.ts';
import { argsText } from './args.ts';
import { runsThatAsk } from './asking.ts';
import { RunBudgets } from './budgets.ts';
import { Digests, StepCache } from './cache.ts';
import { changeOf, type EarlierChanges, earlierChanges, moveChanges } from './changes.ts';
import { dryRun } from './dry_run.ts';
import { cutOffQuestion, EarlierRun } from './earlier.ts';
import { RunJournal } from './journal.ts';
import { StepMemory } from './memory.ts';
import { Phases } from './phases.ts';
import type { RunOptions, WorkflowManager, WorkflowsOptions } from './port.ts';
import { Questions } from './questions.ts';
import { quietOnce } from './quiet_store.ts';
import { type RunParts, WorkflowRun } from './run.ts';
import { RunPlace } from './run_place.ts';
import { SandboxPool } from './sandbox/pool.ts';
import { type Script, Scripts } from './scripts.ts';
import { Slots } from './slots.ts';
import { Steps } from './steps.ts';
import { type RunHandle, type WorkflowEntry, WorkflowError } from './workflow.ts';
import { Worktrees } from './worktree.ts';

export type {
  RunOptions,
  WorkflowManager,
  WorkflowSettings,
  WorkflowsOptions,
} from './port.ts';

/** Makes the manager; nothing is started until the first run. */
export function createWorkflows(options: WorkflowsOptions): WorkflowManager {
  return new Manager(options);
}

interface Live {
  readonly cancel: AbortController;
  readonly journal: RunJournal;
  readonly steps: Steps;
  readonly questions: Questions;
  readonly handle: RunHandle;
}

class Manager implements WorkflowManager {
  readonly #options: WorkflowsOptions;
  readonly #scripts: Scripts;
  readonly #cache: StepCache;
  readonly #pool: SandboxPool;
  readonly #worktrees: Worktrees;
  readonly #runSlots: Slots;
  readonly #agentSlots: Slots;
  readonly #blobs: Blobs;
  readonly #live = new Map<string, Live>();
  /** Runs that went on by an answer to a question of theirs. */
  readonly #answered = new Set<string>();
  readonly #closing = Promise.withResolvers<void>();
  #closed = false;

  constructor(options: WorkflowsOptions) {
    const { store, settings, sandbox } = options;
    this.#options = options;
    this.#scripts = new Scripts(options.folders);
    this.#cache = new StepCache(store);
    this.#pool = new SandboxPool(sandbox, () => settings().sandboxNodePath);
    this.#worktrees = new Worktrees(options.worktrees);
    this.#blobs = new Blobs(options.blobs);
    this.#runSlots = new Slots(() => settings().maxConcurrentRuns);
    this.#agentSlots = new Slots(() => settings().maxConcurrentAgents);
  }

  list(): Promise<WorkflowEntry[]> {
    return this.#scripts.list();
  }

  get(name: string): Promise<WorkflowEntry | null> {
    return this.#scripts.get(name);
  }

  expectRun(): void {
    if (!this.#options.trusted() || this.#closed) return;
    void this.#pool.prepare(this.#options.settings().sandboxMemoryLimit);
  }

  async run(
    workflow: string | WorkflowEntry,
    args?: unknown,
    options: RunOptions = {},
  ): Promise<RunHandle> {
    this.#checkTrust();
    this.expectRun();
    const script = await this.#scripts.load(workflow);
    return this.#begin(
      script,
      told(() => argsText(args)),
      options,
    );
  }

  async dryRun(workflow: string | WorkflowEntry, args?: unknown): Promise<DryRun> {
    this.#checkTrust();
    const { store, folders } = this.#options;
    const script = await this.#scripts.load(workflow);
    const text = told(() => argsText(args));
    const [house] = await Promise.all([this.#options.house(), this.#cache.refresh()]);
    const { runTokenBudget } = this.#options.settings();
    const parts = {
      ...{ store, house, cache: this.#cache, types: await readAgentTypes(folders) },
      session: newSession(script, text, house.models.describe().simulated),
      budgets: new RunBudgets({ tokens: runTokenBudget || undefined }),
      ...this.#sandboxParts(),
    };
    return dryRun(parts, script, text);
  }

  async again(run_id: string, options: RunOptions = {}): Promise<RunHandle> {
    this.#checkTrust();
    const session = await this.#options.store.session(run_id);
    if (!session?.workflow_name) {
      throw new WorkflowError(`The run ${run_id} is not in the store. It may have been pruned.`);
    }
    const { workflow_path, workflow_name, args } = session;
    const script = await this.#scripts.again(workflow_path ?? null, workflow_name);
    return this.#begin(script, args ?? undefined, options);
  }

  async resume(run_id: string, options: RunOptions = {}): Promise<RunHandle> {
    const session = await this.#over(run_id);
    // What was begun without the cache goes on without it.
    return this.again(run_id, { fresh: session?.fresh ?? false, ...options, resume: run_id });
  }

  async runFrom(
    run_id: string,
    execution_id: string,
    options: RunOptions = {},
  ): Promise<RunHandle> {
    await this.#over(run_id);
    return this.again(run_id, { ...options, from: { run_id, execution_id } });
  }

  async cancel(run_id: string): Promise<boolean> {
    const live = this.#live.get(run_id);
    if (!live) return false;
    live.cancel.abort(new Error('The run was cancelled.'));
    await live.handle.ended;
    return true;
  }

  cancelAgent(run_id: string, execution_id: string): boolean {
    return this.#live.get(run_id)?.steps.cancel(execution_id) ?? false;
  }

  async approve(
    run_id: string,
    approval_id: string,
    decision: Decision,
    reason?: string,
  ): Promise<RunHandle> {
    if (decision !== 'deny') this.#checkTrust('Nothing acts in a workspace that is not trusted.');
    const live = this.#live.get(run_id);
    if (live?.questions.answer(approval_id, decision, reason)) return live.handle;
    const { store } = this.#options;
    const asked = live ? null : await cutOffQuestion(store, run_id, approval_id);
    if (!asked) {
      const elsewhere = !live && (await store.atWorkElsewhere(run_id));
      throw new WorkflowError(
        elsewhere
          ? 'This run is at work in another window. Answer its questions there.'
          : 'This question is no longer open: the call was answered or stopped.',
      );
    }
    if (this.#answered.has(run_id)) {
      throw new WorkflowError('This run goes on already. Answer what is asked in the new run.');
    }
    this.#answered.add(run_id);
    const { step_key, tool_name, input } = asked;
    const told = reason === undefined ? {} : { reason };
    const answers = [{ step_key, tool_name, input, decision, ...told }];
    return this.resume(run_id, { answers });
  }

  async moveChanges(
    run_id: string,
    execution_id: string | null,
    direction: 'undo' | 'redo',
  ): Promise<string[]> {
    this.#checkTrust('Nothing acts in a workspace that is not trusted.');
    await this.#over(run_id);
    const house = await this.#options.house();
    const parts = { house, blobs: this.#blobs };
    return moveChanges(parts, { run_id, execution_id }, direction);
  }

  earlierChanges(run_id: string): Promise<EarlierChanges[]> {
    return earlierChanges(this.#options.store, run_id);
  }

  async change(run_id: string, execution_id: string | null, path: string) {
    const house = await this.#options.house();
    return changeOf({ house, blobs: this.#blobs }, { run_id, execution_id }, path);
  }

  asking(): Promise<Session[]> {
    return runsThatAsk(this.#options.store);
  }

  atWork(run_id: string): boolean {
    return this.#live.has(run_id);
  }

  async status(run_id: string): Promise<Session | null> {
    const live = this.#live.get(run_id);
    if (live) return live.journal.session;
    return (await this.#options.store.snapshot(run_id))?.session ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const live of this.#live.values()) live.cancel.abort(new Error('BooCode is closing.'));
    this.#closing.resolve();
    this.#pool.close();
  }

  #sandboxParts(): Pick<RunParts, 'openSandbox' | 'releaseSandbox' | 'nested'> {
    const { sandboxMemoryLimit } = this.#options.settings();
    return {
      openSandbox: (events) => this.#pool.open(sandboxMemoryLimit, events),
      releaseSandbox: (sandbox) => this.#pool.release(sandbox),
      nested: (call) => this.#scripts.nested(call),
    };
  }

  #checkTrust(what = 'Workflows run only in a trusted workspace.'): void {
    if (this.#options.trusted()) return;
    throw new WorkflowError(
      `${what} Trust this workspace first ("Workspaces: Manage Workspace Trust").`,
    );
  }

  /** What the agents of a run ask; while one waits for the user, so does the run. */
  #questions(journal: RunJournal, earlier: EarlierRun | null, options: RunOptions): Questions {
    const { settings, trusted, attended } = this.#options;
    return new Questions({
      ...{ attended, allowed: earlier?.allowed ?? [], given: options.answers ?? [] },
      policy: () => {
        const limits = settings();
        const permissions = {
          write: limits.permissionsWrite,
          execute: limits.permissionsExecute,
          allowedCommands: limits.permissionsAllowedCommands,
        };
        return { trusted: trusted(), permissions };
      },
      onWaiting: (waits) => journal.waits(waits),
      onDenied: (message) => journal.log('warn', message),
    });
  }

  /** @throws WorkflowError for a run that is at work. */
  async #over(run_id: string): Promise<Session | null> {
    const session = await this.status(run_id);
    if (!session || isTerminal(session.status)) return session;
    throw new WorkflowError(
      `The run "${session.title}" is still at work. Wait for its end or cancel it first.`,
    );
  }

  async #begin(script: Script, args: string | undefined, options: RunOptions): Promise<RunHandle> {
    const { settings, folders } = this.#options;
    const store = quietOnce(this.#options.store, () => this.#closed);
    const [house, types] = await Promise.all([
      this.#options.house().then((open) => ({ ...open, store })),
      readAgentTypes(folders),
      this.#cache.refresh(),
    ]);
    const limits = settings();
    const tokens = options.budget_tokens ?? (limits.runTokenBudget || undefined);
    const budgets = told(() => new RunBudgets({ tokens, steps: options.budget_steps }));
    const { resume, from } = options;
    const earlier = from
      ? await EarlierRun.read(store, from.run_id, from.execution_id)
      : resume === undefined
        ? null
        : await EarlierRun.read(store, resume);
    const simulated = house.models.describe().simulated;
    const session: Session = {
      ...newSession(script, args, simulated),
      ...(tokens === undefined ? {} : { budget_tokens: tokens }),
      ...(options.budget_steps === undefined ? {} : { budget_steps: options.budget_steps }),
      ...(earlier ? { resumed_from: earlier.run_id } : {}),
      ...(options.fresh ? { fresh: true } : {}),
    };
    const cancel = new AbortController();
    const { signal } = cancel;
    const journal = new RunJournal(store, session, (error) => run.lost(error));
    const phases = new Phases(journal);
    const memory = new StepMemory({
      ...{ cache: this.#cache, journal, earlier, fresh: options.fresh ?? false },
      digests: new Digests(house, signal),
    });
    const questions = this.#questions(journal, earlier, options);
    const place = new RunPlace({
      ...{ runs: this.#runSlots, agents: this.#agentSlots, signal },
      onWait: (ahead) => this.#sayWaits(journal, ahead),
    });
    const steps = new Steps({
      questions,
      keep: (change) => keepChange(this.#blobs, change),
      ...{ house, journal, phases, budgets, memory, signal },
      ...{ slots: place, worktrees: this.#worktrees },
      types,
      runAgent: this.#options.runAgent,
      max_steps: limits.agentMaxSteps,
      timeout_ms: limits.agentTimeout * 1000,
    });
    const run = new WorkflowRun(
      {
        ...{ journal, phases, budgets, steps, stop: cancel },
        ...this.#sandboxParts(),
      },
      script,
    );
    // One that need not wait for its turn was never pending.
    const running = { status: 'running', started_at: Date.now() } as const;
    const recorded = journal.update(this.#runSlots.free ? running : {});
    if (earlier) {
      const text = `Takes over ${earlier.size} finished steps of the run ${earlier.run_id}.`;
      journal.log('info', text, { resumed_from: earlier.run_id });
    }
    phases.declare(script.parsed.phases);
    const outside = (): void => cancel.abort(options.signal?.reason);
    if (options.signal?.aborted) outside();
    options.signal?.addEventListener('abort', outside, { once: true });
    const run_id = session.session_id;
    const played = this.#inTurn(place, () => run.play(args)).finally(() => {
      this.#live.delete(run_id);
      options.signal?.removeEventListener('abort', outside);
    });
    const left = this.#closing.promise.then(() => ({ run_id, status: 'cancelled' as const }));
    const ended = Promise.race([played, left]);
    const handle = { run_id, ended };
    this.#live.set(run_id, { cancel, journal, steps, questions, handle });
    try {
      await recorded;
    } catch (error) {
      cancel.abort(error);
      await ended;
      throw error;
    }
    return handle;
  }

  // A run that waits for its turn stays pending; one that is cancelled meanwhile ends at once.
  async #inTurn<T>(place: RunPlace, play: () => Promise<T>): Promise<T> {
    await place.begin().catch(() => undefined);
    try {
      return await play();
    } finally {
      place.end();
    }
  }

  #sayWaits(journal: RunJournal, ahead: number): void {
    const before = ahead === 0 ? '' : `, and ${ahead} wait before it`;
    const most = this.#options.settings().maxConcurrentRuns;
    const text = `Waits for its turn: ${most} runs are at work${before}. The setting boocode.maxConcurrentRuns says how many may be.`;
    journal.log('info', text, { ahead });
  }
}

/** What a caller gave and cannot be used becomes an error in words for the user. */
function told<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WorkflowError(error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}

function newSession(script: Script, args: string | undefined, simulated: boolean): Session {
  const now = Date.now();
  return {
    session_id: newId(),
    kind: 'workflow',
    title: script.parsed.name,
    status: 'pending',
    created_at: now,
    updated_at: now,
    workflow_name: script.parsed.name,
    workflow_path: script.path,
    ...(args === undefined ? {} : { args }),
    simulated,
  };
}
