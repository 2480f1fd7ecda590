/** A script whose promises fail one at a time, as often as its log has lines. */
import { afterAll, expect, test } from 'vitest';
import { newPool, play } from '../integration/sandbox.house.ts';

const pool = newPool();
afterAll(() => pool.close());

test('a promise of the script that fails at every answer is counted as its log', async () => {
  const { failure } = await play(
    pool,
    `for (let i = 0; i < 12_000; i += 1) { Promise.reject(new Error('again ' + i)); await agent('x'); }`,
  );
  expect(failure?.message).toMatch(/logged more than 10000 lines|failed/);
});
