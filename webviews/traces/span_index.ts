/** Names, ids and records of rows: how a row is found by its id, and what is said of it in words. */
import { type ExecutionColumns, executionAt } from '../../src/contracts/execution_columns.ts';
import type { Execution, Stage } from '../../src/contracts/records.ts';
import type { PackedCalls, Words } from './packed_calls.ts';
import { EXECUTION, type SpanColumns, TOOL } from './span_columns.ts';

const NOTHING: Words = { name: '', summary: '', error: '' };

export class SpanIndex {
  readonly #columns: SpanColumns;
  readonly #packed: PackedCalls;
  readonly #ids: string[] = [];
  readonly #words: Words[] = [];
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

  word(word: keyof Words, row: number): string {
    if (this.#packed.has(row)) return this.#packed.word(word, row);
    return this.#words[this.#packed.own(row)]?.[word] ?? '';
  }

  /** @returns the new row's number. */
  add(id: string): number {
    const row = this.length;
    this.#words.push(NOTHING);
    this.#ids.push(id);
    return row;
  }

  describe(row: number, kind: number, words: Words): void {
    if (this.#packed.has(row)) this.#packed.describe(row, words);
    else {
      const at = this.#packed.own(row);
      const { summary = '', error = '' } = this.#words[at] ?? NOTHING;
      this.#words[at] = {
        name: words.name,
        summary: words.summary || summary,
        error: words.error || error,
      };
    }
    if (kind === TOOL) this.tool_names.add(words.name);
    else if (kind === EXECUTION) this.agent_names.add(words.name);
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
