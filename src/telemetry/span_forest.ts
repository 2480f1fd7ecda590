/**
 * Spans of a file as trees, whatever the file does: parents that come after their children, that
 * are not in it, that go round in a circle, ids that are used twice.
 */
import type { ReadSpan } from './read_span.ts';

export interface Node {
  readonly span: ReadSpan;
  /** Unique in the file, and the same each time that it is read. */
  readonly id: string;
  readonly parent: Node | null;
  readonly children: readonly Node[];
}

interface Open extends Node {
  parent: Open | null;
  readonly children: Open[];
}

export interface Forest {
  /** Parents before their children, else in order of time. */
  readonly nodes: readonly Node[];
  /** The span of a trace with this id; of several, the first one of the file. */
  find(trace_id: string, span_id: string): Node | undefined;
}

export function forestOf(spans: readonly ReadSpan[]): Forest {
  const by_id = new Map<string, Open>();
  const used = new Set<string>();
  const all = spans.map((span, at): Open => {
    const id = unusedId(used, span.span_id || `span ${at + 1}`);
    const node: Open = { span, id, parent: null, children: [] };
    const key = keyOf(span.trace_id, span.span_id);
    if (span.span_id !== '' && !by_id.has(key)) by_id.set(key, node);
    return node;
  });
  all.sort((a, b) => a.span.started_at - b.span.started_at);
  for (const node of all) {
    const { trace_id, parent_span_id } = node.span;
    node.parent = parent_span_id ? (by_id.get(keyOf(trace_id, parent_span_id)) ?? null) : null;
  }
  cutCircles(all);
  for (const node of all) node.parent?.children.push(node);
  return {
    nodes: inOrder(all.filter((node) => node.parent === null)),
    find: (trace_id, span_id) => by_id.get(keyOf(trace_id, span_id)),
  };
}

// Of two spans with one id, the second gets a number; "a~2" may itself be an id of the file.
function unusedId(used: Set<string>, wanted: string): string {
  let id = wanted;
  for (let n = 2; used.has(id); n++) id = `${wanted}~${n}`;
  used.add(id);
  return id;
}

function keyOf(trace_id: string, span_id: string): string {
  return `${trace_id} ${span_id}`;
}

/** Of the spans of a circle, the first one that is met becomes a root. */
function cutCircles(nodes: readonly Open[]): void {
  const done = new Set<Open>();
  for (const start of nodes) {
    const path = new Set<Open>();
    let at: Open | null = start;
    while (at && !done.has(at) && !path.has(at)) {
      path.add(at);
      at = at.parent;
    }
    if (at && path.has(at)) at.parent = null;
    for (const node of path) done.add(node);
  }
}

/** Without recursion: a file may nest deeper than a stack. */
function inOrder(roots: readonly Node[]): Node[] {
  const nodes: Node[] = [];
  const left = roots.toReversed();
  for (let node = left.pop(); node; node = left.pop()) {
    nodes.push(node);
    for (const child of node.children.toReversed()) left.push(child);
  }
  return nodes;
}
