/** The step cache's key: what determines a step's result, and which of several equal calls it is. */
import { hash } from 'node:crypto';

/** Everything that determines an agent's result. Absent and undefined are the same. */
export interface StepIdentity {
  readonly prompt: string;
  readonly system?: string | undefined;
  readonly model?: string | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly schema?: unknown;
  readonly budget?: unknown;
  readonly effort?: string | undefined;
  readonly isolation?: string | undefined;
  readonly agent_type?: string | undefined;
}

/**
 * JSON with one spelling for each value: keys sorted by UTF-16 code units, no spaces, properties
 * that are undefined left out. @throws TypeError for what JSON cannot hold.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const parts = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${parts.join(',')}}`;
  }
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON cannot hold a ${typeof value}.`);
  return text;
}

/** Gives the steps of one run their keys. */
export class StepKeys {
  readonly #seen = new Map<string, number>();

  /** @returns sha-256, hex; the nth equal call in a run has a key of its own. */
  next(identity: StepIdentity): string {
    const text = canonicalJson(identity);
    const what = sha256(text);
    const occurrence = this.#seen.get(what) ?? 0;
    this.#seen.set(what, occurrence + 1);
    return sha256(canonicalJson({ occurrence, what }));
  }
}

function sha256(text: string): string {
  return hash('sha256', text);
}
