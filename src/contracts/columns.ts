/**
 * Traces as columns: what a list of calls shows, without their bodies. 100,000 rows travel as a
 * score of typed arrays instead of as 100,000 objects; repeated names are sent once.
 */
import * as z from 'zod/mini';
import { bytes, numbers, refs, stringList, strings } from './column_kinds.ts';
import { ExecutionColumns } from './execution_columns.ts';
import { Session, Stage, type Trace, USAGE_KEYS } from './records.ts';
import { type Outcome, STATUS_LOOK } from './status.ts';

/** Order of outcomes in the `outcome` column. */
export const OUTCOMES = Object.keys(STATUS_LOOK) as readonly Outcome[];
const OUTCOME_CODE = new Map(OUTCOMES.map((outcome, code) => [outcome, code] as const));

export const MODEL_CODE = 0;
export const TOOL_CODE = 1;

/** Figures of a call that may be absent; in columns NaN stands for that. */
export const FIGURES = ['finished_at', 'latency_ms', 'ttft_ms', 'cost', ...USAGE_KEYS] as const;
export type Figure = (typeof FIGURES)[number];

/** All columns have the length of `id`. References point into `strings`; 0 is the empty string. */
export const TraceColumns = z.strictObject({
  strings,
  id: strings,
  execution: refs,
  kind: bytes,
  outcome: bytes,
  /** Tool name, or the model's name. */
  name: refs,
  summary: refs,
  error: refs,
  turn_number: refs,
  started_at: numbers,
  finished_at: numbers,
  latency_ms: numbers,
  ttft_ms: numbers,
  cost: numbers,
  input_tokens: numbers,
  cache_tokens: numbers,
  cache_write_tokens: numbers,
  output_tokens: numbers,
  reasoning_tokens: numbers,
});
export type TraceColumns = z.infer<typeof TraceColumns>;

/** What the trace screen attaches to: the records of a session, its calls as columns. */
export const TraceSnapshot = z.strictObject({
  session: Session,
  stages: z.array(Stage),
  executions: ExecutionColumns,
  traces: TraceColumns,
  last_seq: z.number(),
});
export type TraceSnapshot = z.infer<typeof TraceSnapshot>;

/** What the columns say of a call: no bodies. */
export type ListedTrace = Pick<
  Trace,
  | 'id'
  | 'execution_id'
  | 'kind'
  | 'tool_name'
  | 'model'
  | 'summary'
  | 'turn_number'
  | 'started_at'
  | 'error'
  | 'outcome'
> & { readonly [F in Figure]?: number | null | undefined };

/** @returns the name by which a call is listed. */
function callName(trace: Pick<Trace, 'kind' | 'tool_name' | 'model'>): string {
  return trace.kind === 'tool' ? (trace.tool_name ?? 'tool') : (trace.model ?? 'model');
}

export function outcomeCode(outcome: Outcome): number {
  return OUTCOME_CODE.get(outcome) ?? 0;
}

/** Longest error sentence in a list, in UTF-16 units; the details have the whole. */
const ERROR_LIMIT = 300;

export function packTraces(traces: readonly ListedTrace[]): TraceColumns {
  const n = traces.length;
  const list = stringList();
  const { ref } = list;
  const figures = Object.fromEntries(FIGURES.map((f) => [f, new Float64Array(n)])) as Record<
    Figure,
    Float64Array<ArrayBuffer>
  >;
  const columns = {
    id: new Array<string>(n),
    execution: new Uint32Array(n),
    kind: new Uint8Array(n),
    outcome: new Uint8Array(n),
    name: new Uint32Array(n),
    summary: new Uint32Array(n),
    error: new Uint32Array(n),
    turn_number: new Uint32Array(n),
    started_at: new Float64Array(n),
  };
  for (const [i, trace] of traces.entries()) {
    columns.id[i] = trace.id;
    columns.execution[i] = ref(trace.execution_id);
    columns.kind[i] = trace.kind === 'model' ? MODEL_CODE : TOOL_CODE;
    columns.outcome[i] = outcomeCode(trace.outcome);
    columns.name[i] = ref(callName(trace));
    columns.summary[i] = ref(trace.summary ?? '');
    columns.error[i] = ref((trace.error ?? '').slice(0, ERROR_LIMIT));
    columns.turn_number[i] = trace.turn_number;
    columns.started_at[i] = trace.started_at;
    for (const figure of FIGURES) figures[figure][i] = trace[figure] ?? Number.NaN;
  }
  return { strings: list.strings, ...columns, ...figures };
}
