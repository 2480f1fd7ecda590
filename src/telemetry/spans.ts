/**
 * From records to spans: a run, its phases, its agents and their calls, nested as they ran.
 * Token figures stand on model calls alone, so that a receiver that sums them counts each once.
 */
import type { Execution, Session, Stage, Trace } from '../contracts/records.ts';
import { promptTokens } from '../contracts/select.ts';
import { isTerminal, type Outcome } from '../contracts/status.ts';
import type { Content } from './content.ts';
import { spanId, traceId } from './ids.ts';
import { NAMES } from './names.ts';
import {
  type AttributeValue,
  attributes,
  CLIENT,
  double,
  ERROR,
  INTERNAL,
  int,
  type Span,
  UNSET,
} from './span.ts';

/** What a span must know of the session that it belongs to. */
export type Owner = Pick<Session, 'session_id' | 'kind'>;

/** UTF-16 units; names come from scripts and models. */
const NAME_LIMIT = 200;
/** Cancelled is not failed: its `boocode.outcome` says it. */
const FAILED: ReadonlySet<Outcome> = new Set<Outcome>([
  'failed',
  'timed_out',
  'interrupted',
  'denied',
]);

/** The root of a run. A chat has none: each of its turns is a trace by itself. */
export function sessionSpan(session: Session, content: Content, now: number): Span | null {
  if (session.kind !== 'workflow') return null;
  const name = short(session.workflow_name ?? session.title);
  return {
    ...identity(session, null, 'session', session.session_id),
    parent_span_id: null,
    name: `invoke_workflow ${name}`,
    kind: INTERNAL,
    links: [],
    ...timing(session.started_at ?? session.created_at, session, now),
    attributes: attributes({
      [NAMES.operation]: 'invoke_workflow',
      [NAMES.workflowName]: name,
      ...common(session, session.status),
      [NAMES.simulated]: session.simulated,
      ...failure(session.status, session.error_kind),
      ...content.attributes,
    }),
    status: statusOf(session.status, session.error, content),
  };
}

/** A phase of a run; null for a turn of a chat, which its agent's span already stands for. */
export function stageSpan(owner: Owner, stage: Stage, now: number): Span | null {
  if (owner.kind !== 'workflow' || stage.status === 'pending') return null;
  return {
    ...identity(owner, null, 'stage', stage.stage_id),
    parent_span_id: spanId('session', stage.session_id),
    name: `phase ${short(stage.title)}`,
    kind: INTERNAL,
    links: [],
    ...timing(stage.started_at ?? stage.finished_at ?? now, stage, now),
    attributes: attributes({
      ...common(owner, stage.status),
      [NAMES.stage]: short(stage.title),
    }),
    status: { code: UNSET },
  };
}

/** @param dispatched_by the tool call that started this sub-agent, where it is known. */
export function executionSpan(
  owner: Owner,
  execution: Execution,
  dispatched_by: string | null,
  content: Content,
  now: number,
): Span {
  const name = short(execution.agent_name);
  return {
    ...identity(owner, execution.stage_id, 'execution', execution.execution_id),
    parent_span_id: parentOf(owner, execution, dispatched_by),
    name: `invoke_agent ${name}`,
    kind: INTERNAL,
    links: [],
    ...timing(execution.started_at ?? execution.created_at, execution, now),
    attributes: attributes({
      [NAMES.operation]: 'invoke_agent',
      [NAMES.agentName]: name,
      [NAMES.requestModel]: execution.model,
      ...common(owner, execution.status),
      [NAMES.executionId]: execution.execution_id,
      [NAMES.kind]: execution.kind,
      [NAMES.cachedFrom]: execution.cached_from,
      ...failure(execution.status, execution.error_kind),
      ...content.attributes,
    }),
    status: statusOf(execution.status, execution.error, content),
  };
}

/** A model call or a tool call. */
export function callSpan(owner: Owner, call: Trace, content: Content, now: number): Span {
  const shared = {
    ...common(owner, call.outcome),
    [NAMES.executionId]: call.execution_id,
    [NAMES.traceId]: call.id,
    [NAMES.turn]: int(call.turn_number),
    ...failure(call.outcome, call.error_kind),
  };
  const own = call.kind === 'model' ? modelAttributes(call) : toolAttributes(call);
  const subject = call.kind === 'model' ? call.model : call.tool_name;
  return {
    ...identity(owner, call.stage_id, 'call', call.id),
    parent_span_id: spanId('execution', call.execution_id),
    name: `${call.kind === 'model' ? 'chat' : 'execute_tool'} ${short(subject ?? 'unknown')}`,
    kind: call.kind === 'model' ? CLIENT : INTERNAL,
    links: call.parent_id ? [spanId('call', call.parent_id)] : [],
    ...timing(call.started_at, { ...call, duration_ms: call.latency_ms }, now),
    attributes: attributes({ ...own, ...shared, ...content.attributes }),
    status: statusOf(call.outcome, call.error, content),
  };
}

type Values = Record<string, AttributeValue | null | undefined>;

function modelAttributes(call: Trace): Values {
  const ttft = call.ttft_ms ?? null;
  return {
    [NAMES.operation]: 'chat',
    [NAMES.provider]: call.provider,
    [NAMES.requestModel]: call.model,
    [NAMES.responseModel]: call.output_tokens === undefined ? null : call.model,
    [NAMES.responseId]: call.response_id,
    [NAMES.requestStream]: true,
    [NAMES.finishReasons]: call.finish_reason ? [call.finish_reason] : null,
    [NAMES.timeToFirstChunk]: double(ttft === null ? null : ttft / 1000),
    [NAMES.inputTokens]: int(promptTokens(call)),
    [NAMES.outputTokens]: int(call.output_tokens),
    [NAMES.cacheRead]: int(call.cache_tokens),
    [NAMES.cacheCreation]: int(call.cache_write_tokens),
    [NAMES.reasoningTokens]: int(call.reasoning_tokens),
    [NAMES.cost]: double(call.cost),
    [NAMES.priceVersion]: call.price_version,
    [NAMES.attempts]: int(call.attempts),
  };
}

function toolAttributes(call: Trace): Values {
  return {
    [NAMES.operation]: 'execute_tool',
    [NAMES.toolName]: short(call.tool_name ?? 'unknown'),
    [NAMES.toolType]: 'function',
    [NAMES.toolCallId]: call.tool_call_id,
  };
}

function common(owner: Owner, outcome: Outcome): Values {
  return {
    // A run is one conversation too: receivers group by this name.
    [NAMES.conversation]: owner.session_id,
    [NAMES.sessionId]: owner.session_id,
    [NAMES.outcome]: outcome,
    [NAMES.inProgress]: isTerminal(outcome) ? null : true,
  };
}

function failure(outcome: Outcome, kind: Execution['error_kind']): Values {
  return { [NAMES.errorType]: FAILED.has(outcome) ? (kind ?? outcome) : null };
}

// What went wrong, in words, may quote files or prompts: it is content.
function statusOf(outcome: Outcome, error: string | null | undefined, content: Content) {
  if (!FAILED.has(outcome)) return { code: UNSET } as const;
  const message = content.allowed && error ? { message: error } : {};
  return { code: ERROR, ...message } as const;
}

function identity(
  owner: Owner,
  stage_id: string | null,
  kind: Parameters<typeof spanId>[0],
  id: string,
) {
  return { trace_id: traceId(owner, stage_id), span_id: spanId(kind, id) };
}

function parentOf(owner: Owner, execution: Execution, dispatched_by: string | null): string | null {
  if (dispatched_by) return spanId('call', dispatched_by);
  if (execution.parent_execution_id) return spanId('execution', execution.parent_execution_id);
  if (owner.kind === 'chat') return null;
  return execution.stage_id
    ? spanId('stage', execution.stage_id)
    : spanId('session', execution.session_id);
}

/** The monotonic duration where there is one; a clock that was set back gives no negative span. */
function timing(
  started_at: number,
  record: { finished_at?: number | null | undefined; duration_ms?: number | null | undefined },
  now: number,
): Pick<Span, 'start' | 'end'> {
  const start = nanoseconds(started_at);
  const ms = record.duration_ms ?? (record.finished_at ?? now) - started_at;
  return { start, end: start + nanoseconds(Math.max(0, ms)) };
}

function nanoseconds(ms: number): bigint {
  const whole = Math.floor(ms);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6));
}

function short(text: string): string {
  return text.length <= NAME_LIMIT ? text : `${text.slice(0, NAME_LIMIT - 1)}…`.toWellFormed();
}
