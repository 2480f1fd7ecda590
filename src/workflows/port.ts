/** The door of the workflows room: what the app gives it, and what others may ask of it. */
import type { AgentHouse } from '../agents/agent.ts';
import type { Permissions } from '../agents/policy.ts';
import type { Decision } from '../contracts/chat.ts';
import type { DryRun } from '../contracts/dry_run.ts';
import type { Session } from '../contracts/records.ts';
import type { Store } from '../store/store.ts';
import type { EarlierChanges } from './changes.ts';
import type { WorkflowFolders } from './discovery.ts';
import type { GivenAnswer } from './questions.ts';
import type { SandboxPlaces } from './sandbox/pool.ts';
import type { RunAgent } from './steps.ts';
import type { RunHandle, WorkflowEntry } from './workflow.ts';

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
  readonly permissionsWrite: Permissions['write'];
  readonly permissionsExecute: Permissions['execute'];
  /** Command lines that run without asking. */
  readonly permissionsAllowedCommands: readonly string[];
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
  /** Where files are kept as they were before agents changed them; chats share it. */
  readonly blobs: string;
  /** False where nobody can be asked: what would be asked is then denied. */
  readonly attended: boolean;
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
  /** Answers to questions of the run that is resumed. */
  readonly answers?: readonly GivenAnswer[];
}

export interface WorkflowManager {
  /** Every workflow file, hidden and broken ones included. */
  list(): Promise<WorkflowEntry[]>;
  /** @returns the workflow that runs under this name, or null. */
  get(name: string): Promise<WorkflowEntry | null>;
  /** To be called where the user begins to choose: the sandbox of the run starts meanwhile. */
  expectRun(): void;
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
  /**
   * Answers an agent's question. In a run that was cut off while it asked, this resumes the run:
   * the same call of the same step then has its answer.
   * @returns the run that goes on: this one, or the one that took it over.
   * @throws WorkflowError where the question is no longer open.
   */
  approve(
    run_id: string,
    approval_id: string,
    decision: Decision,
    reason?: string,
  ): Promise<RunHandle>;
  /**
   * Puts back what the agents of an ended run, or of one step, changed in the workspace, or forth
   * again; of a run together with those that it goes on with. Effects of commands stay.
   * @returns the paths.
   * @throws Error that names files which somebody else has changed since; then nothing was changed.
   */
  moveChanges(
    run_id: string,
    execution_id: string | null,
    direction: 'undo' | 'redo',
  ): Promise<string[]>;
  /** What the runs changed that this one goes on with; oldest first. */
  earlierChanges(run_id: string): Promise<EarlierChanges[]>;
  /** A file before the run's or the step's first change and after its last; null: no file. */
  change(
    run_id: string,
    execution_id: string | null,
    path: string,
  ): Promise<{ readonly before: Buffer | null; readonly after: Buffer | null }>;
  /** Runs with an open question, newest first; also of those that were cut off while they asked. */
  asking(): Promise<Session[]>;
  /** Whether the run is at work in this process. */
  atWork(run_id: string): boolean;
  /** The run as last recorded, or null for an unknown one. */
  status(run_id: string): Promise<Session | null>;
  /** Stops all runs as a crash would, so that they can go on later, and ends the sandboxes. */
  close(): Promise<void>;
}
