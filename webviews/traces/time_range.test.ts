/** Selecting a stretch of time: what keys and drags make of a selection. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { between, moved, panned, rangeOf, selectionOf, WHOLE } from './time_range.ts';

const KEYS = [
  'ArrowLeft',
  'ArrowRight',
  'ArrowUp',
  'ArrowDown',
  'PageUp',
  'PageDown',
  'Home',
  'End',
];
const share = fc.double({ min: -0.5, max: 1.5, noNaN: true });

describe('a selection', () => {
  test('stays on the strip, in order and large enough to be seen, whatever is pressed and dragged', () => {
    const step = fc.oneof(
      fc.record({
        key: fc.constantFrom(...KEYS),
        end: fc.constantFrom('from' as const, 'to' as const),
        shift: fc.boolean(),
      }),
      fc.record({ drag: fc.tuple(share, share) }),
      fc.record({ pan: share }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let selection = WHOLE;
        for (const s of steps) {
          if ('key' in s) selection = moved(selection, s.end, s.key, s.shift) ?? selection;
          else if ('drag' in s) selection = between(...s.drag);
          else selection = panned(selection, s.pan);
          expect(selection.from).toBeGreaterThanOrEqual(0);
          expect(selection.to).toBeLessThanOrEqual(1.000_001);
          expect(selection.to - selection.from).toBeGreaterThan(0.003_9);
        }
      }),
    );
  });

  test('an end goes by steps and leaps, Home and End to the edges, Shift takes both ends along', () => {
    const middle = { from: 0.4, to: 0.6 };
    expect(moved(middle, 'from', 'ArrowLeft', false)).toEqual({ from: 0.39, to: 0.6 });
    expect(moved(middle, 'to', 'PageUp', false)).toEqual({ from: 0.4, to: 0.7 });
    expect(moved(middle, 'to', 'End', false)).toEqual({ from: 0.4, to: 1 });
    expect(moved(middle, 'from', 'Home', true)).toEqual({ from: 0, to: 0.6 });
    const both = moved(middle, 'from', 'ArrowRight', true);
    expect(both?.from).toBeCloseTo(0.41);
    expect(both?.to).toBeCloseTo(0.61);
    expect(moved(middle, 'from', 'a', false)).toBeNull();
  });

  test('an end at an edge is open, and all of it is no selection', () => {
    expect(rangeOf(WHOLE, 1_000, 500)).toBeNull();
    expect(rangeOf({ from: 0.5, to: 1 }, 1_000, 500)).toEqual({
      from: 1_250,
      to: Number.POSITIVE_INFINITY,
    });
    expect(rangeOf({ from: 0, to: 0.5 }, 1_000, 500)?.from).toBe(Number.NEGATIVE_INFINITY);
  });

  test('a range stays where it is in time while the session grows', () => {
    const range = rangeOf({ from: 0.5, to: 0.75 }, 1_000, 400);
    expect(range).toEqual({ from: 1_200, to: 1_300 });
    expect(selectionOf(range, 1_000, 800)).toEqual({ from: 0.25, to: 0.375 });
    expect(selectionOf(null, 1_000, 800)).toEqual(WHOLE);
  });
});
