import { describe, expect, it } from 'vitest';
import { compileSchema } from './schema.ts';

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...more,
});

describe('compileSchema', () => {
  it.each([
    ['a plain object', object({ a: { type: 'string' } }), { a: 'x' }, { a: 1 }],
    ['a missing type at the root', { properties: {}, required: ['a'] }, { a: 1 }, {}],
    [
      'two patterns',
      object({ a: { pattern: '^x' }, b: { pattern: 'y$' } }),
      { a: 'x', b: 'y' },
      { a: 'x', b: 'x' },
    ],
    ['an unknown format', object({ a: { format: 'moon-phase' } }), { a: 'x' }, []],
    ['an unknown keyword', object({}, { 'x-note': 'hi' }), {}, 1],
    [
      'tuples of draft 2020-12',
      object({ a: { prefixItems: [{ type: 'number' }] } }),
      { a: [1] },
      { a: ['x'] },
    ],
    [
      'tuples of draft-07',
      {
        $schema: 'http://json-schema.org/draft-07/schema#',
        ...object({ a: { items: [{ type: 'number' }] } }),
      },
      { a: [1] },
      { a: ['x'] },
    ],
    [
      'references',
      object({ a: { $ref: '#/$defs/n' } }, { $defs: { n: { type: 'number' } } }),
      { a: 1 },
      { a: 'x' },
    ],
    [
      'a recursive reference',
      object({ next: { $ref: '#' } }, { additionalProperties: false }),
      { next: { next: {} } },
      { next: { x: 1 } },
    ],
  ])('takes %s', (_, schema, good, bad) => {
    const { validate } = compileSchema(schema);
    expect(validate(good)).toBe(true);
    expect(validate(bad)).toBe(false);
  });

  it('offers the schema without its dialect and leaves the given one alone', () => {
    const given = { $schema: 'https://json-schema.org/draft/2020-12/schema', properties: {} };
    expect(compileSchema(given).offered).toEqual({ type: 'object', properties: {} });
    expect(given.$schema).toBeDefined();
  });

  it.each([
    [{ type: 'string' }, /root must have "type": "object"/],
    [{ type: ['object', 'null'] }, /root must have/],
    [object({ a: { type: 'sting' } }), /cannot be used/],
    [object({ a: { $ref: '#/$defs/none' } }), /can't resolve reference/],
    [object({ a: { pattern: '(' } }), /cannot be used/],
    [
      object({ a: { minimum: 5, maximum: 1 } }),
      /minimum 5 is more than maximum 1 at \/properties\/a/,
    ],
    [object({ a: { exclusiveMinimum: 1, maximum: 1 } }), /no number between 1 and 1/],
    [object({ a: { items: { minLength: 2, maxLength: 1 } } }), /at \/properties\/a\/items/],
    [object({ a: { type: 'string', enum: [1, 2] } }), /none of the allowed values \[1,2\]/],
    [object({ a: { type: 'string', const: 1 } }), /none of the allowed values/],
    [object({ a: { const: 'x', enum: ['y'] } }), /none of the allowed values/],
    [object({ a: false }, { required: ['a'] }), /"a" is required but not allowed/],
    [object({}, { required: ['a'], additionalProperties: false }), /"a" is required but not/],
    [object({}, { required: ['a', 'b'], maxProperties: 1 }), /2 properties are required/],
    [object({ a: { description: 'x'.repeat(300_000) } }), /characters/],
  ])('refuses %j', (schema, words) => {
    expect(() => compileSchema(schema)).toThrow(words);
  });

  it('gives up a pattern that never ends', () => {
    const { validate } = compileSchema(object({ a: { pattern: '^(a+)+$' } }));
    expect(validate({ a: 'aaa' })).toBe(true);
    expect(() => validate({ a: `${'a'.repeat(60)}!` })).toThrow(
      /pattern .* takes more than 500 ms/,
    );
  });
});
