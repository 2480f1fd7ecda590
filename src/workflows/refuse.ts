/** What a script may not contain, found in its syntax tree before anything runs. */
import type { AnyNode, Program } from 'acorn';
import { WorkflowError } from './workflow.ts';

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/**
 * @param returns whether `return` may stand outside of functions (form 2).
 * @throws WorkflowError at the first `import`, `import()`, `import.meta`, `require()` or stray `return`.
 */
export function refuseAmbient(program: Program, returns: boolean): void {
  // A stack instead of recursion: a script may nest deeper than the call stack is long.
  const open: { node: AnyNode; inFunction: boolean }[] = [{ node: program, inFunction: false }];
  let first: { node: AnyNode; message: string } | null = null;
  for (let item = open.pop(); item; item = open.pop()) {
    const { node } = item;
    const message = refusal(node, item.inFunction || returns);
    if (message && (!first || node.start < first.node.start)) first = { node, message };
    const inFunction = item.inFunction || FUNCTIONS.has(node.type);
    for (const child of children(node)) open.push({ node: child, inFunction });
  }
  if (!first) return;
  const start = first.node.loc?.start ?? { line: 1, column: 0 };
  const position = { line: start.line, column: start.column + 1 };
  throw new WorkflowError(`Line ${position.line}, column ${position.column}: ${first.message}`, {
    position,
  });
}

function refusal(node: AnyNode, mayReturn: boolean): string | null {
  const why = 'A workflow script has no access to modules; agents read files and do the work.';
  if (node.type === 'ImportDeclaration') return `"import" is not allowed. ${why}`;
  if (node.type === 'ImportExpression') return `"import()" is not allowed. ${why}`;
  if (node.type === 'MetaProperty' && node.meta.name === 'import') {
    return `"import.meta" is not allowed. ${why}`;
  }
  const reexport = node.type === 'ExportAllDeclaration' || node.type === 'ExportNamedDeclaration';
  if (reexport && node.source) return `"export … from" is not allowed. ${why}`;
  if (
    node.type === 'CallExpression' &&
    node.callee.type === 'Identifier' &&
    node.callee.name === 'require'
  ) {
    return `"require()" is not allowed. ${why}`;
  }
  if (node.type === 'ReturnStatement' && !mayReturn) {
    return 'A script that exports "workflow" cannot return at its top level: return from "run".';
  }
  return null;
}

/** The syntax nodes right below a node. */
export function children(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) =>
    Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : [],
  );
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    typeof value.type === 'string' &&
    'start' in value
  );
}
