/** What the parts of a chat share. */
import type { AgentHouse, AgentLimits } from '../agents/agent.ts';
import type { Blobs } from '../agents/blobs.ts';
import type { PolicyState } from '../agents/policy.ts';
import type { Attachment, Mention } from '../contracts/chat.ts';
import type { Execution } from '../contracts/records.ts';
import type { Store } from '../store/store.ts';
import type { EditorPort } from '../tools/editor_port.ts';
import type { ChatJournal } from './journal.ts';

export interface UserMessage {
  readonly text: string;
  readonly attachments: Attachment[];
  readonly mentions: Mention[];
}

export interface Sent {
  readonly execution_id: string | null;
  readonly queue_id: string | null;
}

/** Where a turn began. */
export interface TurnOrigin {
  readonly message: UserMessage;
  /** The newest message before it; null where it was the first. */
  readonly head: string | null;
  /** The turn before it. */
  readonly previous: string | null;
}

export interface ChatHouse {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly editor: EditorPort | undefined;
  /** @throws ChatError where no turn is possible. */
  agentHouse(): Promise<AgentHouse>;
  limits(): Pick<AgentLimits, 'max_steps' | 'timeout_ms'> & {
    readonly context_window: number;
    readonly max_sub_agents: number;
    readonly max_depth: number;
  };
  policy(): Omit<PolicyState, 'allowed'>;
  turnOrigin(session_id: string, execution_id: string): Promise<TurnOrigin>;
  /** The newest turn that follows this one, itself included, and its newest message. */
  branchEnd(
    session_id: string,
    execution_id: string,
  ): Promise<{ readonly execution_id: string; readonly head: string | null }>;
  /** Finds the stage of a turn that goes on, and sets it to running. */
  resumeStage(journal: ChatJournal, execution: Execution): Promise<void>;
  /** Ends the stage of a turn that is given up. */
  endStage(execution: Execution): Promise<void>;
  log(message: string): void;
}
