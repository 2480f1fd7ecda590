/** Keeps what travels in frames below their size limit, whatever a record holds. */
import { FRAME_LIMIT } from '../contracts/frames.ts';
import { byteLength } from './text.ts';

/** The envelope repeats ids; this much of a frame is left to it. Bytes. */
const ENVELOPE = 2 * 1024;
const RECORD_LIMIT = FRAME_LIMIT - ENVELOPE;
/** Ever shorter texts, until the record fits. UTF-16 units. */
const CUTS = [16_384, 4_096, 1_024, 256, 64];

/**
 * @param flag the field to set when something had to be cut, where the record has one.
 * @returns the record itself when it fits, else a copy with its long texts cut.
 */
export function withinLimit<R extends object>(record: R, flag?: string): R {
  // One character takes at most six bytes of JSON ("\\u001b"): most records need no exact count.
  if (roughLength(record) * 6 < RECORD_LIMIT || jsonBytes(record) < RECORD_LIMIT) return record;
  for (const limit of CUTS) {
    const cut = { ...shorten(record, limit), ...(flag ? { [flag]: true } : {}) };
    if (jsonBytes(cut) < RECORD_LIMIT) return cut;
  }
  return { ...shorten(record, 64, 16), ...(flag ? { [flag]: true } : {}) };
}

function jsonBytes(value: unknown): number {
  return byteLength(JSON.stringify(value));
}

function roughLength(value: unknown): number {
  if (typeof value === 'string') return value.length + 4;
  if (typeof value !== 'object' || value === null) return 24;
  // Asked of every record: a list of pairs for each would cost more than all the rest.
  let length = 2;
  if (Array.isArray(value)) {
    for (const item of value) length += 8 + roughLength(item);
    return length;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(fields)) length += key.length + 4 + roughLength(fields[key]);
  return length;
}

function shorten<T>(value: T, limit: number, items = Number.POSITIVE_INFINITY): T {
  return cut(value, limit, items) as T;
}

function cut(value: unknown, limit: number, items: number): unknown {
  if (typeof value === 'string')
    return value.length > limit ? value.slice(0, limit).toWellFormed() : value;
  if (Array.isArray(value)) return value.slice(0, items).map((v) => cut(v, limit, items));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, cut(v, limit, items)]));
}
