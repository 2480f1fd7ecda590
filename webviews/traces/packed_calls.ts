/**
 * The calls of the first snapshot, read and brought up to date in the very columns that they came
 * in: 100,000 calls cost what they took to arrive, and a paint reads the few that it shows.
 */
import { MODEL_CODE, OUTCOMES, TOOL_CODE, type TraceColumns } from '../../src/contracts/columns.ts';
import { isFailed } from '../../src/contracts/status.ts';
import { isLive, known, length, zero } from './figures.ts';
import type { CallUsage, FloatColumn, IntColumn } from './span_columns.ts';

export const FAILED = Uint8Array.from(OUTCOMES, (outcome) => Number(isFailed(outcome)));
export const LIVE = Uint8Array.from(OUTCOMES, (outcome) => Number(isLive(outcome)));

/** What is said of a row; empty where there is nothing to say. */
export interface Words {
  readonly name: string;
  readonly summary: string;
  readonly error: string;
}
const WORDS = ['name', 'summary', 'error'] as const;

export class PackedCalls {
  #calls: TraceColumns | null = null;
  #first = 0;
  #end = 0;
  /** What is said since of packed calls, where it differs from what arrived. */
  readonly #said = new Map<number, Words>();

  get count(): number {
    return this.#end - this.#first;
  }

  /** Takes calls that are all new, as rows from `first` on, without touching each. Once. */
  take(calls: TraceColumns, first: number): void {
    this.#calls = calls;
    this.#first = first;
    this.#end = first + calls.id.length;
  }

  has(row: number): boolean {
    return row >= this.#first && row < this.#end;
  }

  /** Where a row that is not packed stands among those that are not. */
  own(row: number): number {
    return row >= this.#end ? row - this.count : row;
  }

  id(row: number): string {
    return this.#calls?.id[row - this.#first] ?? '';
  }

  /** @returns what is said of a row: its name, say. */
  word(word: keyof Words, row: number): string {
    const said = this.#said.get(row);
    if (said) return said[word];
    const calls = this.#calls;
    return calls?.strings[calls[word][row - this.#first] ?? 0] ?? '';
  }

  describe(row: number, words: Words): void {
    const changed = WORDS.some(
      (word) => words[word] !== '' && words[word] !== this.word(word, row),
    );
    if (!changed) return;
    const of = (word: keyof Words): string => words[word] || this.word(word, row);
    this.#said.set(row, { name: of('name'), summary: of('summary'), error: of('error') });
  }

  /** Names of the tools that were called. */
  *toolNames(): Iterable<string> {
    const calls = this.#calls;
    if (!calls) return;
    const listed = new Uint8Array(calls.strings.length);
    for (let i = 0; i < calls.name.length; i++) {
      const ref = calls.name[i] ?? 0;
      if (listed[ref] === 1 || calls.kind[i] !== TOOL_CODE) continue;
      listed[ref] = 1;
      yield calls.strings[ref] ?? '';
    }
  }

  kind(row: number): number {
    return this.#calls?.kind[row - this.#first] ?? MODEL_CODE;
  }

  outcome(row: number): number {
    return this.#calls?.outcome[row - this.#first] ?? 0;
  }

  float(name: FloatColumn, row: number): number {
    const calls = this.#calls;
    const at = row - this.#first;
    if (!calls) return Number.NaN;
    if (name === 'start' || name === 'sort_key') return calls.started_at[at] ?? Number.NaN;
    if (name === 'duration') return durationOf(calls, at);
    const model = calls.kind[at] === MODEL_CODE;
    switch (name) {
      case 'sum_input':
        return model ? zero(promptOf(calls, at)) : 0;
      case 'sum_cached':
        return model ? zero(calls.cache_tokens[at] ?? Number.NaN) : 0;
      case 'sum_output':
        return model ? zero(calls.output_tokens[at] ?? Number.NaN) : 0;
      case 'sum_cost':
        return model ? zero(calls.cost[at] ?? Number.NaN) : 0;
      case 'input':
        return model ? promptOf(calls, at) : Number.NaN;
      default:
        return model ? (calls[SOURCE[name]][at] ?? Number.NaN) : Number.NaN;
    }
  }

  int(name: IntColumn, row: number): number {
    const calls = this.#calls;
    const at = row - this.#first;
    if (!calls || name === 'agents') return 0;
    if (name === 'calls') return 1;
    if (name === 'errors') return FAILED[calls.outcome[at] ?? 0] ?? 0;
    if (name === 'running') return LIVE[calls.outcome[at] ?? 0] ?? 0;
    if (calls.kind[at] !== MODEL_CODE) return 0;
    return Number(name === 'priced' ? hasPrice(calls, at) : hasTokens(calls, at));
  }

  put(row: number, outcome: number, start: number, duration: number): void {
    const calls = this.#calls;
    const at = row - this.#first;
    if (!calls) return;
    calls.outcome[at] = outcome;
    calls.started_at[at] = start;
    calls.latency_ms[at] = duration;
    // The duration says it all.
    calls.finished_at[at] = Number.NaN;
  }

  putUsage(row: number, usage: CallUsage): void {
    const calls = this.#calls;
    const at = row - this.#first;
    if (!calls) return;
    // Of a prompt the table knows the whole and what was read from the cache: so is it kept.
    calls.input_tokens[at] = usage.input - zero(usage.cached);
    calls.cache_tokens[at] = usage.cached;
    calls.cache_write_tokens[at] = Number.NaN;
    calls.output_tokens[at] = usage.output;
    calls.reasoning_tokens[at] = usage.reasoning;
    calls.cost[at] = usage.cost;
    calls.ttft_ms[at] = usage.ttft;
  }
}

const SOURCE = {
  ttft: 'ttft_ms',
  cached: 'cache_tokens',
  output: 'output_tokens',
  reasoning: 'reasoning_tokens',
  cost: 'cost',
} as const;

function durationOf(calls: TraceColumns, at: number): number {
  const latency = calls.latency_ms[at] ?? Number.NaN;
  if (known(latency)) return latency;
  const end = calls.finished_at[at] ?? Number.NaN;
  return known(end) ? length(calls.started_at[at] ?? Number.NaN, end) : Number.NaN;
}

/** Tokens of a call's prompt, however they were billed; NaN where none is known. */
export function promptOf(calls: TraceColumns, at: number): number {
  const fresh = calls.input_tokens[at] ?? Number.NaN;
  const read = calls.cache_tokens[at] ?? Number.NaN;
  const written = calls.cache_write_tokens[at] ?? Number.NaN;
  if (!known(fresh) && !known(read) && !known(written)) return Number.NaN;
  return zero(fresh) + zero(read) + zero(written);
}

export function hasTokens(calls: TraceColumns, at: number): boolean {
  return known(promptOf(calls, at)) || known(calls.output_tokens[at] ?? Number.NaN);
}

export function hasPrice(calls: TraceColumns, at: number): boolean {
  return known(calls.cost[at] ?? Number.NaN);
}
