// What a BooCode workflow script can use. "BooCode: New Workflow" writes this file for completion
// and hover; it is overwritten when BooCode changes, so keep nothing of your own in it.

declare namespace BooCode {
  /** A JSON Schema with an object at its root. */
  interface Schema {
    /** 'object' */
    type?: string;
    properties?: Record<string, unknown>;
    required?: readonly string[];
    [keyword: string]: unknown;
  }

  /** Tokens, or tokens and model calls. */
  type Limit = number | { tokens?: number; steps?: number };

  interface AgentOptions {
    /** The name of the step on the screen. Without it the first words of the prompt. */
    label?: string;
    /** The phase that this agent belongs to, in place of the one that `phase(title)` has set. */
    phase?: string;
    /** The agent answers with an object that satisfies this JSON Schema. */
    schema?: Schema;
    /** What the agent is told about its role, before the prompt. */
    system?: string;
    /**
     * The tools that the agent may use; without it, all of them. Before a file of the workspace is
     * changed or a command runs, the person who started the run is asked, unless the settings
     * `boocode.permissions.write` and `boocode.permissions.execute` say otherwise.
     */
    tools?: readonly (
      | 'list_files'
      | 'read_file'
      | 'grep'
      | 'git_diff'
      | 'edit_file'
      | 'write_file'
      | 'run_command'
      | (string & {})
    )[];
    /** The model for this agent; without it, the setting `boocode.model`. */
    model?: string;
    /** How much the model thinks before it answers, where the model can be told. */
    effort?: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
    /** What this agent may spend: tokens, or `{ tokens, steps }`. */
    budget?: Limit;
    /** Milliseconds that this agent may take. */
    timeout?: number;
    /** `false`: do not reuse an earlier run's answer to the same question. */
    cache?: boolean;
    /** The agent works in a git worktree of its own, and changes files there without asking. */
    isolation?: 'worktree';
    agentType?: string;
  }

  /** An agent that is defined and not yet at work: it starts when it is awaited or handed over. */
  interface Agent<T> extends Promise<T> {}

  interface Phase {
    /** The title, as `phase(title)` says it. */
    title: string;
    detail?: string;
    model?: string;
  }

  /** The first statement of a script that starts with `export const meta`. Literals only. */
  interface Meta {
    /** The name under which the workflow is listed and run. */
    name: string;
    /** One sentence for the list of workflows. */
    description: string;
    /** The phases, in order: they are shown before their first agent starts. */
    phases?: readonly Phase[];
    whenToUse?: string;
    /** A JSON Schema of the arguments; BooCode shows a form for it. */
    args?: Record<string, unknown>;
  }

  /** What a script exports as `workflow`. */
  interface Workflow extends Meta {
    /** @param args what the run was started with. @returns the run's result, a JSON value. */
    run(args: any): unknown;
  }
}

/** What the run was started with: text, or the value of the JSON that was typed. */
declare const args: any;

/**
 * Defines an agent. It starts when it is awaited, or handed to `parallel`, `pipeline` or `phase`.
 * @param id the name of the step on the screen.
 */
declare function agent(
  id: string,
  options: BooCode.AgentOptions & { prompt: string; schema: BooCode.Schema },
): BooCode.Agent<any>;
/**
 * Defines an agent. It starts when it is awaited, or handed to `parallel`, `pipeline` or `phase`.
 * @param id the name of the step on the screen.
 */
declare function agent(
  id: string,
  options: BooCode.AgentOptions & { prompt: string },
): BooCode.Agent<string>;
/**
 * Starts an agent now.
 * @returns an object that satisfies the schema; null where it was stopped.
 */
declare function agent(
  prompt: string,
  options: BooCode.AgentOptions & { schema: BooCode.Schema },
): Promise<any>;
/** Starts an agent now. @returns its answer as text; null where it was stopped. */
declare function agent(prompt: string, options?: BooCode.AgentOptions): Promise<string | null>;

/**
 * Runs everything at once and waits for all of it. A function or promise that fails gives null.
 * @returns the results in the order of the elements.
 */
declare function parallel<T>(
  elements: readonly (PromiseLike<T> | (() => T | PromiseLike<T>))[],
  options?: { budget?: BooCode.Limit },
): Promise<T[]>;

/** A chain: each element is an agent that is given the result before it, or a function of it. */
declare function pipeline(
  chain: readonly (PromiseLike<unknown> | ((previous: any) => unknown))[],
): Promise<any>;
/**
 * Sends every item through all stages; no item waits for another. A stage that fails gives null.
 * @returns the last results, in the order of the items.
 */
declare function pipeline<T>(
  items: readonly T[],
  ...stages: ((previous: any, item: T, index: number) => unknown)[]
): Promise<any[]>;

/** Runs these agents at once as a phase of this name, under one shared budget. */
declare function phase(
  name: string,
  options: {
    agents: readonly (PromiseLike<unknown> | (() => unknown))[];
    budget?: BooCode.Limit;
  },
): Promise<any[]>;
/** Agents that start after this belong to the phase of this title. */
declare function phase(title: string): void;

/** The run's token budget: `budget(50_000)` limits it. */
declare const budget: {
  (limit: BooCode.Limit): void;
  /** The limit in tokens, or null without one. */
  readonly total: number | null;
  spent(): number;
  /** Infinity without a limit. */
  remaining(): number;
};

/** Runs another workflow inside this one: by name, or by the path of its file. One level deep. */
declare function workflow(target: string | { scriptPath: string }, args?: unknown): Promise<any>;

/** Writes a line into the run's log: text, a JSON value, or anything else in words. */
declare function log(...values: unknown[]): void;

/** As `log`; what measures or counts does nothing. */
declare const console: Record<
  | ('log' | 'info' | 'debug' | 'warn' | 'error' | 'trace' | 'dir' | 'table' | 'assert')
  | ('group' | 'groupCollapsed' | 'groupEnd' | 'count' | 'countReset' | 'clear')
  | ('time' | 'timeEnd' | 'timeLog'),
  (...values: unknown[]) => void
>;
