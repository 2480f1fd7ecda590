/** Makes room in a conversation: older turns become a summary, or older tool output is left out. */
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import { userMessage } from '../agents/prompt.ts';
import type { Work } from '../agents/work.ts';
import { totalTokens } from '../contracts/select.ts';
import { ModelError, type ModelReply } from '../models/port.ts';
import { clip, count } from '../tools/limits.ts';

/** Above this share of the window there is too little left for a turn. */
export const FULL_AT = 0.8;
/** What is kept whole takes at most this share. */
const KEEP = 0.4;
/** A token is about so many characters; only used where no figure was reported. */
const CHARS_PER_TOKEN = 4;
/** UTF-16 units of one tool output in what is summarised. */
const OUTPUT_SHOWN = 2_000;
/** UTF-16 units of all that is summarised, the newest part. */
const TRANSCRIPT = 200_000;
/** Tool results of the turn at work that stay whole. */
const RESULTS_KEPT = 2;
const REMOVED = '(Older output was removed to make room. Run the call again if you need it.)';

const SYSTEM =
  'You summarise the older part of a conversation between a user and a coding agent, so that the agent can go on without it. Keep: what the user wants and decided, what was found with its places as path:line, what was changed, what is still open. Leave out how it was found. Answer with the summary alone, in at most 600 words.';

export interface Cut {
  readonly dropped: readonly LanguageModelV4Message[];
  readonly kept: readonly LanguageModelV4Message[];
}

export function estimateTokens(messages: readonly LanguageModelV4Message[]): number {
  return Math.ceil(JSON.stringify(messages).length / CHARS_PER_TOKEN);
}

/**
 * Where the older part ends: before the newest turns that fit, the turn at work always included.
 * @param starts indexes at which turns begin, the last one being the turn at work.
 * @returns null where nothing but the turn at work is there.
 */
export function cutOf(
  messages: readonly LanguageModelV4Message[],
  starts: readonly number[],
  window: number,
): Cut | null {
  const possible = starts.filter((at) => at > 0);
  const fits = possible.find((at) => estimateTokens(messages.slice(at)) <= window * KEEP);
  const at = fits ?? possible.at(-1);
  return at === undefined ? null : { dropped: messages.slice(0, at), kept: messages.slice(at) };
}

/** The turn at work with its older tool results cut; null where there are none to cut. */
export function withoutOldResults(
  messages: readonly LanguageModelV4Message[],
): LanguageModelV4Message[] | null {
  const tools = messages.filter((m) => m.role === 'tool');
  const old = new Set(tools.slice(0, -RESULTS_KEPT));
  if (old.size === 0) return null;
  return messages.map((message) => {
    if (message.role !== 'tool' || !old.has(message)) return message;
    const content = message.content.map((part) =>
      part.type === 'tool-result'
        ? { ...part, output: { type: 'text' as const, value: REMOVED } }
        : part,
    );
    return { ...message, content };
  });
}

export function summaryMessage(summary: string): LanguageModelV4Message {
  return userMessage(
    `(The conversation before this point was summarised by BooCode to make room.)\n\n${summary}`,
  );
}

/** A model call of its own, traced like all others and named for what it is. */
export async function summarise(
  work: Work,
  dropped: readonly LanguageModelV4Message[],
): Promise<string> {
  const { house, recorder, spec, stop } = work;
  const info = house.models.describe(spec.model);
  const { provider, id: model } = info;
  let trace = recorder.newTrace({
    kind: 'model',
    input: null,
    provider,
    model,
    tool_name: 'summarise',
  });
  await recorder.trace(trace);
  recorder.progress('Summarising older turns');
  const started = performance.now();
  const prompt = [{ role: 'system' as const, content: SYSTEM }, userMessage(transcript(dropped))];
  const call = { model: spec.model, prompt, tools: [], signal: stop.signal };
  let reply: Partial<ModelReply> = {};
  let failed: unknown;
  try {
    reply = await stop.orLeave(
      house.models.call(call, {
        onRequest: (body, attempts) => {
          trace = { ...trace, input: body, attempts };
        },
      }),
    );
  } catch (error) {
    failed = error;
    if (error instanceof ModelError) reply = error.partial;
  }
  const usage = reply.usage ?? {};
  const price = house.models.price(reply.model || model, usage);
  work.limits.budget.spend(usage);
  recorder.count({ usage, cost: price?.cost ?? null, model_calls: 1 });
  await recorder.trace({
    ...trace,
    ...usage,
    output: reply.text ?? null,
    outcome: failed ? (stop.stopped ? 'cancelled' : 'failed') : 'completed',
    ...(failed instanceof Error ? { error: failed.message } : {}),
    finished_at: Date.now(),
    latency_ms: performance.now() - started,
    tokens_used: totalTokens(usage),
    cost: price?.cost ?? null,
    price_version: price?.price_version ?? null,
    finish_reason: reply.finish_reason || null,
    response_id: reply.response_id ?? null,
  });
  stop.check();
  return failed || !reply.text?.trim() ? withoutModel(dropped) : reply.text;
}

/** Where no summary could be had: at least what the user asked for. */
function withoutModel(dropped: readonly LanguageModelV4Message[]): string {
  const asked = dropped.flatMap((m) => (m.role === 'user' ? [clip(textOf(m), 300)] : []));
  return `The user's messages so far, shortened:\n${asked.map((text) => `- ${text}`).join('\n')}`;
}

function transcript(messages: readonly LanguageModelV4Message[]): string {
  const parts = messages.map((m) => `${m.role}: ${textOf(m)}`);
  const whole = parts.join('\n\n');
  if (whole.length <= TRANSCRIPT) return whole;
  return `(${count(whole.length - TRANSCRIPT)} characters left out.)\n${whole.slice(-TRANSCRIPT)}`;
}

function textOf(message: LanguageModelV4Message): string {
  if (message.role === 'system') return message.content;
  const parts: string[] = [];
  for (const part of message.content) {
    if (part.type === 'text') parts.push(part.text);
    if (part.type === 'tool-call') {
      parts.push(`calls ${part.toolName} ${clip(JSON.stringify(part.input), OUTPUT_SHOWN)}`);
    }
    if (part.type === 'tool-result' && 'value' in part.output) {
      parts.push(clip(String(part.output.value), OUTPUT_SHOWN));
    }
    if (part.type === 'file') parts.push('(an image)');
  }
  return parts.join('\n');
}
