/**
 * A span as a file has it, read from OTLP/JSON of any sender. What proto3 leaves out because it is
 * zero or empty may be missing, 64-bit integers come as text or as numbers
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
import * as z from 'zod/mini';

export type Value =
  | string
  | number
  | boolean
  | null
  | readonly Value[]
  | { readonly [key: string]: Value };

export interface ReadSpan {
  readonly trace_id: string;
  readonly span_id: string;
  /** Empty at the root of a trace. */
  readonly parent_span_id: string;
  readonly name: string;
  /** Epoch milliseconds with fractions. */
  readonly started_at: number;
  /** Milliseconds; null where the file has no end. */
  readonly duration_ms: number | null;
  readonly attributes: ReadonlyMap<string, Value>;
  /** Ids of spans of the same trace that it points at. */
  readonly links: readonly string[];
  readonly failed: boolean;
  /** What went wrong, in words; empty where nothing was said. */
  readonly error: string;
  /** `service.name` of the resource; empty where it has none. */
  readonly service: string;
}

const whole = z.union([z.string().check(z.regex(/^-?\d+$/)), z.number()]);
const AnyValue = z.object({
  stringValue: z.optional(z.string()),
  boolValue: z.optional(z.boolean()),
  intValue: z.optional(whole),
  // NaN and the infinities are text.
  doubleValue: z.optional(z.union([z.number(), z.string()])),
  bytesValue: z.optional(z.string()),
  get arrayValue() {
    return z.optional(z.object({ values: z.nullish(z.array(AnyValue)) }));
  },
  get kvlistValue() {
    return z.optional(z.object({ values: z.nullish(Attributes) }));
  },
});
const Attributes = z.array(z.object({ key: z.string(), value: z.nullish(AnyValue) }));
export const AttributeList = z.nullish(Attributes);

const id = z.nullish(z.string());
export const SpanShape = z.object({
  traceId: id,
  spanId: id,
  parentSpanId: id,
  name: z.nullish(z.string()),
  startTimeUnixNano: whole,
  endTimeUnixNano: z.nullish(whole),
  attributes: AttributeList,
  links: z.nullish(z.array(z.object({ traceId: id, spanId: id }))),
  events: z.nullish(z.array(z.object({ name: z.nullish(z.string()), attributes: AttributeList }))),
  status: z.nullish(
    z.object({
      // The number by the specification; some write the name.
      code: z.nullish(z.union([z.number(), z.string()])),
      message: z.nullish(z.string()),
    }),
  ),
});

export function spanOf(span: z.infer<typeof SpanShape>, service: string): ReadSpan {
  const trace_id = span.traceId ?? '';
  const start = nanoseconds(span.startTimeUnixNano);
  const end = nanoseconds(span.endTimeUnixNano ?? 0);
  const code = span.status?.code;
  return {
    trace_id,
    span_id: span.spanId ?? '',
    // Eight zero bytes stand for no parent.
    parent_span_id: (span.parentSpanId ?? '').replace(/^0+$/, ''),
    name: (span.name ?? '').toWellFormed(),
    started_at: milliseconds(start),
    // A clock that was set back gives no negative time.
    duration_ms: end === 0n ? null : Math.max(0, milliseconds(end - start)),
    attributes: recordOf(span.attributes),
    links: (span.links ?? []).flatMap(({ traceId, spanId }) =>
      traceId === span.traceId && spanId ? [spanId] : [],
    ),
    failed: code === 2 || code === 'STATUS_CODE_ERROR',
    error: span.status?.message?.toWellFormed() || exceptionOf(span.events),
    service,
  };
}

/** Of an attribute that is there twice, the last counts. */
export function recordOf(list: z.infer<typeof AttributeList>): ReadonlyMap<string, Value> {
  return new Map((list ?? []).map(({ key, value }) => [key, plain(value)]));
}

function plain(value: z.infer<typeof AnyValue> | null | undefined): Value {
  if (!value) return null;
  if (value.stringValue !== undefined) return value.stringValue.toWellFormed();
  if (value.boolValue !== undefined) return value.boolValue;
  if (value.intValue !== undefined) return Number(value.intValue);
  if (value.doubleValue !== undefined) return Number(value.doubleValue);
  if (value.bytesValue !== undefined) return value.bytesValue;
  if (value.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (!value.kvlistValue) return null;
  const pairs = (value.kvlistValue.values ?? []).map((p) => [p.key, plain(p.value)] as const);
  return Object.fromEntries(pairs);
}

function exceptionOf(events: z.infer<typeof SpanShape>['events']): string {
  const exception = events?.findLast((event) => event.name === 'exception');
  const message = recordOf(exception?.attributes).get('exception.message');
  return typeof message === 'string' ? message : '';
}

// A number beyond 2^53 has lost its last digits already; `BigInt` takes it as it is.
function nanoseconds(value: string | number): bigint {
  return BigInt(typeof value === 'number' ? Math.trunc(value) : value);
}

function milliseconds(ns: bigint): number {
  return Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
}
