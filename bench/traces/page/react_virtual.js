// A windowed tree as Langfuse draws its traces: nested data, flattened on every change, rows by
// @tanstack/react-virtual. It keeps 500 rows beyond the edges; 20 here, which is kinder to it.
import { useVirtualizer } from '@tanstack/react-virtual';
import { createElement as h, useMemo, useRef, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { nodeOf, nodesOf } from './data.ts';
import { register } from './driver.ts';
import { nested, Row, rangeOf } from './tree.js';

const ROW_PX = 24;
const OVERSCAN = 20;
let update = () => {};
let total = 0;
let others = 0;

function flatten(roots, collapsed) {
  const items = [];
  const visit = (node, depth) => {
    items.push({ node, depth });
    if (!collapsed.has(node.id)) for (const child of node.children) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return items;
}

function Tree() {
  const [nodes, setNodes] = useState([]);
  const [collapsed, setCollapsed] = useState(new Set());
  update = setNodes;
  const scroller = useRef(null);
  const roots = useMemo(() => nested(nodes), [nodes]);
  const items = useMemo(() => flatten(roots, collapsed), [roots, collapsed]);
  const base = useMemo(() => rangeOf(roots), [roots]);
  total = items.length;
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const toggle = (id) => {
    const next = new Set(collapsed);
    if (!next.delete(id)) next.add(id);
    setCollapsed(next);
  };
  return h(
    'div',
    { className: 'scroller', ref: scroller, role: 'tree' },
    h(
      'div',
      { style: { height: virtual.getTotalSize(), position: 'relative' } },
      virtual.getVirtualItems().map((item) => {
        const { node, depth } = items[item.index];
        return h(
          'div',
          { key: node.id, className: 'place', style: { transform: `translateY(${item.start}px)` } },
          h(Row, {
            node,
            depth,
            base,
            open: node.children.length > 0 ? !collapsed.has(node.id) : undefined,
            onToggle: () => toggle(node.id),
          }),
        );
      }),
    ),
  );
}

createRoot(document.getElementById('root')).render(h(Tree));
const scroller = () => document.querySelector('.scroller');

register({
  first(data) {
    others = data.stages.length + data.executions.length;
    return { nodes: nodesOf(data) };
  },
  more: (traces) => ({ nodes: traces.map(nodeOf) }),
  receive: ({ nodes }) => update((before) => before.concat(nodes)),
  shown: () => document.querySelector('.row') !== null,
  jumpToStart() {
    scroller().scrollTop = 0;
  },
  jumpToEnd() {
    scroller().scrollTop = scroller().scrollHeight;
  },
  shows: (id) => document.querySelector(`[data-id="${id}"]`) !== null,
  scroll() {
    scroller().scrollTop += scroller().clientHeight * 1.5;
  },
  count: () => total - others,
});
