import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ROOT, TreeOrder } from './tree_order.ts';

/** The same tree, kept the slow and obvious way. */
class Model {
  readonly rows: { parent: number; open: boolean; shown: boolean }[] = [];
  readonly children = new Map<number, number[]>([[ROOT, []]]);

  visible(parent = ROOT): number[] {
    return (this.children.get(parent) ?? []).flatMap((row) => {
      const { open, shown } = this.rows[row] ?? { open: false, shown: false };
      if (!shown) return [];
      return [row, ...(open ? this.visible(row) : [])];
    });
  }
}

const step = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    parent: fc.nat(),
    open: fc.boolean(),
    shown: fc.boolean(),
    at: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  }),
  fc.record({
    do: fc.constant('leaves' as const),
    parents: fc.array(fc.nat(), { maxLength: 8 }),
    by: fc.integer({ min: 1, max: 7 }),
  }),
  fc.record({ do: fc.constant('open' as const), row: fc.nat(), to: fc.boolean() }),
  fc.record({ do: fc.constant('shown' as const), row: fc.nat(), to: fc.boolean() }),
  fc.record({ do: fc.constant('sort' as const), by: fc.integer({ min: 1, max: 7 }) }),
  fc.record({ do: fc.constant('reset' as const), by: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant('move' as const), row: fc.nat() }),
);

test('any mix of changes leaves exactly the rows that a plain walk would list', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const order = new TreeOrder();
      const model = new Model();
      for (const s of steps) {
        const n = model.rows.length;
        if (s.do === 'append') {
          const parent = (s.parent % (n + 1)) - 1;
          const row = order.append(parent, s.open, s.shown, s.at);
          expect(row).toBe(n);
          model.rows.push({ parent, open: s.open, shown: s.shown });
          const siblings = model.children.get(parent) ?? [];
          siblings.splice(s.at ?? siblings.length, 0, row);
          model.children.set(parent, siblings);
        } else if (s.do === 'leaves') {
          const parents = s.parents.map((parent) => (parent % (n + 1)) - 1);
          const keys = Float64Array.from({ length: n + parents.length }, (_, i) => (i * s.by) % 5);
          order.appendLeaves(Int32Array.from(parents), (row) => keys[row] ?? 0);
          const byKey = (a: number, b: number) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b;
          for (const [i, parent] of parents.entries()) {
            model.rows.push({ parent, open: false, shown: true });
            const siblings = model.children.get(parent) ?? [];
            model.children.set(parent, [...siblings, n + i].sort(byKey));
          }
        } else if (n === 0) continue;
        else if (s.do === 'open' || s.do === 'shown') {
          const row = s.row % n;
          if (s.do === 'open') order.setOpen(row, s.to);
          else order.setShown(row, s.to);
          const known = model.rows[row];
          if (known) known[s.do] = s.to;
        } else if (s.do === 'sort') {
          const compare = (a: number, b: number) => ((a * s.by) % 5) - ((b * s.by) % 5) || a - b;
          order.sort(compare);
          for (const children of model.children.values()) children.sort(compare);
        } else if (s.do === 'reset') {
          order.reset({ open: (row) => row % s.by === 0, shown: (row) => row % 5 !== s.by });
          for (const [row, known] of model.rows.entries()) {
            known.open = row % s.by === 0;
            known.shown = row % 5 !== s.by;
          }
        } else {
          const row = s.row % n;
          const from = model.children.get(model.rows[row]?.parent ?? ROOT);
          from?.splice(from.indexOf(row), 1);
          model.children.get(ROOT)?.push(row);
          const known = model.rows[row];
          if (known) known.parent = ROOT;
          order.move(row, ROOT);
        }
        const visible = model.visible();
        expect(order.visible).toBe(visible.length);
        for (const [position, row] of visible.entries()) {
          expect(order.rowAt(position)).toBe(row);
          expect(order.positionOf(row)).toBe(position);
        }
        expect(order.rowAt(visible.length)).toBe(-1);
        const seen = new Set(visible);
        for (let row = 0; row < model.rows.length; row++) {
          if (!seen.has(row)) expect(order.positionOf(row)).toBe(-1);
        }
      }
    }),
    { numRuns: 300 },
  );
});
