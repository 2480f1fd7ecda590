/**
 * A file of traces: one OTLP/JSON document, or one per line as the OpenTelemetry collector's file
 * exporter writes them. What the file is instead is said in words, since a user chose it.
 */
import { setImmediate as pause } from 'node:timers/promises';
import * as z from 'zod/mini';
import { AttributeList, type ReadSpan, recordOf, SpanShape, spanOf } from './read_span.ts';

/** Bytes. A document is held in memory several times over while it is read. */
export const FILE_LIMIT = 128 * 1024 * 1024;
/** Spans that are read before others get their turn. */
const SLICE = 500;

export interface ReadSource {
  /** As error sentences call it. */
  readonly name: string;
  readonly bytes: number;
  readonly text: () => Promise<string>;
}

export interface Reading {
  readonly signal: AbortSignal;
  /** @param done 0 to 1. */
  readonly progress: (done: number) => void;
}

const Document = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.nullish(z.object({ attributes: AttributeList })),
      scopeSpans: z.nullish(z.array(z.object({ spans: z.nullish(z.array(z.unknown())) }))),
    }),
  ),
});
type Document = z.infer<typeof Document>;

/** A document and the line of the file on which it begins. */
interface Place {
  readonly line: number;
  readonly document: Document;
}

/**
 * @returns all spans in the file's order.
 * @throws Error with a sentence for the user; the signal's reason where it was aborted.
 */
export async function readSpans(source: ReadSource, reading: Reading): Promise<ReadSpan[]> {
  const { name, bytes } = source;
  if (bytes > FILE_LIMIT) {
    throw new Error(
      `"${name}" has ${megabytes(bytes)} MB; files of at most ${megabytes(FILE_LIMIT)} MB can be ` +
        'opened. Export fewer traces, or split it: each line of a file of the collector stands by itself.',
    );
  }
  const text = (await source.text()).replace(/^\uFEFF/, '');
  reading.signal.throwIfAborted();
  if (text.trim() === '') throw new Error(`"${name}" is empty. Export the traces again.`);
  await pause();
  const spans: ReadSpan[] = [];
  const places = documentsOf(text, name);
  const total = places.reduce((n, { document }) => n + countOf(document), 0);
  for (const { line, document } of places) {
    for (const [service, value] of spanValues(document)) {
      const parsed = SpanShape.safeParse(value);
      if (!parsed.success) {
        throw new Error(
          `"${name}": span ${spans.length + 1}${line > 1 ? ` (line ${line})` : ''} is not as OTLP ` +
            `has it: ${problemOf(parsed.error)}. Look at it as text, or export the traces again.`,
        );
      }
      spans.push(spanOf(parsed.data, service));
      if (spans.length % SLICE !== 0) continue;
      reading.progress(spans.length / total);
      await pause();
      reading.signal.throwIfAborted();
    }
  }
  if (spans.length === 0) {
    throw new Error(`"${name}" is OTLP, but there is no span in it. Export the traces again.`);
  }
  return spans;
}

function documentsOf(text: string, name: string): Place[] {
  const whole = parsed(text);
  if ('value' in whole) {
    const found = documentOf(whole.value, name, 1);
    if (!found) throw new Error(notTraces(name, whole.value, ''));
    return [{ line: 1, document: found }];
  }
  const lines = text.split('\n').map((one) => one.trim());
  const [first = ''] = lines.filter((line) => line !== '');
  // One document over many lines does not begin with a line that is JSON by itself.
  if ('problem' in parsed(first)) {
    throw new Error(
      `"${name}" is not JSON: ${whole.problem}. Open it as text to see what it is; traces are ` +
        'read from OTLP/JSON.',
    );
  }
  const places: Place[] = [];
  let other: { value: unknown; line: number } | null = null;
  for (const [at, one] of lines.entries()) {
    if (one === '') continue;
    const line = at + 1;
    const read = parsed(one);
    if ('problem' in read) {
      throw new Error(
        `"${name}": line ${line} is not JSON: ${read.problem}. It may have been cut off while it ` +
          'was written; remove that line, or export the traces again.',
      );
    }
    const document = documentOf(read.value, name, line);
    // A collector may write its logs and metrics to the same file.
    if (document) places.push({ line, document });
    else if (!SIGNALS.some(([key]) => has(read.value, key))) {
      throw new Error(notTraces(name, read.value, `, line ${line}`));
    } else other ??= { value: read.value, line };
  }
  if (places.length === 0 && other) throw new Error(notTraces(name, other.value, ''));
  return places;
}

/** @returns null for JSON that is something else. */
function documentOf(value: unknown, name: string, line: number): Document | null {
  if (!has(value, 'resourceSpans')) return null;
  const document = Document.safeParse(value);
  if (document.success) return document.data;
  throw new Error(
    `"${name}", line ${line}, is not as OTLP has it: ${problemOf(document.error)}. Open it as text, ` +
      'or export the traces again.',
  );
}

function* spanValues({ resourceSpans }: Document): Generator<[service: string, value: unknown]> {
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = recordOf(resource?.attributes).get('service.name');
    for (const { spans } of scopeSpans ?? []) {
      for (const span of spans ?? []) yield [typeof service === 'string' ? service : '', span];
    }
  }
}

function countOf({ resourceSpans }: Document): number {
  const scopes = resourceSpans.flatMap((resource) => resource.scopeSpans ?? []);
  return scopes.reduce((n, { spans }) => n + (spans?.length ?? 0), 0);
}

function parsed(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: placed(error instanceof Error ? error.message : String(error), text) };
  }
}

/** The parser's words, with a line instead of a position; they may quote pages of the text. */
function placed(message: string, text: string): string {
  const at = /at position (\d+)/.exec(message)?.[1];
  const what = message.replace(/,? (?:in JSON|\.{0,3}").*$/s, '').slice(0, 120);
  if (at === undefined) return what;
  const line = text.slice(0, Number(at)).split('\n').length;
  return line > 1 ? `${what} in line ${line}` : what;
}

const SIGNALS = [
  ['resourceLogs', 'the logs of OTLP, not traces'],
  ['resourceMetrics', 'the metrics of OTLP, not traces'],
] as const;

function notTraces(name: string, value: unknown, where: string): string {
  const is = (what: string): string =>
    `"${name}"${where} is ${what}. Traces are read from OTLP/JSON, which begins with "resourceSpans".`;
  const signal = SIGNALS.find(([key]) => has(value, key));
  if (signal) return is(signal[1]);
  const [first] = Array.isArray(value) ? (value as readonly unknown[]) : [];
  if (has(value, 'data') && Array.isArray(value.data) && has(value.data[0], 'traceID')) {
    return is("a trace in Jaeger's own form; export it as OTLP instead");
  }
  if (has(first, 'traceId') && has(first, 'id')) {
    return is("traces in Zipkin's form; export them as OTLP instead");
  }
  if (Array.isArray(value)) return is('a JSON list');
  if (typeof value !== 'object' || value === null) return is('a single JSON value');
  const keys = Object.keys(value).slice(0, 5);
  return is(`JSON of another kind (${keys.length > 0 ? keys.join(', ') : 'an empty object'})`);
}

function has<K extends string>(value: unknown, key: K): value is { readonly [P in K]: unknown } {
  return typeof value === 'object' && value !== null && key in value;
}

function problemOf(error: z.core.$ZodError): string {
  const path = error.issues[0]?.path.join('.') || 'the span';
  return `"${path}" is missing or of another type`;
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024);
}
