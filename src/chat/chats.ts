/** The chats of one workspace: opened when first used, continued after a crash where that is safe. */

import { Blobs } from '../agents/blobs.ts';
import type {
  Attachment,
  ChatSummary,
  Decision,
  MentionItem,
  ModelChoice,
  QueuedMessage,
} from '../contracts/chat.ts';
import type { Session } from '../contracts/records.ts';
import { type ChatQuery, newId, type Store } from '../store/store.ts';
import { bytesOf, keepAttachment, mediaTypeOf } from './attachments.ts';
import { changeOf, moveTurn } from './changes.ts';
import { Chat } from './chat.ts';
import { ChatError } from './error.ts';
import { exportMarkdown } from './export.ts';
import { branchEnd, turnOrigin } from './history.ts';
import type { ChatHouse, Sent } from './house.ts';
import { ChatJournal, NEW_CHAT } from './journal.ts';
import { completeMention } from './mentions.ts';
import { modelChoices } from './models.ts';
import type { Chats, ChatsOptions, OutgoingMessage } from './port.ts';

export type { Chats, ChatsOptions, OutgoingMessage } from './port.ts';

/** A turn that was cut off longer ago than this goes on only when the user asks. Milliseconds. */
const RESUME_WITHIN = 60 * 60 * 1000;

export function createChats(options: ChatsOptions): Chats {
  return new Manager(options);
}

class Manager implements Chats {
  readonly #options: ChatsOptions;
  readonly #house: ChatHouse;
  readonly #blobs: Blobs;
  readonly #open = new Map<string, Chat>();
  /** What `attach` said, until a message names it. */
  readonly #attached = new Map<string, Attachment>();
  #closed = false;

  constructor(options: ChatsOptions) {
    this.#options = options;
    this.#blobs = new Blobs(options.folder);
    this.#house = this.#makeHouse();
  }

  async create(): Promise<string> {
    const { models } = await this.#options.house();
    const info = models.describe();
    const session_id = newId();
    const now = Date.now();
    const { store } = this.#house;
    const session: Session = {
      ...{ session_id, kind: 'chat', title: NEW_CHAT, status: 'completed' },
      ...{ created_at: now, updated_at: now, simulated: info.simulated },
    };
    const journal = new ChatJournal(store, session, {
      agent_session_id: session_id,
      ...{ session_id, execution_id: null, status: 'idle', turn_number: 0 },
      ...{ created_at: now, updated_at: now },
      state: {
        provider: {
          ...{ name: info.provider, model: null, simulated: info.simulated },
          base_url: this.#options.settings().baseUrl || null,
        },
        ...{ head_message_id: null, active_execution_id: null },
        ...{ pending_calls: [], approvals: [], queue: [], allowed: [], notes: [] },
        budget: { steps: 0, tokens: 0 },
        context: { tokens: null, window: info.context_window },
      },
    });
    await Promise.all([journal.sessionStatus({}), journal.save({})]);
    this.#open.set(session_id, new Chat(this.#house, journal));
    return session_id;
  }

  list(query: ChatQuery): Promise<ChatSummary[]> {
    return this.#house.store.chats(query);
  }

  async rename(session_id: string, title: string): Promise<void> {
    const trimmed = title.trim().replaceAll(/\s+/g, ' ').slice(0, 200);
    if (trimmed === '') throw new ChatError('A chat needs a name. Write at least one character.');
    const chat = await this.#chat(session_id);
    await chat.inLine(() => chat.journal.sessionStatus({ title: trimmed }));
  }

  async remove(session_id: string): Promise<void> {
    const chat = await this.#chat(session_id);
    await chat.stop();
    await chat.inLine(() => chat.journal.save({ deleted_at: Date.now() }));
  }

  async restore(session_id: string): Promise<void> {
    const chat = await this.#chat(session_id);
    await chat.inLine(() => chat.journal.save({ deleted_at: null }));
  }

  async send(session_id: string, message: OutgoingMessage): Promise<Sent> {
    const chat = await this.#chat(session_id);
    return chat.send(await this.#message(message));
  }

  async withdraw(session_id: string, queue_id: string): Promise<QueuedMessage> {
    return (await this.#chat(session_id)).withdraw(queue_id);
  }

  async stop(session_id: string): Promise<void> {
    await (await this.#chat(session_id)).stop();
  }

  async retry(session_id: string, execution_id: string): Promise<Sent> {
    return (await this.#chat(session_id)).beside(execution_id, null);
  }

  async edit(session_id: string, execution_id: string, message: OutgoingMessage): Promise<Sent> {
    const chat = await this.#chat(session_id);
    return chat.beside(execution_id, await this.#message(message));
  }

  async showBranch(session_id: string, execution_id: string): Promise<void> {
    await (await this.#chat(session_id)).showBranch(execution_id);
  }

  async approve(
    session_id: string,
    approval_id: string,
    decision: Decision,
    reason?: string,
  ): Promise<void> {
    const chat = await this.#chat(session_id);
    if (decision !== 'deny' && !this.#options.trusted()) {
      throw new ChatError(
        'Nothing acts in a workspace that is not trusted. Trust it first ("Workspaces: Manage Workspace Trust").',
      );
    }
    // A question that is older than this process waits in a turn that has not gone on yet.
    if (!chat.busy && chat.journal.agent.status === 'awaiting_input') await chat.resume();
    if (!chat.approvals) throw new ChatError('This question is no longer open.');
    await chat.approvals.ready(approval_id);
    chat.approvals.answer(approval_id, decision, reason);
  }

  async resetPermissions(session_id: string): Promise<void> {
    const chat = await this.#chat(session_id);
    await chat.inLine(() => chat.journal.save({ allowed: [] }));
  }

  async resume(session_id: string): Promise<void> {
    await (await this.#chat(session_id)).resume();
  }

  async cancelAgent(session_id: string, execution_id: string): Promise<boolean> {
    const chat = await this.#chat(session_id);
    return chat.turn?.cancelAgent(execution_id) ?? false;
  }

  async undoTurn(session_id: string, execution_id: string): Promise<string[]> {
    const chat = await this.#chat(session_id);
    return chat.whileIdle(() => moveTurn(this.#house, chat.journal, execution_id, 'undo'));
  }

  async redoTurn(session_id: string, execution_id: string): Promise<string[]> {
    const chat = await this.#chat(session_id);
    return chat.whileIdle(() => moveTurn(this.#house, chat.journal, execution_id, 'redo'));
  }

  change(session_id: string, event_id: string, path: string) {
    return changeOf(this.#house, session_id, event_id, path);
  }

  async exportMarkdown(session_id: string): Promise<{ title: string; markdown: string }> {
    return exportMarkdown(this.#house.store, session_id);
  }

  async attach(file: { name: string; media_type: string; data: string }): Promise<Attachment> {
    const limit = this.#options.settings().attachmentLimit * 1024 * 1024;
    const attachment = await keepAttachment(this.#blobs, file, limit);
    this.#attached.set(attachment.attachment_id, attachment);
    return attachment;
  }

  async attachment(attachment_id: string): Promise<{ media_type: string; data: string }> {
    const bytes = await bytesOf(this.#blobs, { attachment_id, name: 'The attachment' });
    const media_type = mediaTypeOf(bytes) ?? 'application/octet-stream';
    return { media_type, data: bytes.toString('base64') };
  }

  async mentions(text: string): Promise<MentionItem[]> {
    const { root, exclude } = await this.#options.house();
    return completeMention(text, { root, exclude, editor: this.#options.editor });
  }

  async models(): Promise<{ models: ModelChoice[]; current: string }> {
    const { models } = await this.#options.house();
    return modelChoices(models, this.#options.settings().provider);
  }

  async setModel(session_id: string, model: string | null): Promise<void> {
    const chat = await this.#chat(session_id);
    const { journal } = chat;
    await chat.inLine(() => journal.save({ provider: { ...journal.state.provider, model } }));
  }

  async leaveOutImages(session_id: string, left_out: boolean): Promise<void> {
    const chat = await this.#chat(session_id);
    await chat.inLine(() => chat.journal.save({ images_left_out: left_out }));
  }

  async recover(sessions: readonly Session[]): Promise<void> {
    for (const { session_id, kind } of sessions) {
      if (kind !== 'chat') continue;
      try {
        const chat = await this.#chat(session_id);
        const { status, updated_at } = chat.journal.agent;
        const recent = Date.now() - updated_at < RESUME_WITHIN;
        // A question that waits costs nothing; a turn at work asks the model again.
        if (status === 'awaiting_input' || (status === 'interrupted' && recent)) {
          await chat.resume();
        }
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error);
        this.#options.log(`A chat stays interrupted, and can be resumed by hand: ${told}`);
      }
    }
  }

  async sweep(): Promise<void> {
    await this.#blobs.sweep(() => this.#house.store.keptFiles());
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const chat of this.#open.values()) chat.turn?.abandon();
  }

  /** The chat as it is now, also where another window has used it since. */
  async #chat(session_id: string): Promise<Chat> {
    const known = this.#open.get(session_id);
    if (known) {
      await known.refresh();
      return known;
    }
    const { store } = this.#house;
    const [session, agent] = await Promise.all([
      store.session(session_id),
      store.agentSession(session_id),
    ]);
    if (!session || !agent) throw new ChatError('This chat is no longer in the store.');
    // Two callers may have asked at once: there is one chat for both.
    const chat =
      this.#open.get(session_id) ?? new Chat(this.#house, new ChatJournal(store, session, agent));
    this.#open.set(session_id, chat);
    await chat.refresh();
    return chat;
  }

  async #message(message: OutgoingMessage) {
    const attachments = await Promise.all(message.attachments.map((id) => this.#kept(id)));
    return { text: message.text, mentions: [...message.mentions], attachments };
  }

  async #kept(attachment_id: string): Promise<Attachment> {
    const known = this.#attached.get(attachment_id);
    if (known) return known;
    const bytes = await bytesOf(this.#blobs, { attachment_id, name: 'An attachment' });
    const media_type = mediaTypeOf(bytes) ?? 'text/plain';
    return { attachment_id, name: 'attachment', media_type, bytes: bytes.length };
  }

  #makeHouse(): ChatHouse {
    const { options } = { options: this.#options };
    const store = this.#quietAfterClose(options.store);
    return {
      store,
      blobs: this.#blobs,
      editor: options.editor,
      agentHouse: async () => {
        const { editor } = options;
        const unsaved = editor && ((absolute: string): boolean => editor.unsaved(absolute));
        return { ...(await options.house()), store, ...(unsaved ? { unsaved } : {}) };
      },
      limits: () => {
        const settings = options.settings();
        return {
          max_steps: settings.agentMaxSteps,
          timeout_ms: settings.agentTimeout * 1000,
          context_window: settings.contextWindow,
          max_sub_agents: settings.maxConcurrentAgents,
          max_depth: settings.maxAgentDepth,
        };
      },
      policy: () => {
        const settings = options.settings();
        return {
          trusted: options.trusted(),
          permissions: {
            write: settings.permissionsWrite,
            execute: settings.permissionsExecute,
            allowedCommands: settings.permissionsAllowedCommands,
          },
        };
      },
      turnOrigin: (session_id, execution_id) => turnOrigin(store, session_id, execution_id),
      branchEnd: (session_id, execution_id) => branchEnd(store, session_id, execution_id),
      resumeStage: async (journal, { session_id, stage_id, status }) => {
        const snapshot = await store.snapshot(session_id);
        const stage = snapshot?.stages.find((s) => s.stage_id === stage_id);
        const waits = status === 'awaiting_input';
        if (stage) await journal.stage({ ...stage, status: waits ? status : 'running' });
      },
      endStage: async ({ session_id, stage_id, status }) => {
        const snapshot = await store.snapshot(session_id);
        const stage = snapshot?.stages.find((s) => s.stage_id === stage_id);
        if (!stage) return;
        const ended = { ...stage, status, finished_at: Date.now() };
        await store.record({ type: 'stage.status', stage: ended });
      },
      log: options.log,
    };
  }

  /**
   * What ends because the window closes is not cancelled by the user: nothing of it is recorded,
   * so that the next process finds the turn as a crash would have left it.
   */
  #quietAfterClose(store: Store): Store {
    return {
      ...store,
      record: (fact, durability) =>
        this.#closed ? new Promise(() => {}) : store.record(fact, durability),
      recordAll: (facts, durability) =>
        this.#closed ? new Promise(() => {}) : store.recordAll(facts, durability),
    };
  }
}
