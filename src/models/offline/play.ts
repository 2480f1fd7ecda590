/** Sends one answer over an open response, with its waits and its faults. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Fault } from './script.ts';
import { chunk, completion, contentDeltas, usageChunk, type WireReply } from './wire.ts';

export interface Stage {
  readonly response: ServerResponse;
  /** Aborts when the client leaves or the server closes. */
  readonly gone: AbortSignal;
  /** Between two chunks. */
  readonly delay_ms: number;
  readonly keep_alive_ms: number;
  /** Cuts the connection on purpose; what follows is not the client's doing. */
  readonly cut: () => void;
}

/** Sends the stream of events; resolves when it is sent, or rejects when the client is gone. */
export async function playStream(
  stage: Stage,
  reply: WireReply,
  answer: Answer,
  includeUsage: boolean,
): Promise<void> {
  const { response } = stage;
  const fault = answer.fault;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  // DeepSeek sends such comments while a request waits for its turn.
  await send(stage, ': keep-alive\n\n');
  if (answer.before_content) await keepAliveUntil(stage, answer.before_content);
  if (fault?.kind === 'hang_first_chunk') await keepAliveUntil(stage, never(stage.gone));
  await event(stage, chunk(reply, { role: 'assistant', content: '' }));
  let sent = 0;
  const pauses = [answer.pause ?? []].flat();
  const deltas = fault?.kind === 'endless' ? endless(reply) : contentDeltas(reply);
  for (const delta of deltas) {
    if (await strike(stage, fault, sent)) return;
    for (const pause of pauses) {
      if (pause.after === sent) await keepAliveUntil(stage, pause.until);
    }
    // An endless reply without a delay must still let the rest of the process run.
    if (stage.delay_ms > 0 || fault?.kind === 'endless') {
      await sleep(stage.delay_ms, undefined, { signal: stage.gone });
    }
    await event(stage, chunk(reply, delta));
    sent++;
  }
  if (await strike(stage, fault, Number.POSITIVE_INFINITY)) return;
  await event(stage, chunk(reply, {}, reply.finish_reason));
  if (includeUsage && reply.usage !== null) await event(stage, usageChunk(reply));
  await send(stage, 'data: [DONE]\n\n');
  response.end();
}

/** @returns true where the fault has ended the response. */
async function strike(stage: Stage, fault: Fault | undefined, sent: number): Promise<boolean> {
  // A reply shorter than `after` is struck at its end, so that a planned fault always happens.
  if (!fault || !('after' in fault) || sent < fault.after) return false;
  switch (fault.kind) {
    case 'close':
      // What was written must have left the process, or the cut would swallow it.
      await new Promise((resolve) => stage.response.write(': cut\n\n', resolve));
      stage.cut();
      return true;
    case 'end':
      stage.response.end();
      return true;
    case 'broken_json':
      await send(stage, 'data: {"id": "offline", "choices": [{"delta"\n\n');
      break;
    case 'error_chunk':
      await event(stage, { error: fault.error });
      break;
    case 'stall':
      break;
  }
  // The connection stays open: leaving is up to the client.
  await keepAliveUntil(stage, never(stage.gone));
  return true;
}

/** One JSON object, for requests that did not ask for a stream. */
export async function playWhole(stage: Stage, reply: WireReply, answer: Answer): Promise<void> {
  if (answer.before_content) await untilGone(stage.gone, answer.before_content);
  sendJson(stage.response, 200, completion(reply));
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  response.writeHead(status, { 'content-type': type, ...headers });
  response.end(text);
}

/** Waits for `promise`, but no longer than the client does. */
export async function untilGone<T>(gone: AbortSignal, promise: Promise<T>): Promise<T> {
  return await Promise.race([promise, never(gone)]);
}

/** Never resolves; rejects when the client is gone. */
export function never(gone: AbortSignal): Promise<never> {
  const waiting = new Promise<never>((_, reject) => {
    if (gone.aborted) reject(gone.reason);
    else gone.addEventListener('abort', () => reject(gone.reason), { once: true });
  });
  waiting.catch(() => undefined);
  return waiting;
}

async function keepAliveUntil(stage: Stage, promise: Promise<unknown>): Promise<void> {
  const timer = setInterval(() => stage.response.write(': keep-alive\n\n'), stage.keep_alive_ms);
  try {
    await untilGone(stage.gone, promise);
  } finally {
    clearInterval(timer);
  }
}

function* endless(reply: WireReply): Generator<Record<string, unknown>> {
  while (true) yield { content: reply.text || 'again ' };
}

const event = (stage: Stage, value: unknown) => send(stage, `data: ${JSON.stringify(value)}\n\n`);

/** Writes, and waits where the client reads more slowly than we write. */
async function send(stage: Stage, text: string): Promise<void> {
  stage.gone.throwIfAborted();
  if (stage.response.write(text)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  stage.response.once('drain', resolve);
  await untilGone(stage.gone, promise);
}
