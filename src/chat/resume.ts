/** What a turn needs to go on after its process died: read from its facts, nothing is guessed. */
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import type { Blobs } from '../agents/blobs.ts';
import type { Owed, OwedCall } from '../agents/conversation.ts';
import { accepted, type Delivery, DISPATCHED } from '../agents/dispatch.ts';
import type { Snapshot } from '../contracts/frames.ts';
import type { Execution, TimelineEvent, Trace } from '../contracts/records.ts';
import { addUsage, usageOf } from '../contracts/select.ts';
import { isTerminal } from '../contracts/status.ts';
import type { ModelToolCall } from '../models/port.ts';
import type { Store } from '../store/store.ts';
import { ChatError } from './error.ts';
import type { ChatJournal } from './journal.ts';
import { decodeMessage, openCalls } from './messages.ts';

export interface Interrupted {
  readonly execution: Execution;
  /** The number of its newest event. */
  readonly sequence: number;
  readonly messages: readonly LanguageModelV4Message[];
  /** The turn of each message. */
  readonly owners: readonly string[];
  readonly owed: Owed | null;
  /** Calls that had done their work and were cut off before their end was recorded, as ended. */
  readonly finished: readonly FinishedCall[];
  /** Events that the turn will say again. */
  readonly superseded: readonly TimelineEvent[];
  /** Results of sub-agents that the agent has not been given. */
  readonly undelivered: readonly Delivery[];
  /** Whether its answer was already shown as final. */
  readonly concluded: boolean;
}

export interface FinishedCall {
  readonly event: TimelineEvent;
  readonly trace: Trace;
}

/** The conversation up to the chat's head, oldest first, and the turn of each message. */
export async function conversationOf(
  store: Store,
  blobs: Blobs,
  head_message_id: string | null,
): Promise<{ messages: LanguageModelV4Message[]; owners: string[] }> {
  if (head_message_id === null) return { messages: [], owners: [] };
  const kept = await store.contextMessages(head_message_id);
  return {
    messages: await Promise.all(kept.map(({ message }) => decodeMessage(message, blobs))),
    owners: kept.map((m) => m.execution_id),
  };
}

/** @throws ChatError where the turn is no longer in the store. */
export async function interruptedTurn(
  store: Store,
  blobs: Blobs,
  journal: ChatJournal,
): Promise<Interrupted> {
  const { session_id, execution_id, state } = journal.agent;
  const snapshot = await store.snapshot(session_id);
  const execution = snapshot?.executions.find((e) => e.execution_id === execution_id);
  if (!snapshot || !execution) {
    throw new ChatError('The turn to continue is no longer in the store. Send the message again.');
  }
  const { messages, owners } = await conversationOf(store, blobs, state.head_message_id);
  const mine = ownEvents(snapshot, execution.execution_id);
  const finished = dispatched(snapshot, mine);
  const owed = await owedCalls(
    ...([store, snapshot, execution.execution_id, openCalls(messages), finished] as const),
  );
  const open = new Set([
    ...(owed?.calls.flatMap((c) => c.open?.event.event_id ?? []) ?? []),
    ...finished.map(({ event }) => event.event_id),
  ]);
  const ended = [...snapshot.traces, ...finished.map((f) => f.trace)];
  return {
    execution: { ...execution, ...figuresOf(ended, execution.execution_id) },
    sequence: Math.max(1, ...mine.map((e) => e.sequence)),
    messages,
    owners,
    owed,
    finished,
    superseded: mine.filter(
      (e) => e.status === 'interrupted' && e.metadata.superseded !== true && !open.has(e.event_id),
    ),
    undelivered: await undelivered(store, snapshot, execution.execution_id, mine),
    concluded: mine.some((e) => e.event_type === 'final' && e.status === 'completed'),
  };
}

/** Calls that had started a sub-agent: it is not started again, its result is delivered. */
function dispatched(snapshot: Snapshot, events: readonly TimelineEvent[]): FinishedCall[] {
  return events.flatMap((event) => {
    if (event.event_type !== 'tool_call' || event.status !== 'interrupted') return [];
    const id = event.metadata[DISPATCHED];
    const trace = snapshot.traces.find((t) => t.id === event.metadata.trace_id);
    const sub = snapshot.executions.find((e) => e.execution_id === id);
    if (!sub || trace?.outcome !== 'interrupted') return [];
    const output = accepted(sub.execution_id);
    return [
      {
        event: { ...event, status: 'completed' },
        trace: { ...trace, outcome: 'completed', output },
      },
    ];
  });
}

/** Counted anew: the process may have died between a call's end and its place in the sum. */
function figuresOf(
  traces: readonly Trace[],
  execution_id: string,
): Pick<Execution, 'usage' | 'cost' | 'model_calls' | 'tool_calls'> {
  const ended = traces.filter(
    (t) => t.execution_id === execution_id && isTerminal(t.outcome) && t.outcome !== 'interrupted',
  );
  const costs = ended.flatMap(({ cost }) => cost ?? []);
  return {
    usage: addUsage(...ended.map(usageOf)),
    ...(costs.length > 0 ? { cost: costs.reduce((a, b) => a + b) } : {}),
    model_calls: ended.filter((t) => t.kind === 'model').length,
    tool_calls: ended.filter((t) => t.kind === 'tool').length,
  };
}

/** Sub-agents died with their process; what they had found before is delivered all the same. */
async function undelivered(
  store: Store,
  snapshot: Snapshot,
  execution_id: string,
  events: readonly TimelineEvent[],
): Promise<Delivery[]> {
  const told = new Set(events.map((e) => e.metadata.result_execution_id));
  const subs = snapshot.executions.filter(
    (e) => e.parent_execution_id === execution_id && !told.has(e.execution_id),
  );
  return Promise.all(
    subs.map(async ({ execution_id: id, agent_name: name, status, error }): Promise<Delivery> => {
      const result = status === 'completed' ? await store.executionResult(id) : null;
      const lost = 'It was cut off by the end of its process. Dispatch it again if you need it.';
      return { execution_id: id, name, status, text: result ?? error ?? lost };
    }),
  );
}

export function ownEvents(snapshot: Snapshot, execution_id: string): TimelineEvent[] {
  return snapshot.timeline.filter((e) => e.execution_id === execution_id);
}

/** @returns null where no result is owed. */
async function owedCalls(
  store: Store,
  snapshot: Snapshot,
  execution_id: string,
  calls: readonly ModelToolCall[],
  finished: readonly FinishedCall[],
): Promise<Owed | null> {
  if (calls.length === 0) return null;
  const traces = snapshot.traces.filter((t) => t.execution_id === execution_id);
  const asked = traces.findLast((t) => t.kind === 'model' && t.outcome === 'completed');
  const owed = calls.map(async (call): Promise<OwedCall> => {
    const trace = traces.findLast((t) => t.tool_call_id === call.id);
    if (!trace) return { call, interrupted: false };
    const done = finished.find((f) => f.trace.id === trace.id)?.trace.output;
    if (done)
      return { call, answer: { id: call.id, name: call.name, text: done }, interrupted: false };
    if (trace.outcome === 'awaiting_input') return waiting(snapshot, call, trace);
    if (trace.outcome === 'interrupted') return { call, interrupted: true };
    const text = (await store.trace(trace.id))?.output ?? '';
    const failed = trace.outcome !== 'completed' ? { failed: true } : {};
    const answer = { id: call.id, name: call.name, text, ...failed };
    return { call, answer, interrupted: false };
  });
  return { trace_id: asked?.id ?? null, calls: await Promise.all(owed) };
}

function waiting(snapshot: Snapshot, call: ModelToolCall, trace: Trace): OwedCall {
  const event = snapshot.timeline.find(
    (e) => e.event_type === 'tool_call' && e.metadata.trace_id === trace.id,
  );
  // Without its open event the question is asked anew.
  const open = event?.status === 'streaming' ? { open: { event, trace } } : {};
  return { call, interrupted: false, ...open };
}
