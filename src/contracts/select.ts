/** Readings of a session's state that every screen shares; pure, no state of their own. */
import {
  type Execution,
  type Stage,
  type TimelineEvent,
  type Trace,
  USAGE_KEYS,
  type Usage,
} from './records.ts';
import type { SessionState } from './state.ts';

export interface StageView {
  /** Null for executions that no stage groups. */
  readonly stage: Stage | null;
  readonly executions: readonly Execution[];
}

const bySequence = (a: TimelineEvent, b: TimelineEvent): number =>
  a.sequence - b.sequence || (a.event_id < b.event_id ? -1 : 1);
const byIndex = (a: Execution, b: Execution): number =>
  a.agent_index - b.agent_index || (a.execution_id < b.execution_id ? -1 : 1);

/** Stages in order, each with its top-level executions; unstaged executions come first. */
export function stageViews(state: SessionState): StageView[] {
  const executions = Object.values(state.top.executions).sort(byIndex);
  const unstaged = executions.filter((e) => e.stage_id === null || !(e.stage_id in state.stages));
  const stages = Object.values(state.stages).sort((a, b) => a.stage_index - b.stage_index);
  const views: StageView[] = stages.map((stage) => ({
    stage,
    executions: executions.filter((e) => e.stage_id === stage.stage_id),
  }));
  return unstaged.length > 0 ? [{ stage: null, executions: unstaged }, ...views] : views;
}

export function childrenOf(state: SessionState, execution_id: string): Execution[] {
  return Object.values(state.sub.executions)
    .filter((e) => e.parent_execution_id === execution_id)
    .sort(byIndex);
}

/** All items of one execution in order, the streaming ones included. */
export function timelineOf(state: SessionState, execution_id: string | null): TimelineEvent[] {
  return [state.top, state.sub]
    .flatMap((bucket) => [
      ...(byExecution(bucket.items).get(execution_id) ?? []),
      ...Object.values(bucket.streaming).filter((e) => e.execution_id === execution_id),
    ])
    .sort(bySequence);
}

// A screen asks once per execution; the items of a state never change, so one pass serves all.
const indexes = new WeakMap<object, Map<string | null, TimelineEvent[]>>();

function byExecution(
  items: Readonly<Record<string, TimelineEvent>>,
): Map<string | null, TimelineEvent[]> {
  const known = indexes.get(items);
  if (known) return known;
  const index = Map.groupBy(Object.values(items), (e) => e.execution_id);
  indexes.set(items, index);
  return index;
}

/** The run's log: events of type `log`, oldest first. */
export function logOf(state: SessionState): TimelineEvent[] {
  return Object.values(state.top.items)
    .filter((e) => e.event_type === 'log')
    .sort(bySequence);
}

/** Adds usages; a figure that no part reports stays absent. */
export function addUsage(...parts: readonly Usage[]): Usage {
  const sum: Usage = {};
  for (const key of USAGE_KEYS) {
    const known = parts.map((p) => p[key]).filter((n) => n !== undefined);
    if (known.length > 0) sum[key] = known.reduce((a, b) => a + b, 0);
  }
  return sum;
}

/** What one call used. */
export function usageOf(trace: Trace): Usage {
  const usage: Usage = {};
  for (const key of USAGE_KEYS) {
    const value = trace[key];
    if (typeof value === 'number') usage[key] = value;
  }
  return usage;
}

/** @returns prompt tokens whether cached or not, or null where the provider reported none. */
export function promptTokens(usage: Usage): number | null {
  if (usage.input_tokens === undefined && usage.cache_tokens === undefined) return null;
  return (usage.input_tokens ?? 0) + (usage.cache_tokens ?? 0) + (usage.cache_write_tokens ?? 0);
}

/** @returns prompt and output tokens together, or null where nothing was reported. */
export function totalTokens(usage: Usage): number | null {
  const prompt = promptTokens(usage);
  if (prompt === null && usage.output_tokens === undefined) return null;
  return (prompt ?? 0) + (usage.output_tokens ?? 0);
}

/** @returns cached share of the prompt, 0 to 1, or null when the provider did not report it. */
export function cacheHitRate(usage: Usage): number | null {
  const prompt = promptTokens(usage);
  if (usage.cache_tokens === undefined || !prompt) return null;
  return usage.cache_tokens / prompt;
}

export interface Totals {
  readonly usage: Usage;
  /** Null when no call has a known price. */
  readonly cost: number | null;
  readonly model_calls: number;
  readonly tool_calls: number;
  readonly cached_steps: number;
}

/** Own figures and those of all sub-agents, each call counted once (acceptance 115). */
export function totals(executions: readonly Execution[]): Totals {
  const paid = executions.filter((e) => !e.cached_from);
  const costs = paid.map((e) => e.cost).filter((c) => c !== null && c !== undefined);
  return {
    usage: addUsage(...paid.map((e) => e.usage)),
    cost: costs.length > 0 ? costs.reduce((a, b) => a + b, 0) : null,
    model_calls: paid.reduce((n, e) => n + e.model_calls, 0),
    tool_calls: paid.reduce((n, e) => n + e.tool_calls, 0),
    cached_steps: executions.length - paid.length,
  };
}

export function allExecutions(state: SessionState): Execution[] {
  return [...Object.values(state.top.executions), ...Object.values(state.sub.executions)];
}

/** 120 → "120ms", 59,600 → "1m 0s": rounds before it splits, so "60s" never appears. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)}ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** 1234 → "1.2k"; null → "not reported", never a made-up zero. */
export function formatTokens(tokens: number | null): string {
  if (tokens === null) return 'not reported';
  if (tokens < 1000) return String(tokens);
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 9_950 ? 1 : 0)}k`;
  return `${(tokens / 1_000_000).toFixed(1)}M`;
}

/** US dollars; small amounts keep enough digits to differ from zero. */
export function formatCost(cost: number | null): string {
  if (cost === null) return 'price unknown';
  if (cost === 0) return '$0';
  if (cost < 0.0001) return '<$0.0001';
  return `$${cost.toFixed(cost < 0.01 ? 4 : cost < 1 ? 3 : 2)}`;
}
