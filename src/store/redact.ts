/**
 * Masks secrets before anything is stored or shown (acceptance 135). A masked character becomes
 * `*`, so that lengths stay: streamed chunks are addressed by their offset.
 */

import { replaceSecrets } from '../contracts/secrets.ts';

// The beginning of a key at the end of a chunk: the rest may come with the next one.
const BEGUN =
  /(?<![A-Za-z0-9])(?:[spr]k-|gh[pousr]_|github_pat_|glpat-|xox[a-z]-|AKIA|ASIA|AIza|npm_)(?<s>[\w-]+)$/;
/** Literal secrets shorter than this would mask ordinary words. UTF-16 units. */
const SHORTEST_SECRET = 6;
/** How much of a stream is looked at again when more arrives. UTF-16 units. */
const LOOK_BACK = 512;
// Names, not text: masking them would cut records loose from each other.
const NAMES = new Set([
  ...['id', 'session_id', 'chat_id', 'stage_id', 'execution_id', 'parent_execution_id'],
  ...['event_id', 'parent_id', 'tool_call_id', 'step_key', 'cached_from', 'trace_id'],
  'response_id',
  ...['dispatched_execution_id', 'type', 'kind', 'status', 'outcome', 'event_type', 'digest'],
]);
// A structured field of such a name is masked whatever it looks like.
const SECRET_FIELD =
  /^(?:password|passwd|secret|authorization|cookie|.*(?:api|private|access)[_-]?key|.*[a-z][_-]?token)$/i;

/** Names of fields are few, and the same again and again. */
const secretFields = new Map<string, boolean>();
const REMEMBERED = 1000;

function isSecretField(name: string): boolean {
  let secret = secretFields.get(name);
  if (secret === undefined) {
    secret = SECRET_FIELD.test(name);
    if (secretFields.size >= REMEMBERED) secretFields.clear();
    secretFields.set(name, secret);
  }
  return secret;
}

export class Redactor {
  #secrets: string[] = [];

  /** Adds secrets the app knows, such as API keys; each is masked wherever it appears. */
  addSecrets(secrets: readonly string[]): void {
    const known = new Set(this.#secrets);
    for (const secret of secrets) {
      if (secret.length >= SHORTEST_SECRET) known.add(secret);
      // The same secret inside JSON text.
      const escaped = JSON.stringify(secret).slice(1, -1);
      if (escaped.length >= SHORTEST_SECRET) known.add(escaped);
    }
    // Longest first, so that a secret that contains another one is masked whole.
    this.#secrets = [...known].sort((a, b) => b.length - a.length);
  }

  /** @returns the text with each secret masked, as long as before. */
  text(text: string): string {
    let masked = text;
    for (const secret of this.#secrets) {
      if (masked.includes(secret)) masked = masked.replaceAll(secret, '*'.repeat(secret.length));
    }
    return replaceSecrets(masked, (secret) => '*'.repeat(secret.length));
  }

  /** Masks every text inside a value; names and numbers stay. */
  deep<T>(value: T): T {
    return this.#walk(value, '') as T;
  }

  // What holds no secret is returned as it is: most facts hold none.
  #walk(value: unknown, key: string): unknown {
    if (typeof value === 'string') {
      if (NAMES.has(key)) return value;
      return isSecretField(key) ? '*'.repeat(value.length) : this.text(value.toWellFormed());
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      const items: unknown[] = value;
      const walked = items.map((item) => this.#walk(item, key));
      return walked.some((item, i) => item !== items[i]) ? walked : items;
    }
    const fields = value as Readonly<Record<string, unknown>>;
    let copy: Record<string, unknown> | null = null;
    for (const name of Object.keys(fields)) {
      const walked = this.#walk(fields[name], name);
      if (walked === fields[name]) continue;
      copy ??= { ...fields };
      copy[name] = walked;
    }
    return copy ?? value;
  }

  /**
   * The part of `delta` that may be shown after `before`, the unmasked text that preceded it.
   * A secret that began earlier is masked from here on, and so is what may be the beginning of
   * one at the end; the completed event brings the text back where it was none.
   */
  chunk(before: string, delta: string): string {
    const raw = before + delta;
    let masked = this.text(raw);
    for (const secret of this.#secrets) {
      for (let n = Math.min(secret.length - 1, raw.length); n >= 4; n--) {
        if (!raw.endsWith(secret.slice(0, n))) continue;
        masked = masked.slice(0, masked.length - n) + '*'.repeat(n);
        break;
      }
    }
    const begun = BEGUN.exec(raw)?.groups?.s?.length ?? 0;
    if (begun > 0) masked = masked.slice(0, masked.length - begun) + '*'.repeat(begun);
    return masked.slice(before.length);
  }
}

/** The unmasked ends of streams in progress, kept in memory only. */
export class StreamTails {
  readonly #tails = new Map<string, string>();

  get(event_id: string): string {
    return this.#tails.get(event_id) ?? '';
  }

  extend(event_id: string, delta: string): void {
    this.#tails.set(event_id, (this.get(event_id) + delta).slice(-LOOK_BACK));
  }

  end(event_id: string): void {
    this.#tails.delete(event_id);
  }
}
