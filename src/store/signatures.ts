/**
 * What a search need not look at. A signature is a set of bits for all runs of three characters in
 * some texts: where a bit of the wanted text is missing, the text is in none of them. Signatures
 * are made by the searches themselves and live in memory: nothing waits for them, and none can be
 * out of date after a crash. Word indexes (FTS) were measured: they doubled the cost of a record,
 * and found 63 of 76 rows, since they know beginnings of words alone.
 */

/** Bits of one signature, a power of two; 64 calls of 2 KB set about a quarter of them. */
const BITS = 65_536;
/** Signatures kept at most; 8 KB each. */
const KEPT = 4096;

export class Signature {
  readonly #bits = new Uint32Array(BITS / 32);

  /** @param text in lower case. */
  add(text: string): void {
    const bits = this.#bits;
    eachTrigram(text, (bit) => {
      bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      return true;
    });
  }

  /** @returns false where no text that was added contains this one. @param text in lower case. */
  mayHold(text: string): boolean {
    const bits = this.#bits;
    return eachTrigram(text, (bit) => ((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0);
  }
}

/** @returns false as soon as `look` does. */
function eachTrigram(text: string, look: (bit: number) => boolean): boolean {
  let a = text.charCodeAt(0);
  let b = text.charCodeAt(1);
  for (let i = 2; i < text.length; i++) {
    const c = text.charCodeAt(i);
    // The multiplier is a large odd number without a pattern; the upper half of the product mixes well.
    if (!look(Math.imul(a ^ (b << 8) ^ (c << 16) ^ (c >>> 8), 0x9e3779b1) >>> 16)) return false;
    a = b;
    b = c;
  }
  return true;
}

/** A call's place in the order in which calls are searched. */
export type Place = readonly [started_at: number, id: string];

/** Calls that follow one another, all ended. */
export interface Block {
  /** The place of the last of them. */
  readonly to: Place;
  /** What their rows hold. */
  readonly inline: Signature;
  /** Names of the bodies that continue elsewhere. */
  readonly refs: readonly string[];
}

interface Known {
  /** By the place after which a block begins. */
  readonly blocks: Map<string, Block>;
  /** The last place that any of them holds. */
  last: Place;
}

export class Signatures {
  readonly #sessions = new Map<string, Known>();
  /** Bodies never change under their names. */
  readonly #bodies = new Map<string, Signature>();
  #kept = 0;
  /** Grows with every write; what was read before one must not be kept after it. */
  changes = 0;

  block(session_id: string, after: Place): Block | undefined {
    return this.#sessions.get(session_id)?.blocks.get(after.join(' '));
  }

  body(ref: string): Signature | undefined {
    return this.#bodies.get(ref);
  }

  keepBody(ref: string, signature: Signature): void {
    if (this.#kept >= KEPT || this.#bodies.has(ref)) return;
    this.#bodies.set(ref, signature);
    this.#kept++;
  }

  keep(session_id: string, after: Place, block: Block): void {
    if (this.#kept >= KEPT && !this.#sessions.has(session_id)) this.forget();
    if (this.#kept >= KEPT) return;
    const known = this.#sessions.get(session_id) ?? { blocks: new Map(), last: block.to };
    known.blocks.set(after.join(' '), block);
    if (isAfter(block.to, known.last)) known.last = block.to;
    this.#sessions.set(session_id, known);
    this.#kept++;
  }

  /** A call is written: what was known of its block, and of those after it, is not known any more. */
  touch(session_id: string, place: Place): void {
    this.changes++;
    const known = this.#sessions.get(session_id);
    if (!known || isAfter(place, known.last)) return;
    for (const [after, { to }] of known.blocks) {
      if (isAfter(place, to)) continue;
      known.blocks.delete(after);
      this.#kept--;
    }
  }

  forget(): void {
    this.changes++;
    this.#sessions.clear();
    this.#bodies.clear();
    this.#kept = 0;
  }
}

// As SQLite compares them: numbers, then texts by their bytes in UTF-8.
function isAfter(place: Place, other: Place): boolean {
  if (place[0] !== other[0]) return place[0] > other[0];
  return Buffer.compare(Buffer.from(place[1]), Buffer.from(other[1])) > 0;
}
