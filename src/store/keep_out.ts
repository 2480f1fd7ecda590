/**
 * The store holds no locks that other programs know: SQLite's shell, on leaving, would take itself
 * for the last one, empty the log into the file and remove it, and what is recorded after that
 * would be gone with the process. A folder where such a program wants to put its index of the log
 * (`-shm`, which the store has in memory) leaves it reading alone: it then sees what is recorded,
 * and neither writes nor removes anything. One that was there before the store was opened may still
 * remove the log; the owner looks for it (see `owning.ts`). On Windows other programs cannot open
 * the file at all meanwhile.
 * See https://sqlite.org/walformat.html#the_wal_index_or_shm_file and `walBeginShmUnreliable`.
 */
import fs from 'node:fs';

/** Call it before the database is opened, as the owner of its folder. */
export function keepOut(database: string): void {
  const place = `${database}-shm`;
  try {
    // Of a program that read the file while it was not in use; worth nothing without it.
    if (fs.statSync(place, { throwIfNoEntry: false })?.isFile()) fs.rmSync(place);
    fs.mkdirSync(place, { recursive: true, mode: 0o700 });
  } catch {
    // A disk that refuses this refuses other programs' writes, too.
  }
}

/** Call it once the database is closed in good order. */
export function letIn(database: string): void {
  try {
    fs.rmdirSync(`${database}-shm`);
  } catch {}
}
