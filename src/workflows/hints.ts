/**
 * What will throw when a script reaches it, seen before it runs: the clock, chance, functions of
 * other environments, and a result that is used without await. Hints and not refusals, since a
 * branch may never be taken.
 */
import { type AnyNode, type Program, parse } from 'acorn';
import { absence } from './absent.ts';
import { declaredNames } from './bindings.ts';
import { children } from './refuse.ts';
import type { ScriptPosition } from './workflow.ts';

export interface ScriptHint {
  readonly message: string;
  readonly position: ScriptPosition;
  /** Where the words end, on the line of `end`; columns count from 1. */
  readonly end: ScriptPosition;
}

const SAME_PATH = 'A run that is repeated must take the same path.';
const NO_TIME = `${SAME_PATH} Pass the time in as an argument.`;
/** The calls whose results come later. */
const LATER = new Set(['agent', 'parallel', 'pipeline', 'workflow']);
const OF_PROMISES = new Set(['then', 'catch', 'finally']);

/** @param source the text of a script. @returns nothing for one that does not parse. */
export function hintsOf(source: string): ScriptHint[] {
  let program: Program;
  try {
    program = parse(source, {
      ...{ ecmaVersion: 'latest', sourceType: 'module', locations: true },
      ...{ allowReturnOutsideFunction: true, allowHashBang: true },
    });
  } catch {
    // The parser's own message is the one problem that counts then.
    return [];
  }
  const nodes = allNodes(program);
  const declared = declaredNames(nodes);
  const promises = promisesIn(nodes, declared);
  return nodes
    .flatMap((node) => {
      const message = absent(node, declared) ?? chance(node) ?? notAwaited(node, promises);
      const { loc } = node;
      if (!message || !loc) return [];
      const { start, end } = loc;
      return {
        message,
        position: { line: start.line, column: start.column + 1 },
        end: { line: end.line, column: end.column + 1 },
      };
    })
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
}

function allNodes(program: Program): AnyNode[] {
  const found: AnyNode[] = [];
  const open: AnyNode[] = [program];
  for (let node = open.pop(); node; node = open.pop()) {
    found.push(node);
    open.push(...children(node));
  }
  return found;
}

/** Time and chance, which exist and throw. */
function chance(node: AnyNode): string | null {
  if (node.type === 'NewExpression' && isNamed(node.callee, 'Date') && !node.arguments.length) {
    return `new Date() without arguments throws in a workflow script. ${NO_TIME}`;
  }
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return null;
  const { object, property } = node.callee;
  if (isNamed(object, 'Date') && isNamed(property, 'now')) {
    return `Date.now() throws in a workflow script. ${NO_TIME}`;
  }
  return isNamed(object, 'Math') && isNamed(property, 'random')
    ? `Math.random() throws in a workflow script. ${SAME_PATH} Vary by index instead.`
    : null;
}

// A name that the script declares anywhere is its own; where it is in force is not worked out.
function absent(node: AnyNode, declared: ReadonlyMap<string, number>): string | null {
  const used =
    node.type === 'CallExpression' || node.type === 'NewExpression'
      ? node.callee
      : node.type === 'MemberExpression'
        ? node.object
        : null;
  return used?.type === 'Identifier' && !declared.has(used.name) ? absence(used.name) : null;
}

/** Variables that hold what an agent will give, with the line of the call; each declared once. */
function promisesIn(
  nodes: readonly AnyNode[],
  declared: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const node of nodes) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier') continue;
    const { id, init } = node;
    const later =
      init?.type === 'CallExpression' &&
      init.callee.type === 'Identifier' &&
      LATER.has(init.callee.name) &&
      !declared.has(init.callee.name);
    if (later && declared.get(id.name) === 1) found.set(id.name, init.loc?.start.line ?? 1);
  }
  for (const node of nodes) {
    if (node.type === 'AssignmentExpression' && node.left.type === 'Identifier') {
      found.delete(node.left.name);
    }
  }
  return found;
}

function notAwaited(node: AnyNode, promises: ReadonlyMap<string, number>): string | null {
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier') return null;
  const line = promises.get(node.object.name);
  const own = node.property.type === 'Identifier' && OF_PROMISES.has(node.property.name);
  if (line === undefined || own) return null;
  return `"${node.object.name}" is a promise: the call in line ${line} is not awaited. Write await before it.`;
}

function isNamed(node: AnyNode, name: string): boolean {
  return node.type === 'Identifier' && node.name === name;
}
