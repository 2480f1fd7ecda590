/** A compiled schema takes, gives and refuses what the plain one does. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { FactSchema } from '../contracts/frames.ts';
import { compiled } from './compiled.ts';

const PLAIN = z.object({
  facts: z.array(FactSchema),
  more: z.optional(z.nullable(z.object({ title: z.string() }))),
});
const COMPILED = compiled(PLAIN);
const trace = {
  id: 't1',
  session_id: 's1',
  stage_id: null,
  execution_id: 'O',
  kind: 'tool',
  turn_number: 1,
  input: '{}',
  output: null,
  started_at: 1000,
  outcome: 'running',
};

test('facts with any fields missing, wrong or added are judged the same, with the same words', () => {
  const wrong = fc.constantFrom(undefined, null, 7, -1, 'running', 'model', true, {}, []);
  const change = fc.tuple(fc.constantFrom(...Object.keys(trace), 'cost', 'unknown'), wrong);
  let taken = 0;
  fc.assert(
    fc.property(
      fc.constantFrom('tool_trace', 'interaction', 'stage.status', 'none'),
      fc.array(change, { maxLength: 2 }),
      fc.constantFrom(undefined, null, { title: 'a run' }, {}, { title: 7, other: 1 }),
      (type, changes, more) => {
        const fact = { type, trace: { ...trace, ...Object.fromEntries(changes) } };
        const given = { facts: [fact], ...(more === undefined ? {} : { more }) };
        const plain = z.safeParse(PLAIN, given);
        const quick = z.safeParse(COMPILED, given);
        expect(quick.data).toEqual(plain.data);
        expect(quick.error?.issues).toEqual(plain.error?.issues);
        if (plain.success) taken++;
      },
    ),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(20);
});
