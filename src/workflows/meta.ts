/** Reads form 2's `meta`: a pure literal with known fields. What does not fit is told at its line. */
import type { AnyNode, ObjectExpression } from 'acorn';
import * as z from 'zod/mini';
import { keyOf, literalOf, NotLiteral } from './literal.ts';
import { problem } from './problem.ts';

export const Phase = z.strictObject({
  title: z.string().check(z.minLength(1)),
  detail: z.optional(z.string()),
  model: z.optional(z.string()),
});

export const ArgsSchema = z.optional(z.record(z.string(), z.unknown()));

const Meta = z.strictObject({
  name: z.string().check(z.minLength(1)),
  description: z.string().check(z.minLength(1)),
  phases: z.optional(z.array(Phase)),
  whenToUse: z.optional(z.string()),
  args: ArgsSchema,
});
export type Meta = z.infer<typeof Meta>;

/** What belongs in each field, in words for the author. */
const SHAPES: Readonly<Record<string, string>> = {
  name: 'a text',
  description: 'a text',
  phases: "a list of { title: '…' }",
  phase: "{ title: '…' }, with detail and model if you like",
  title: 'a text',
  detail: 'a text',
  model: 'a text',
  whenToUse: 'a text',
  args: 'a JSON Schema of the arguments',
};

/** @throws WorkflowError at the line of what is computed, missing, unknown or of the wrong type. */
export function readMeta(node: ObjectExpression): Meta {
  const value = literalValue(node);
  const meta = Meta.safeParse(value);
  if (meta.success) return meta.data;
  const [issue] = meta.error.issues;
  const path = issue?.path ?? [];
  const place = `meta${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`)).join('')}`;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const known = Object.keys((path.length > 0 ? Phase : Meta).shape);
    throw problem(
      `"${place}" has a field "${key}" that is not known. Known are ${known.slice(0, -1).join(', ')} and ${known.at(-1)}.`,
      nodeAt(node, [...path, key]),
    );
  }
  const last = path.at(-1);
  const name = typeof last === 'number' ? 'phase' : String(last);
  const found = valueAt(value, path);
  if (found === undefined) {
    const owner = path.length > 1 ? place.replace(/\.\w+$/, '') : 'meta';
    throw problem(
      `"${owner}" has no "${name}". It must be ${SHAPES[name]}.`,
      nodeAt(node, path.slice(0, -1)),
    );
  }
  const shape = found === '' ? 'and not empty' : `and is ${spelled(found)}`;
  throw problem(
    `"${place}" is not valid: it must be ${SHAPES[name] ?? 'a text'}, ${shape}.`,
    nodeAt(node, path),
  );
}

function literalValue(node: ObjectExpression): unknown {
  try {
    return literalOf(node);
  } catch (error) {
    if (!(error instanceof NotLiteral)) throw error;
    throw problem(
      `"meta" must be a pure literal, and this is ${error.what}. Write the value itself here.`,
      error.node,
    );
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    value,
  );
}

function spelled(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The node of the field or item, or of the nearest one around it that is written out. */
function nodeAt(node: AnyNode, path: readonly PropertyKey[]): AnyNode {
  const [step, ...rest] = path;
  if (step === undefined) return node;
  if (node.type === 'ArrayExpression') {
    const item = typeof step === 'number' ? node.elements[step] : null;
    return item ? nodeAt(item, rest) : node;
  }
  if (node.type !== 'ObjectExpression') return node;
  const field = node.properties.findLast((p) => p.type === 'Property' && keyOf(p) === step);
  if (field?.type !== 'Property') return node;
  return rest.length === 0 ? field : nodeAt(field.value, rest);
}
