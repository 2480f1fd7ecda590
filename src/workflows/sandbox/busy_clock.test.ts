import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BusyClock } from './busy_clock.ts';
import { WATCH } from './limits.ts';

test('looks are counted since control was given back, however much time passes between them', async () => {
  const clock = new BusyClock();
  expect([clock.look(), clock.look()]).toEqual([WATCH, 2 * WATCH]);
  // A computer that slept.
  await pause(5 * WATCH);
  expect(clock.look()).toBe(3 * WATCH);
  clock.yielded();
  expect(clock.look()).toBe(WATCH);
});
