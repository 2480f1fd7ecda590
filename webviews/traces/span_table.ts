/**
 * Everything that the trace tree shows, as a table: stages, executions and calls are rows, a
 * row's number never changes, and what is summed over a subtree is kept up to date as rows come.
 */
import {
  type Figure,
  OUTCOMES,
  outcomeCode,
  packTraces,
  type TraceColumns,
  type TraceSnapshot,
} from '../../src/contracts/columns.ts';
import { executionAt } from '../../src/contracts/execution_columns.ts';
import type { Execution, Stage, Trace } from '../../src/contracts/records.ts';
import { isFailed, isTerminal, type Outcome, settle } from '../../src/contracts/status.ts';
import { Density, spanOf } from './density.ts';
import { isLive, known, length, placeAmong, sum, zero } from './figures.ts';
import { addUp, COUNTS, loadCalls, loadExecutions, SUMS } from './load.ts';
import { PackedCalls, type Words } from './packed_calls.ts';
import { SelfTimes, type Timing } from './self_time.ts';
import {
  type CallUsage,
  EXECUTION,
  type FloatColumn,
  type IntColumn,
  MODEL,
  SpanColumns,
  STAGE,
} from './span_columns.ts';
import { SpanIndex } from './span_index.ts';
import { ROOT, TreeOrder } from './tree_order.ts';

export { EXECUTION, MODEL, STAGE, TOOL } from './span_columns.ts';

interface Own extends Words, Timing {}

/** Rows that are caught up with at a time: some milliseconds of work. */
const CATCH_UP = 8_192;

export class SpanTable {
  readonly order = new TreeOrder();
  readonly #packed = new PackedCalls();
  readonly #columns = new SpanColumns(this.#packed);
  readonly #index = new SpanIndex(this.#columns, this.#packed);
  readonly #parts = {
    ...{ columns: this.#columns, index: this.#index },
    ...{ packed: this.#packed, order: this.order },
  };
  readonly #selfs = new SelfTimes({
    timing: (row) => this.#timing(row),
    children: (row) => this.order.children(row),
  });
  /** How many model calls and tool calls were at work when; counted from the first look on. */
  #density: readonly [model: Density, tool: Density] | null = null;
  /** Rises with every change: what was computed from the table may be stale. */
  revision = 0;
  /** Set while another order than the order of time is asked for. */
  compare: ((a: number, b: number) => number) | null = null;
  /** Rows that came since `compare` was last applied stand at the end. */
  unsorted = false;
  /** What a filter says of a new row; absent: everything is shown. */
  accepts: ((row: number) => boolean) | null = null;

  get length(): number {
    return this.#index.length;
  }

  id(row: number): string {
    return this.#index.id(row);
  }

  name(row: number): string {
    return this.#index.word('name', row);
  }

  /** What a row is about, in a few words: an agent's task, what a tool acts on, what a model replied. */
  summary(row: number): string {
    if (this.kind(row) === EXECUTION) return this.executionRecord(row)?.task ?? '';
    return this.#index.word('summary', row);
  }

  error(row: number): string | null {
    return this.#index.word('error', row) || null;
  }

  get tool_names(): ReadonlySet<string> {
    return this.#index.tool_names;
  }

  get agent_names(): ReadonlySet<string> {
    return this.#index.agent_names;
  }

  kind(row: number): number {
    return this.#columns.kind(row);
  }

  outcome(row: number): Outcome {
    return OUTCOMES[this.#columns.outcome(row)] ?? 'pending';
  }

  float(name: FloatColumn, row: number): number {
    return this.#columns.float(name, row);
  }

  int(name: IntColumn, row: number): number {
    return this.#columns.int(name, row);
  }

  executionRecord(row: number): Execution | undefined {
    return this.#index.record(row);
  }

  stageRecord(row: number): Stage | undefined {
    return this.#index.stageRecords.get(row);
  }

  rowOfCall(id: string): number | undefined {
    return this.#index.call(id);
  }

  rowOfExecution(id: string): number | undefined {
    return this.#index.executions.get(id);
  }

  rowOfStage(id: string): number | undefined {
    return this.#index.stages.get(id);
  }

  executions(): Execution[] {
    return [...this.#index.executions.values()].flatMap((row) => this.executionRecord(row) ?? []);
  }

  stages(): Iterable<Stage> {
    return this.#index.stageRecords.values();
  }

  /** True while something in this subtree still runs. */
  isLive(row: number): boolean {
    return this.int('running', row) > 0;
  }

  /** Milliseconds so far, or as measured; NaN where the end was never learnt. */
  durationAt(row: number, now: number): number {
    const known = this.float('duration', row);
    if (!Number.isNaN(known) || isTerminal(this.outcome(row))) return known;
    return Math.max(0, now - this.float('start', row));
  }

  /** Of that time, what nothing beneath the row was at work in; all of it for a call. */
  selfTimeAt(row: number, now: number): number {
    const duration = this.durationAt(row, now);
    if (this.kind(row) < EXECUTION) return duration;
    return this.#selfs.of(row, this.float('start', row), duration);
  }

  density(): readonly [model: Density, tool: Density] {
    if (this.#density) return this.#density;
    this.#density = [new Density(), new Density()];
    for (let row = 0; row < this.length; row++) {
      this.#density[this.kind(row)]?.add(spanOf(this.#timing(row)));
    }
    return this.#density;
  }

  load(snapshot: TraceSnapshot): void {
    const { session, stages, executions, traces } = snapshot;
    const fresh = this.length === 0 && !this.accepts && !this.compare;
    for (const stage of stages) this.putStage(stage);
    if (fresh) {
      loadExecutions(this.#parts, executions, session.session_id);
      loadCalls(this.#parts, traces, (id) => this.#executionRow(id));
      this.revision++;
      return;
    }
    const records = executions.id.map((_, i) => executionAt(executions, i, session.session_id));
    for (const record of records.sort((a, b) => a.created_at - b.created_at)) {
      this.putExecution(record);
    }
    this.putCalls(traces);
  }

  putStage(stage: Stage): void {
    const known = this.#index.stages.get(stage.stage_id);
    const start = stage.started_at ?? Number.NaN;
    const own = {
      ...{ name: stage.title, summary: '', error: '' },
      outcome: stage.status,
      start,
      duration: length(start, stage.finished_at),
    };
    const row = known ?? this.#add(STAGE, stage.stage_id, ROOT, stage.stage_index);
    this.#index.stages.set(stage.stage_id, row);
    if (this.#update(row, own)) this.#index.stageRecords.set(row, stage);
  }

  putExecution(execution: Execution): void {
    const known = this.#index.executions.get(execution.execution_id);
    const parent = this.#parentOf(execution);
    const start = execution.started_at ?? execution.created_at;
    const duration = execution.duration_ms ?? length(start, execution.finished_at);
    const row =
      known ?? this.#add(EXECUTION, execution.execution_id, parent, parent === ROOT ? -1 : start);
    this.#index.executions.set(execution.execution_id, row);
    if (known !== undefined && this.order.parent(known) !== parent) this.#move(known, parent);
    const fresh = this.executionRecord(row) === undefined;
    const { agent_name: name, status: outcome, error } = execution;
    const words = { name, summary: '', error: error ?? '' };
    if (!this.#update(row, { ...words, outcome, start, duration })) return;
    this.#index.keepRecord(row, execution);
    if (fresh && execution.parent_execution_id) this.#sum(row, 'agents', 1);
  }

  putCall(trace: Trace): void {
    this.putCalls(packTraces([trace]));
  }

  putCalls(calls: TraceColumns): void {
    for (let i = 0; i < calls.id.length; i++) {
      const id = calls.id[i] ?? '';
      const start = calls.started_at[i] ?? Number.NaN;
      const kind = calls.kind[i] ?? MODEL;
      let row = this.rowOfCall(id);
      if (row === undefined) {
        const parent = this.#executionRow(calls.strings[calls.execution[i] ?? 0] ?? '');
        row = this.#add(kind, id, parent, start);
        this.#sum(row, 'calls', 1);
      }
      const figure = (name: Figure): number => calls[name][i] ?? Number.NaN;
      const latency = figure('latency_ms');
      const duration = Number.isNaN(latency) ? length(start, figure('finished_at')) : latency;
      const outcome = OUTCOMES[calls.outcome[i] ?? 0] ?? 'pending';
      const word = (column: keyof Words): string => calls.strings[calls[column][i] ?? 0] ?? '';
      const words = { name: word('name'), summary: word('summary'), error: word('error') };
      if (!this.#update(row, { ...words, outcome, start, duration })) continue;
      if (kind === MODEL) this.#usage(row, figure);
    }
  }

  /** Does a part of what a snapshot has left for later. @returns true when nothing is left. */
  catchUp(): boolean {
    return this.#index.indexCalls(CATCH_UP);
  }

  #usage(row: number, figure: (name: Figure) => number): void {
    const columns = this.#columns;
    const read = (): CallUsage & { readonly tokens: number; readonly price: number } => {
      const at = (name: FloatColumn): number => columns.float(name, row);
      const [input, cached, output, cost] = [at('input'), at('cached'), at('output'), at('cost')];
      const [tokens, price] = [Number(known(input) || known(output)), Number(known(cost))];
      return { input, cached, output, cost, tokens, price, reasoning: 0, ttft: 0 };
    };
    const before = read();
    columns.putUsage(row, {
      input: sum(figure('input_tokens'), figure('cache_tokens'), figure('cache_write_tokens')),
      cached: figure('cache_tokens'),
      output: figure('output_tokens'),
      reasoning: figure('reasoning_tokens'),
      cost: figure('cost'),
      ttft: figure('ttft_ms'),
    });
    const after = read();
    this.#sum(row, 'sum_input', zero(after.input) - zero(before.input));
    this.#sum(row, 'sum_cached', zero(after.cached) - zero(before.cached));
    this.#sum(row, 'sum_output', zero(after.output) - zero(before.output));
    this.#sum(row, 'sum_cost', zero(after.cost) - zero(before.cost));
    this.#sum(row, 'reported', after.tokens - before.tokens);
    this.#sum(row, 'priced', after.price - before.price);
  }

  /** A new row with nothing known but its place. */
  #add(kind: number, id: string, parent: number, sort_key: number): number {
    const row = this.#index.add(id);
    const key = Number.isNaN(sort_key) ? Number.MAX_SAFE_INTEGER : sort_key;
    this.#columns.start(row, kind, outcomeCode('pending'), key);
    const open = kind === STAGE || (kind === EXECUTION && this.#isTop(parent));
    this.order.append(parent, open, this.accepts === null, this.#slotFor(parent, row));
    return row;
  }

  #isTop(parent: number): boolean {
    return parent === ROOT || this.kind(parent) === STAGE;
  }

  /** Rows arrive in the order of time, nearly always; then the last place is right at once. */
  #slotFor(parent: number, row: number): number | undefined {
    if (this.compare) {
      this.unsorted = true;
      return undefined;
    }
    const keyOf = (at: number): number => this.#columns.float('sort_key', at);
    return placeAmong(this.order.children(parent), keyOf, keyOf(row));
  }

  /** @returns false where the news is older than what is known. */
  #update(row: number, own: Own): boolean {
    const timing = this.#timing(row);
    const before = timing.outcome;
    if (settle(before, own.outcome) !== own.outcome) return false;
    this.#selfs.changed(this.order.parent(row), row, timing, own);
    const density = this.#density?.[this.kind(row)];
    density?.remove(spanOf(timing));
    density?.add(spanOf(own));
    const { name, summary, error } = own;
    this.#index.describe(row, this.kind(row), { name, summary, error });
    this.#columns.put(row, outcomeCode(own.outcome), own.start, own.duration);
    const failed = Number(isFailed(own.outcome)) - Number(isFailed(before));
    // A stage fails through its executions; counting it too would say every error twice.
    if (failed !== 0 && this.kind(row) !== STAGE) this.#sum(row, 'errors', failed);
    const running = Number(isLive(own.outcome)) - Number(isLive(before));
    if (running !== 0) this.#sum(row, 'running', running);
    this.revision++;
    if (this.accepts?.(row)) {
      for (let at = row; at !== ROOT; at = this.order.parent(at)) this.order.setShown(at, true);
    }
    return true;
  }

  #timing(row: number): Timing {
    const [start, duration] = [this.float('start', row), this.float('duration', row)];
    return { outcome: this.outcome(row), start, duration };
  }

  #parentOf(execution: Execution): number {
    if (execution.parent_execution_id) return this.#executionRow(execution.parent_execution_id);
    if (!execution.stage_id) return ROOT;
    return this.#index.stages.get(execution.stage_id) ?? ROOT;
  }

  /** The row of an execution; one that was not heard of yet gets an empty row at the top. */
  #executionRow(id: string): number {
    const known = this.#index.executions.get(id);
    if (known !== undefined) return known;
    const row = this.#add(EXECUTION, id, ROOT, Number.MAX_SAFE_INTEGER);
    this.#index.executions.set(id, row);
    return row;
  }

  #move(row: number, parent: number): void {
    const from = this.order.parent(row);
    const carry = (name: FloatColumn | IntColumn, part: number): void => {
      this.#sum(from, name, -part);
      this.#sum(parent, name, part);
    };
    for (const name of SUMS) carry(name, this.float(name, row));
    for (const name of COUNTS) carry(name, this.int(name, row));
    this.order.move(row, parent);
    for (const changed of [from, parent]) this.#selfs.forget(changed);
  }

  #sum(row: number, name: FloatColumn | IntColumn, delta: number): void {
    addUp(this.#columns, this.order, name, row, delta);
  }
}
