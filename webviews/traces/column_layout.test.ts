/** Where columns stand, for any width of the panel and whatever was chosen. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALL_COLUMNS, withShown, withWidth } from './column_choice.ts';
import { COLUMNS, layOut, rulesOf } from './column_layout.ts';

const choice = fc
  .record({
    hidden: fc.subarray(COLUMNS.filter((column) => column !== 'name')),
    widths: fc.array(fc.tuple(fc.constantFrom(...COLUMNS), fc.integer({ min: -50, max: 2_000 })), {
      maxLength: 6,
    }),
  })
  .map(({ hidden, widths }) => {
    const shown = hidden.reduce((all, column) => withShown(all, column, false), ALL_COLUMNS);
    return widths.reduce((all, [column, width]) => withWidth(all, column, width), shown);
  });

describe('columns', () => {
  test('fill the width side by side, whatever is chosen', () => {
    fc.assert(
      fc.property(fc.integer({ min: 120, max: 3_000 }), choice, (width, chosen) => {
        const layout = layOut(width, chosen);
        let left = 0;
        for (const place of layout.values()) {
          expect(place.left).toBeCloseTo(left, 6);
          expect(place.width).toBeGreaterThanOrEqual(0);
          left += place.width;
        }
        expect(left).toBeCloseTo(width, 6);
        expect([...layout.keys()]).toEqual(COLUMNS.filter((column) => layout.has(column)));
        for (const hidden of chosen.hidden) expect(layout.has(hidden)).toBe(false);
        // The name never goes, and keeps room to be read in all but the narrowest panel.
        if (width >= 300) expect(layout.get('name')?.width).toBeGreaterThanOrEqual(28);
      }),
    );
  });

  test('leave one by one where the panel is narrow', () => {
    const shown = (width: number) => [...layOut(width, ALL_COLUMNS).keys()];
    expect(shown(1_200)).toEqual([...COLUMNS]);
    expect(shown(900)).toEqual(COLUMNS.filter((column) => column !== 'self'));
    expect(shown(400)).toEqual(['name', 'time', 'duration', 'status']);
  });

  test('without bars the names take the room', () => {
    const layout = layOut(1_000, withShown(ALL_COLUMNS, 'time', false));
    expect(layout.get('name')?.width).toBe(1_000 - 66 - 66 - 112 - 58 - 72 - 30);
    expect(rulesOf(layout)).not.toContain('.cell-time');
  });

  test('a width is held within bounds, and given back', () => {
    const wide = withWidth(ALL_COLUMNS, 'cost', 100.4);
    expect(wide.widths).toEqual({ cost: 100 });
    expect(withWidth(wide, 'cost', Number.NaN).widths).toEqual({});
    expect(withWidth(wide, 'cost', -5).widths).toEqual({ cost: 28 });
    expect(withWidth(wide, 'cost', null)).toEqual(ALL_COLUMNS);
  });
});
