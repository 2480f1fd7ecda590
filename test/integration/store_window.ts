/**
 * One window of the hand-over tests, as a process of its own. It records traces as fast as it
 * can, reads each back, and prints what it was told: `ack <id>`, `frame <seq> <id> <outcome>`,
 * `gone <id>` for an acknowledged row that it cannot find. It ends in good order at SIGTERM.
 */
import { writeSync } from 'node:fs';
import { openStore } from '../../src/store/open.ts';
import { execution, session, stage, trace } from './store_samples.ts';

const [folder, run, writers] = process.argv.slice(2);
if (!folder || !run) throw new Error('usage: store_window.ts <folder> <name of the run> <writers>');
const asleep = new Int32Array(new SharedArrayBuffer(4));
const say = (line: string): void => {
  const bytes = Buffer.from(`${line}\n`);
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      // The reader of the pipe is behind; nothing may be lost, so this process waits for it.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(asleep, 0, 0, 2);
    }
  }
};

const store = await openStore({ folder, log: (message) => say(`log ${message}`) });
store.subscribe((frame) => {
  if (frame.type !== 'tool_trace') return;
  say(`frame ${frame.seq} ${frame.trace.id} ${frame.trace.outcome} ${Date.now()}`);
});
let ending = false;
process.on('SIGTERM', () => {
  ending = true;
});

const in_run = { session_id: run, stage_id: `g-${run}`, execution_id: `O-${run}` };
await store.record(session({ session_id: run }));
await store.record(stage({ session_id: run, stage_id: in_run.stage_id }));
await store.record(execution(in_run));
say('ready');

async function writer(name: number): Promise<void> {
  for (let i = 0; !ending; i++) {
    const id = `${run}-${name}-${i}`;
    const fact = { ...in_run, id, turn_number: i, input: `${id} `.repeat(20) };
    const facts = [trace(fact), trace({ ...fact, output: fact.input, outcome: 'completed' })];
    // Every other call is recorded as one with its start.
    if (i % 2 === 0) for (const one of facts) await store.record(one);
    else await store.recordAll(facts);
    say(`ack ${id} ${Date.now()}`);
    const found = await store.trace(id);
    if (found?.outcome !== 'completed') say(`gone ${id}`);
  }
}
await Promise.all(Array.from({ length: Number(writers ?? 2) }, (_, name) => writer(name)));
if (Number(writers) === 0) await new Promise((resolve) => process.on('SIGTERM', resolve));
await store.close();
say('end');
