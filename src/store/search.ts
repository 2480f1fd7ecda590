/** The text search over the calls of a session: their inputs, outputs and errors, ignoring case. */
import { isTerminal, Outcome } from '../contracts/status.ts';
import type { Reading } from './queries.ts';
import { type Block, type Place, Signature } from './signatures.ts';
import { nextTurn } from './slices.ts';
import type { Row } from './sql.ts';
import type { TraceSearch } from './store.ts';

/** Calls that are read at once, and of which one signature is made. */
const PAGE = 64;
/** Blocks passed over before other work of the store gets its turn. */
const SKIPS = 2000;
/** Text looked at by one search, in UTF-16 units. */
const BUDGET = 256 * 1024 * 1024;
const COLUMNS = 'id, started_at, outcome, input, input_ref, output, output_ref, error';

/**
 * Calls whose input, output or error contains the text, ignoring case; oldest first.
 * `complete` is false where the search stopped at `limit` calls or at the most text it looks at.
 */
export async function searchTraces(
  reading: Reading,
  query: TraceSearch,
): Promise<{ ids: string[]; complete: boolean }> {
  const search = new Search(reading, query);
  return await search.run();
}

class Search {
  readonly #reading: Reading;
  readonly #query: TraceSearch;
  /** The text in lower case, and as JSON writes it: a quote or a line end has a backslash there. */
  readonly #wanted: readonly string[];
  /** Bodies that were looked at, by their names. */
  readonly #bodies = new Map<string, boolean>();
  #left = BUDGET;

  constructor(reading: Reading, query: TraceSearch) {
    this.#reading = reading;
    this.#query = query;
    const plain = query.text.toLowerCase();
    this.#wanted = [...new Set([plain, JSON.stringify(plain).slice(1, -1)])];
  }

  async run(): Promise<{ ids: string[]; complete: boolean }> {
    const { session_id, limit } = this.#query;
    const { signatures } = this.#reading;
    const ids: string[] = [];
    let after: Place = [Number.MIN_SAFE_INTEGER, ''];
    for (let turn = 1; ; turn++) {
      const block = signatures.block(session_id, after);
      if (block && !this.#mayHold(block)) {
        after = block.to;
        if (turn % SKIPS === 0) await nextTurn();
        continue;
      }
      const { changes } = signatures;
      const rows = this.#rows(after);
      const inline = block ? null : new Signature();
      for (const row of rows) {
        if (ids.length >= limit || this.#left <= 0) return { ids, complete: false };
        if (await this.#matches(row, inline)) ids.push(String(row.id));
      }
      const last = rows.at(-1);
      if (rows.length < PAGE || !last) return { ids, complete: true };
      const to: Place = [Number(last.started_at), String(last.id)];
      if (inline && changes === signatures.changes && rows.every(hasEnded)) {
        signatures.keep(session_id, after, { to, inline, refs: rows.flatMap(refsOf) });
      }
      after = to;
      await nextTurn();
    }
  }

  #rows(after: Place): Row[] {
    return this.#reading.db.all(
      `SELECT ${COLUMNS} FROM tool_traces
       WHERE session_id = ? AND (started_at, id) > (?, ?) ORDER BY started_at, id LIMIT ?`,
      [this.#query.session_id, ...after, PAGE],
    );
  }

  #mayHold({ inline, refs }: Block): boolean {
    const { signatures } = this.#reading;
    return this.#wanted.some(
      (text) =>
        inline.mayHold(text) || refs.some((ref) => signatures.body(ref)?.mayHold(text) ?? true),
    );
  }

  // Every text is looked at even after one that matches: the signature must know them all.
  async #matches(row: Row, inline: Signature | null): Promise<boolean> {
    const { error, input, input_ref, output, output_ref } = row;
    let found = this.#contains(error, inline);
    for (const [text, ref] of [
      [input, input_ref],
      [output, output_ref],
    ]) {
      const hit =
        typeof ref === 'string'
          ? await this.#bodyContains(ref, text, inline)
          : this.#contains(text, inline);
      found ||= hit;
    }
    return found;
  }

  async #bodyContains(ref: string, preview: unknown, inline: Signature | null): Promise<boolean> {
    const { payloads, signatures } = this.#reading;
    let found = this.#bodies.get(ref);
    if (found === undefined) {
      const known = signatures.body(ref);
      if (known && !this.#wanted.some((text) => known.mayHold(text))) found = false;
      else {
        const signature = new Signature();
        const body = await payloads.get(ref);
        // A body that is gone is still searched by what is left of it.
        found = this.#contains(body ?? preview, body === null ? inline : signature);
        if (body !== null) signatures.keepBody(ref, signature);
      }
      this.#bodies.set(ref, found);
    }
    return found;
  }

  #contains(text: unknown, signature: Signature | null): boolean {
    if (typeof text !== 'string') return false;
    this.#left -= text.length;
    const lower = text.toLowerCase();
    signature?.add(lower);
    return this.#wanted.some((wanted) => lower.includes(wanted));
  }
}

function hasEnded(row: Row): boolean {
  const outcome = Outcome.safeParse(row.outcome);
  return outcome.success && isTerminal(outcome.data);
}

function refsOf({ input_ref, output_ref }: Row): string[] {
  return [input_ref, output_ref].filter((ref) => typeof ref === 'string');
}
