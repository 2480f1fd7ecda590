/** A chat's conversation: grows in memory and, message by message, on disk. */
import type { LanguageModelV4Message, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { Conversation, Owed } from '../agents/conversation.ts';
import type { Work } from '../agents/work.ts';
import type { ContextMessage, PendingCall } from '../contracts/chat.ts';
import type { Usage } from '../contracts/records.ts';
import { promptTokens, totalTokens } from '../contracts/select.ts';
import { newId } from '../store/store.ts';
import {
  cutOf,
  estimateTokens,
  FULL_AT,
  summarise,
  summaryMessage,
  withoutOldResults,
} from './compaction.ts';
import type { ChatJournal } from './journal.ts';
import { encodeMessage, withoutImages } from './messages.ts';

export interface KeptOptions {
  readonly journal: ChatJournal;
  readonly execution_id: string;
  readonly system: string;
  /** What was said before this turn, oldest first. */
  readonly earlier: readonly LanguageModelV4Message[];
  /** The turn of each earlier message. */
  readonly owners?: readonly string[];
  readonly owed?: Owed | null;
  /** Tokens of the model's window; null where nobody knows it. */
  readonly window?: number | null;
  /** False where the model is to be sent no images. */
  readonly images?: boolean;
}

export class KeptConversation implements Conversation {
  readonly messages: LanguageModelV4Prompt;
  readonly kept = true;
  readonly #options: KeptOptions;
  #owed: Owed | null;
  /** How many messages the last request held; its reply is counted with it. */
  #asked = 0;
  /** The turn of each message behind the system text. */
  readonly #owners: string[];

  constructor(options: KeptOptions) {
    this.#options = options;
    this.#owed = options.owed ?? null;
    this.#owners = [...(options.owners ?? options.earlier.map(() => ''))];
    this.messages = [{ role: 'system', content: options.system }, ...options.earlier];
  }

  sent(): LanguageModelV4Prompt {
    return this.#options.images === false ? this.messages.map(withoutImages) : this.messages;
  }

  takeOwed(): Owed | null {
    const owed = this.#owed;
    this.#owed = null;
    return owed;
  }

  async append(
    messages: readonly LanguageModelV4Message[],
    pending: readonly PendingCall[] = [],
  ): Promise<void> {
    if (messages.length === 0) return;
    this.add(messages);
    const { journal } = this.#options;
    const kept = this.chain(messages, journal.state.head_message_id);
    const head_message_id = kept.at(-1)?.message_id ?? null;
    await journal.save({ head_message_id, pending_calls: [...pending] }, {}, kept);
  }

  /** Adds messages that are on disk already. */
  add(messages: readonly LanguageModelV4Message[]): void {
    this.messages.push(...messages);
    for (const _ of messages) this.#owners.push(this.#options.execution_id);
  }

  async makeRoom(work: Work, must = false): Promise<boolean> {
    const { journal } = this.#options;
    const window = this.#options.window ?? null;
    const { tokens } = journal.state.context;
    const [system, ...messages] = this.messages;
    if (!system) return false;
    const size = Math.max(estimateTokens(this.#sinceAsked()) + (tokens ?? 0), 0);
    const full = window !== null && size > window * FULL_AT;
    if (!full && !must) return false;
    const limit = window ?? estimateTokens(messages);
    const starts = messages.flatMap((_, i) => (this.#owners[i] !== this.#owners[i - 1] ? [i] : []));
    const cut = cutOf(messages, starts, limit);
    if (!cut) return this.#cutResults(messages);
    const summary = await summarise(work, cut.dropped);
    const gone = this.#owners.slice(0, cut.dropped.length);
    await this.#replace(
      [summaryMessage(summary), ...cut.kept],
      [this.#options.execution_id, ...this.#owners.slice(cut.dropped.length)],
    );
    const execution_ids = [...new Set(gone)].filter((id) => id !== '');
    const words = `Older turns were summarised to make room: ${execution_ids.length} of them. They stay readable here.`;
    const notice = { kind: 'compacted', execution_ids, summary, tokens_before: tokens };
    work.recorder.event('log', words, { level: 'info', notice });
    return true;
  }

  /** What was added since the last figure came. */
  #sinceAsked(): readonly LanguageModelV4Message[] {
    return this.messages.slice(this.#asked);
  }

  async #cutResults(messages: readonly LanguageModelV4Message[]): Promise<boolean> {
    const cut = withoutOldResults(messages);
    if (!cut) return false;
    await this.#replace(cut, [...this.#owners]);
    return true;
  }

  /** A new line of messages takes the place of the old one, which stays in the store. */
  async #replace(
    messages: readonly LanguageModelV4Message[],
    owners: readonly string[],
  ): Promise<void> {
    const { journal } = this.#options;
    const kept = this.chain(messages, null);
    journal.note({ context: { ...journal.state.context, tokens: null } });
    await journal.save({ head_message_id: kept.at(-1)?.message_id ?? null }, {}, kept);
    this.messages.splice(1, this.messages.length, ...messages);
    this.#owners.splice(0, this.#owners.length, ...owners);
    this.#asked = 0;
  }

  /** The messages as rows, each the child of the one before it. */
  chain(messages: readonly LanguageModelV4Message[], parent: string | null): ContextMessage[] {
    const { journal, execution_id } = this.#options;
    const { session_id } = journal.session;
    let parent_message_id = parent;
    return messages.map((message) => {
      const message_id = newId();
      const row = {
        ...{ message_id, session_id, parent_message_id, execution_id },
        created_at: Date.now(),
        message: encodeMessage(message),
      };
      parent_message_id = message_id;
      return row;
    });
  }

  /** Kept with the next message: a call whose reply is lost has no figures anyway. */
  asked(usage: Usage): void {
    const { journal } = this.#options;
    const { budget, context } = journal.state;
    this.#asked = this.messages.length;
    journal.note({
      budget: { steps: budget.steps + 1, tokens: budget.tokens + (totalTokens(usage) ?? 0) },
      context: { ...context, tokens: totalTokens(usage) ?? promptTokens(usage) ?? context.tokens },
    });
  }
}
