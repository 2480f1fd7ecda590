/** A process that plays attacks one after another: says how each ended, and by how many bytes it grew at most. */
import { newPool, play } from './sandbox.house.ts';

const [, , bodies = '[]'] = process.argv;
const pool = newPool();
// What the first run of any script loads and compiles is not the attack's.
await play(pool, `log('warm'); return agent('x');`);
const played: { ended: string; grown: number }[] = [];
for (const body of JSON.parse(bodies) as string[]) {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 5);
  const { failure } = await play(pool, body, { answer: () => null });
  look();
  clearInterval(timer);
  played.push({ ended: failure?.message ?? 'It returned.', grown: most - before });
}
pool.close();
process.stdout.write(JSON.stringify(played));
