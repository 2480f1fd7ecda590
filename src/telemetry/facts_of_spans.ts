/** Spans of a file as facts of one session, so that a store of its own can show them. */
import type { Fact } from '../contracts/frames.ts';
import type { Execution, Session } from '../contracts/records.ts';
import { addUsage } from '../contracts/select.ts';
import { isFailed } from '../contracts/status.ts';
import { callOf } from './call_of_span.ts';
import { type Agent, type Call, FILE_SESSION, fileTree, finishOf, statusOf } from './file_tree.ts';
import { NAMES } from './names.ts';
import { endOf, figure, text, usageOf } from './read_attributes.ts';
import { lastText } from './read_messages.ts';
import type { ReadSpan } from './read_span.ts';

export interface FileFacts {
  /** Agents, those included that stand in for none. Without one there is nothing to show. */
  readonly agents: number;
  readonly total: number;
  /**
   * In an order in which a store takes them. Made one by one, since the bodies of all calls would
   * take as much memory and time again as the file.
   */
  readonly facts: Iterable<Fact>;
}

/** @param file_name the title where no run of a workflow is in the file. */
export function factsOfSpans(spans: readonly ReadSpan[], file_name: string): FileFacts {
  const { stages, agents } = fileTree(spans);
  const calls = agents.reduce((n, agent) => n + agent.calls.length, 0);
  function* facts(): Generator<Fact> {
    yield { type: 'session.status', session: sessionOf(spans, file_name, agents) };
    for (const stage of stages) yield { type: 'stage.status', stage };
    for (const [at, agent] of agents.entries()) {
      yield { type: 'execution.status', execution: executionOf(agent, at) };
    }
    for (const agent of agents) {
      for (const call of agent.calls) yield callFact(agent, call);
    }
  }
  return {
    agents: agents.length,
    total: 1 + stages.length + agents.length + calls,
    facts: facts(),
  };
}

function callFact(
  { execution_id, stage, parent }: Agent,
  { id, span, kind, asked_by }: Call,
): Fact {
  const trace = {
    ...callOf(span, kind, stage ? stage.stage_index + 1 : 0),
    ...{ id, session_id: FILE_SESSION, stage_id: stage?.stage_id ?? null, execution_id },
    parent_execution_id: parent?.execution_id ?? null,
    parent_id: asked_by,
  };
  return { type: kind === 'model' ? 'interaction' : 'tool_trace', trace };
}

/** Tokens and cost are those of its own calls, as everywhere. */
function executionOf(agent: Agent, agent_index: number): Execution {
  const { execution_id, agent_name, kind, status, stage, parent, span, calls } = agent;
  const models = calls.filter((call) => call.kind === 'model');
  const costs = models.map((call) => figure(call.span, NAMES.cost)).filter((c) => c !== null);
  const ends = calls.map((call) => finishOf(call.span) ?? call.span.started_at);
  const started_at = span?.started_at ?? least(calls.map((call) => call.span.started_at));
  const finished_at = span ? finishOf(span) : most(ends);
  const { error, error_kind } = span ? endOf(span) : { error: null, error_kind: null };
  return {
    ...{ execution_id, session_id: FILE_SESSION, stage_id: stage?.stage_id ?? null },
    parent_execution_id: parent?.execution_id ?? null,
    ...{ kind, agent_index, agent_name, status },
    task: span ? lastText(span.attributes.get(NAMES.inputMessages), 'user') : null,
    model: span ? text(span, NAMES.requestModel) : null,
    ...{ created_at: started_at, started_at, finished_at },
    duration_ms: span ? span.duration_ms : most(ends) - started_at,
    ...{
      error,
      error_kind,
      usage: models.reduce((sum, call) => addUsage(sum, usageOf(call.span)), {}),
    },
    cost: costs.length > 0 ? costs.reduce((a, b) => a + b, 0) : null,
    model_calls: models.length,
    tool_calls: calls.length - models.length,
    cached_from: span ? text(span, NAMES.cachedFrom) : null,
    result: span ? lastText(span.attributes.get(NAMES.outputMessages), 'assistant') : null,
  };
}

/** A file of one run has its name and its end; of several, the file's name and the time of all. */
function sessionOf(
  spans: readonly ReadSpan[],
  file_name: string,
  agents: readonly Agent[],
): Session {
  const runs = spans.filter((span) => text(span, NAMES.operation) === 'invoke_workflow');
  const [run] = runs.length === 1 ? runs : [];
  const said = run && endOf(run);
  const failed = agents.some((agent) => !agent.parent && isFailed(agent.status));
  const started_at = run?.started_at ?? least(spans.map((s) => s.started_at));
  const last = most(spans.map((s) => finishOf(s) ?? s.started_at));
  const finished_at = run ? finishOf(run) : last;
  return {
    ...{ session_id: FILE_SESSION, kind: 'workflow', created_at: started_at, updated_at: last },
    title: (run && (text(run, NAMES.workflowName) ?? run.name)) || file_name,
    status: said ? statusOf(said.outcome) : failed ? 'failed' : 'completed',
    ...{ started_at, finished_at },
    error: said?.error ?? null,
    error_kind: said?.error_kind ?? null,
    simulated: spans.some((span) => span.attributes.get(NAMES.simulated) === true),
  };
}

// Not by `Math.min(...)`: a file may have more spans than a call takes arguments.
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
