/**
 * Large bodies, stored once however often they are named. A body is known by the sha-256 of its
 * UTF-8 text; rows keep a preview and that name. Medium ones are compressed inside the database,
 * big ones are files beside it: a file is written and synced before the row that names it.
 */
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { compress, decompress, ENCODINGS } from './compress.ts';
import { FencedError } from './disk.ts';
import { nextTurn, SLICE } from './slices.ts';
import type { Sql, SqlValue } from './sql.ts';

/**
 * Compressed bodies beyond this size become files. Measured (see bench/store.ts): up to here a
 * row in the log costs less than a file with its own two syncs. Bytes.
 */
const FILE_FROM = 32 * 1024;

/** The folder of the files, beside the database. */
export const PAYLOADS = 'payloads';

/** Every column that names a payload. */
const REFERENCES: readonly (readonly [table: string, column: string])[] = [
  ['sessions', 'args_ref'],
  ['sessions', 'result_ref'],
  ['executions', 'result_ref'],
  ['timeline_events', 'content_ref'],
  ['tool_traces', 'input_ref'],
  ['tool_traces', 'output_ref'],
  ['step_results', 'result_ref'],
];

/** Makes finding the rows of a payload cheap; only rows that have one are in these indexes. */
export const REFERENCE_INDEXES = REFERENCES.map(
  ([table, column]) =>
    `CREATE INDEX IF NOT EXISTS ${table}_${column} ON ${table} (${column}) WHERE ${column} IS NOT NULL;`,
).join('\n');

/** @returns the name of a body: 64 hex digits. */
export function nameOf(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

export class Payloads {
  readonly #db: Sql;
  readonly #folder: string;
  readonly #writable: () => boolean;

  /** @param writable tells whether files may be written now; otherwise bodies stay inside. */
  constructor(db: Sql, folder: string, writable: () => boolean) {
    this.#db = db;
    this.#folder = folder;
    this.#writable = writable;
  }

  /** Keeps a body under its name; part of the transaction of the row that names it. */
  put(ref: string, body: string): void {
    const known = this.#db.get(
      'SELECT stored_bytes, body IS NULL AS outside FROM payloads WHERE hash = ?',
      [ref],
    );
    if (known && !(known.outside && this.#isGone(ref, known.stored_bytes))) return;
    const raw = Buffer.from(body, 'utf8');
    const packed = compress(raw);
    const outside = packed.bytes.length > FILE_FROM && this.#writeFile(ref, packed.bytes);
    this.#db.run(
      'INSERT OR REPLACE INTO payloads (hash, bytes, stored_bytes, encoding, body, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      [
        ref,
        raw.length,
        packed.bytes.length,
        packed.encoding,
        outside ? null : packed.bytes,
        Date.now(),
      ],
    );
  }

  /** @returns null when the body is gone or damaged. */
  async get(ref: string): Promise<string | null> {
    const row = this.#db.get('SELECT encoding, body FROM payloads WHERE hash = ?', [ref]);
    if (!row) return null;
    try {
      const bytes =
        row.body instanceof Uint8Array ? row.body : await fs.promises.readFile(this.#file(ref));
      const body = decompress(String(row.encoding), bytes).toString('utf8');
      return nameOf(body) === ref ? body : null;
    } catch {
      return null;
    }
  }

  /** The bytes of a payload file as they are stored; null when the file is gone. */
  async stored(ref: string): Promise<Uint8Array | null> {
    return await fs.promises.readFile(this.#file(ref)).catch(() => null);
  }

  /** Whether a payload file is not as it was written: removed by someone, or cut short. */
  #isGone(ref: string, bytes: SqlValue | undefined): boolean {
    try {
      return fs.statSync(this.#file(ref)).size !== bytes;
    } catch {
      return true;
    }
  }

  #file(ref: string): string {
    return path.join(this.#folder, ref.slice(0, 2), ref);
  }

  /** @returns false when the disk refuses; the body then goes into its row instead. */
  #writeFile(ref: string, bytes: Uint8Array): boolean {
    if (!this.#writable()) return false;
    const target = this.#file(ref);
    const draft = `${target}.${randomBytes(4).toString('hex')}.tmp`;
    try {
      const made = fs.mkdirSync(path.dirname(target), { recursive: true, mode: 0o700 });
      fs.writeFileSync(draft, bytes, { mode: 0o600, flush: true });
      fs.renameSync(draft, target);
      syncFolder(path.dirname(target));
      if (made !== undefined) {
        syncFolder(this.#folder);
        syncFolder(path.dirname(this.#folder));
      }
      return true;
    } catch (error) {
      if (error instanceof FencedError) throw error;
      removeIfPossible(draft);
      return false;
    }
  }

  /**
   * Removes the bodies that no row names any more, and files that never got their row; in pieces.
   * @returns how many bodies went.
   */
  async collect(): Promise<number> {
    const unnamed = REFERENCES.map(
      ([table, column]) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE ${column} = payloads.hash)`,
    ).join(' AND ');
    let gone = 0;
    for (let last = ''; ; ) {
      // Row and body are written in one transaction, so that between two pieces both are there.
      const some = this.#db.all('SELECT hash FROM payloads WHERE hash > ? ORDER BY hash LIMIT ?', [
        last,
        SLICE,
      ]);
      last = String(some.at(-1)?.hash ?? '');
      if (some.length === 0) break;
      const dead = this.#db.all(
        `SELECT hash FROM payloads WHERE hash BETWEEN ? AND ? AND ${unnamed}`,
        [some[0]?.hash ?? '', last],
      );
      this.#db.transaction(() => {
        for (const { hash } of dead) {
          this.#db.run('DELETE FROM payloads WHERE hash = ?', [hash ?? null]);
        }
      });
      gone += dead.length;
      await nextTurn();
    }
    if (this.#writable()) await this.#removeFiles();
    return gone;
  }

  // A body's row goes durably before its file does: the other way round a power loss could leave
  // a row without its body.
  async #removeFiles(): Promise<void> {
    await this.#db.syncLog();
    for (const [n, file] of filesIn(this.#folder).entries()) {
      if (n % SLICE === SLICE - 1) await nextTurn();
      const sql = 'SELECT 1 FROM payloads WHERE hash = ? AND body IS NULL';
      if (this.#db.get(sql, [file.ref])) continue;
      // Another owner may have given it a row that cannot be seen from here.
      if (!this.#writable()) return;
      fs.rmSync(file.path, { force: true });
    }
  }

  /** Bytes of all payload files that a row names. */
  fileBytes(): number {
    const sql = 'SELECT sum(stored_bytes) AS n FROM payloads WHERE body IS NULL';
    return Number(this.#db.get(sql)?.n ?? 0);
  }
}

/**
 * Gives the files of a folder their rows where those were lost. What a file holds is known by its
 * name; one that holds something else stays without.
 * @returns how many rows were lost.
 */
export async function adoptFiles(db: Sql, folder: string): Promise<number> {
  let adopted = 0;
  for (const [n, { ref, path }] of filesIn(folder).entries()) {
    if (n % SLICE === SLICE - 1) await nextTurn();
    if (db.get('SELECT 1 FROM payloads WHERE hash = ?', [ref])) continue;
    const stored = await fs.promises.readFile(path).catch(() => Buffer.alloc(0));
    for (const encoding of ENCODINGS) {
      const bytes = lengthAs(encoding, stored, ref);
      if (bytes === null) continue;
      db.run(
        'INSERT INTO payloads (hash, bytes, stored_bytes, encoding, body, created_at) VALUES (?, ?, ?, ?, NULL, ?)',
        [ref, bytes, stored.length, encoding, Date.now()],
      );
      adopted++;
      break;
    }
  }
  return adopted;
}

/** @returns the bytes of the body; null where it is not what `ref` names. */
function lengthAs(encoding: string, stored: Uint8Array, ref: string): number | null {
  try {
    const body = decompress(encoding, stored);
    return createHash('sha256').update(body).digest('hex') === ref ? body.length : null;
  } catch {
    return null;
  }
}

/** The files of a folder of bodies; none where there is no such folder. */
export function filesIn(folder: string): { ref: string; path: string }[] {
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => ({ ref: entry.name, path: path.join(entry.parentPath, entry.name) }));
}

/** A draft that a failing disk does not even let go is removed with the files that have no row. */
function removeIfPossible(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {}
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** The whole body behind a column: the column itself, or the payload it continues in. */
export async function restore(
  payloads: Payloads,
  text: string,
  ref: SqlValue | undefined,
): Promise<string | null> {
  return typeof ref === 'string' ? await payloads.get(ref) : text;
}
