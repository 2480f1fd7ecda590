import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Findings } from './findings.ts';
import { fillSchema } from './schema-filler.ts';
import type { Schema } from './schema-parts.ts';

const findings: Findings = {
  subject: 'How does it work?',
  words: ['retry', 'queue'],
  hits: [
    { path: 'src/a.ts', line: 12, text: 'export function retry() {' },
    { path: 'src/b.ts', line: 3, text: '  // the queue 🎉' },
  ],
  missing: [],
  files_listed: 9,
  files_matched: 2,
  lines_matched: 2,
};
const nothing: Findings = { ...findings, words: [], hits: [], files_matched: 0, lines_matched: 0 };

const ordered = (
  pair: fc.Arbitrary<[number, number]>,
  [low, high]: [string, string],
): fc.Arbitrary<Schema> =>
  pair.map(([a, b]) => ({ [low]: Math.min(a, b), [high]: Math.max(a, b) }));
const some = (schema: fc.Arbitrary<Schema>) => fc.oneof(fc.constant<Schema>({}), schema);
const integers = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }));
const lengths = fc.tuple(fc.nat(6), fc.nat(6));
const of = (type: string, limits: fc.Arbitrary<Schema>) => limits.map((l) => ({ type, ...l }));
const exclusive = fc
  .integer({ min: -9, max: 9 })
  .map((low) => ({ exclusiveMinimum: low, exclusiveMaximum: low + 2 }));
const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));

const { schema } = fc.letrec<{ schema: Schema; leaf: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    tie('leaf'),
    fc
      .record({
        properties: fc.dictionary(
          fc.constantFrom('file', 'line', 'id', 'done', 'x'),
          tie('schema'),
          { noNullPrototype: true },
        ),
        optional: fc.boolean(),
      })
      .map(({ properties, optional }) => ({
        type: 'object',
        properties,
        additionalProperties: false,
        ...(optional ? {} : { required: Object.keys(properties) }),
      })),
    fc
      .tuple(tie('schema'), some(ordered(lengths, ['minItems', 'maxItems'])))
      .map(([items, limits]) => ({ type: 'array', items, ...limits })),
    fc
      .tuple(fc.constantFrom('anyOf', 'allOf'), tie('schema'))
      .map(([word, one]) => ({ [word]: [one] })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
  ),
  leaf: fc.oneof(
    of('string', some(ordered(lengths, ['minLength', 'maxLength']))),
    of('integer', some(ordered(integers, ['minimum', 'maximum']))),
    of('number', some(fc.oneof(ordered(integers, ['minimum', 'maximum']), exclusive))),
    of('integer', exclusive),
    fc.constantFrom<Schema>(
      { type: 'boolean' },
      { type: 'null' },
      { type: ['string', 'null'] },
      {},
    ),
    value.map((one) => ({ const: one })),
    fc.uniqueArray(value, { minLength: 1 }).map((all) => ({ enum: all })),
  ),
}));

test('a filled value satisfies its schema, with findings and without', () => {
  const ajv = new Ajv({ strict: false });
  fc.assert(
    fc.property(schema, (given) => {
      for (const known of [findings, nothing]) {
        const filled = fillSchema(given, known);
        const valid = ajv.validate(given, filled);
        if (!valid) throw new Error(`${JSON.stringify(filled)}: ${ajv.errorsText()}`);
        expect(JSON.stringify(fillSchema(given, known))).toBe(JSON.stringify(filled));
      }
    }),
    { numRuns: 500 },
  );
});

test.each<[string, Schema]>([
  [
    'a schema that contains itself',
    {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          required: ['name'],
          properties: {
            name: { type: 'string' },
            children: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
        },
      },
    },
  ],
  ['multiples', { type: 'number', multipleOf: 5, minimum: 3, exclusiveMaximum: 11 }],
  [
    'a tuple',
    { type: 'array', prefixItems: [{ type: 'integer' }, { type: 'string' }], minItems: 2 },
  ],
  ['different items', { type: 'array', uniqueItems: true, minItems: 4, items: { type: 'string' } }],
  ['a pattern', { type: 'string', pattern: '^[A-Z]+-[0-9]+$' }],
  [
    'more properties than named',
    { type: 'object', minProperties: 2, additionalProperties: { type: 'integer' } },
  ],
  [
    'both of two',
    {
      allOf: [
        { type: 'object', required: ['a'], properties: { a: { type: 'string' } } },
        { required: ['b'], properties: { b: { const: 2 } } },
      ],
    },
  ],
  ['one of two, null first', { oneOf: [{ type: 'null' }, { type: 'string', maxLength: 3 }] }],
])('%s', (_, given) => {
  const ajv = new Ajv({ strict: false });
  expect(ajv.validate(given, fillSchema(given, findings)), ajv.errorsText()).toBe(true);
});

test('fields are filled with what was found', () => {
  const item = {
    type: 'object',
    properties: { file: { type: 'string' }, line: { type: 'integer' } },
  };
  expect(fillSchema({ type: 'array', items: item }, findings)).toEqual([
    { file: 'src/a.ts', line: 12 },
    { file: 'src/b.ts', line: 3 },
  ]);
});

test('flags that would throw a result away, or ask for another round, are false', () => {
  const flags = ['ok', 'refuted', 'is_duplicate', 'skipped', 'needs_more_work', 'confirmed'];
  const properties = Object.fromEntries(flags.map((name) => [name, { type: 'boolean' }]));
  expect(fillSchema({ type: 'object', properties }, findings)).toEqual({
    ...{ ok: true, refuted: false, is_duplicate: false, skipped: false },
    ...{ needs_more_work: false, confirmed: true },
  });
});

test('an object whose fields are left open has names and places; a map has entries', () => {
  const open = fillSchema({ type: 'array', items: { type: 'object' } }, findings);
  expect(open).toMatchObject([{ name: 'retry', path: 'src/a.ts' }, { name: 'queue' }]);
  expect(
    fillSchema({ type: 'object', additionalProperties: { type: 'integer' } }, findings),
  ).toEqual({ retry: 1, queue: 1 });
  expect(fillSchema({ type: 'object', additionalProperties: false }, findings)).toEqual({});
});
