/** The door of the chat room: what the app gives it, and what others may ask of it. */
import type { AgentHouse } from '../agents/agent.ts';
import type {
  Attachment,
  ChatSummary,
  Decision,
  Mention,
  MentionItem,
  ModelChoice,
  QueuedMessage,
} from '../contracts/chat.ts';
import type { Session } from '../contracts/records.ts';
import type { Settings } from '../settings.ts';
import type { ChatQuery, Store } from '../store/store.ts';
import type { EditorPort } from '../tools/editor_port.ts';
import type { Sent } from './house.ts';

export interface ChatsOptions {
  readonly store: Store;
  /** Where attachments and kept files lie. */
  readonly folder: string;
  /** What a turn works with, its tools included. @throws where no turn is possible. */
  readonly house: () => Promise<AgentHouse>;
  readonly settings: () => Settings;
  readonly trusted: () => boolean;
  readonly editor?: EditorPort | undefined;
  readonly log: (message: string) => void;
}

export interface OutgoingMessage {
  readonly text: string;
  /** Ids that `attach` gave, with what it said of them. */
  readonly attachments: readonly string[];
  readonly mentions: readonly Mention[];
}

/** Each method does what the request of the same name says; see `contracts/chat_requests.ts`. */
export interface Chats {
  create(): Promise<string>;
  list(query: ChatQuery): Promise<ChatSummary[]>;
  rename(session_id: string, title: string): Promise<void>;
  remove(session_id: string): Promise<void>;
  restore(session_id: string): Promise<void>;
  send(session_id: string, message: OutgoingMessage): Promise<Sent>;
  withdraw(session_id: string, queue_id: string): Promise<QueuedMessage>;
  stop(session_id: string): Promise<void>;
  retry(session_id: string, execution_id: string): Promise<Sent>;
  edit(session_id: string, execution_id: string, message: OutgoingMessage): Promise<Sent>;
  showBranch(session_id: string, execution_id: string): Promise<void>;
  approve(
    session_id: string,
    approval_id: string,
    decision: Decision,
    reason?: string,
  ): Promise<void>;
  resetPermissions(session_id: string): Promise<void>;
  /** Cancels a sub-agent of the turn at work. @returns false where none such is at work. */
  cancelAgent(session_id: string, execution_id: string): Promise<boolean>;
  /** @returns the paths that were put back. */
  undoTurn(session_id: string, execution_id: string): Promise<string[]>;
  redoTurn(session_id: string, execution_id: string): Promise<string[]>;
  /**
   * Both states of a file that a tool call changed, or would change while its approval is open;
   * null stands for no file. @throws ChatError where the call changes no such file.
   */
  change(
    session_id: string,
    event_id: string,
    path: string,
  ): Promise<{ before: Buffer | null; after: Buffer | null }>;
  resume(session_id: string): Promise<void>;
  /** The shown branch as Markdown. */
  exportMarkdown(session_id: string): Promise<{ title: string; markdown: string }>;
  attach(file: { name: string; media_type: string; data: string }): Promise<Attachment>;
  attachment(attachment_id: string): Promise<{ media_type: string; data: string }>;
  mentions(text: string): Promise<MentionItem[]>;
  models(): Promise<{ models: ModelChoice[]; current: string }>;
  setModel(session_id: string, model: string | null): Promise<void>;
  /** Whether a model that takes no images is sent earlier messages without theirs; they stay kept. */
  leaveOutImages(session_id: string, left_out: boolean): Promise<void>;
  /** Continues what a dead process left at work, where that is safe. Call once, after `recover`. */
  recover(sessions: readonly Session[]): Promise<void>;
  /** Removes kept files that no chat points at any more. */
  sweep(): Promise<void>;
  /** Leaves turns as a crash would, so that the next process continues them. */
  close(): Promise<void>;
}
