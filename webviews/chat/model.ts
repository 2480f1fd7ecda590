/** The chat's own view state and its actions; the records are the session store's. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as z from 'zod/mini';
import { type Decision, mentionLabel, type QueuedMessage } from '../../src/contracts/chat.ts';
import { type TurnSummary, turnSummaries, turnsOf } from '../../src/contracts/chat_select.ts';
import { allExecutions, type Totals, totals } from '../../src/contracts/select.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { act, type ScreenContext } from '../ui/context.ts';
import { STATE_VERSION } from '../ui/mount.tsx';
import { createDraft, type Draft, EMPTY_DRAFT, KeptDraft, type OutgoingMessage } from './draft.ts';
import { createFind, type Find } from './find.ts';
import { parentsOf, type Row, rowsOf } from './rows.ts';

/** Opened items that are kept over a reload; more would only grow the kept state. */
const KEPT_OPEN = 200;
const KEEP_AFTER_MS = 300;

const Kept = z.looseObject({
  draft: z.optional(KeptDraft),
  opened: z.optional(z.array(z.string())),
  timeline: z.optional(z.boolean()),
});

/** A message between the press of Send and its first frame. */
export interface Sending {
  readonly key: number;
  readonly text: string;
  /** Known once the host has answered. */
  readonly execution_id: string | null;
}

export interface ChatModel {
  readonly draft: Draft;
  readonly find: Find;
  readonly rows: ReadonlySignal<readonly Row[]>;
  readonly opened: ReadonlySignal<ReadonlySet<string>>;
  /** Of the shown branch, by turn. */
  readonly summaries: ReadonlySignal<ReadonlyMap<string, TurnSummary>>;
  /** Of all branches: what was spent was spent. */
  readonly usage_of_all: ReadonlySignal<Totals>;
  readonly sending: ReadonlySignal<readonly Sending[]>;
  /** The turn whose message is being edited. */
  readonly editing: Signal<string | null>;
  readonly stopping: ReadonlySignal<boolean>;
  /** Sub-agents between the press of Cancel and their end. */
  readonly cancelling: ReadonlySignal<ReadonlySet<string>>;
  /** Approvals between the answer and the frame that removes them. */
  readonly answering: ReadonlySignal<ReadonlySet<string>>;
  readonly timeline: ReadonlySignal<boolean>;
  /** The shown tab of a stage. */
  readonly tabs: Signal<Readonly<Record<string, string>>>;
  /** A row to bring into view; `focus` also gives it the keyboard. */
  readonly reveal: Signal<{ readonly key: string; readonly focus: boolean } | null>;
  /** Counts up to ask the conversation for its end. */
  readonly to_end: Signal<number>;
  toggle(id: string): void;
  toggleTimeline(): void;
  show(key: string, execution_id: string | null, focus?: boolean): void;
  send(): void;
  /** These turns are on screen: their messages are no longer on the way. */
  confirm(execution_ids: ReadonlySet<string>): void;
  /** Puts a text into the empty input. */
  suggest(text: string): void;
  /** Escape, where nothing else used it: leaves the editing of a message, else stops the turn. */
  escape(): void;
  edit(execution_id: string, message: OutgoingMessage): Promise<boolean>;
  retry(execution_id: string): void;
  stop(): void;
  cancelAgent(execution_id: string): void;
  approve(approval_id: string, decision: Decision, reason?: string): void;
  withdraw(message: QueuedMessage): void;
}

export function createChatModel(screen: ScreenContext): ChatModel {
  const { host, store, session_id } = screen;
  const kept = host.getState(Kept);
  const opened = signal<ReadonlySet<string>>(new Set(kept?.opened));
  const timeline = signal(kept?.timeline ?? false);
  const sending = signal<readonly Sending[]>([]);
  const stopping = signal(false);
  const cancelling = signal<ReadonlySet<string>>(new Set());
  const answering = signal<ReadonlySet<string>>(new Set());
  const reveal = signal<{ key: string; focus: boolean } | null>(null);
  const to_end = signal(0);
  const editing = signal<string | null>(null);
  const tabs = signal<Readonly<Record<string, string>>>({});
  const find = createFind(screen, opened, tabs);
  // What the search opens is seen as open, and is not kept.
  const seen_open = computed(() =>
    find.lent.value.size === 0 ? opened.value : new Set([...opened.value, ...find.lent.value]),
  );
  let last_key = 0;
  // Figures change with the executions, not with every piece of text.
  const tops = computed(() => store.state.value.top.executions);
  const subs = computed(() => store.state.value.sub.executions);
  const head = computed(() => store.state.value.agent?.state.active_execution_id);
  let timer: ReturnType<typeof setTimeout> | undefined;

  // Typing would otherwise write the state at every key.
  const keepSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(keep, KEEP_AFTER_MS);
  };
  const keep = (): void => {
    const state = {
      ...{ version: STATE_VERSION, session_id, draft: draft.kept(), timeline: timeline.peek() },
      opened: [...opened.peek()].slice(-KEPT_OPEN),
    };
    host.setState(state);
  };
  const draft = createDraft(screen, kept?.draft ?? EMPTY_DRAFT, keepSoon);
  draft.text.subscribe(keepSoon);
  host.onDraft(({ text, mentions }) => {
    const now = draft.kept();
    const known = mentions.map((mention) => ({ label: mentionLabel(mention), mention }));
    const before = now.text.trim() === '' ? '' : `${now.text}\n`;
    draft.set({ ...now, text: before + text, mentions: [...now.mentions, ...known] });
  });
  window.addEventListener('pagehide', keep);

  const busy = async (
    set: Signal<ReadonlySet<string>>,
    id: string,
    work: Promise<boolean>,
  ): Promise<void> => {
    set.value = new Set([...set.peek(), id]);
    // What was accepted stays marked until the frame that says so; a refusal can be repeated.
    if (!(await work)) set.value = new Set([...set.peek()].filter((other) => other !== id));
  };
  const failed = (error: unknown): void => {
    screen.problem.value = error instanceof Error ? error.message : String(error);
  };

  const isBusy = (): boolean => {
    const turn = turnsOf(store.state.peek()).at(-1);
    return turn !== undefined && !isTerminal(turn.execution.status);
  };
  const stop = (): void => {
    if (stopping.peek()) return;
    stopping.value = true;
    void act(screen, 'chat.stop', { session_id }).then(() => {
      stopping.value = false;
    });
  };

  return {
    draft,
    find,
    opened: seen_open,
    sending,
    editing,
    stopping,
    cancelling,
    answering,
    timeline,
    reveal,
    to_end,
    tabs,
    rows: computed(() => rowsOf(store.state.value, seen_open.value)),
    summaries: computed(() => {
      void [tops.value, subs.value, head.value];
      return new Map(turnSummaries(store.state.peek()).map((s) => [s.execution_id, s] as const));
    }),
    usage_of_all: computed(() => {
      void [tops.value, subs.value];
      return totals(allExecutions(store.state.peek()));
    }),
    toggle(id) {
      if (find.giveBack(id)) return;
      const next = new Set(opened.peek());
      if (!next.delete(id)) next.add(id);
      opened.value = next;
      keepSoon();
    },
    toggleTimeline() {
      timeline.value = !timeline.peek();
      keepSoon();
    },
    show(key, execution_id, focus = false) {
      const parents = parentsOf(store.state.peek(), execution_id);
      opened.value = new Set([...opened.peek(), ...parents.filter((id) => key !== `card ${id}`)]);
      reveal.value = { key, focus };
    },
    send() {
      const message = draft.outgoing();
      const whole = draft.kept();
      if (message.text.trim() === '' && message.attachments.length === 0) return;
      last_key += 1;
      const key = last_key;
      sending.value = [...sending.peek(), { key, text: message.text, execution_id: null }];
      draft.set(EMPTY_DRAFT);
      screen.problem.value = null;
      to_end.value += 1;
      const settle = (execution_id: string | null): void => {
        const others = sending.peek().filter((s) => s.key !== key);
        const mine = { key, text: message.text, execution_id };
        sending.value = execution_id === null ? others : [...others, mine];
      };
      host.request('chat.send', { session_id, ...message }).then(
        (sent) => settle(sent.execution_id),
        (error: unknown) => {
          settle(null);
          // What was typed meanwhile comes before what could not be sent.
          const now = draft.kept();
          draft.set({
            ...whole,
            text: now.text === '' ? whole.text : `${now.text}\n${whole.text}`,
          });
          failed(error);
        },
      );
    },
    confirm(execution_ids) {
      sending.value = sending
        .peek()
        .filter((s) => s.execution_id === null || !execution_ids.has(s.execution_id));
    },
    suggest(text) {
      if (draft.text.peek().trim() === '') draft.text.value = text;
    },
    escape() {
      if (editing.peek() !== null) editing.value = null;
      else if (isBusy()) stop();
    },
    async edit(execution_id, message) {
      const sent = await act(screen, 'chat.edit', { session_id, execution_id, ...message });
      if (sent) {
        editing.value = null;
        to_end.value += 1;
      }
      return sent;
    },
    retry(execution_id) {
      to_end.value += 1;
      void act(screen, 'chat.retry', { session_id, execution_id });
    },
    stop,
    cancelAgent(execution_id) {
      const work = act(screen, 'agent.cancel', { session_id, execution_id });
      void busy(cancelling, execution_id, work);
    },
    approve(approval_id, decision, reason) {
      const why = reason ? { reason } : {};
      const work = act(screen, 'chat.approve', { session_id, approval_id, decision, ...why });
      void busy(answering, approval_id, work);
    },
    withdraw(message) {
      const { queue_id } = message;
      host.request('chat.withdraw', { session_id, queue_id }).then((taken) => {
        const now = draft.kept();
        const text = now.text === '' ? taken.text : `${taken.text}\n${now.text}`;
        const mentions = taken.mentions.map((mention) => ({
          label: mentionLabel(mention),
          mention,
        }));
        const attachments = [...taken.attachments, ...now.attachments];
        draft.set({ text, mentions: [...mentions, ...now.mentions], attachments });
      }, failed);
    },
  };
}
