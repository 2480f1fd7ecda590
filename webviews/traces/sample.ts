/**
 * A small made-up session. Until the answer comes it is read, loaded and drawn out of sight, so
 * that the code and the elements which the answer needs are ready when it is there.
 */
import { packTraces, TraceSnapshot } from '../../src/contracts/columns.ts';
import { packExecutions } from '../../src/contracts/execution_columns.ts';
import type { Execution, Trace } from '../../src/contracts/records.ts';
import { SpanTable } from './span_table.ts';

const SESSION = { session_id: 'sample', kind: 'workflow', title: '', status: 'completed' } as const;
const TIMES = { created_at: 0, updated_at: 0, started_at: 0, finished_at: 1 };

/** @returns a table with as many rows as there are places in view, all shown. */
export function sampleTable(rows: number): SpanTable {
  const stage = { stage_id: 'stage', session_id: 'sample', stage_index: 0, title: 'Stage' };
  const execution: Execution = {
    ...{ execution_id: 'agent', session_id: 'sample', stage_id: 'stage', agent_name: 'agent' },
    ...{ agent_index: 0, usage: {}, model_calls: 0, tool_calls: 0, ...TIMES },
    kind: 'step',
    status: 'completed',
  };
  const traces = Array.from({ length: Math.max(1, rows - 2) }, (_, i) => call(i));
  const snapshot = TraceSnapshot.parse({
    session: { ...SESSION, ...TIMES, simulated: true },
    stages: [{ ...stage, status: 'completed', started_at: 0, finished_at: 1 }],
    executions: packExecutions([execution]),
    traces: packTraces(traces),
    last_seq: 0,
  });
  const table = new SpanTable();
  table.load(snapshot);
  const agent = table.rowOfExecution('agent');
  if (agent !== undefined) table.order.setOpen(agent, true);
  return table;
}

function call(i: number): Trace {
  const model = i % 4 === 0;
  return {
    ...{ id: `call-${i}`, session_id: 'sample', stage_id: 'stage', execution_id: 'agent' },
    ...{ tool_name: model ? null : 'tool', model: 'model', turn_number: 1 },
    ...{ input: null, output: null, started_at: i, finished_at: i + 1, latency_ms: 1 },
    kind: model ? 'model' : 'tool',
    outcome: 'completed',
    ...(model ? { ttft_ms: 1, input_tokens: 9, cache_tokens: 9, output_tokens: 9, cost: 0.1 } : {}),
  };
}
