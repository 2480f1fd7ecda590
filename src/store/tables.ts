/** The tables of the aggregates, under the names and columns of the specification. */
import {
  Execution,
  Session,
  Stage,
  StepResult,
  TimelineEvent,
  Trace,
} from '../contracts/records.ts';
import { Table } from './table.ts';

const KB = 1024;
const ids = { session_id: 'text', stage_id: 'text', execution_id: 'text' } as const;

export const SESSIONS = new Table<Session>(
  {
    name: 'sessions',
    key: ['session_id'],
    schema: Session,
    columns: {
      session_id: 'text',
      kind: 'text',
      title: 'text',
      status: 'text',
      created_at: 'number',
      updated_at: 'number',
      started_at: 'number',
      finished_at: 'number',
      workflow_name: 'text',
      workflow_path: 'text',
      args: 'body',
      result: 'body',
      error: 'text',
      error_kind: 'text',
      simulated: 'bool',
      budget_tokens: 'number',
      budget_steps: 'number',
      resumed_from: 'text',
      fresh: 'bool',
    },
    bodies: {
      args: { inline: 16 * KB, preview: 16 * KB },
      result: { inline: 16 * KB, preview: 16 * KB, flag: 'result_truncated' },
    },
  },
  Session,
);

export const STAGES = new Table<Stage>(
  {
    name: 'stages',
    key: ['stage_id'],
    schema: Stage,
    columns: {
      stage_id: 'text',
      session_id: 'text',
      stage_index: 'number',
      title: 'text',
      status: 'text',
      started_at: 'number',
      finished_at: 'number',
      budget_tokens: 'number',
    },
    bodies: {},
  },
  Stage,
);

export const EXECUTIONS = new Table<Execution>(
  {
    name: 'executions',
    key: ['execution_id'],
    schema: Execution,
    columns: {
      ...ids,
      parent_execution_id: 'text',
      kind: 'text',
      agent_index: 'number',
      agent_name: 'text',
      task: 'text',
      status: 'text',
      model: 'text',
      created_at: 'number',
      started_at: 'number',
      finished_at: 'number',
      duration_ms: 'number',
      error: 'text',
      error_kind: 'text',
      usage: 'json',
      cost: 'number',
      model_calls: 'number',
      tool_calls: 'number',
      step_key: 'text',
      cached_from: 'text',
      saved_ms: 'number',
      saved_tokens: 'number',
      saved_cost: 'number',
      budget_tokens: 'number',
      result: 'body',
    },
    bodies: { result: { inline: 8 * KB, preview: 4 * KB, flag: 'result_truncated' } },
  },
  Execution,
);

export const EVENTS = new Table<TimelineEvent>(
  {
    name: 'timeline_events',
    key: ['event_id'],
    schema: TimelineEvent,
    columns: {
      event_id: 'text',
      ...ids,
      parent_execution_id: 'text',
      sequence: 'number',
      event_type: 'text',
      status: 'text',
      content: 'body',
      metadata: 'json',
      created_at: 'number',
      completed_at: 'number',
    },
    bodies: {
      content: {
        inline: 48 * KB,
        preview: 48 * KB,
        flag: 'truncated',
        size: { field: 'content_bytes', always: false },
      },
    },
  },
  TimelineEvent,
);

export const TRACES = new Table<Trace>(
  {
    name: 'tool_traces',
    key: ['id'],
    schema: Trace,
    columns: {
      id: 'text',
      chat_id: 'text',
      ...ids,
      parent_execution_id: 'text',
      parent_id: 'text',
      kind: 'text',
      turn_number: 'number',
      tool_name: 'text',
      tool_call_id: 'text',
      provider: 'text',
      model: 'text',
      summary: 'text',
      input: 'body',
      output: 'body',
      started_at: 'number',
      finished_at: 'number',
      latency_ms: 'number',
      ttft_ms: 'number',
      tokens_used: 'number',
      input_tokens: 'number',
      cache_tokens: 'number',
      cache_write_tokens: 'number',
      output_tokens: 'number',
      reasoning_tokens: 'number',
      cost: 'number',
      price_version: 'text',
      attempts: 'number',
      finish_reason: 'text',
      response_id: 'text',
      error: 'text',
      error_kind: 'text',
      outcome: 'text',
    },
    bodies: {
      input: {
        inline: 8 * KB,
        preview: 4 * KB,
        flag: 'truncated',
        size: { field: 'input_bytes', always: true },
      },
      output: {
        inline: 8 * KB,
        preview: 4 * KB,
        flag: 'truncated',
        size: { field: 'output_bytes', always: true },
      },
    },
  },
  Trace,
);

export const STEPS = new Table<StepResult>(
  {
    name: 'step_results',
    key: ['step_key', 'execution_id'],
    schema: StepResult,
    columns: {
      step_key: 'text',
      session_id: 'text',
      execution_id: 'text',
      created_at: 'number',
      result: 'body',
      usage: 'json',
      cost: 'number',
      duration_ms: 'number',
      reads: 'json',
    },
    bodies: { result: { inline: 8 * KB, preview: 4 * KB } },
  },
  StepResult,
);

/** Of all aggregates. */
export const RECORDS = [
  SESSIONS,
  STAGES,
  EXECUTIONS,
  EVENTS,
  TRACES,
  STEPS,
] as readonly Table<object>[];
