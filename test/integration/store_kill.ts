/** Kills a writing process at a random moment, reopens its store, and checks what must hold. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { openStore } from '../../src/store/open.ts';

const WRITER = path.join(import.meta.dirname, 'store_kill_writer.ts');

/**
 * @param after how many acknowledgements to wait for before the kill.
 * @param mayDie asked with each of them: what else must have come to pass.
 * @returns the ids that were acknowledged before the process died.
 */
export async function killOnce(
  folder: string,
  run: string,
  after: number,
  mayDie = (): boolean => true,
): Promise<string[]> {
  const child = spawn(process.execPath, ['--no-warnings', WRITER, folder, run], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let problem = '';
  child.stderr.on('data', (data) => {
    problem += data;
  });
  child.stdout.on('data', (data) => {
    out += data;
    if (out.split('\n').length > after && mayDie()) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  expect(problem).toBe('');
  // What was printed before the kill is in the pipe; a last line may be cut off.
  return out.split('\n').slice(0, -1);
}

const isOdd = (id: string): boolean => Number(id.split('-').at(-1)) % 2 === 1;

/** Every acknowledged row is whole, nothing is half written, and the file is sound. */
export async function checkStore(
  folder: string,
  acknowledged: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const store = await openStore({ folder, inline: true });
  try {
    for (const [run, ids] of acknowledged) {
      const snapshot = await store.snapshot(run);
      expect(snapshot).not.toBeNull();
      const found = new Map(snapshot?.traces.map((t) => [t.id, t.outcome]));
      for (const id of ids) expect([id, found.get(id)]).toEqual([id, 'completed']);
      // What was recorded as one with its start is never found half done.
      const half = [...found].filter(([id, outcome]) => outcome !== 'completed' && isOdd(id));
      expect(half).toEqual([]);
      // Session, stage and execution took a number each, so did each start and each end.
      const written = [...found.values()].reduce((n, o) => n + (o === 'completed' ? 2 : 1), 3);
      expect(snapshot?.last_seq).toBe(written);
      for (const id of ids.filter((_, i) => i % 50 === 0)) {
        const whole = await store.trace(id);
        expect(whole?.input?.startsWith(`${id} `)).toBe(true);
        expect(whole?.output).toBe(whole?.input);
      }
    }
  } finally {
    await store.close();
  }
  const db = new DatabaseSync(path.join(folder, 'store.db'));
  expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  db.close();
}
