// react-arborist: a tree component that windows its rows itself.
import { createElement as h, useMemo, useState } from 'react';
import { Tree } from 'react-arborist';
import { createRoot } from 'react-dom/client';
import { nodeOf, nodesOf } from './data.ts';
import { register } from './driver.ts';
import { nested, Row, rangeOf } from './tree.js';

const ROW_PX = 24;
let update = () => {};
let tree = null;
let arrived = 0;

function Node({ node, style, dragHandle, tree: owner }) {
  return h(
    'div',
    { style, ref: dragHandle },
    h(Row, {
      node: node.data,
      depth: node.level,
      base: owner.props.base,
      open: node.isLeaf ? undefined : node.isOpen,
      onToggle: () => node.toggle(),
    }),
  );
}

/** The same tree with calls added to one agent: only what lies above them is made anew. */
function withCalls(roots, calls) {
  const agent_id = calls[0].parent;
  return roots.map((stage) => {
    const at = stage.children.findLastIndex((agent) => agent.id === agent_id);
    if (at < 0) return stage;
    const agent = stage.children[at];
    const fresh = calls.map((call) => ({ ...call, children: [] }));
    const children = stage.children.with(at, {
      ...agent,
      children: [...agent.children, ...fresh],
    });
    return { ...stage, children };
  });
}

function Screen() {
  const [roots, setRoots] = useState([]);
  update = setRoots;
  const base = useMemo(() => rangeOf(roots), [roots]);
  return h(
    Tree,
    {
      data: roots,
      base,
      ref: (api) => {
        tree = api;
      },
      openByDefault: true,
      width: innerWidth,
      height: innerHeight,
      rowHeight: ROW_PX,
      indent: 0,
      overscanCount: 4,
      disableDrag: true,
      disableDrop: true,
      childrenAccessor: (node) => (node.children.length > 0 ? node.children : null),
    },
    Node,
  );
}

createRoot(document.getElementById('root')).render(h(Screen));
const scroller = () => tree.listEl.current;

register({
  first: (data) => ({ nodes: nodesOf(data) }),
  more: (traces) => ({ calls: traces.map(nodeOf) }),
  receive({ nodes, calls }) {
    if (nodes) arrived = nodes.filter((n) => n.kind === 'model' || n.kind === 'tool').length;
    else arrived += calls.length;
    update(nodes ? nested(nodes) : (before) => withCalls(before, calls));
  },
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
  count: () => arrived,
});
