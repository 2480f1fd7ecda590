/**
 * Spans of a file as facts of one session, so that a store of its own can show them: phases become
 * stages, agents executions, model calls and tool calls traces. Spans of other kinds are passed
 * through to the nearest of these that they lie in.
 */
import type { Fact } from '../contracts/frames.ts';
import type { Execution, Session, Stage, Trace } from '../contracts/records.ts';
import { addUsage, usageOf } from '../contracts/select.ts';
import { isFailed, type Outcome, type Status } from '../contracts/status.ts';
import { type CallFields, callKind, callOf } from './call_of_span.ts';
import { NAMES } from './names.ts';
import { endOf, text } from './read_attributes.ts';
import { lastText } from './read_messages.ts';
import type { ReadSpan } from './read_span.ts';
import { forestOf, type Node } from './span_forest.ts';

/** The one session of a file's store. */
export const FILE_SESSION = 'trace-file';

type Call = CallFields & Pick<Trace, 'id' | 'execution_id'> & { readonly node: Node };
type Agent = Pick<Execution, 'execution_id' | 'agent_name' | 'kind' | 'status'> & {
  readonly stage: Stage | null;
  readonly parent: Agent | null;
  /** Null where the file has calls, but no agent around them. */
  readonly node: Node | null;
  readonly calls: Call[];
};

/** What a span lies in. */
interface Around {
  /** Of its agent. */
  readonly stage: Stage | null;
  readonly agent: Agent | null;
  readonly call: Call | null;
}
const NOWHERE: Around = { stage: null, agent: null, call: null };

/**
 * @param file_name the title where no run of a workflow is in the file.
 * @returns facts in an order in which a store takes them.
 */
export function factsOfSpans(spans: readonly ReadSpan[], file_name: string): Fact[] {
  const { nodes, find } = forestOf(spans);
  const [stages, agents, calls] = [new Stages(nodes), new Agents(), new Map<string, Call>()];
  const arounds = new Map<Node, Around>();
  for (const node of nodes) {
    const outer = (node.parent && arounds.get(node.parent)) ?? NOWHERE;
    // A sub-agent stays in the stage of the agent that started it.
    const phase = outer.agent ? null : stages.phaseOf(node);
    const { span } = node;
    const kind = callKind(span);
    const is_agent = text(span, NAMES.operation) === 'invoke_agent';
    if (!kind && !is_agent) {
      arounds.set(node, outer);
      continue;
    }
    const stage = outer.agent ? outer.agent.stage : (phase ?? stages.ofTrace(node));
    const around: Around = { ...outer, stage };
    if (!kind) {
      arounds.set(node, { stage, agent: agents.add(node, around), call: null });
    } else {
      const agent = around.agent ?? agents.standIn(node, stage);
      const call: Call = {
        ...callOf(span, kind, stage ? stage.stage_index + 1 : 0),
        ...{ id: node.id, execution_id: agent.execution_id, node },
        parent_id: around.call?.kind === 'model' ? around.call.id : null,
      };
      agent.calls.push(call);
      calls.set(node.id, call);
      arounds.set(node, { ...around, call });
    }
  }
  const linked = ({ node, kind, parent_id }: Call): string | null => {
    if (kind !== 'tool') return null;
    const targets = node.span.links.map((id) => find(node.span.trace_id, id)?.id ?? '');
    return targets.find((id) => calls.get(id)?.kind === 'model') ?? parent_id ?? null;
  };
  return [
    { type: 'session.status', session: sessionOf(spans, file_name, agents.all) },
    ...stages.all.map((stage): Fact => ({ type: 'stage.status', stage })),
    ...agents.all.map((agent, at): Fact => {
      return { type: 'execution.status', execution: executionOf(agent, at) };
    }),
    ...agents.all.flatMap((agent) =>
      agent.calls.map((call): Fact => {
        const trace = { ...traceOf(agent, call), parent_id: linked(call) };
        return { type: call.kind === 'model' ? 'interaction' : 'tool_trace', trace };
      }),
    ),
  ];
}

/** The phases of a trace, or the whole of a trace where it has none. */
class Stages {
  readonly all: Stage[] = [];
  readonly #of_node = new Map<Node, Stage>();
  readonly #of_trace = new Map<string, Stage>();
  /** The first root of each trace, which names it. */
  readonly #roots = new Map<string, Node>();
  readonly #phased: ReadonlySet<string>;

  constructor(nodes: readonly Node[]) {
    const phases = nodes.filter((node) => isPhase(node.span));
    this.#phased = new Set(phases.map((node) => node.span.trace_id));
    for (const node of nodes) {
      const { trace_id } = node.span;
      if (!this.#roots.has(trace_id)) this.#roots.set(trace_id, node);
    }
  }

  /** The phase that the span is or lies in. Ask for parents before their children. */
  phaseOf(node: Node): Stage | null {
    const stage = isPhase(node.span)
      ? this.#add(node, text(node.span, NAMES.stage) ?? '', 'stage')
      : node.parent && this.#of_node.get(node.parent);
    if (stage) this.#of_node.set(node, stage);
    return stage ?? null;
  }

  /** Only for what is shown: a trace of other things would be a stage with nothing in it. */
  ofTrace({ span: { trace_id } }: Node): Stage | null {
    const root = this.#roots.get(trace_id);
    if (!root || this.#phased.has(trace_id)) return null;
    const stage = this.#of_trace.get(trace_id) ?? this.#add(root, root.span.name, 'trace');
    this.#of_trace.set(trace_id, stage);
    return stage;
  }

  #add({ id, span }: Node, title: string, kind: string): Stage {
    const stage: Stage = {
      stage_id: `${kind} ${id}`,
      session_id: FILE_SESSION,
      stage_index: this.all.length,
      title: title || 'Trace',
      status: statusOf(endOf(span).outcome),
      started_at: span.started_at,
      finished_at: finishOf(span),
    };
    this.all.push(stage);
    return stage;
  }
}

class Agents {
  readonly all: Agent[] = [];
  readonly #stand_ins = new Map<string, Agent>();

  add(node: Node, { stage, agent: parent }: Around): Agent {
    const { span } = node;
    const agent_name = text(span, NAMES.agentName) ?? span.name.replace(/^invoke_agent ?/, '');
    const said = KINDS.find((kind) => kind === text(span, NAMES.kind));
    const kind = said ?? (parent ? 'sub_agent' : 'step');
    const status = statusOf(endOf(span).outcome);
    return this.#put({
      ...{
        execution_id: `agent ${node.id}`,
        agent_name: agent_name || 'agent',
        kind,
        status,
        stage,
        parent,
        node,
      },
      calls: [],
    });
  }

  /** One agent for all calls of a trace and stage that lie in none. */
  standIn({ id, span }: Node, stage: Stage | null): Agent {
    const key = `${span.trace_id} ${stage?.stage_id ?? ''}`;
    const known = this.#stand_ins.get(key);
    if (known) return known;
    const agent = this.#put({
      execution_id: `calls ${id}`,
      agent_name: span.service || stage?.title || 'calls',
      ...{ kind: 'step', status: stage?.status ?? 'completed', stage, parent: null, node: null },
      calls: [],
    });
    this.#stand_ins.set(key, agent);
    return agent;
  }

  #put(agent: Agent): Agent {
    this.all.push(agent);
    return agent;
  }
}

const KINDS = ['turn', 'step', 'sub_agent', 'background'] as const;

function executionOf(agent: Agent, agent_index: number): Execution {
  const { execution_id, agent_name, kind, status, stage, parent, node, calls } = agent;
  const span = node?.span;
  const usage = addUsage(...calls.map((call) => usageOf(traceOf(agent, call))));
  const costs = calls.flatMap(({ cost }) => (typeof cost === 'number' ? [cost] : []));
  const started_at = span?.started_at ?? least(calls.map((call) => call.started_at));
  const finished_at = span
    ? finishOf(span)
    : most(calls.map((call) => call.finished_at ?? call.started_at));
  const { error, error_kind } = span ? endOf(span) : { error: null, error_kind: null };
  return {
    ...{ execution_id, session_id: FILE_SESSION, stage_id: stage?.stage_id ?? null },
    parent_execution_id: parent?.execution_id ?? null,
    ...{ kind, agent_index, agent_name, status },
    task: span ? lastText(span.attributes.get(NAMES.inputMessages), 'user') : null,
    model: span ? text(span, NAMES.requestModel) : null,
    ...{ created_at: started_at, started_at, finished_at },
    duration_ms: span ? span.duration_ms : finished_at === null ? null : finished_at - started_at,
    ...{ error, error_kind, usage },
    cost: costs.length > 0 ? costs.reduce((a, b) => a + b, 0) : null,
    model_calls: calls.filter((call) => call.kind === 'model').length,
    tool_calls: calls.filter((call) => call.kind === 'tool').length,
    cached_from: span ? text(span, NAMES.cachedFrom) : null,
    result: span ? lastText(span.attributes.get(NAMES.outputMessages), 'assistant') : null,
  };
}

function traceOf(agent: Agent, { node, ...call }: Call): Trace {
  return {
    ...call,
    ...{ session_id: FILE_SESSION, stage_id: agent.stage?.stage_id ?? null },
    parent_execution_id: agent.parent?.execution_id ?? null,
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

function isPhase(span: ReadSpan): boolean {
  return text(span, NAMES.stage) !== null && text(span, NAMES.operation) === null;
}

/** Only calls can be denied. */
function statusOf(outcome: Outcome): Status {
  return outcome === 'denied' ? 'failed' : outcome;
}

function finishOf({ started_at, duration_ms }: ReadSpan): number | null {
  return duration_ms === null ? null : started_at + duration_ms;
}

// Not by `Math.min(...)`: a file may have more spans than a call takes arguments.
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
