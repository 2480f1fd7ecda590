/** One turn of a chat at work: from the user's message to the last record of its end. */
import type { AgentExtras, AgentHouse, AgentSpec, Place } from '../agents/agent.ts';
import { TokenBudget } from '../agents/budget.ts';
import { keepChange } from '../agents/checkpoints.ts';
import type { Owed } from '../agents/conversation.ts';
import { type Delivery, Dispatcher } from '../agents/dispatch.ts';
import type { Stop } from '../agents/failure.ts';
import { runAgent } from '../agents/loop.ts';
import type { Recorder } from '../agents/recorder.ts';
import type { Keep } from '../agents/work.ts';
import type { QueuedMessage } from '../contracts/chat.ts';
import type { Execution, TimelineEvent } from '../contracts/records.ts';
import { isTerminal } from '../contracts/status.ts';
import { newId } from '../store/store.ts';
import { Approvals } from './approvals.ts';
import { KeptConversation } from './conversation.ts';
import type { ChatHouse, UserMessage } from './house.ts';
import type { ChatJournal } from './journal.ts';
import { answerOpenCalls } from './leave.ts';
import { finalText, openCalls } from './messages.ts';
import { takesImages } from './models.ts';
import { chatSystem, userPrompt } from './prompt.ts';
import { conversationOf, type Interrupted, interruptedTurn, ownEvents } from './resume.ts';
import { roles } from './roles.ts';

const NAME = 'BooCode';
const TITLE_UNITS = 80;
/** How long the end of a turn waits for sub-agents that ignore it. Milliseconds. */
const CLOSE_MS = 1_000;

export interface Begin {
  readonly message: UserMessage;
  /** The conversation before it. */
  readonly head: string | null;
  readonly previous: string | null;
  readonly replaces?: string;
  /** What is left of the queue, where the message came from there. */
  readonly queue?: QueuedMessage[];
}

export class TurnRun {
  readonly approvals: Approvals;
  readonly #house: ChatHouse;
  readonly #agents: AgentHouse;
  readonly #journal: ChatJournal;
  readonly #stop = new AbortController();
  readonly #dispatchers: Dispatcher[] = [];
  #undelivered: readonly Delivery[] = [];
  #ending = false;
  readonly #end = Promise.withResolvers<boolean>();

  constructor(house: ChatHouse, agents: AgentHouse, journal: ChatJournal) {
    this.#house = house;
    this.#agents = agents;
    this.#journal = journal;
    this.approvals = new Approvals({ journal, policy: () => house.policy() });
  }

  /** Resolves when the end is recorded: true where the turn has completed. Never rejects. */
  get ended(): Promise<boolean> {
    return this.#end.promise;
  }

  readonly keep: Keep = (change) => keepChange(this.#house.blobs, change);

  /** True while only the turn's end is being recorded. */
  get ending(): boolean {
    return this.#ending;
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('The user stopped the turn.'));
    await this.ended;
  }

  /** Tells everything to end without waiting, for a process that is about to go. */
  abandon(): void {
    this.#stop.abort(new Error('The window is closing.'));
  }

  /** Resolves with the turn's id once the message is on disk. */
  async begin({ message, head, previous, replaces, queue }: Begin): Promise<string> {
    const journal = this.#journal;
    const { store, blobs, editor } = this.#house;
    const { root, exclude, models } = this.#agents;
    const context = { root, exclude, signal: this.#stop.signal };
    const prompt = await userPrompt(
      { ...message, notes: journal.state.notes },
      { context, editor, blobs },
    );
    const earlier = await conversationOf(store, blobs, head);
    const info = models.describe(journal.state.provider.model ?? undefined);
    const turn_number = journal.agent.turn_number + 1;
    const now = Date.now();
    const { session_id } = journal.session;
    const [stage_id, execution_id] = [newId(), newId()];
    const execution: Execution = {
      ...{ execution_id, session_id, stage_id, kind: 'turn', agent_index: 0, agent_name: NAME },
      ...{ status: 'pending', model: info.id, created_at: now, task: message.text },
      ...{ usage: {}, model_calls: 0, tool_calls: 0 },
    };
    const conversation = this.#conversation(execution_id, earlier.messages, earlier.owners);
    const kept = conversation.chain([prompt], head);
    const { text, attachments, mentions } = message;
    const title = text.replaceAll(/\s+/g, ' ').trim().slice(0, TITLE_UNITS);
    await Promise.all([
      journal.sessionStatus({ status: 'running', simulated: info.simulated }),
      journal.stage({
        ...{ stage_id, session_id, stage_index: turn_number, title },
        ...{ status: 'running', started_at: now },
      }),
      journal.record({ type: 'execution.status', execution }),
      journal.userEvent({ stage_id, execution_id }, text, {
        ...{ previous_execution_id: previous, head_message_id: head, attachments, mentions },
        ...(replaces === undefined ? {} : { replaces_execution_id: replaces }),
      }),
      journal.save(
        {
          head_message_id: kept.at(-1)?.message_id ?? null,
          active_execution_id: execution_id,
          pending_calls: [],
          approvals: [],
          notes: [],
          budget: { steps: 0, tokens: 0 },
          context: {
            ...journal.state.context,
            window: this.#house.limits().context_window || info.context_window,
          },
          provider: { ...journal.state.provider, name: info.provider, simulated: info.simulated },
          ...(queue ? { queue } : {}),
        },
        { status: 'in_progress', execution_id, turn_number },
        kept,
      ),
    ]);
    conversation.add([prompt]);
    void this.#play(conversation, execution, 1);
    return execution_id;
  }

  /** Goes on where a dead process stopped; resolves once that is on disk. */
  async resume(turn: Interrupted): Promise<void> {
    const journal = this.#journal;
    const { execution, messages, owed } = turn;
    let { sequence } = turn;
    this.#undelivered = turn.undelivered;
    // It had ended; only the chat's own state was behind.
    if (isTerminal(execution.status) && execution.status !== 'interrupted') {
      await this.#close(execution);
      return;
    }
    for (const event of turn.superseded) await this.#supersede(event);
    for (const { event, trace } of turn.finished) {
      await journal.record({ type: 'timeline.completed', event });
      await journal.record({ type: 'tool_trace', trace });
    }
    await this.#house.resumeStage(journal, execution);
    const answer = finalText(messages);
    if (answer !== null) {
      await this.#conclude(execution, answer, turn.concluded, sequence);
      return;
    }
    const waits = owed?.calls.some((c) => c.open) ?? false;
    if (!waits) {
      sequence += 1;
      const words = 'The turn went on after it had been interrupted.';
      const { stage_id, execution_id } = execution;
      await journal.notice({ stage_id, execution_id }, words, { kind: 'resumed' }, sequence);
      await Promise.all([
        journal.sessionStatus({ status: 'running' }),
        journal.save({}, { status: 'in_progress' }),
      ]);
    }
    const { execution_id } = execution;
    const conversation = this.#conversation(execution_id, messages, turn.owners, owed);
    void this.#play(conversation, { ...execution, status: 'running' }, sequence);
  }

  #conversation(
    execution_id: string,
    earlier: Interrupted['messages'],
    owners: readonly string[],
    owed: Owed | null = null,
  ): KeptConversation {
    const system = chatSystem(this.#agents.root);
    const { context } = this.#journal.state;
    const window = this.#house.limits().context_window || context.window;
    const journal = this.#journal;
    const { provider, images_left_out } = journal.state;
    const model = this.#agents.models.describe(provider.model ?? undefined);
    const images = !images_left_out || takesImages(model.provider, model.id);
    const kept = { journal, execution_id, system, earlier, owners, owed, window, images };
    return new KeptConversation(kept);
  }

  async #play(
    conversation: KeptConversation,
    execution: Execution,
    sequence: number,
  ): Promise<void> {
    const journal = this.#journal;
    const limits = this.#house.limits();
    const model = journal.state.provider.model ?? undefined;
    const spec: AgentSpec = {
      name: NAME,
      prompt: execution.task ?? '',
      model,
      tools: [...this.#agents.tools.keys()],
    };
    const place: Place = {
      ...{ session_id: execution.session_id, stage_id: execution.stage_id },
      chat_id: execution.session_id,
      ...{ execution_id: execution.execution_id, kind: 'turn', agent_index: 0 },
      turn_number: journal.agent.turn_number,
      previous: { execution, sequence },
    };
    const extras: AgentExtras = {
      conversation,
      gate: this.approvals,
      keep: this.keep,
      subs: (recorder, stop) => this.#dispatcher(place, recorder, stop, 0),
    };
    const outcome = await runAgent(
      this.#agents,
      spec,
      // The user watches and can stop it; a clock would only cut long work off.
      {
        max_steps: limits.max_steps,
        timeout_ms: Number.POSITIVE_INFINITY,
        budget: new TokenBudget(null),
      },
      place,
      this.#stop.signal,
      extras,
    );
    await this.#close(outcome.execution);
  }

  /** What lets an agent of this turn dispatch others, level by level. */
  #dispatcher(parent: Place, recorder: Recorder, stop: Stop, depth: number): Dispatcher {
    const limits = this.#house.limits();
    const dispatcher = new Dispatcher({
      roles: roles(this.#agents.tools),
      limits: {
        max_concurrent: limits.max_sub_agents,
        max_depth: limits.max_depth,
        timeout_ms: limits.timeout_ms,
        close_ms: CLOSE_MS,
      },
      ...{ depth, parent, recorder },
      remaining: () => stop.remaining(),
      earlier: depth === 0 ? this.#undelivered : [],
      start: (spec, times, place, signal, level) => {
        const { keep } = this;
        const joined = AbortSignal.any([signal, stop.signal]);
        return runAgent(
          this.#agents,
          { ...spec, model: this.#journal.state.provider.model ?? undefined },
          { ...times, max_steps: limits.max_steps, budget: new TokenBudget(null) },
          place,
          joined,
          {
            gate: this.approvals,
            keep,
            subs: (own, ownStop) => this.#dispatcher(place, own, ownStop, level),
          },
        );
      },
    });
    this.#dispatchers.push(dispatcher);
    return dispatcher;
  }

  /** @returns false where no such sub-agent is at work in this turn. */
  cancelAgent(execution_id: string): boolean {
    const reason = 'The user cancelled it.';
    return this.#dispatchers.some((d) => d.cancel(execution_id, reason));
  }

  async #close(execution: Execution): Promise<void> {
    const journal = this.#journal;
    this.#ending = true;
    try {
      if (execution.status !== 'completed') await this.#repair();
      await journal.ended(execution);
      await journal.save({ pending_calls: [], approvals: [] }, { status: 'idle' });
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error);
      this.#house.log(`The end of a chat turn could not be recorded: ${told}`);
    }
    this.#end.resolve(execution.status === 'completed');
  }

  /** Makes the conversation whole after a turn that did not reach its answer. */
  async #repair(): Promise<void> {
    const journal = this.#journal;
    const turn = await interruptedTurn(this.#house.store, this.#house.blobs, journal);
    await answerOpenCalls(journal, turn);
    const partial = openCalls(turn.messages).length > 0 ? '' : await this.#partialText();
    if (partial) {
      const { execution_id } = turn.execution;
      const conversation = this.#conversation(execution_id, turn.messages, turn.owners);
      const said = { role: 'assistant', content: [{ type: 'text', text: partial }] } as const;
      await conversation.append([{ ...said, content: [...said.content] }]);
    }
    const why =
      turn.execution.status === 'cancelled'
        ? 'The user stopped your last turn before it was finished.'
        : 'Your last turn failed before it was finished.';
    journal.note({ notes: [...journal.state.notes, why] });
  }

  /** What had arrived of an answer that was cut off: the user has read it. */
  async #partialText(): Promise<string> {
    const { session_id, execution_id } = this.#journal.agent;
    const snapshot = await this.#house.store.snapshot(session_id);
    if (!snapshot || execution_id === null) return '';
    const last = ownEvents(snapshot, execution_id).findLast((e) => e.event_type === 'text');
    return last && (last.status === 'cancelled' || last.status === 'failed') ? last.content : '';
  }

  /** The answer was complete when the process died; only its end was not recorded. */
  async #conclude(
    execution: Execution,
    text: string,
    concluded: boolean,
    sequence: number,
  ): Promise<void> {
    const journal = this.#journal;
    const now = Date.now();
    if (!concluded) {
      const { session_id, stage_id, execution_id } = execution;
      await journal.record({
        type: 'timeline.completed',
        event: {
          event_id: newId(),
          ...{ session_id, stage_id, execution_id, sequence: sequence + 1 },
          ...{ event_type: 'final', status: 'completed', content: text, metadata: {} },
          ...{ created_at: now, completed_at: now },
        },
      });
    }
    const done: Execution = { ...execution, status: 'completed', result: text, finished_at: now };
    await journal.record({ type: 'execution.status', execution: done });
    await this.#close(done);
  }

  async #supersede(event: TimelineEvent): Promise<void> {
    const metadata = { ...event.metadata, superseded: true };
    await this.#journal.record({ type: 'timeline.completed', event: { ...event, metadata } });
  }
}
