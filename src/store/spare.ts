/** Copies of written bytes whose memory is used again: new memory each time keeps the collector busy. */

/** Memory that waits for its next use, at most. Bytes. */
const KEPT = 8 * 1024 * 1024;
/** The least that is set aside for a copy. Bytes. */
const LEAST = 1024;

export class SpareBytes {
  /** By their size, which is a power of two, so that copies of about one size share them. */
  readonly #bySize = new Map<number, Uint8Array<ArrayBuffer>[]>();
  #kept = 0;

  /** @returns a copy that belongs to the caller until it gives it back. */
  copy(from: Uint8Array): Uint8Array {
    const size = Math.max(LEAST, 2 ** Math.ceil(Math.log2(from.length || 1)));
    const spare = this.#bySize.get(size)?.pop();
    if (spare) this.#kept -= size;
    const copy = (spare ?? new Uint8Array(size)).subarray(0, from.length);
    copy.set(from);
    return copy;
  }

  /** Takes back what `copy` gave; nobody may look at these bytes any more. */
  giveBack(bytes: Uint8Array): void {
    const { buffer } = bytes;
    const size = buffer.byteLength;
    if (this.#kept + size > KEPT || !(buffer instanceof ArrayBuffer)) return;
    this.#kept += size;
    const spares = this.#bySize.get(size);
    if (spares) spares.push(new Uint8Array(buffer));
    else this.#bySize.set(size, [new Uint8Array(buffer)]);
  }
}
