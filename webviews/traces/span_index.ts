/** Names, ids and records of rows: how a row is found by its id, and what is said of it in words. */
import { type ExecutionColumns, executionAt } from '../../src/contracts/execution_columns.ts';
import type { Execution, Stage } from '../../src/contracts/records.ts';
import type { PackedCalls } from './packed_calls.ts';
import { EXECUTION, type SpanColumns, TOOL } from './span_columns.ts';

export class SpanIndex {
  readonly #columns: SpanColumns;
  readonly #packed: PackedCalls;
  readonly #ids: string[] = [];
  readonly #names: string[] = [];
  readonly #errors = new Map<number, string>();
  readonly #calls = new Map<string, number>();
  /** Rows below this number are in `#calls`: it is filled when the first one is looked up. */
  #indexed = 0;
  readonly executions = new Map<string, number>();
  readonly stages = new Map<string, number>();
  readonly #executionRecords = new Map<number, Execution>();
  /** Executions of the first snapshot: records are made of the ones that are looked at. */
  #agents: { columns: ExecutionColumns; first: number; session_id: string } | null = null;
  readonly stageRecords = new Map<number, Stage>();
  /** Names that occur among the tools and among the agents. */
  readonly tool_names = new Set<string>();
  readonly agent_names = new Set<string>();

  constructor(columns: SpanColumns, packed: PackedCalls) {
    this.#columns = columns;
    this.#packed = packed;
  }

  get length(): number {
    return this.#ids.length + this.#packed.count;
  }

  id(row: number): string {
    if (this.#packed.has(row)) return this.#packed.id(row);
    return this.#ids[this.#packed.own(row)] ?? '';
  }

  name(row: number): string {
    if (this.#packed.has(row)) return this.#packed.name(row);
    return this.#names[this.#packed.own(row)] ?? '';
  }

  error(row: number): string | null {
    if (this.#packed.has(row)) return this.#packed.error(row) || null;
    return this.#errors.get(row) ?? null;
  }

  /** @returns the new row's number. */
  add(id: string): number {
    const row = this.length;
    this.#names.push('');
    this.#ids.push(id);
    return row;
  }

  describe(row: number, kind: number, name: string, error: string | null | undefined): void {
    if (this.#packed.has(row)) this.#packed.describe(row, name, error);
    else {
      this.#names[this.#packed.own(row)] = name;
      if (error) this.#errors.set(row, error);
    }
    if (kind === TOOL) this.tool_names.add(name);
    else if (kind === EXECUTION) this.agent_names.add(name);
  }

  call(id: string): number | undefined {
    this.indexCalls();
    return this.#calls.get(id);
  }

  /** Lists rows by id, as many as asked for. @returns true when all are listed. */
  indexCalls(count = Number.POSITIVE_INFINITY): boolean {
    const end = Math.min(this.length, this.#indexed + count);
    for (; this.#indexed < end; this.#indexed++) {
      const kind = this.#columns.kind(this.#indexed);
      if (kind < EXECUTION) this.#calls.set(this.id(this.#indexed), this.#indexed);
    }
    return end === this.length;
  }

  /** @param first row of the first of them. */
  keepAgents(columns: ExecutionColumns, first: number, session_id: string): void {
    this.#agents = { columns, first, session_id };
  }

  keepRecord(row: number, execution: Execution): void {
    this.#executionRecords.set(row, execution);
  }

  record(row: number): Execution | undefined {
    const known = this.#executionRecords.get(row);
    if (known || !this.#agents) return known;
    const { columns, first, session_id } = this.#agents;
    const at = row - first;
    if (at < 0 || at >= columns.id.length) return undefined;
    const record = executionAt(columns, at, session_id);
    this.#executionRecords.set(row, record);
    return record;
  }
}
