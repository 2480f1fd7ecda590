/** A model call or a tool call as our rows have it, from the span that somebody wrote of it. */
import type { Trace } from '../contracts/records.ts';
import { totalTokens } from '../contracts/select.ts';
import { replySummary, toolSummary } from '../contracts/summary.ts';
import { NAMES, READ_NAMES } from './names.ts';
import { endOf, figure, first, text, usageOf } from './read_attributes.ts';
import { replyOf, requestOf, textOf } from './read_messages.ts';
import type { ReadSpan } from './read_span.ts';

const MODEL_OPERATIONS: ReadonlySet<string> = new Set([
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
]);

/** @returns null for a span of something else. */
export function callKind(span: ReadSpan): Trace['kind'] | null {
  const operation = text(span, NAMES.operation);
  if (operation === 'execute_tool') return 'tool';
  return operation !== null && MODEL_OPERATIONS.has(operation) ? 'model' : null;
}

/** What the span says of the call by itself; where it belongs is added by whoever knows. */
export type CallFields = Omit<Trace, 'id' | 'session_id' | 'stage_id' | 'execution_id'>;

/** @param turn_number where the span names none. */
export function callOf(span: ReadSpan, kind: Trace['kind'], turn_number: number): CallFields {
  const { started_at, duration_ms } = span;
  return {
    kind,
    turn_number: figure(span, NAMES.turn) ?? turn_number,
    ...(kind === 'model' ? modelFields(span) : toolFields(span)),
    started_at,
    finished_at: duration_ms === null ? null : started_at + duration_ms,
    latency_ms: duration_ms,
    ...endOf(span),
  };
}

type Own = Omit<CallFields, 'kind' | 'turn_number' | 'started_at' | 'outcome'>;

function modelFields(span: ReadSpan): Own {
  const { attributes } = span;
  const model = text(span, NAMES.responseModel, NAMES.requestModel);
  const usage = usageOf(span);
  const ttft = figure(span, NAMES.timeToFirstChunk);
  const attempts = figure(span, NAMES.attempts);
  const messages = attributes.get(NAMES.outputMessages);
  const reply = replyOf(messages);
  const output = reply ? JSON.stringify(reply) : messages === undefined ? null : textOf(messages);
  return {
    provider: text(span, NAMES.provider, READ_NAMES.system),
    model,
    input: requestOf({
      model: text(span, NAMES.requestModel),
      messages: attributes.get(NAMES.inputMessages),
      instructions: attributes.get(READ_NAMES.systemInstructions),
      tools: attributes.get(NAMES.toolDefinitions),
    }),
    output,
    summary: reply ? replySummary(reply) : null,
    ...usage,
    tokens_used: totalTokens(usage),
    ttft_ms: ttft === null ? null : ttft * 1000,
    cost: figure(span, NAMES.cost),
    price_version: text(span, NAMES.priceVersion),
    finish_reason: first(span, NAMES.finishReasons),
    response_id: text(span, NAMES.responseId),
    ...(attempts === null ? {} : { attempts }),
  };
}

function toolFields(span: ReadSpan): Own {
  const given = span.attributes.get(NAMES.toolArguments);
  const gave = span.attributes.get(NAMES.toolResult);
  const input = given === undefined ? null : textOf(given);
  return {
    // By the conventions the span is called "execute_tool" and the tool's name.
    tool_name: text(span, NAMES.toolName) ?? span.name.replace(/^execute_tool /, ''),
    tool_call_id: text(span, NAMES.toolCallId),
    input,
    output: gave === undefined ? null : textOf(gave),
    summary: input === null ? null : toolSummary(input),
  };
}
