/**
 * Messages of the GenAI conventions, turned back into the bodies that our own rows have: a chat
 * completions request, and the reply as the agent loop records it. `messages.ts` goes the other way.
 */
import * as z from 'zod/mini';
import type { Value } from './read_span.ts';

const word = z.nullish(z.string());
const Part = z.looseObject({
  type: z.string(),
  content: z.optional(z.unknown()),
  id: word,
  name: word,
  arguments: z.optional(z.unknown()),
  // `response` by the schema; `result` is what some senders write.
  response: z.optional(z.unknown()),
  result: z.optional(z.unknown()),
  mime_type: word,
  uri: word,
});
type Part = z.infer<typeof Part>;
const Said = z.object({
  role: z.string(),
  parts: z.optional(z.array(Part)),
  // Not by the schema, but common: the message as the provider takes it.
  content: z.optional(z.unknown()),
});
const Instructions = z.union([z.array(Part), z.string()]);
const Tool = z.object({
  name: z.string(),
  description: word,
  parameters: z.optional(z.unknown()),
});

/** A message as a chat completions request has it. */
interface Sent {
  readonly role: string;
  readonly content: string | readonly object[] | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly object[];
  readonly tool_call_id?: string;
}

export interface Prompt {
  readonly model: string | null;
  readonly messages: Value | undefined;
  readonly instructions: Value | undefined;
  readonly tools: Value | undefined;
}

/** @returns JSON text; what is of another form as it is; null where nothing is told. */
export function requestOf({ model, messages, instructions, tools }: Prompt): string | null {
  if (messages === undefined && instructions === undefined && tools === undefined) return null;
  const said = z.array(Said).safeParse(structured(messages ?? []));
  const told = Instructions.safeParse(structured(instructions ?? []));
  if (!said.success || !told.success) return textOf(messages ?? instructions ?? null);
  const system = typeof told.data === 'string' ? told.data : textsOf(told.data);
  const offered = z.array(Tool).safeParse(structured(tools ?? []));
  const functions = (offered.data ?? []).map((tool) => ({ type: 'function', function: tool }));
  return JSON.stringify({
    ...(model ? { model } : {}),
    messages: [
      ...(system ? [{ role: 'system', content: system }] : []),
      ...said.data.flatMap(sentOf),
    ],
    ...(functions.length > 0 ? { tools: functions } : {}),
  });
}

export interface Reply {
  readonly text: string;
  readonly reasoning: string;
  readonly tool_calls: readonly {
    readonly id: string;
    readonly name: string;
    readonly input: string;
  }[];
}

/** @returns null where nothing is told, or in another form. */
export function replyOf(messages: Value | undefined): Reply | null {
  const said = z.array(Said).safeParse(structured(messages ?? null));
  if (!said.success) return null;
  const parts = said.data.flatMap(partsOf);
  return {
    text: textsOf(parts),
    reasoning: textsOf(parts, 'reasoning'),
    tool_calls: parts.flatMap((part) =>
      part.type === 'tool_call'
        ? [{ id: part.id ?? '', name: part.name ?? '', input: textOf(part.arguments ?? {}) }]
        : [],
    ),
  };
}

/** The text of the last message of a role: what an agent was told, what came of it. */
export function lastText(messages: Value | undefined, role: string): string | null {
  const said = z.array(Said).safeParse(structured(messages ?? null));
  const last = said.data?.findLast((message) => message.role === role);
  return last ? textsOf(partsOf(last)) || null : null;
}

/** Text as it is, anything else as JSON text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

/** Most senders write JSON text, since attributes of spans were flat for long. */
function structured(value: Value): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

const NOT_SHOWN: ReadonlySet<string> = new Set(['tool_call', 'tool_call_response', 'reasoning']);

function sentOf(message: z.infer<typeof Said>): Sent[] {
  const { role } = message;
  const parts = partsOf(message);
  const answers = parts.flatMap(({ type, id, response, result }): Sent[] => {
    if (type !== 'tool_call_response') return [];
    const content = textOf(response ?? result ?? '');
    return [{ role: 'tool', content, ...(id ? { tool_call_id: id } : {}) }];
  });
  const reasoning = textsOf(parts, 'reasoning');
  const calls = parts.filter((part) => part.type === 'tool_call');
  const shown = parts.filter((part) => !NOT_SHOWN.has(part.type));
  if (answers.length > 0 && shown.length === 0) return answers;
  const plain = shown.every((part) => part.type === 'text');
  return [
    ...answers,
    {
      role,
      content: plain ? textsOf(shown) || null : shown.map(contentOf),
      ...(reasoning ? { reasoning_content: reasoning } : {}),
      ...(calls.length > 0 ? { tool_calls: calls.map(callOf) } : {}),
    },
  ];
}

function callOf({ id, name, arguments: given }: Part): object {
  return {
    ...(id ? { id } : {}),
    type: 'function',
    function: { name: name ?? '', arguments: textOf(given ?? {}) },
  };
}

function contentOf(part: Part): object {
  if (part.type === 'text') return { type: 'text', text: textOf(part.content ?? '') };
  const data = typeof part.content === 'string' ? part.content : '';
  const url = part.uri ?? (data && `data:${part.mime_type ?? ''};base64,${data}`);
  if (url) return { type: 'image_url', image_url: { url } };
  return { type: 'text', text: `[${part.type}]` };
}

function partsOf({ parts, content }: z.infer<typeof Said>): Part[] {
  if (parts) return parts;
  return content === undefined ? [] : [{ type: 'text', content }];
}

function textsOf(parts: readonly Part[], type = 'text'): string {
  const texts = parts.filter((part) => part.type === type);
  return texts.map((part) => textOf(part.content ?? '')).join('\n\n');
}
