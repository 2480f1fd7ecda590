/**
 * Records: what the store keeps. Field names are the SQL columns and the frame fields,
 * so nothing is renamed between disk and screen. Times are epoch milliseconds,
 * durations are milliseconds of a monotonic clock, sizes are bytes of UTF-8, costs are US dollars.
 */
import * as z from 'zod/mini';
import { Outcome, Status } from './status.ts';

const id = z.string().check(z.minLength(1));
const time = z.number();
const count = z.number().check(z.nonnegative());
const text = z.nullable(z.string());
const optionalText = z.optional(text);
const optionalTime = z.optional(z.nullable(time));

/**
 * Tokens of one model call or a sum of calls. A figure that the provider did not report is
 * absent, never zero. `input_tokens` are the uncached ones; the prompt's whole length is
 * `input_tokens + cache_tokens + cache_write_tokens`. `reasoning_tokens` are part of `output_tokens`.
 */
export const Usage = z.strictObject({
  input_tokens: z.optional(count),
  cache_tokens: z.optional(count),
  cache_write_tokens: z.optional(count),
  output_tokens: z.optional(count),
  reasoning_tokens: z.optional(count),
});
export type Usage = z.infer<typeof Usage>;

/** The figures of a usage, for whoever adds or lists them. */
export const USAGE_KEYS = [
  'input_tokens',
  'cache_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
] as const satisfies readonly (keyof Usage)[];

/** What went wrong, sorted by what the user can do about it. */
export const ErrorKind = z.enum([
  'no_key',
  'wrong_key',
  'no_balance',
  'rate_limit',
  'overload',
  'context_too_long',
  'network',
  'provider',
  'bad_response',
  'timeout',
  'limit',
  'script',
  'tool',
  'cancelled',
  'internal',
]);
export type ErrorKind = z.infer<typeof ErrorKind>;

/** A session is one log of facts with its own `seq`: a chat, or one run of a workflow. */
export const Session = z.strictObject({
  session_id: id,
  kind: z.enum(['chat', 'workflow']),
  title: z.string(),
  status: Status,
  created_at: time,
  updated_at: time,
  started_at: optionalTime,
  finished_at: optionalTime,
  /** The workflow's name and file, its arguments and result as JSON text. */
  workflow_name: optionalText,
  workflow_path: optionalText,
  args: optionalText,
  result: optionalText,
  /** True where `result` is a preview; the store's `session()` has the whole of it. */
  result_truncated: z.optional(z.boolean()),
  error: optionalText,
  error_kind: z.optional(z.nullable(ErrorKind)),
  /** True where the offline model answers: screens must say that replies are simulated. */
  simulated: z.boolean(),
  budget_tokens: z.optional(z.nullable(count)),
  /** Model calls. */
  budget_steps: z.optional(z.nullable(count)),
  /** Workflow runs: the run whose finished steps this one took over, where it resumed one. */
  resumed_from: optionalText,
  /** True where kept results were not used. */
  fresh: z.optional(z.nullable(z.boolean())),
});
export type Session = z.infer<typeof Session>;

/** A stage groups executions on a screen: a workflow phase, or one turn of a chat. */
export const Stage = z.strictObject({
  stage_id: id,
  session_id: id,
  stage_index: count,
  title: z.string(),
  status: Status,
  started_at: optionalTime,
  finished_at: optionalTime,
  /** The limit that its agents share, where it has one: tokens. */
  budget_tokens: z.optional(z.nullable(count)),
});
export type Stage = z.infer<typeof Stage>;

/**
 * One agent at work: a chat turn, a workflow step, a sub-agent or a background task.
 * `parent_execution_id` is null at the top level of its stage.
 */
export const Execution = z.strictObject({
  execution_id: id,
  session_id: id,
  stage_id: z.nullable(id),
  parent_execution_id: z.optional(z.nullable(id)),
  kind: z.enum(['turn', 'step', 'sub_agent', 'background']),
  agent_index: count,
  agent_name: z.string(),
  task: optionalText,
  status: Status,
  model: optionalText,
  created_at: time,
  started_at: optionalTime,
  finished_at: optionalTime,
  duration_ms: z.optional(z.nullable(count)),
  error: optionalText,
  error_kind: z.optional(z.nullable(ErrorKind)),
  /** Own tokens and cost, without those of sub-agents. Absent cost: the price is unknown. */
  usage: Usage,
  cost: z.optional(z.nullable(count)),
  model_calls: count,
  tool_calls: count,
  /** Workflow steps: the step cache's key, and the execution whose result was replayed. */
  step_key: optionalText,
  cached_from: optionalText,
  /** What the replay saved against running the step: milliseconds, tokens, US dollars. */
  saved_ms: z.optional(z.nullable(count)),
  saved_tokens: z.optional(z.nullable(count)),
  saved_cost: z.optional(z.nullable(count)),
  /** The agent's own limit, where it has one: tokens. */
  budget_tokens: z.optional(z.nullable(count)),
  /** The final text or JSON, cut to a preview in frames. */
  result: optionalText,
  result_truncated: z.optional(z.boolean()),
});
export type Execution = z.infer<typeof Execution>;

const EVENT_TYPES = [
  'user',
  'task',
  'thinking',
  'text',
  'tool_call',
  'tool_summary',
  'agent_result',
  'final',
  'error',
  'log',
] as const;

/** One item of the conversation or of a run's log. `content` grows while `status` is `streaming`. */
export const TimelineEvent = z.strictObject({
  event_id: id,
  session_id: id,
  stage_id: z.nullable(id),
  execution_id: z.nullable(id),
  parent_execution_id: z.optional(z.nullable(id)),
  sequence: count,
  event_type: z.enum(EVENT_TYPES),
  status: z.enum(['streaming', 'completed', 'failed', 'cancelled', 'interrupted']),
  content: z.string(),
  content_bytes: z.optional(count),
  truncated: z.optional(z.boolean()),
  /** Structured fields such as `trace_id`, `dispatched_execution_id`, `level`. */
  metadata: z.record(z.string(), z.unknown()),
  created_at: time,
  completed_at: optionalTime,
});
export type TimelineEvent = z.infer<typeof TimelineEvent>;

/**
 * One model call (`kind: model`) or tool call (`kind: tool`). `input` and `output` are JSON or
 * plain text; in frames and lists they are previews, and `truncated` says so. A model call's
 * input is the exact request body that was sent.
 */
export const Trace = z.strictObject({
  id,
  session_id: id,
  /** In a chat: the conversation, whose sub-agents' calls carry it too. */
  chat_id: z.optional(z.nullable(id)),
  stage_id: z.nullable(id),
  execution_id: id,
  parent_execution_id: z.optional(z.nullable(id)),
  /** The model call that asked for this tool call. */
  parent_id: z.optional(z.nullable(id)),
  kind: z.enum(['model', 'tool']),
  turn_number: count,
  tool_name: optionalText,
  tool_call_id: optionalText,
  provider: optionalText,
  model: optionalText,
  /** What the call is about, in a few words. */
  summary: optionalText,
  input: text,
  output: text,
  input_bytes: z.optional(count),
  output_bytes: z.optional(count),
  truncated: z.optional(z.boolean()),
  started_at: time,
  finished_at: optionalTime,
  latency_ms: z.optional(z.nullable(count)),
  ttft_ms: z.optional(z.nullable(count)),
  tokens_used: z.optional(z.nullable(count)),
  ...Usage.shape,
  cost: z.optional(z.nullable(count)),
  price_version: optionalText,
  attempts: z.optional(count),
  finish_reason: optionalText,
  /** The provider's own name for its reply: what its support asks for. */
  response_id: optionalText,
  error: optionalText,
  error_kind: z.optional(z.nullable(ErrorKind)),
  outcome: Outcome,
});
export type Trace = z.infer<typeof Trace>;

/** A finished step's result, kept so that a later run need not pay for it again. */
export const StepResult = z.strictObject({
  step_key: id,
  session_id: id,
  execution_id: id,
  created_at: time,
  result: z.string(),
  usage: Usage,
  cost: z.optional(z.nullable(count)),
  duration_ms: count,
  /** Files and listings that the agent read, with a digest of what it saw. */
  reads: z.array(z.strictObject({ path: z.string(), digest: z.string() })),
});
export type StepResult = z.infer<typeof StepResult>;
