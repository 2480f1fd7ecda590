/**
 * The child of the kill tests: writes traces as fast as it can, several at a time, and prints a
 * trace's id once its end was acknowledged. Lives until it is killed.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open.ts';
import { execution, session, stage, trace } from './store_samples.ts';

const [folder, run] = process.argv.slice(2);
if (!folder || !run) throw new Error('usage: store_kill_writer.ts <folder> <name of the run>');
const WRITERS = 4;

const store = await openStore({ folder });
const in_run = { session_id: run, stage_id: `g-${run}`, execution_id: `O-${run}` };
await store.record(session({ session_id: run }));
await store.record(stage({ session_id: run, stage_id: in_run.stage_id }));
await store.record(execution(in_run));

async function writer(name: number): Promise<never> {
  for (let i = 0; ; i++) {
    const id = `${run}-${name}-${i}`;
    // Every seventh body is large enough to leave its row.
    const body = `${id} `.repeat(i % 7 === 0 ? 2000 : 20);
    const fact = { ...in_run, id, turn_number: i, input: body };
    const facts = [trace(fact), trace({ ...fact, output: body, outcome: 'completed' })];
    const durability = i % 3 === 0 ? 'written' : 'durable';
    // Every other call is recorded as one with its start.
    if (i % 2 === 0) for (const one of facts) await store.record(one, durability);
    else await store.recordAll(facts, durability);
    writeSync(1, `${id}\n`);
  }
}
await Promise.all(Array.from({ length: WRITERS }, (_, name) => writer(name)));
