/** What an agent is given and what it leaves behind; the loop itself is in `loop.ts`. */
import type { Fact } from '../contracts/frames.ts';
import type { Execution } from '../contracts/records.ts';
import type { Effort, Models } from '../models/port.ts';
import type { Store } from '../store/store.ts';
import type { Read, Tool } from '../tools/tool.ts';
import type { TokenBudget } from './budget.ts';
import type { Conversation } from './conversation.ts';
import type { Stop } from './failure.ts';
import type { Gate } from './gate.ts';
import type { Recorder } from './recorder.ts';
import type { SubAgents } from './sub_agents.ts';
import type { Keep } from './work.ts';

export interface AgentSpec {
  readonly name: string;
  readonly prompt: string;
  readonly system?: string | undefined;
  readonly model?: string | undefined;
  /** Names of tools; absent: all that the house offers for reading. */
  readonly tools?: readonly string[] | undefined;
  /** JSON Schema with an object at its root: the agent must answer with a value that satisfies it. */
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  readonly effort?: Effort | undefined;
}

export interface AgentLimits {
  /** Model calls. */
  readonly max_steps: number;
  readonly timeout_ms: number;
  /** When the agent is told to conclude, before its time limit; absent: never. Milliseconds. */
  readonly conclude_ms?: number;
  readonly budget: TokenBudget;
}

/** Where in the tree of executions the agent stands. */
export interface Place {
  readonly session_id: string;
  /** Set in a chat: every call names it. */
  readonly chat_id?: string;
  readonly stage_id: string | null;
  readonly parent_execution_id?: string;
  readonly execution_id: string;
  readonly kind: Execution['kind'];
  readonly agent_index: number;
  readonly turn_number: number;
  /** Set where an execution goes on that was made before, or that has events already. */
  readonly previous?: { readonly execution?: Execution; readonly sequence: number };
}

/** What a chat or a workflow adds to an agent. */
export interface AgentExtras {
  readonly conversation?: Conversation;
  readonly gate?: Gate;
  readonly keep?: Keep;
  /** What becomes true with a good end; recorded in one transaction with it. */
  readonly onCompleted?: (outcome: AgentOutcome) => readonly Fact[];
  /**
   * Takes over the promise that the agent's end is on disk, which rejects when it cannot be kept.
   * @returns what the agent waits for before it returns; without this it waits for that promise.
   */
  readonly keeping?: (kept: Promise<void>) => Promise<void>;
  /** Makes the means by which the agent dispatches others; absent: it cannot. */
  readonly subs?: (recorder: Recorder, stop: Stop) => SubAgents;
}

/** What the loop needs from the house. */
export interface AgentHouse {
  readonly store: Store;
  readonly models: Models;
  readonly tools: ReadonlyMap<string, Tool>;
  /** Real path of the workspace folder. */
  readonly root: string;
  readonly exclude: readonly string[];
  /** Whether an editor holds the file (absolute path) with changes that are not on disk. */
  readonly unsaved?: (absolute: string) => boolean;
}

export interface AgentOutcome {
  /** The execution as last recorded: always terminal. */
  readonly execution: Execution;
  /** The final text; with a schema, the JSON text of `value`. Empty unless completed. */
  readonly text: string;
  readonly value?: unknown;
  readonly reads: readonly Read[];
}
