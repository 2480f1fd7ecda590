/** Reads values that are written out in a script, without running it. */
import type { AnyNode, ObjectExpression, Program, Property } from 'acorn';

/** A part of an expression whose value is known only when the script runs. */
export class NotLiteral extends Error {
  readonly node: AnyNode;
  readonly what: string;
  constructor(node: AnyNode, what: string) {
    super(`not a literal: ${what}`);
    this.node = node;
    this.what = what;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  Identifier: 'a variable',
  CallExpression: 'a call',
  NewExpression: 'a call',
  SpreadElement: 'a spread',
  TemplateLiteral: 'a template with a value in it',
  ArrowFunctionExpression: 'a function',
  FunctionExpression: 'a function',
};

/** @returns the JSON value that the expression spells. @throws NotLiteral for anything computed. */
export function literalOf(node: AnyNode): unknown {
  switch (node.type) {
    case 'Literal':
      if (node.regex || node.bigint) break;
      return node.value;
    case 'TemplateLiteral': {
      const [only] = node.quasis;
      if (node.expressions.length > 0 || !only) break;
      return only.value.cooked;
    }
    case 'UnaryExpression': {
      const value = node.operator === '-' ? literalOf(node.argument) : null;
      if (typeof value !== 'number') break;
      return -value;
    }
    case 'ArrayExpression':
      return node.elements.map((element) => {
        if (!element) throw new NotLiteral(node, 'an array with a hole');
        return literalOf(element);
      });
    case 'ObjectExpression':
      return objectOf(node);
  }
  throw new NotLiteral(node, WORDS[node.type] ?? 'a computed value');
}

function objectOf(node: ObjectExpression): Record<string, unknown> {
  const entries = node.properties.map((property): [string, unknown] => {
    if (property.type !== 'Property') throw new NotLiteral(property, 'a spread');
    if (property.kind !== 'init') throw new NotLiteral(property, 'a getter or setter');
    if (property.method) throw new NotLiteral(property, 'a function');
    const key = keyOf(property);
    if (key === null) throw new NotLiteral(property, 'a computed key');
    return [key, literalOf(property.value)];
  });
  return Object.fromEntries(entries);
}

/** @returns the name of a property; null for a computed one. */
export function keyOf(property: Property): string | null {
  if (property.computed) return null;
  if (property.key.type === 'Identifier') return property.key.name;
  return property.key.type === 'Literal' ? String(property.key.value) : null;
}

/**
 * The literal fields of an exported top-level object.
 * @returns null where the object itself is not written out; `partial` says that it also holds
 * parts (spreads, computed keys) that cannot be read.
 */
export function staticFields(
  program: Program,
  name: string,
): {
  node: ObjectExpression;
  values: Readonly<Record<string, unknown>>;
  keys: ReadonlySet<string>;
  partial: boolean;
} | null {
  const node = declaredObject(program, localName(program, name));
  if (!node) return null;
  const values: Record<string, unknown> = {};
  const keys = new Set<string>();
  let partial = false;
  for (const property of node.properties) {
    const key = property.type === 'Property' ? keyOf(property) : null;
    if (property.type !== 'Property' || key === null) {
      partial = true;
      continue;
    }
    keys.add(key);
    try {
      values[key] = concatenated(property.value);
    } catch (error) {
      if (!(error instanceof NotLiteral)) throw error;
    }
  }
  return { node, values, keys, partial };
}

// Long descriptions are often written as pieces with `+` between them.
function concatenated(node: AnyNode): unknown {
  if (node.type !== 'BinaryExpression' || node.operator !== '+') return literalOf(node);
  const left = concatenated(node.left);
  const right = concatenated(node.right);
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  throw new NotLiteral(node, 'a computed value');
}

/** @returns the local name behind an exported one. */
export function localName(program: Program, exported: string): string {
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration') continue;
    for (const s of node.specifiers) {
      const named = s.exported.type === 'Identifier' && s.exported.name === exported;
      if (named && s.local.type === 'Identifier') return s.local.name;
    }
  }
  return exported;
}

function declaredObject(program: Program, name: string): ObjectExpression | null {
  for (const node of program.body) {
    const declaration = node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === 'Identifier' && id.name === name && init?.type === 'ObjectExpression') {
        return init;
      }
    }
  }
  return null;
}
