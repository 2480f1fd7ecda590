// flame-chart-js: bars on a canvas, no tree, no text beside them.
import { FlameChart } from 'flame-chart-js';
import { nodeOf, nodesOf } from './data.ts';
import { register } from './driver.ts';
import { nested } from './tree.js';

const canvas = document.createElement('canvas');
canvas.width = innerWidth;
canvas.height = innerHeight;
document.getElementById('root').append(canvas);
let chart = null;
let roots = [];
let arrived = 0;

const chartNode = (node) => ({
  name: node.name,
  start: node.start,
  duration: node.duration,
  type: node.kind,
  children: node.children.map(chartNode),
});
const last = () => roots.at(-1)?.children.at(-1);

function range() {
  const start = roots[0].start;
  const end = Math.max(...roots.map((root) => root.start + root.duration));
  return { start, length: end - start };
}

register({
  first: (data) => ({ nodes: nodesOf(data) }),
  more: (traces) => ({ calls: traces.map(nodeOf) }),
  receive({ nodes, calls }) {
    if (nodes) {
      arrived = nodes.filter((n) => n.kind === 'model' || n.kind === 'tool').length;
      roots = nested(nodes).map(chartNode);
      chart = new FlameChart({ canvas, data: roots, settings: { options: { timeUnits: 'ms' } } });
      chart.render();
      return;
    }
    arrived += calls.length;
    last().children.push(...calls.map((call) => chartNode({ ...call, children: [] })));
    chart.setNodes([...roots]);
  },
  shown: () => chart !== null,
  jumpToStart() {
    const { start, length } = range();
    chart.setZoom(start, start + length * 0.1);
  },
  jumpToEnd() {
    const { start, length } = range();
    chart.setZoom(start + length * 0.999, start + length);
  },
  shows: () => true,
  scroll(step) {
    const { start, length } = range();
    const from = start + (length * 0.9 * step) / 90;
    chart.setZoom(from, from + length * 0.1);
  },
  count: () => arrived,
});
