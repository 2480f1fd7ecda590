/** One request and its stream: time limits, cancelling, and what had arrived when it failed. */
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { type AdapterSettings, callOptions, languageModel } from './adapter.ts';
import { type Collector, startCollecting } from './collect.ts';
import { UnfinishedReplyError } from './errors.ts';
import type { ModelCall, ModelObserver, ModelReply } from './port.ts';
import { startWatchdog, type Timeouts } from './watchdog.ts';

export interface AttemptResult {
  /** The reply, or what had arrived of it. */
  readonly reply: Omit<ModelReply, 'attempts'>;
  readonly error?: unknown;
  /** True where content arrived: the observer has seen it, so the request must not be repeated. */
  readonly started: boolean;
  /** True once the provider accepted the request. */
  readonly answered: boolean;
}

export interface Attempt {
  readonly adapter: Omit<AdapterSettings, 'fetch'>;
  readonly model: string;
  readonly call: ModelCall;
  readonly timeouts: Timeouts;
  readonly observer: ModelObserver;
  /** 1 for the first. */
  readonly number: number;
}

/** Never rejects: a failure comes back together with what had arrived before it. */
export async function runAttempt(attempt: Attempt): Promise<AttemptResult> {
  const { adapter, model, call, observer } = attempt;
  const collector = startCollecting(model, observer);
  const abort = new AbortController();
  const stopped = rejection(abort.signal);
  const cancel = () => abort.abort(call.signal.reason);
  call.signal.addEventListener('abort', cancel, { once: true });
  if (call.signal.aborted) cancel();
  const watchdog = startWatchdog(attempt.timeouts, (silence) => abort.abort(silence));
  const sent = performance.now();
  let ttft_ms: number | null = null;
  let answered = false;

  const seen: typeof globalThis.fetch = async (input, init) => {
    // The body alone is shown: the key travels in a header.
    if (typeof init?.body === 'string') await observer.onRequest?.(init.body, attempt.number);
    const response = await globalThis.fetch(input, init);
    answered = response.ok;
    return response;
  };
  const take = (part: LanguageModelV4StreamPart) => {
    if (part.type === 'error') throw part.error;
    watchdog.event();
    if (!collector.take(part)) return;
    ttft_ms ??= performance.now() - sent;
    watchdog.content();
  };

  let failure: { readonly error: unknown } | undefined;
  try {
    const language = languageModel({ ...adapter, fetch: seen }, model);
    const opened = language.doStream(callOptions(adapter.provider, call, abort.signal));
    // Raced, because a provider that ignores the signal must not hold up a cancelled run.
    const { stream } = await Promise.race([opened, stopped]);
    await readAll(stream, abort.signal, take);
    requireFinish(collector);
  } catch (error) {
    failure = { error: abort.signal.aborted ? abort.signal.reason : error };
  } finally {
    watchdog.stop();
    call.signal.removeEventListener('abort', cancel);
    // Closes the socket where the stream was left early.
    if (failure) abort.abort(failure.error);
  }
  return {
    reply: { ...collector.reply(), ttft_ms },
    started: ttft_ms !== null,
    answered,
    ...(failure ?? {}),
  };
}

/** Reads to the end, or until the signal aborts: cancelling a stream ends a waiting read at once. */
export async function readAll(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  signal: AbortSignal,
  take: (part: LanguageModelV4StreamPart) => void,
): Promise<void> {
  const reader = stream.getReader();
  const leave = () => void reader.cancel(signal.reason).catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    take(value);
  }
  signal.throwIfAborted();
}

/** A stream may end politely and yet be cut: only the finish reason tells that it is whole. */
function requireFinish(collector: Collector): void {
  const finish = collector.finishReason();
  if (finish === undefined) throw new UnfinishedReplyError();
  if (finish === 'insufficient_system_resource') {
    throw Object.assign(new Error('the provider ran out of resources for this reply'), {
      code: 'service_unavailable',
    });
  }
}

/** A promise that rejects when the signal aborts; quiet when nobody waits for it. */
function rejection(signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  stopped.catch(() => undefined);
  return stopped;
}
