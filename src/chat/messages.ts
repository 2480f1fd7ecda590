/** Messages as the store keeps them: images by the hash of their bytes, everything else as it is. */
import type { LanguageModelV4Message } from '@ai-sdk/provider';
import * as z from 'zod/mini';
import type { Blobs } from '../agents/blobs.ts';
import type { ModelToolCall } from '../models/port.ts';
import { sha256 } from '../tools/file.ts';

const text = z.strictObject({ type: z.literal('text'), text: z.string() });
const file = z.strictObject({
  type: z.literal('file'),
  filename: z.optional(z.string()),
  mediaType: z.string(),
  data: z.strictObject({ type: z.literal('data'), data: z.string() }),
});
const output = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), value: z.string() }),
  z.strictObject({ type: z.literal('error-text'), value: z.string() }),
]);

/** The messages that the loop makes; other kinds of the port are not used. */
const Kept = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.array(z.union([text, file])) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.array(
      z.union([
        text,
        z.strictObject({ type: z.literal('reasoning'), text: z.string() }),
        z.strictObject({
          type: z.literal('tool-call'),
          toolCallId: z.string(),
          toolName: z.string(),
          input: z.record(z.string(), z.unknown()),
        }),
      ]),
    ),
  }),
  z.strictObject({
    role: z.literal('tool'),
    content: z.array(
      z.strictObject({
        type: z.literal('tool-result'),
        toolCallId: z.string(),
        toolName: z.string(),
        output,
      }),
    ),
  }),
]);

const ATTACHED = 'attachment:';

/** @throws when the message is none that the loop makes. */
export function encodeMessage(message: LanguageModelV4Message): Record<string, unknown> {
  const kept = Kept.parse(message);
  if (kept.role !== 'user') return { ...kept };
  const content = kept.content.map((part) => {
    if (part.type !== 'file') return part;
    const hash = sha256(Buffer.from(part.data.data, 'base64'));
    return { ...part, data: { ...part.data, data: `${ATTACHED}${hash}` } };
  });
  return { ...kept, content };
}

/** The message with its images; one whose bytes are gone is told about in words. */
export async function decodeMessage(value: unknown, blobs: Blobs): Promise<LanguageModelV4Message> {
  const kept = Kept.parse(value);
  if (kept.role !== 'user') return withoutGaps(kept);
  const content: Extract<LanguageModelV4Message, { role: 'user' }>['content'] = [];
  for (const part of kept.content) {
    if (part.type === 'text' || !part.data.data.startsWith(ATTACHED)) {
      content.push(withoutGaps(part));
      continue;
    }
    const bytes = await blobs.get(part.data.data.slice(ATTACHED.length));
    if (bytes) {
      const data = { type: 'data', data: bytes.toString('base64') } as const;
      content.push(withoutGaps({ ...part, data }));
    } else content.push({ type: 'text', text: '(An image stood here that is no longer kept.)' });
  }
  return { role: 'user', content };
}

/** The same message for a model that takes no images: each is told about in words. */
export function withoutImages(message: LanguageModelV4Message): LanguageModelV4Message {
  if (message.role !== 'user' || message.content.every((part) => part.type === 'text')) {
    return message;
  }
  const content = message.content.map((part) =>
    part.type === 'text'
      ? part
      : ({
          type: 'text',
          text: `(An image, ${part.filename ?? 'unnamed'}, is left out here.)`,
        } as const),
  );
  return { ...message, content };
}

/** Optional fields that are absent, rather than present and undefined. */
type Exact<T> = { [K in keyof T]: T[K] extends infer V | undefined ? V : T[K] };
function withoutGaps<T extends object>(value: T): Exact<T> {
  return value as Exact<T>;
}

/** Calls of the newest message that no result follows; none where it is another kind of message. */
export function openCalls(messages: readonly LanguageModelV4Message[]): ModelToolCall[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return [];
  return last.content.flatMap((part) => {
    if (part.type !== 'tool-call') return [];
    return [{ id: part.toolCallId, name: part.toolName, input: inputText(part.input) }];
  });
}

/** The arguments as the model wrote them; see `toolInput` in the models room. */
function inputText(input: unknown): string {
  const broken =
    typeof input === 'object' && input !== null && Object.keys(input).length === 1
      ? Reflect.get(input, 'invalid_json')
      : undefined;
  return typeof broken === 'string' ? broken : JSON.stringify(input);
}

/** The text of the newest message where it is an answer, not a question; null otherwise. */
export function finalText(messages: readonly LanguageModelV4Message[]): string | null {
  const last = messages.at(-1);
  if (last?.role !== 'assistant' || openCalls(messages).length > 0) return null;
  return last.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
