/**
 * Columns of numbers that grow together: what is known of each row, one array per figure. Calls of
 * the first snapshot have theirs already, in `PackedCalls`.
 */
import { MODEL_CODE, TOOL_CODE } from '../../src/contracts/columns.ts';
import type { PackedCalls } from './packed_calls.ts';

/** Kinds of rows; calls are those below EXECUTION. */
export const MODEL = MODEL_CODE;
export const TOOL = TOOL_CODE;
export const EXECUTION = 2;
export const STAGE = 3;

const FLOATS = [
  /** Order among siblings while nothing else is asked for. */
  'sort_key',
  /** Epoch milliseconds. */
  'start',
  /** Milliseconds; NaN while it runs, and where its end was never learnt. */
  'duration',
  'ttft',
  'input',
  'cached',
  'output',
  'reasoning',
  'cost',
  /** Sums over the row and everything beneath it. */
  'sum_input',
  'sum_cached',
  'sum_output',
  'sum_cost',
] as const;

const INTS = [
  'calls',
  'errors',
  'running',
  /** How many calls reported tokens, and how many have a price. */
  'reported',
  'priced',
  'agents',
] as const;

export type FloatColumn = (typeof FLOATS)[number];
export type IntColumn = (typeof INTS)[number];

/** What a model call used; NaN stands for what is not known. */
export type CallUsage = Readonly<
  Record<'input' | 'cached' | 'output' | 'reasoning' | 'cost' | 'ttft', number>
>;

type Column = Uint8Array | Int32Array | Float64Array;

export class SpanColumns {
  readonly #packed: PackedCalls;
  #capacity = 64;
  #kind = new Uint8Array(this.#capacity);
  #outcome = new Uint8Array(this.#capacity);
  readonly #floats = new Map<FloatColumn, Float64Array>();
  readonly #ints = new Map<IntColumn, Int32Array>();

  constructor(packed: PackedCalls) {
    this.#packed = packed;
    for (const name of FLOATS) this.#floats.set(name, new Float64Array(this.#capacity));
    for (const name of INTS) this.#ints.set(name, new Int32Array(this.#capacity));
  }

  kind(row: number): number {
    if (this.#packed.has(row)) return this.#packed.kind(row);
    return this.#kind[this.#packed.own(row)] ?? MODEL;
  }

  outcome(row: number): number {
    if (this.#packed.has(row)) return this.#packed.outcome(row);
    return this.#outcome[this.#packed.own(row)] ?? 0;
  }

  float(name: FloatColumn, row: number): number {
    if (this.#packed.has(row)) return this.#packed.float(name, row);
    return this.#floats.get(name)?.[this.#packed.own(row)] ?? Number.NaN;
  }

  int(name: IntColumn, row: number): number {
    if (this.#packed.has(row)) return this.#packed.int(name, row);
    return this.#ints.get(name)?.[this.#packed.own(row)] ?? 0;
  }

  /** Adds to what a row counts. A packed call counts itself: what it says of itself is enough. */
  add(name: FloatColumn | IntColumn, row: number, delta: number): void {
    if (this.#packed.has(row)) return;
    const column = this.column(name);
    const at = this.#packed.own(row);
    column[at] = (column[at] ?? 0) + delta;
  }

  /** A row with nothing known but its kind and its place among its siblings. */
  start(row: number, kind: number, outcome: number, sort_key: number): void {
    const at = this.#packed.own(row);
    this.reserve(at + 1);
    this.#kind[at] = kind;
    this.#outcome[at] = outcome;
    for (const name of ['start', 'duration', ...USAGE] as const) this.column(name)[at] = Number.NaN;
    this.column('sort_key')[at] = sort_key;
  }

  put(row: number, outcome: number, start: number, duration: number): void {
    if (this.#packed.has(row)) {
      this.#packed.put(row, outcome, start, duration);
      return;
    }
    const at = this.#packed.own(row);
    this.#outcome[at] = outcome;
    this.column('start')[at] = start;
    this.column('duration')[at] = duration;
  }

  putUsage(row: number, usage: CallUsage): void {
    if (this.#packed.has(row)) {
      this.#packed.putUsage(row, usage);
      return;
    }
    for (const name of USAGE) this.column(name)[this.#packed.own(row)] = usage[name];
  }

  /**
   * One column of the rows that are not packed, as it is now: growing replaces it, so it must not
   * be kept.
   */
  column(name: FloatColumn | IntColumn | 'kind' | 'outcome'): Column {
    if (name === 'kind') return this.#kind;
    if (name === 'outcome') return this.#outcome;
    const column = isFloat(name) ? this.#floats.get(name) : this.#ints.get(name);
    return column ?? this.#kind;
  }

  /** Makes room for so many rows that are not packed. */
  reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    this.#capacity = Math.max(rows, this.#capacity * 2);
    const wider = <C extends Column>(old: C, next: C): C => {
      next.set(old);
      return next;
    };
    const n = this.#capacity;
    this.#kind = wider(this.#kind, new Uint8Array(n));
    this.#outcome = wider(this.#outcome, new Uint8Array(n));
    for (const [name, old] of this.#floats) this.#floats.set(name, wider(old, new Float64Array(n)));
    for (const [name, old] of this.#ints) this.#ints.set(name, wider(old, new Int32Array(n)));
  }
}

const USAGE = ['input', 'cached', 'output', 'reasoning', 'cost', 'ttft'] as const;
const FLOAT_NAMES: ReadonlySet<string> = new Set(FLOATS);

function isFloat(name: FloatColumn | IntColumn): name is FloatColumn {
  return FLOAT_NAMES.has(name);
}
