/** Loading many new rows at once: passes over plain arrays, and no more than a paint needs. */
import { MODEL_CODE, outcomeCode, type TraceColumns } from '../../src/contracts/columns.ts';
import type { ExecutionColumns } from '../../src/contracts/execution_columns.ts';
import { STATUSES } from '../../src/contracts/status.ts';
import { known, length, zero } from './figures.ts';
import { FAILED, hasPrice, hasTokens, LIVE, type PackedCalls, promptOf } from './packed_calls.ts';
import { EXECUTION, type FloatColumn, type IntColumn, type SpanColumns } from './span_columns.ts';
import type { SpanIndex } from './span_index.ts';
import { ROOT, type TreeOrder } from './tree_order.ts';

const OUTCOME_OF_STATUS = STATUSES.map(outcomeCode);

/** What a table is made of. */
export interface Parts {
  readonly columns: SpanColumns;
  readonly index: SpanIndex;
  readonly packed: PackedCalls;
  readonly order: TreeOrder;
}

/** Executions that are all new, in any order. */
export function loadExecutions(
  { columns, index, order }: Parts,
  executions: ExecutionColumns,
  session_id: string,
): void {
  const first = index.length;
  const count = executions.id.length;
  columns.reserve(first + count);
  const text = (ref: number | undefined): string => executions.strings[ref ?? 0] ?? '';
  for (let i = 0; i < count; i++) {
    const row = index.add(executions.id[i] ?? '');
    index.executions.set(executions.id[i] ?? '', row);
    const [name, error] = [text(executions.agent_name[i]), text(executions.error[i])];
    index.describe(row, EXECUTION, { name, summary: '', error });
  }
  index.keepAgents(executions, first, session_id);
  const parents = new Int32Array(count);
  const open = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const parent =
      index.executions.get(text(executions.parent_execution_id[i])) ??
      index.stages.get(text(executions.stage_id[i])) ??
      ROOT;
    parents[i] = parent;
    // At the top, or directly in a stage.
    open[i] = parent < first ? 1 : 0;
  }
  fillExecutions(columns, executions, first, parents);
  order.appendMany(parents, columns.column('sort_key'), open);
  for (const name of ['errors', 'running', 'agents'] as const) {
    // What a row says of itself, before what stands above it counts it too.
    const own = columns.column(name).slice(first, first + count);
    for (let i = 0; i < count; i++) addUp(columns, order, name, parents[i] ?? ROOT, own[i] ?? 0);
  }
}

function fillExecutions(
  columns: SpanColumns,
  executions: ExecutionColumns,
  first: number,
  parents: Int32Array,
): void {
  const n = executions.id.length;
  const part = (name: Parameters<SpanColumns['column']>[0]) =>
    columns.column(name).subarray(first, first + n);
  part('kind').fill(EXECUTION);
  for (const name of ['ttft', 'input', 'cached', 'output', 'reasoning', 'cost'] as const) {
    part(name).fill(Number.NaN);
  }
  const [sort_key, start, duration] = [part('sort_key'), part('start'), part('duration')];
  const [outcomes, errors] = [part('outcome'), part('errors')];
  const [running, agents] = [part('running'), part('agents')];
  for (let i = 0; i < n; i++) {
    const began = executions.started_at[i] ?? Number.NaN;
    const from = known(began) ? began : (executions.created_at[i] ?? Number.NaN);
    const measured = executions.duration_ms[i] ?? Number.NaN;
    const end = executions.finished_at[i] ?? Number.NaN;
    sort_key[i] = parents[i] === ROOT ? -1 : from;
    start[i] = from;
    duration[i] = known(measured) ? measured : known(end) ? length(from, end) : Number.NaN;
    const outcome = OUTCOME_OF_STATUS[executions.status[i] ?? 0] ?? 0;
    outcomes[i] = outcome;
    errors[i] = FAILED[outcome] ?? 0;
    running[i] = LIVE[outcome] ?? 0;
    agents[i] = Number(executions.parent_execution_id[i] !== 0);
  }
}

/**
 * Calls that are all new, as in a snapshot: the same as putting each, in linear time.
 * @param rowOf finds or makes the row of an execution.
 */
export function loadCalls(
  { columns, index, packed, order }: Parts,
  calls: TraceColumns,
  rowOf: (execution_id: string) => number,
): void {
  const parents = parentsOf(calls, rowOf);
  const first = index.length;
  const sums = sumsOf(calls, parents, first);
  for (const name of SUM_NAMES) {
    for (let row = 0; row < first; row++) addUp(columns, order, name, row, sums[name][row] ?? 0);
  }
  packed.take(calls, first);
  for (const name of packed.toolNames()) index.tool_names.add(name);
  order.appendLeaves(parents, (row) => columns.float('sort_key', row));
}

/** Adds to a row and to what stands above it. */
export function addUp(
  columns: SpanColumns,
  order: TreeOrder,
  name: FloatColumn | IntColumn,
  row: number,
  delta: number,
): void {
  if (delta === 0) return;
  for (let at = row; at !== ROOT; at = order.parent(at)) columns.add(name, at, delta);
}

/** @returns the row that each call stands under. */
function parentsOf(calls: TraceColumns, rowOf: (execution_id: string) => number): Int32Array {
  const { strings, execution } = calls;
  const rows = new Int32Array(strings.length).fill(ROOT);
  const parents = new Int32Array(calls.id.length);
  for (let i = 0; i < parents.length; i++) {
    const ref = execution[i] ?? 0;
    let row = rows[ref] ?? ROOT;
    if (row === ROOT) {
      row = rowOf(strings[ref] ?? '');
      rows[ref] = row;
    }
    parents[i] = row;
  }
  return parents;
}

export const SUMS = ['sum_input', 'sum_cached', 'sum_output', 'sum_cost'] as const;
export const COUNTS = ['calls', 'errors', 'running', 'reported', 'priced', 'agents'] as const;
const SUM_NAMES = [...SUMS, 'calls', 'errors', 'running', 'reported', 'priced'] as const;
type Sums = Readonly<Record<(typeof SUM_NAMES)[number], Float64Array>>;

/**
 * What calls add to the rows that they stand directly under, in one pass over them.
 * @param parents row of each one's parent, all below `first`.
 */
function sumsOf(calls: TraceColumns, parents: Int32Array, first: number): Sums {
  const sums = Object.fromEntries(
    SUM_NAMES.map((name) => [name, new Float64Array(first)]),
  ) as Record<(typeof SUM_NAMES)[number], Float64Array>;
  const { outcome, kind } = calls;
  const { calls: count, errors, running } = sums;
  // This runs over every call before its code is made fast: most calls take the short way.
  for (let i = 0; i < parents.length; i++) {
    const parent = parents[i] ?? ROOT;
    const code = outcome[i] ?? 0;
    count[parent] = (count[parent] ?? 0) + 1;
    if (FAILED[code] === 1) errors[parent] = (errors[parent] ?? 0) + 1;
    if (LIVE[code] === 1) running[parent] = (running[parent] ?? 0) + 1;
    if (kind[i] === MODEL_CODE) addUsage(sums, calls, i, parent);
  }
  return sums;
}

function addUsage(sums: Sums, calls: TraceColumns, call: number, parent: number): void {
  const { sum_input, sum_cached, sum_output, sum_cost, reported, priced } = sums;
  const figure = (column: Float64Array): number => zero(column[call] ?? Number.NaN);
  sum_input[parent] = (sum_input[parent] ?? 0) + zero(promptOf(calls, call));
  sum_cached[parent] = (sum_cached[parent] ?? 0) + figure(calls.cache_tokens);
  sum_output[parent] = (sum_output[parent] ?? 0) + figure(calls.output_tokens);
  sum_cost[parent] = (sum_cost[parent] ?? 0) + figure(calls.cost);
  if (hasTokens(calls, call)) reported[parent] = (reported[parent] ?? 0) + 1;
  if (hasPrice(calls, call)) priced[parent] = (priced[parent] ?? 0) + 1;
}
