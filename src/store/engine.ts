/**
 * The engine of a thread: sql.js, unmodified, with its file-system imports wrapped (see `file.ts`),
 * and the few functions of SQLite that statements call. Those are taken from the WebAssembly
 * instance itself: sql.js's own way to them converts every argument and copies text character by
 * character, which cost as much as SQLite's work.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { SqlJsStatic } from 'sql.js';
import initSqlJs from 'sql.js/dist/sql-wasm-debug.js';
import { Mounts } from './file.ts';

/** Pointers are numbers; see https://sqlite.org/c3ref/funclist.html for each function. */
type Native = (...args: readonly number[]) => number;
const NATIVES = [
  'malloc',
  'free',
  'sqlite3_prepare_v2',
  'sqlite3_step',
  'sqlite3_reset',
  'sqlite3_finalize',
  'sqlite3_clear_bindings',
  'sqlite3_changes',
  'sqlite3_errmsg',
  'sqlite3_bind_blob',
  'sqlite3_bind_double',
  'sqlite3_bind_int',
  'sqlite3_bind_text',
  'sqlite3_column_blob',
  'sqlite3_column_bytes',
  'sqlite3_column_count',
  'sqlite3_column_double',
  'sqlite3_column_name',
  'sqlite3_column_text',
  'sqlite3_column_type',
] as const;
export type Natives = Readonly<Record<(typeof NATIVES)[number], Native>>;

/** Room for the parameters of one call at first; grows with them. Bytes. */
const ROOM = 256 * 1024;
/** Up to here a loop writes a text faster than the encoder does. UTF-16 units. */
const SHORT = 40;

/** The engine's memory. Parameters of a statement lie in one room that the next call uses again. */
export class Heap {
  readonly #memory: WebAssembly.Memory;
  readonly #natives: Natives;
  #bytes: Buffer;
  #room = 0;
  #size = 0;
  #used = 0;

  constructor(memory: WebAssembly.Memory, natives: Natives) {
    this.#memory = memory;
    this.#natives = natives;
    this.#bytes = Buffer.from(memory.buffer);
  }

  /** A view that is good until the engine runs next: when its memory grows, older ones are empty. */
  get bytes(): Buffer {
    if (this.#bytes.buffer !== this.#memory.buffer) this.#bytes = Buffer.from(this.#memory.buffer);
    return this.#bytes;
  }

  /** Makes the room empty, and large enough for so many bytes. @throws Error without memory. */
  clear(needed: number): void {
    this.#used = 0;
    if (needed < this.#size) return;
    if (this.#room !== 0) this.#natives.free(this.#room);
    this.#size = Math.max(ROOM, needed * 2);
    this.#room = this.#natives.malloc(this.#size);
    if (this.#room !== 0) return;
    this.#size = 0;
    throw new Error('out of memory');
  }

  /** @returns where the bytes begin; they end at `end`. Call `clear` with enough room before. */
  put(value: string | Uint8Array): number {
    const at = this.#room + this.#used;
    this.#used += typeof value === 'string' ? this.#putText(value, at) : this.#putBytes(value, at);
    return at;
  }

  /** Where the bytes that were put last end. */
  get end(): number {
    return this.#room + this.#used;
  }

  #putBytes(value: Uint8Array, at: number): number {
    this.bytes.set(value, at);
    return value.length;
  }

  #putText(text: string, at: number): number {
    const { bytes } = this;
    const { length } = text;
    if (length > SHORT) return bytes.write(text, at, 'utf8');
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) return bytes.write(text, at, 'utf8');
      bytes[at + i] = unit;
    }
    return length;
  }

  text(pointer: number, length: number): string {
    return this.bytes.toString('utf8', pointer, pointer + length);
  }

  /** A text that ends with a zero byte. */
  textAt(pointer: number): string {
    const { bytes } = this;
    return bytes.toString('utf8', pointer, bytes.indexOf(0, pointer));
  }

  pointerAt(pointer: number): number {
    return this.bytes.readUInt32LE(pointer);
  }
}

export interface Engine {
  readonly sql: SqlJsStatic;
  readonly mounts: Mounts;
  readonly natives: Natives;
  readonly heap: Heap;
}
let engine: Promise<Engine> | null = null;

/** One instance serves all databases of a thread: sql.js keeps a single one per process anyway. */
export function loadEngine(wasmPath: string | undefined): Promise<Engine> {
  engine ??= startEngine(wasmPath).catch((error: unknown) => {
    engine = null;
    throw error;
  });
  return engine;
}

async function startEngine(wasmPath: string | undefined): Promise<Engine> {
  const path =
    wasmPath ?? createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm-debug.wasm');
  const module = await WebAssembly.compile(await readFile(path));
  const mounts = new Mounts();
  let exports: Record<string, unknown> = {};
  let memory: WebAssembly.Memory | null = null;
  const sql = await initSqlJs({
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, mounts.wrapImports(imports));
      exports = instance.exports;
      memory = memoryOf(exports);
      mounts.attachMemory(memory);
      done(instance);
      return {};
    },
  });
  const natives = nativesOf(exports);
  return { sql, mounts, natives, heap: new Heap(memory ?? memoryOf(exports), natives) };
}

function memoryOf({ memory }: Readonly<Record<string, unknown>>): WebAssembly.Memory {
  if (memory instanceof WebAssembly.Memory) return memory;
  throw new Error('sql.js exports no memory');
}

/** @throws Error when the engine lacks a function that statements need. */
function nativesOf(exports: Readonly<Record<string, unknown>>): Natives {
  const found = NATIVES.map((name) => {
    const native = exports[name];
    if (typeof native === 'function') return [name, native] as const;
    throw new Error(`sql.js exports no "${name}"; the store needs sql.js 1.16.0`);
  });
  return Object.fromEntries(found) as Natives;
}
