/** Compression of bodies: zstd where this Node has it, gzip elsewhere; what was used is stored. */
import zlib from 'node:zlib';

export const ENCODINGS = ['zstd', 'gzip', 'plain'] as const;
export type Encoding = (typeof ENCODINGS)[number];
const hasZstd = typeof zlib.zstdCompressSync === 'function';

export function compress(bytes: Uint8Array): { encoding: Encoding; bytes: Uint8Array } {
  const encoding: Encoding = hasZstd ? 'zstd' : 'gzip';
  const packed = hasZstd ? zlib.zstdCompressSync(bytes) : zlib.gzipSync(bytes, { level: 1 });
  // What does not shrink (images, archives) is kept as it is.
  return packed.length < bytes.length ? { encoding, bytes: packed } : { encoding: 'plain', bytes };
}

/** @throws Error when the bytes are damaged or this Node lacks the encoding. */
export function decompress(encoding: string, bytes: Uint8Array): Buffer {
  if (encoding === 'plain') return Buffer.from(bytes);
  if (encoding === 'gzip') return zlib.gunzipSync(bytes);
  if (encoding === 'zstd' && hasZstd) return zlib.zstdDecompressSync(bytes);
  throw new Error(`This version of Node cannot read the encoding "${encoding}"`);
}
