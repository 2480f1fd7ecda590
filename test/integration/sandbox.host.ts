/** A process that plays attacks one after another, and says by how many bytes each made it grow at most. */
import { newPool, play } from './sandbox.house.ts';

const [, , bodies = '[]'] = process.argv;
const pool = newPool();
// What the first run of any script loads and compiles is not the attack's.
await play(pool, `log('warm'); return agent('x');`);
const grown: number[] = [];
for (const body of JSON.parse(bodies) as string[]) {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 5);
  await play(pool, body, { answer: () => null });
  look();
  clearInterval(timer);
  grown.push(most - before);
}
pool.close();
process.stdout.write(JSON.stringify(grown));
