/** Attributes of a read span, by their kind: what is missing or of another kind is null. */
import { ErrorKind, type Usage } from '../contracts/records.ts';
import { Outcome } from '../contracts/status.ts';
import { NAMES, READ_NAMES } from './names.ts';
import type { ReadSpan } from './read_span.ts';

/** Not empty. */
export function text({ attributes }: ReadSpan, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = attributes.get(name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return null;
}

/** Not negative; some senders write numbers as text. */
export function figure({ attributes }: ReadSpan, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = attributes.get(name);
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return number;
  }
  return null;
}

/** The first text of a list, or the text itself. */
export function first({ attributes }: ReadSpan, name: string): string | null {
  const value = attributes.get(name);
  const [one] = Array.isArray(value) ? (value as readonly unknown[]) : [value];
  return typeof one === 'string' && one !== '' ? one : null;
}

/**
 * `gen_ai.usage.input_tokens` is the whole prompt, our `input_tokens` its uncached part. A prompt
 * that is shorter than its cached parts was counted without them, as some providers do.
 */
export function usageOf(span: ReadSpan): Usage {
  const prompt = figure(span, NAMES.inputTokens, READ_NAMES.promptTokens);
  const read = figure(span, NAMES.cacheRead);
  const written = figure(span, NAMES.cacheCreation);
  const output = figure(span, NAMES.outputTokens, READ_NAMES.completionTokens);
  const reasoning = figure(span, NAMES.reasoningTokens);
  const cached = (read ?? 0) + (written ?? 0);
  return {
    ...(prompt === null ? {} : { input_tokens: prompt < cached ? prompt : prompt - cached }),
    ...(read === null ? {} : { cache_tokens: read }),
    ...(written === null ? {} : { cache_write_tokens: written }),
    ...(output === null ? {} : { output_tokens: output }),
    ...(reasoning === null ? {} : { reasoning_tokens: reasoning }),
  };
}

export interface End {
  readonly outcome: Outcome;
  readonly error: string | null;
  readonly error_kind: ErrorKind | null;
}

/**
 * How it ended. Nothing goes on in a file: what was at work when it was written counts as
 * interrupted, and so does a span without an end.
 */
export function endOf(span: ReadSpan): End {
  const type = text(span, NAMES.errorType);
  const kind = ErrorKind.safeParse(type);
  const said = Outcome.safeParse(text(span, NAMES.outcome));
  const outcome = said.success ? settled(said.data) : outcomeOf(span, type);
  // Ours say an outcome where they know no kind: that is no more than `outcome` says.
  const word = kind.success || Outcome.safeParse(type).success ? null : type;
  return {
    outcome,
    error: outcome === 'completed' ? null : [word, span.error].filter(Boolean).join(': ') || null,
    error_kind: kind.success ? kind.data : null,
  };
}

function settled(outcome: Outcome): Outcome {
  return outcome === 'running' || outcome === 'awaiting_input' ? 'interrupted' : outcome;
}

function outcomeOf(span: ReadSpan, error_type: string | null): Outcome {
  if (span.failed || error_type !== null) {
    return error_type !== null && /time_?d?_?out/i.test(error_type) ? 'timed_out' : 'failed';
  }
  return span.duration_ms === null ? 'interrupted' : 'completed';
}
