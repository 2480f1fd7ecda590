/** The workflows of a workspace: lists them, runs them, and knows the runs that are at work. */
import type { AgentHouse } from '../agents/agent.ts';
import type { DryRun } from '../contracts/dry_run.ts';
import type { Session } from '../contracts/records.ts';
import { isTerminal } from '../contracts/status.ts';
import { newId, type Store } from '../store/store.ts';
import { readAgentTypes } from './agent_types.ts';
import { argsText } from './args.ts';
import { RunBudgets } from './budgets.ts';
import { Digests, StepCache } from './cache.ts';
import type { WorkflowFolders } from './discovery.ts';
import { dryRun } from './dry_run.ts';
import { EarlierRun } from './earlier.ts';
import { RunJournal } from './journal.ts';
import { StepMemory } from './memory.ts';
import { Phases } from './phases.ts';
import { type RunParts, WorkflowRun } from './run.ts';
import { type SandboxPlaces, SandboxPool } from './sandbox/pool.ts';
import { type Script, Scripts } from './scripts.ts';
import { Slots } from './slots.ts';
import { type RunAgent, Steps } from './steps.ts';
import { type RunHandle, type WorkflowEntry, WorkflowError } from './workflow.ts';
import { Worktrees } from './worktree.ts';

export interface WorkflowSettings {
  /** Model calls of one agent. */
  readonly agentMaxSteps: number;
  /** Seconds. */
  readonly agentTimeout: number;
  /** Tokens of one run; 0 means no limit. */
  readonly runTokenBudget: number;
  readonly maxConcurrentAgents: number;
  readonly maxConcurrentRuns: number;
  readonly sandboxNodePath: string;
  /** Megabytes. */
  readonly sandboxMemoryLimit: number;
}

export interface WorkflowsOptions {
  readonly store: Store;
  readonly runAgent: RunAgent;
  /** What agents work with; asked for each run. @throws WorkflowError where no run is possible. */
  readonly house: () => Promise<AgentHouse>;
  readonly folders: WorkflowFolders;
  /** False in a workspace that the user does not trust: nothing runs there. */
  readonly trusted: () => boolean;
  readonly settings: () => WorkflowSettings;
  readonly sandbox: SandboxPlaces;
  /** Where git worktrees of agents are put; outside of the workspace. */
  readonly worktrees: string;
  readonly log: (message: string) => void;
}

export interface RunOptions {
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Ignores kept results of earlier runs. */
  readonly fresh?: boolean;
  /**
   * A run that was cut off: every step that it finished is taken over, also those that wrote or
   * executed, and those whose files have changed since (the log says so).
   */
  readonly resume?: string;
  /** Takes over what the run had finished before this step; all else runs again, without the cache. */
  readonly from?: { readonly run_id: string; readonly execution_id: string };
  /** Tokens; in place of the setting. */
  readonly budget_tokens?: number;
  /** Model calls. */
  readonly budget_steps?: number;
}

export interface WorkflowManager {
  /** Every workflow file, hidden and broken ones included. */
  list(): Promise<WorkflowEntry[]>;
  /** @returns the workflow that runs under this name, or null. */
  get(name: string): Promise<WorkflowEntry | null>;
  /**
   * Starts a run. @param args a JSON value.
   * @throws WorkflowError when it cannot start: an unknown name, a broken script, arguments that
   * are no JSON, an untrusted workspace. What goes wrong later is in the run's end.
   */
  run(workflow: string | WorkflowEntry, args?: unknown, options?: RunOptions): Promise<RunHandle>;
  /**
   * Starts the workflow of a recorded run again with the same arguments.
   * @throws WorkflowError as `run` does, and for an unknown run.
   */
  again(run_id: string, options?: RunOptions): Promise<RunHandle>;
  /**
   * Goes on with a run that was cut off, cancelled or failed: a new run that repeats no finished
   * agent. @throws WorkflowError also for a run that is still at work.
   */
  resume(run_id: string, options?: RunOptions): Promise<RunHandle>;
  /**
   * Runs a step and what followed it again, with what came before taken over. The same retries a
   * step that failed. @throws WorkflowError also for an unknown step or a run at work.
   */
  runFrom(run_id: string, execution_id: string, options?: RunOptions): Promise<RunHandle>;
  /**
   * What a run would do, with placeholders for the agents' answers: no model is asked, nothing is
   * recorded. @throws WorkflowError as `run` does; what goes wrong in the script is in the answer.
   */
  dryRun(workflow: string | WorkflowEntry, args?: unknown): Promise<DryRun>;
  /** @returns false when no such run is at work. Resolves when the run has ended. */
  cancel(run_id: string): Promise<boolean>;
  /** Stops one agent, or skips it while it waits; the run goes on. @returns false when it is neither. */
  cancelAgent(run_id: string, execution_id: string): boolean;
  /** The run as last recorded, or null for an unknown one. */
  status(run_id: string): Promise<Session | null>;
  /** Forgets kept results in memory; to be called when they are removed from the store. */
  forget(): void;
  /** Cancels all runs and ends the sandboxes. */
  close(): Promise<void>;
}

/** Makes the manager; nothing is started until the first run. */
export function createWorkflows(options: WorkflowsOptions): WorkflowManager {
  return new Manager(options);
}

interface Live {
  readonly cancel: AbortController;
  readonly journal: RunJournal;
  readonly steps: Steps;
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
  readonly #live = new Map<string, Live>();

  constructor(options: WorkflowsOptions) {
    const { store, settings, sandbox } = options;
    this.#options = options;
    this.#scripts = new Scripts(options.folders);
    this.#cache = new StepCache(store);
    this.#pool = new SandboxPool(sandbox, () => settings().sandboxNodePath);
    this.#worktrees = new Worktrees(options.worktrees);
    this.#runSlots = new Slots(() => settings().maxConcurrentRuns);
    this.#agentSlots = new Slots(() => settings().maxConcurrentAgents);
  }

  list(): Promise<WorkflowEntry[]> {
    return this.#scripts.list();
  }

  get(name: string): Promise<WorkflowEntry | null> {
    return this.#scripts.get(name);
  }

  async run(
    workflow: string | WorkflowEntry,
    args?: unknown,
    options: RunOptions = {},
  ): Promise<RunHandle> {
    this.#checkTrust();
    void this.#pool.prepare(this.#options.settings().sandboxMemoryLimit);
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
    const house = await this.#options.house();
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

  async status(run_id: string): Promise<Session | null> {
    const live = this.#live.get(run_id);
    if (live) return live.journal.session;
    return (await this.#options.store.snapshot(run_id))?.session ?? null;
  }

  forget(): void {
    this.#cache.clear();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#live.keys()].map((run_id) => this.cancel(run_id)));
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

  #checkTrust(): void {
    if (this.#options.trusted()) return;
    throw new WorkflowError(
      'Workflows run only in a trusted workspace. Trust this workspace first ("Workspaces: Manage Workspace Trust").',
    );
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
    const { store, settings, folders } = this.#options;
    const [house, types] = await Promise.all([this.#options.house(), readAgentTypes(folders)]);
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
    const steps = new Steps({
      ...{ house, journal, phases, budgets, memory, signal },
      ...{ slots: this.#agentSlots, worktrees: this.#worktrees },
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
    const ended = this.#inTurn(journal, signal, () => run.play(args)).finally(() => {
      this.#live.delete(session.session_id);
      options.signal?.removeEventListener('abort', outside);
    });
    const handle = { run_id: session.session_id, ended };
    this.#live.set(session.session_id, { cancel, journal, steps, handle });
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
  async #inTurn<T>(journal: RunJournal, signal: AbortSignal, play: () => Promise<T>): Promise<T> {
    const wait = (ahead: number): void => {
      const before = ahead === 0 ? '' : `, and ${ahead} wait before it`;
      const most = this.#options.settings().maxConcurrentRuns;
      const text = `Waits for its turn: ${most} runs are at work${before}. The setting boocode.maxConcurrentRuns says how many may be.`;
      journal.log('info', text, { ahead });
    };
    const release = await this.#runSlots.take(signal, wait).catch(() => () => {});
    try {
      return await play();
    } finally {
      release();
    }
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
