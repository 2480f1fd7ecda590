/**
 * Fills a JSON Schema with a value that satisfies it, using findings for the texts. Knows objects,
 * arrays, strings, numbers, booleans, `enum`, `const`, `anyOf`/`oneOf`/`allOf`, local `$ref`s and
 * the usual limits; other keywords (`not`, `if`, `dependentSchemas`, …) are not looked at.
 */
import type { Findings } from './findings.ts';
import { type Filler, list, object, type Schema, schemas, whole } from './schema-parts.ts';
import { fillNumber, fillString } from './schema-scalars.ts';

/** Deeper optional fields are left out, so that a schema that contains itself comes to an end. */
const DEEPEST_OPTIONAL = 5;
const DEEPEST = 40;
const USUAL_ITEMS = 3;
/**
 * Names of flags that are false: one that asks for more work would keep a workflow going round,
 * and one that throws a result away would leave it with none.
 */
const SETBACK =
  /need|more|continue|again|retry|missing|block|fail|error|refut|reject|skip|stale|halt|abort|escalat|invalid|broken|duplicat|incomplete|false|stuck|unclear|unsafe|dirty/i;
/** What an object has whose fields the schema leaves open: scripts read names and places most. */
const OPEN_FIELDS = ['id', 'name', 'title', 'path', 'summary'];

/** @returns a value for the schema; the same schema and findings give the same value. */
export function fillSchema(schema: Schema, findings: Findings): unknown {
  return fill({ root: schema, findings, depth: 0, index: 0, name: '' }, schema);
}

function fill(filler: Filler, given: unknown): unknown {
  const schema = resolve(filler, given);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) {
    return schema.enum[filler.index % schema.enum.length];
  }
  const type = typeOf(schema);
  switch (type) {
    case 'object':
      return fillObject(filler, schema);
    case 'array':
      return fillArray(filler, schema);
    case 'number':
    case 'integer':
      return fillNumber(filler, schema, type === 'integer');
    case 'boolean':
      return !SETBACK.test(filler.name);
    case 'null':
      return null;
    default:
      return fillString(filler, schema);
  }
}

/** Follows `$ref`, takes the first choice of `anyOf`/`oneOf`, and lays `allOf` together. */
function resolve(filler: Filler, given: unknown): Schema {
  let schema = object(given);
  for (let step = 0; step < DEEPEST; step++) {
    const { $ref, anyOf, oneOf, allOf, ...own } = schema;
    const choices = schemas(anyOf).length > 0 ? schemas(anyOf) : schemas(oneOf);
    if (typeof $ref === 'string') schema = merge(own, pointer(filler.root, $ref));
    else if (choices.length > 0) schema = merge(own, choose(choices));
    else if (schemas(allOf).length > 0) schema = schemas(allOf).reduce(merge, own);
    else return own;
  }
  return {};
}

/** A choice that says something is better than null. */
function choose(choices: readonly Schema[]): Schema {
  return choices.find((choice) => choice.type !== 'null') ?? choices[0] ?? {};
}

function merge(a: Schema, b: Schema): Schema {
  return {
    ...a,
    ...b,
    ...(a.properties && b.properties
      ? { properties: { ...object(a.properties), ...object(b.properties) } }
      : {}),
    ...(a.required && b.required ? { required: [...list(a.required), ...list(b.required)] } : {}),
  };
}

function pointer(root: Schema, ref: string): Schema {
  const steps = ref.replace(/^#\/?/, '').split('/').filter(Boolean);
  const found = steps.reduce<unknown>(
    (at, step) => object(at)[decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
  return object(found);
}

function typeOf(schema: Schema): string | undefined {
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  const named = types.find((type) => typeof type === 'string' && type !== 'null') ?? types[0];
  if (typeof named === 'string') return named;
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined || schema.minItems !== undefined) return 'array';
  if (schema.minimum !== undefined || schema.maximum !== undefined) return 'number';
  return undefined;
}

function fillObject(filler: Filler, schema: Schema): Record<string, unknown> {
  const required = new Set(list(schema.required).filter((name) => typeof name === 'string'));
  const properties = object(schema.properties);
  const named = [...new Set([...Object.keys(properties), ...required])];
  const names = (named.length > 0 ? named : openNames(filler, schema)).filter(
    (name) => required.has(name) || filler.depth < DEEPEST_OPTIONAL,
  );
  const limit = Math.max(required.size, whole(schema.maxProperties) ?? names.length);
  const kept = names
    .toSorted((a, b) => Number(required.has(b)) - Number(required.has(a)))
    .slice(0, limit);
  // Extra names where the schema asks for more properties than it names.
  for (let extra = 1; kept.length < (whole(schema.minProperties) ?? 0); extra++) {
    const name = `item_${extra}`;
    if (!kept.includes(name)) kept.push(name);
  }
  return Object.fromEntries(
    kept.map((name) => {
      const part = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
      return [name, fill({ ...filler, depth: filler.depth + 1, name }, part)];
    }),
  );
}

/** The names in an object whose schema names none: a map's from the findings, else the usual ones. */
function openNames({ findings }: Filler, schema: Schema): readonly string[] {
  const { additionalProperties, propertyNames, patternProperties } = schema;
  if (additionalProperties === false || propertyNames || patternProperties) return [];
  return typeof additionalProperties === 'object' ? findings.words.slice(0, 2) : OPEN_FIELDS;
}

function fillArray(filler: Filler, schema: Schema): unknown[] {
  const least = whole(schema.minItems) ?? 0;
  const most = whole(schema.maxItems) ?? Number.POSITIVE_INFINITY;
  const deep = filler.depth >= DEEPEST_OPTIONAL;
  const wanted = deep ? 0 : Math.min(USUAL_ITEMS, Math.max(1, filler.findings.hits.length));
  const count = Math.min(most, Math.max(least, wanted));
  const leading = list(schema.prefixItems);
  const items: unknown[] = [];
  for (let index = 0; items.length < count && index < count * 4; index++) {
    const part = index < leading.length ? leading[index] : schema.items;
    const item = fill({ ...filler, depth: filler.depth + 1, index }, part);
    const text = JSON.stringify(item);
    const repeated = schema.uniqueItems === true && items.some((i) => JSON.stringify(i) === text);
    if (!repeated) items.push(item);
  }
  return items;
}
