/** What stays in the line of calls that may have to be made again. */
import { expect, test } from 'vitest';
import { Line } from './line.ts';

const record = { method: 'record' } as const;
const reading = { method: 'sessions' } as const;
const ids = (line: Line<{ method: 'record' | 'sessions' }>): number[] => line.all.map(([id]) => id);

test('an answered record waits for older records, and for nothing else', () => {
  const line = new Line<typeof record | typeof reading>();
  for (const [n, call] of [reading, record, record, reading, record].entries()) line.add(n, call);
  line.answered(2);
  line.answered(3);
  expect(ids(line)).toEqual([0, 1, 2, 4]);
  line.answered(1);
  expect(ids(line)).toEqual([0, 4]);
});

test('nor for one that was refused', () => {
  const line = new Line<typeof record>();
  for (const n of [1, 2, 3]) line.add(n, record);
  line.answered(2);
  line.answered(3);
  line.remove(1);
  expect(line.size).toBe(0);
});
