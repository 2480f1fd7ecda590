/** Our screen, as it ships: its script asks for the session, the answer is the first message. */
import { packTraces } from '../../../src/contracts/columns.ts';
import { packExecutions } from '../../../src/contracts/execution_columns.ts';
import type { Frame } from '../../../src/contracts/frames.ts';
import { frameFor } from './data.ts';
import { register } from './driver.ts';

let request_id = 0;
let seq = 1_000;
const ROW_PX = 24;

Reflect.set(window, 'acquireVsCodeApi', () => ({
  postMessage(message: { readonly id: number; readonly method: string }) {
    if (message.method === 'trace.attach') request_id = message.id;
  },
  getState: () => undefined,
  setState: () => {},
}));

const rows = () => document.querySelector<HTMLElement>('.trace-grid');
const rowCount = () =>
  Number(document.querySelector('.trace-grid')?.getAttribute('aria-rowcount') ?? 0);
let others = 0;

register({
  first(data) {
    const { session, stages, executions, traces } = data;
    others = stages.length + executions.length + 1;
    const result = {
      session,
      stages: [...stages],
      executions: packExecutions(executions),
      traces: packTraces(traces),
      last_seq: seq,
    };
    return { kind: 'reply', id: request_id, result };
  },
  more(traces) {
    const frames: Frame[] = traces.map((trace) => frameFor(trace, ++seq));
    return { kind: 'frames', frames };
  },
  shown: () => document.querySelector('.trace-window:not([aria-hidden=true]) [role=row]') !== null,
  jumpToStart() {
    rows()?.scrollTo(0, 0);
  },
  jumpToEnd() {
    const element = rows();
    if (element) element.scrollTop = element.scrollHeight;
  },
  shows(id) {
    // Rows carry numbers; the last row is the one whose position is the last.
    const at = `[role=row][aria-rowindex="${rowCount()}"]`;
    return id !== '' && document.querySelector(`.trace-rows ${at}`) !== null;
  },
  scroll() {
    const element = rows();
    if (element) element.scrollTop += Math.floor(element.clientHeight / ROW_PX) * ROW_PX * 1.5;
  },
  count: () => rowCount() - others,
});
