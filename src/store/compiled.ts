/**
 * Schemas whose objects are checked by code that zod generates for them. `zod/mini` leaves this
 * out and asks field by field: for the first thousand facts, which is more than most windows
 * record, that took three times as long (64 against 21 µs for a trace of 45 fields). `z.compile`
 * is faster still once it is warm, but makes the first fact wait for tens of milliseconds.
 */
// Named one by one: the whole of zod's core would make the store's bundle three times as large.
import {
  $ZodArray,
  $ZodDiscriminatedUnion,
  $ZodNullable,
  $ZodObject,
  $ZodObjectJIT,
  $ZodOptional,
  type $ZodType,
} from 'zod/v4/core';

/** Records are parts of many calls. */
const known = new WeakMap<$ZodType, $ZodType>();

/** @returns a schema that takes and gives the same; where code may not be generated, as fast as before. */
export function compiled<T>(schema: $ZodType<T>): $ZodType<T> {
  return withCode(schema) as $ZodType<T>;
}

function withCode(schema: $ZodType): $ZodType {
  let made = known.get(schema);
  if (!made) {
    made = make(schema);
    known.set(schema, made);
  }
  return made;
}

function make(schema: $ZodType): $ZodType {
  if (schema instanceof $ZodObject) {
    const { def } = schema._zod;
    const fields = Object.entries(def.shape).map(([name, field]) => [name, withCode(field)]);
    return new $ZodObjectJIT({ ...def, shape: Object.fromEntries(fields) });
  }
  if (schema instanceof $ZodDiscriminatedUnion) {
    const { def } = schema._zod;
    return new $ZodDiscriminatedUnion({ ...def, options: def.options.map(withCode) });
  }
  if (schema instanceof $ZodArray) {
    const { def } = schema._zod;
    return new $ZodArray({ ...def, element: withCode(def.element) });
  }
  if (schema instanceof $ZodOptional || schema instanceof $ZodNullable) {
    const innerType = withCode(schema._zod.def.innerType);
    return schema instanceof $ZodOptional
      ? new $ZodOptional({ ...schema._zod.def, innerType })
      : new $ZodNullable({ ...schema._zod.def, innerType });
  }
  return schema;
}
