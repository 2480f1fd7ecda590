/** Readings of a run's facts: what its agents ask, what they changed, what of it was undone. */
import * as z from 'zod/mini';
import { FileChange, type RunQuestion, ToolCallMeta } from './chat.ts';
import type { TimelineEvent } from './records.ts';
import type { SessionState } from './state.ts';

/** A call that waits for the user, or waited for one when its process died. */
export interface OpenQuestion extends RunQuestion {
  readonly approval_id: string;
  readonly execution_id: string;
  readonly event_id: string;
  readonly trace_id: string;
  readonly tool_name: string;
  readonly permission: 'write' | 'execute';
  /** The run was cut off: an answer goes on with it. */
  readonly cut_off: boolean;
}

/** @returns null where the event asks nothing, or no longer does. */
export function questionOf(event: TimelineEvent): OpenQuestion | null {
  if (event.event_type !== 'tool_call' || event.execution_id === null) return null;
  if (event.status !== 'streaming' && event.status !== 'interrupted') return null;
  const meta = ToolCallMeta.safeParse(event.metadata).data;
  const { approval_id, state, question } = meta?.approval ?? {};
  if (!meta || state !== 'asked' || approval_id === undefined || !question) return null;
  const { event_id, execution_id } = event;
  const { trace_id, tool_name, permission } = meta;
  return {
    ...question,
    ...{ approval_id, execution_id, event_id, trace_id, tool_name },
    permission: permission === 'write' ? 'write' : 'execute',
    cut_off: event.status === 'interrupted',
  };
}

/** What waits for the user, oldest first. */
export function openQuestions(state: SessionState): OpenQuestion[] {
  const cut_off = state.session?.status === 'interrupted';
  const events = Object.values(cut_off ? state.top.items : state.top.streaming);
  return events
    .map(questionOf)
    .filter((question) => question !== null)
    .sort((a, b) => a.asked_at - b.asked_at || (a.approval_id < b.approval_id ? -1 : 1));
}

/** `metadata.limit` of a run's log line: a budget that agents share, and what is spent of it. */
export const SharedLimit = z.object({
  of: z.enum(['parallel', 'phase']),
  phase: z.nullable(z.string()),
  /** Tokens and model calls; null: no limit. */
  tokens: z.nullable(z.number()),
  steps: z.nullable(z.number()),
  spent_tokens: z.number(),
  spent_steps: z.number(),
});
export type SharedLimit = z.infer<typeof SharedLimit>;

/** @returns in the order in which the script set them. */
export function sharedLimits(state: SessionState): SharedLimit[] {
  return [...Object.values(state.top.items), ...Object.values(state.top.streaming)]
    .filter((e) => e.event_type === 'log' && e.metadata.limit !== undefined)
    .sort((a, b) => a.sequence - b.sequence)
    .map((e) => SharedLimit.safeParse(e.metadata.limit).data)
    .filter((limit) => limit !== undefined);
}

/** `metadata.undo` of a run's log line: files were put back, or forth again. */
export const RunUndo = z.object({
  kind: z.enum(['undone', 'redone']),
  /** The step; null: the whole run. */
  execution_id: z.nullable(z.string()),
  paths: z.array(z.string()),
});
export type RunUndo = z.infer<typeof RunUndo>;

/** A file of the workspace that a call of a run changed. */
export interface RunChange extends FileChange {
  readonly execution_id: string;
  readonly event_id: string;
}

/** What an earlier run changed in the workspace, and which executions of it are undone. */
export const EarlierRunChanges = z.object({
  session_id: z.string(),
  changes: z.array(z.extend(FileChange, { execution_id: z.string(), event_id: z.string() })),
  undone: z.array(z.string()),
});
export type EarlierRunChanges = z.infer<typeof EarlierRunChanges>;

/** @returns in order of their calls; with the changes that agents made in worktrees. */
export function changesOf(events: readonly TimelineEvent[]): RunChange[] {
  return events
    .filter((e) => e.event_type === 'tool_call' && e.metadata.changes !== undefined)
    .sort((a, b) => (a.completed_at ?? a.created_at) - (b.completed_at ?? b.created_at))
    .flatMap((event) => {
      const { event_id, execution_id, metadata } = event;
      const changes = ToolCallMeta.safeParse(metadata).data?.changes ?? [];
      if (execution_id === null) return [];
      return changes.map((change) => ({ ...change, execution_id, event_id }));
    });
}

/** @returns the executions whose changes of the workspace are undone now. */
export function undoneSteps(events: readonly TimelineEvent[]): ReadonlySet<string> {
  const undone = new Set<string>();
  const log = events
    .filter((e) => e.event_type === 'log' && e.metadata.undo !== undefined)
    .sort((a, b) => a.sequence - b.sequence);
  if (log.length === 0) return undone;
  const all = changesOf(events).map((change) => change.execution_id);
  for (const { metadata } of log) {
    const { kind, execution_id } = RunUndo.safeParse(metadata.undo).data ?? {};
    if (kind === undefined) continue;
    for (const id of execution_id ? [execution_id] : all) {
      if (kind === 'undone') undone.add(id);
      else undone.delete(id);
    }
  }
  return undone;
}
