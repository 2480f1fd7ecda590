/** An error at a place of the script's syntax tree. */
import type { AnyNode } from 'acorn';
import { type ScriptPosition, WorkflowError } from './workflow.ts';

/** @param node where it is; null for the file as a whole. */
export function problem(message: string, node: AnyNode | null): WorkflowError {
  const position = positionOf(node);
  const where = position ? `Line ${position.line}: ` : '';
  return new WorkflowError(`${where}${message}`, { position });
}

function positionOf(node: AnyNode | null): ScriptPosition | null {
  return node?.loc ? { line: node.loc.start.line, column: node.loc.start.column + 1 } : null;
}
