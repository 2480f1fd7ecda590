/** Brings over whatever can still be read of a damaged database. */
import { agentOf, messageOf } from './chats.ts';
import { NodeDisk } from './disk.ts';
import { newId } from './id.ts';
import { nextTurn } from './slices.ts';
import { type Row, Sql, type SqlValue } from './sql.ts';
import { SteadyDisk } from './steady.ts';
import { RECORDS } from './tables.ts';

/** Rows between two damaged places are looked up one by one; at most this many per table. */
const PROBES = 200_000;
const BATCH = 200;
/**
 * What reads a row of these tables, and throws where it is nothing. A page that was written in half
 * has such rows, and the engine does not see it; one of them would take its whole session, or the
 * list of all chats, with it.
 */
const READERS: ReadonlyMap<string, (row: Row) => unknown> = new Map([
  ...RECORDS.map((table) => [table.rule.name, (row: Row) => table.preview(row)] as const),
  ['agent_sessions', agentOf],
  ['context_messages', messageOf],
]);

export interface Salvage {
  readonly rows: number;
  /** Tables of which something could not be read. */
  readonly damaged: readonly string[];
}

/** @param damaged path of the damaged database; it is only read. @throws what `into` throws. */
export async function salvage(
  into: Sql,
  damaged: string,
  wasmPath: string | undefined,
): Promise<Salvage> {
  const tables = into
    .all("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")
    .map((row) => String(row.name))
    .filter((name) => !name.startsWith('sqlite_') && !name.startsWith('search'));
  let from: Sql;
  try {
    const disk = new SteadyDisk(new NodeDisk(), { holdForGood: true });
    from = await Sql.open({ disk, path: damaged, wasmPath, damaged: true });
  } catch {
    return { rows: 0, damaged: tables };
  }
  let rows = 0;
  const incomplete: string[] = [];
  try {
    for (const table of tables) {
      let sound = true;
      const take = (found: readonly Row[]): Row[] => {
        const records = found.filter((row) => isRecord(table, row));
        const copied = copy(into, table, records);
        sound &&= copied === found.length;
        rows += copied;
        return records;
      };
      const whole = await readOut(from, table, take);
      if (!whole || !sound) incomplete.push(table);
    }
    numberSessions(into);
    // Their numbers were given out anew; see `KeptSteps`.
    into.run("INSERT OR REPLACE INTO meta VALUES ('steps_cleared', ?)", [newId()]);
  } finally {
    from.close();
  }
  return { rows, damaged: incomplete };
}

function isRecord(table: string, { salvage_rowid, ...row }: Row): boolean {
  try {
    READERS.get(table)?.(row);
    return true;
  } catch {
    return false;
  }
}

/** @returns how many of the rows were not there yet. */
function copy(into: Sql, table: string, rows: readonly Row[]): number {
  const known = new Set(into.all(`PRAGMA table_info(${table})`).map((row) => String(row.name)));
  return into.transaction(() => {
    let copied = 0;
    for (const row of rows) {
      const columns = Object.keys(row).filter((column) => known.has(column));
      const marks = columns.map(() => '?').join(', ');
      const sql = `INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${marks})`;
      copied += into.run(
        sql,
        columns.map((column) => row[column] ?? null),
      );
    }
    return copied;
  });
}

/**
 * Rows as they are found; never many at once, so that other windows get their answers meanwhile.
 * @returns those that are records.
 */
type Take = (rows: readonly Row[]) => Row[];

/** @returns whether the whole table could be read. */
async function readOut(from: Sql, table: string, take: Take): Promise<boolean> {
  const select = `SELECT rowid AS salvage_rowid, * FROM ${table}`;
  try {
    from.all(`${select} LIMIT 0`);
  } catch {
    return (await walk(from, `SELECT * FROM ${table}`, take)).complete;
  }
  const low = await walk(from, select, take);
  if (low.complete) return true;
  // From the other end, then one by one through what lies between.
  const high = await walk(from, `${select} ORDER BY rowid DESC`, take);
  const begin = Number(low.at ?? 0);
  const end = Math.min(Number(high.at ?? Number.POSITIVE_INFINITY), begin + PROBES);
  for (let rowid = begin + 1; rowid < end; rowid++) {
    if (rowid % BATCH === 0) await nextTurn();
    let found: Row[] = [];
    try {
      found = from.all(`${select} WHERE rowid = ?`, [rowid]);
    } catch {}
    if (found.length > 0) take(found);
  }
  return false;
}

// Reads until a row cannot be reached. By no row's number, which may be damaged, too, and would lead
// back to where this has been, or past all others.
async function walk(
  from: Sql,
  sql: string,
  take: Take,
): Promise<{ complete: boolean; at: SqlValue | undefined }> {
  const rows = from.each(sql);
  let at: SqlValue | undefined;
  for (;;) {
    const { found, end } = piece(rows);
    at = take(found).at(-1)?.salvage_rowid ?? at;
    if (end) return { complete: end === 'whole', at };
    await nextTurn();
  }
}

function piece(rows: Iterator<Row>): { found: Row[]; end: 'whole' | 'damage' | null } {
  const found: Row[] = [];
  try {
    while (found.length < BATCH) {
      const { value, done } = rows.next();
      if (done) return { found, end: 'whole' };
      found.push(value);
    }
  } catch {
    return { found, end: 'damage' };
  }
  return { found, end: null };
}

// A session whose numbering was lost continues far beyond any number that was given out.
function numberSessions(into: Sql): void {
  into.run(
    `INSERT OR IGNORE INTO session_seq (session_id, last_seq, writer)
     SELECT session_id, 1000000000, NULL FROM sessions`,
  );
}
