/** The messages of one agent: what each request repeats, and what is kept of it over a crash. */
import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { PendingCall } from '../contracts/chat.ts';
import type { TimelineEvent, Trace, Usage } from '../contracts/records.ts';
import type { ToolAnswer } from '../models/messages.ts';
import type { ModelToolCall } from '../models/port.ts';
import type { Work } from './work.ts';

/** A call that the newest message holds and that has no result there yet. */
export interface OwedCall {
  readonly call: ModelToolCall;
  /** Its result, where it ended before the process died. */
  readonly answer?: ToolAnswer;
  /** Its event and row, where it waits for the user since before the process died. */
  readonly open?: { readonly event: TimelineEvent; readonly trace: Trace };
  /** True where it had begun when the process died: what acts must not run again unasked. */
  readonly interrupted: boolean;
}

/** What the newest message asked for and does not yet have. */
export interface Owed {
  /** The row of the model call that asked; null where it is not known any more. */
  readonly trace_id: string | null;
  readonly calls: readonly OwedCall[];
}

export interface Conversation {
  /** The system text first. Only ever grows, except by compaction. */
  readonly messages: LanguageModelV4Prompt;
  /** What a request is given in place of `messages`, where that differs. */
  sent?(): LanguageModelV4Prompt;
  /** Whether it outlives its process. */
  readonly kept: boolean;
  /** Set where a turn goes on in the middle of its tool calls; null once it was asked for. */
  takeOwed(): Owed | null;
  /** Adds to the end; on disk when the promise resolves, where the conversation is kept at all. */
  append(
    messages: readonly LanguageModelV4Message[],
    pending?: readonly PendingCall[],
  ): Promise<void>;
  /** A model call has ended. */
  asked(usage: Usage): void;
  /**
   * Called before each model call: makes room where the model's window is nearly full, or, when
   * `must`, because the provider said that it is. @returns whether it made any.
   */
  makeRoom?(work: Work, must?: boolean): Promise<boolean>;
}

/** A conversation that lives as long as its agent. */
export class Transcript implements Conversation {
  readonly messages: LanguageModelV4Prompt;
  readonly kept = false;

  constructor(messages: LanguageModelV4Prompt) {
    this.messages = messages;
  }

  takeOwed(): null {
    return null;
  }

  async append(messages: readonly LanguageModelV4Message[]): Promise<void> {
    this.messages.push(...messages);
  }

  asked(): void {}
}
