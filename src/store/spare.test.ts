/** Copies stay what they were while they are in use, and their memory is used again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpareBytes } from './spare.ts';

test('a copy never changes until it is given back, whatever else is copied', () => {
  const step = fc.oneof(
    fc.record({ length: fc.nat(5000), value: fc.nat(255) }),
    fc.record({ giveBack: fc.nat(20) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const spares = new SpareBytes();
      const inUse: { copy: Uint8Array; original: Uint8Array }[] = [];
      for (const s of steps) {
        if ('giveBack' in s) {
          const [gone] = inUse.splice(s.giveBack, 1);
          if (gone) spares.giveBack(gone.copy);
        } else {
          const original = new Uint8Array(s.length).fill(s.value);
          inUse.push({ copy: spares.copy(original), original: original.slice() });
          original.fill(1);
        }
        for (const { copy, original } of inUse) expect(Buffer.compare(copy, original)).toBe(0);
      }
    }),
  );
});

test('memory that was given back is used for the next copy of about that size', () => {
  const spares = new SpareBytes();
  const first = spares.copy(new Uint8Array(9000));
  spares.giveBack(first);
  const second = spares.copy(new Uint8Array(8216).fill(1));
  expect(second.buffer === first.buffer).toBe(true);
  expect(second).toHaveLength(8216);
  expect(spares.copy(new Uint8Array(8216)).buffer === first.buffer).toBe(false);
});

test('no more than 8 MB wait for their next use', () => {
  const spares = new SpareBytes();
  const copies = Array.from({ length: 12 }, () => spares.copy(new Uint8Array(1024 * 1024)));
  const memory = new Set(copies.map((copy) => copy.buffer));
  for (const copy of copies) spares.giveBack(copy);
  const again = copies.map((copy) => spares.copy(copy).buffer);
  expect(again.filter((buffer) => memory.has(buffer))).toHaveLength(8);
});
