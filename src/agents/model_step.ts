/** One model call with its trace: the row is written before the request leaves, and always ends. */
import type { LanguageModelV4FunctionTool, LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { ErrorKind, Trace } from '../contracts/records.ts';
import { formatDuration, totalTokens } from '../contracts/select.ts';
import type { Outcome } from '../contracts/status.ts';
import { replySummary } from '../contracts/summary.ts';
import { type ModelCall, ModelError, type ModelObserver, type ModelReply } from '../models/port.ts';
import { count } from '../tools/limits.ts';
import { AgentFailure } from './failure.ts';
import type { EventType } from './recorder.ts';
import { reserve } from './reserve.ts';
import type { StreamEvent } from './stream_event.ts';
import type { Work } from './work.ts';

/** UTF-16 units of one reply, reasoning included: several times what models can write at once. */
const REPLY_LIMIT = 1024 * 1024;

export interface ModelStep {
  readonly reply: ModelReply;
  readonly trace_id: string;
  /** The streamed answer, left open: the loop knows whether it was the final one. */
  readonly text: StreamEvent | null;
}

export interface StepRequest {
  readonly prompt: LanguageModelV4Prompt;
  readonly tools: readonly LanguageModelV4FunctionTool[];
  readonly toolChoice: NonNullable<ModelCall['toolChoice']>;
}

/** @throws Stopped, ModelError, AgentFailure where a budget forbids the call, or what kept the row from being recorded. */
export async function modelStep(work: Work, request: StepRequest): Promise<ModelStep> {
  const { house, recorder, spec, stop } = work;
  const info = house.models.describe(spec.model);
  const charge = reserve(work, request);
  let trace = recorder.newTrace({
    kind: 'model',
    input: null,
    provider: info.provider,
    model: info.id,
  });
  recorder.progress('Thinking');
  const started = performance.now();
  const streams = new Streams(work);
  const observer: ModelObserver = {
    ...streams.observer,
    onRequest: (body, attempts) => {
      trace = { ...trace, input: body, attempts };
      // What was asked is known before anybody can answer, also when we die right after.
      // A store that refuses is met again at the row's end.
      return recorder.asking(trace).catch(() => undefined);
    },
  };
  const signal = AbortSignal.any([stop.signal, streams.tooLong]);
  const call = { model: spec.model, effort: spec.effort, signal, ...request };
  try {
    const reply = await stop.orLeave(house.models.call(call, observer));
    streams.end('completed');
    charge(reply.usage);
    finish(work, trace, reply, { outcome: 'completed' }, started);
    return { reply, trace_id: trace.id, text: streams.text };
  } catch (thrown) {
    const error = streams.tooLong.aborted ? streams.tooLong.reason : thrown;
    streams.end(stop.stopped ? 'cancelled' : 'failed');
    streams.text?.complete(stop.stopped ? 'cancelled' : 'failed');
    // A reply that was recorded needs no second end; what failed then was the recording.
    if (streams.ended === 'completed') throw error;
    const partial = thrown instanceof ModelError ? thrown.partial : {};
    charge(partial.usage ?? {});
    finish(work, trace, partial, endOf(work, error), started);
    throw stop.stopped ?? error;
  }
}

interface End {
  readonly outcome: Outcome;
  readonly error?: string;
  readonly error_kind?: ErrorKind;
}

function endOf(work: Work, error: unknown): End {
  const stopped = work.stop.stopped;
  if (stopped?.status === 'timed_out') {
    return { outcome: 'timed_out', error: stopped.message, error_kind: 'timeout' };
  }
  if (stopped || (error instanceof ModelError && error.kind === 'cancelled')) {
    const message = stopped?.message ?? 'The model call was cancelled.';
    return { outcome: 'cancelled', error: message, error_kind: 'cancelled' };
  }
  if (error instanceof ModelError) {
    const outcome = error.kind === 'timeout' ? 'timed_out' : 'failed';
    return { outcome, error: error.message, error_kind: error.kind };
  }
  if (error instanceof AgentFailure) {
    return { outcome: 'failed', error: error.message, error_kind: error.kind };
  }
  return { outcome: 'failed', error: String(error), error_kind: 'internal' };
}

/** Writes the row's end with what was used, also for a reply that broke off. */
function finish(
  work: Work,
  trace: Trace,
  reply: Partial<ModelReply>,
  end: End,
  started: number,
): void {
  const usage = reply.usage ?? {};
  const model = reply.model || trace.model || '';
  const price = work.house.models.price(model, usage);
  work.recorder.count({ usage, cost: price?.cost ?? null, model_calls: 1 });
  // Not waited for: whatever comes next (a tool's row, the agent's end) is on disk only after it.
  work.recorder.announceTrace({
    ...trace,
    ...usage,
    ...end,
    model,
    summary: replySummary(reply),
    output: outputOf(reply),
    finished_at: Date.now(),
    latency_ms: performance.now() - started,
    ttft_ms: reply.ttft_ms ?? null,
    tokens_used: totalTokens(usage),
    cost: price?.cost ?? null,
    price_version: price?.price_version ?? null,
    finish_reason: reply.finish_reason || null,
    response_id: reply.response_id ?? null,
    ...(reply.attempts === undefined ? {} : { attempts: reply.attempts }),
  });
}

function outputOf(reply: Partial<ModelReply>): string | null {
  const { text = '', reasoning = '', tool_calls = [] } = reply;
  if (text === '' && reasoning === '' && tool_calls.length === 0) return null;
  return JSON.stringify({ text, reasoning, tool_calls });
}

/** The reasoning and the text of one reply as they arrive. */
class Streams {
  readonly #work: Work;
  readonly #cut = new AbortController();
  #length = 0;
  #thinking: StreamEvent | null = null;
  text: StreamEvent | null = null;
  ended: 'completed' | 'failed' | 'cancelled' | null = null;

  constructor(work: Work) {
    this.#work = work;
  }

  readonly observer: ModelObserver = {
    onReasoning: (delta) => {
      this.#thinking = this.#add(this.#thinking, 'thinking', delta);
    },
    onText: (delta) => {
      if (this.text === null) this.#work.recorder.progress('Writing');
      this.text = this.#add(this.text, 'text', delta);
    },
    onRetry: (_, delay_ms) => {
      this.#work.recorder.progress(`Waiting ${formatDuration(delay_ms)} to ask the model again`);
    },
  };

  /** Aborted once the reply is longer than any reply should be. */
  get tooLong(): AbortSignal {
    return this.#cut.signal;
  }

  /** Ends the reasoning; the text stays open. What a call says after its end is dropped. */
  end(status: 'completed' | 'failed' | 'cancelled'): void {
    this.ended ??= status;
    this.#thinking?.complete(status);
  }

  #add(event: StreamEvent | null, type: EventType, delta: string): StreamEvent | null {
    if (this.ended) return event;
    this.#length += delta.length;
    if (this.#length > REPLY_LIMIT) {
      this.#cut.abort(
        new AgentFailure(
          'limit',
          `The reply did not end: it was cut off after ${count(REPLY_LIMIT)} characters. Ask for less at once, or use another model.`,
        ),
      );
      return event;
    }
    const open = event ?? this.#work.recorder.stream(type);
    open.append(delta);
    return open;
  }
}
