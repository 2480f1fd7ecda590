/** What a tool is. Each tool has a file of its own with its schema, its permission class and its limits. */
import type * as z from 'zod/mini';

export type Permission = 'read' | 'write' | 'execute';

export interface ToolContext {
  /** Real path of the workspace folder; nothing outside it can be reached, through links either. */
  readonly root: string;
  /** Globs of `files.exclude` that are switched on. */
  readonly exclude: readonly string[];
  readonly signal: AbortSignal;
  /** Whether an editor holds the file (absolute path) with changes that are not on disk. */
  readonly unsaved?: (absolute: string) => boolean;
  /** Shows what a running tool writes, as it writes it. Absent where nobody watches. */
  readonly output?: (delta: string) => void;
  /**
   * To be called before a file is changed: keeps it as it is, so that the change can be undone.
   * Tools that change files are refused where it is absent. @throws when it cannot be kept.
   */
  readonly changing?: (change: Change) => Promise<void>;
  /**
   * Adds to the fields of the event that shows the call while it runs; on disk when it resolves,
   * so that a crash behind it cannot hide what the call has begun.
   */
  readonly note?: (metadata: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** A change of one file, before it is made; null stands for no file. */
export interface Change {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

/** What the agent saw of a file or listing, so that the step cache can tell when it is stale. */
export interface Read {
  /** Relative to the workspace, with `/`. */
  readonly path: string;
  /** sha-256 hex of the file's bytes or of the listing. */
  readonly digest: string;
}

export interface ToolOutput {
  /** What the model is given. Says so itself where it was cut. */
  readonly text: string;
  readonly reads?: readonly Read[];
  /** Structured fields for the event that shows the call. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Tool<S extends z.ZodMiniType = z.ZodMiniType> {
  readonly name: string;
  readonly description: string;
  readonly permission: Permission;
  readonly input: S;
  /** What a run of the tool is doing, in a few words for a screen: "Reading src/a.ts". */
  activity?(input: z.infer<S>): string;
  /**
   * What a call would change, without changing it: for the question to the user. Tools that write
   * have it. @throws ToolError where the call would fail.
   */
  plan?(input: z.infer<S>, context: ToolContext): Promise<readonly Change[]>;
  /** What is asked before a call runs, whole: "Run npm test". Absent: the activity. */
  question?(input: z.infer<S>): string;
  /** @throws ToolError for what the model should read and react to. */
  run(input: z.infer<S>, context: ToolContext): Promise<ToolOutput>;
}

/** A failure that is told to the model in these words; the run goes on. */
export class ToolError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ToolError';
  }
}
