/** Counts kept in slices against counting each call, for any order of beginnings and ends. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loaded, put } from '../../test/fixtures/span_tables.ts';
import { liveLog, manyCalls } from '../../test/fixtures/traces.ts';
import { Density, type Span, spanOf } from './density.ts';
import { pathsOf } from './overview_paths.ts';
import { EXECUTION, SpanTable } from './span_table.ts';

const NOW = 2_000_000;
const spans = fc.array(
  fc
    .tuple(fc.integer({ min: -50_000, max: NOW }), fc.option(fc.nat(40_000)), fc.boolean())
    .map(([start, length, failed]): Span => {
      return { start, end: length === null ? Number.NaN : start + length, failed };
    }),
  { maxLength: 80 },
);

function drawn(all: readonly Span[]): Density {
  const density = new Density();
  for (const span of all) density.add(span);
  return density;
}

const FROM = -50_000;
const TO = NOW + 50_000;
/** Pieces that are longer than a slice of so much time: each slice falls into one or two. */
const COUNT = 100;
const LENGTH = (TO - FROM) / COUNT;

describe('calls at work over time', () => {
  test('no call is missed and none is seen where it was not, to within a slice', () => {
    fc.assert(
      fc.property(spans, (all) => {
        const pieces = drawn(all).pieces(FROM, TO, COUNT);
        for (const [i, { at_work }] of pieces.entries()) {
          const [left, right] = [FROM + i * LENGTH, FROM + (i + 1) * LENGTH];
          const within = (slack: number) =>
            all.filter(({ start, end }) => {
              const last = Number.isNaN(end) ? TO : end;
              return start < right + slack && last >= left - slack;
            }).length;
          expect(at_work).toBeLessThanOrEqual(within(LENGTH));
          expect(at_work > 0).toBe(at_work > 0 && within(LENGTH) > 0);
          if (within(0) > 0) expect(at_work).toBeGreaterThan(0);
        }
        const failed = all.filter((span) => span.failed).length;
        expect(pieces.reduce((sum, piece) => sum + piece.errors, 0)).toBe(failed);
      }),
      { numRuns: 200 },
    );
  });

  test('what is taken back was never there, in whatever order time grew', () => {
    fc.assert(
      fc.property(spans, spans, (kept, gone) => {
        const density = drawn([...kept, ...gone]);
        for (const span of gone) density.remove(span);
        const pieces = density.pieces(FROM, TO, COUNT);
        const errors = pieces.reduce((sum, piece) => sum + piece.errors, 0);
        expect(errors).toBe(kept.filter((span) => span.failed).length);
        for (const { start } of kept) {
          const at = Math.floor((start - FROM) / LENGTH);
          expect(pieces[at]?.at_work).toBeGreaterThan(0);
        }
        for (const span of kept) density.remove(span);
        expect(density.pieces(FROM, TO, COUNT).every((p) => p.at_work === 0)).toBe(true);
      }),
    );
  });

  test('a table that was looked at from the start counts as one that is counted at the end', () => {
    for (const log of [manyCalls(600), liveLog(1_000)]) {
      const told = new SpanTable();
      told.density();
      for (const frame of log.frames()) put(told, frame);
      const [at_once, later] = [loaded(log).density(), told.density()];
      const start = told.float('start', 0);
      const pieces = (density: Density) => density.pieces(start, log.now + 1_000, 60);
      expect(later.map(pieces)).toEqual(at_once.map(pieces));
      let errors = 0;
      for (let row = 0; row < told.length; row++) {
        if (told.kind(row) < EXECUTION && told.outcome(row) === 'failed') errors++;
      }
      const counted = later.flatMap(pieces).reduce((n, piece) => n + piece.errors, 0);
      expect(counted).toBe(errors);
    }
  });

  test('a call whose end was never learnt was there for a moment', () => {
    const lost = { outcome: 'interrupted', start: 5, duration: Number.NaN } as const;
    expect(spanOf(lost)).toEqual({ start: 5, end: 5, failed: false });
    expect(spanOf({ ...lost, outcome: 'running' }).end).toBeNaN();
  });
});

test('the drawing: tools upon models, a mark where something failed, nothing where nothing was', () => {
  const none = { at_work: 0, errors: 0 };
  const model = [none, { at_work: 2, errors: 0 }, { at_work: 2, errors: 0 }, none];
  const tool = [none, none, { at_work: 2, errors: 1 }, none];
  expect(pathsOf(model, tool)).toEqual({
    model: 'M0 100H1V61H3V100H4V100z',
    tool: 'M0 100H1V61H2V22H3V100H4V100z',
    errors: 'M2 0h1v15h-1z',
  });
});
