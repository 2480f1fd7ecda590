/**
 * Where each span of a file belongs: phases and whole traces are stages, agents lie in them and in
 * each other, model calls and tool calls in agents. Spans of other kinds are passed through to the
 * nearest of these that they lie in.
 */
import type { Execution, Stage, Trace } from '../contracts/records.ts';
import type { Outcome, Status } from '../contracts/status.ts';
import { callKind } from './call_of_span.ts';
import { NAMES } from './names.ts';
import { endOf, text } from './read_attributes.ts';
import type { ReadSpan } from './read_span.ts';
import { forestOf, type Node } from './span_forest.ts';

/** The one session of a file's store. */
export const FILE_SESSION = 'trace-file';

export interface Call {
  readonly id: string;
  readonly span: ReadSpan;
  readonly kind: Trace['kind'];
  /** The model call that asked for this tool call, where the file says so. */
  asked_by: string | null;
}

export interface Agent extends Pick<Execution, 'execution_id' | 'agent_name' | 'kind' | 'status'> {
  readonly stage: Stage | null;
  readonly parent: Agent | null;
  /** Null where the file has calls, but no agent around them. */
  readonly span: ReadSpan | null;
  readonly calls: Call[];
}

/** What is shown of a file: parents before their children. */
export interface FileTree {
  readonly stages: readonly Stage[];
  readonly agents: readonly Agent[];
}

/** What a span lies in. */
interface Around {
  /** Of its agent. */
  readonly stage: Stage | null;
  readonly agent: Agent | null;
  readonly call: Call | null;
}
const NOWHERE: Around = { stage: null, agent: null, call: null };

export function fileTree(spans: readonly ReadSpan[]): FileTree {
  const { nodes, find } = forestOf(spans);
  const [stages, agents, calls] = [new Stages(nodes), new Agents(), new Map<string, Call>()];
  const arounds = new Map<Node, Around>();
  for (const node of nodes) {
    const outer = (node.parent && arounds.get(node.parent)) ?? NOWHERE;
    const phase = outer.agent ? null : stages.phaseOf(node);
    const { id, span } = node;
    const kind = callKind(span);
    if (!kind && text(span, NAMES.operation) !== 'invoke_agent') {
      arounds.set(node, outer);
      continue;
    }
    // A sub-agent stays in the stage of the agent that started it.
    const stage = outer.agent ? outer.agent.stage : (phase ?? stages.ofTrace(node));
    if (!kind) {
      arounds.set(node, { stage, agent: agents.add(node, stage, outer.agent), call: null });
      continue;
    }
    const agent = outer.agent ?? agents.standIn(node, stage);
    const asked_by = kind === 'tool' && outer.call?.kind === 'model' ? outer.call.id : null;
    const call: Call = { id, span, kind, asked_by };
    agent.calls.push(call);
    calls.set(id, call);
    arounds.set(node, { stage, agent: outer.agent, call });
  }
  for (const call of calls.values()) {
    if (call.kind !== 'tool') continue;
    const targets = call.span.links.map((id) => find(call.span.trace_id, id)?.id ?? '');
    call.asked_by = targets.find((id) => calls.get(id)?.kind === 'model') ?? call.asked_by;
  }
  return { stages: stages.all, agents: agents.all };
}

const KINDS = ['turn', 'step', 'sub_agent', 'background'] as const;

/** The phases of a trace, or the whole of a trace where it has none. */
class Stages {
  readonly all: Stage[] = [];
  readonly #of_node = new Map<Node, Stage>();
  readonly #of_trace = new Map<string, Stage>();
  /** The first root of each trace, which names it, and when the last of its spans ended. */
  readonly #traces = new Map<string, { readonly root: Node; end: number | null }>();
  readonly #phased: ReadonlySet<string>;

  constructor(nodes: readonly Node[]) {
    const phases = nodes.filter((node) => isPhase(node.span));
    this.#phased = new Set(phases.map((node) => node.span.trace_id));
    for (const node of nodes) {
      const { trace_id } = node.span;
      const known = this.#traces.get(trace_id) ?? { root: node, end: null };
      const end = finishOf(node.span);
      // Where its real root is not in the file, no span covers all of it.
      if (end !== null) known.end = Math.max(known.end ?? end, end);
      this.#traces.set(trace_id, known);
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
    const trace = this.#traces.get(trace_id);
    if (!trace || this.#phased.has(trace_id)) return null;
    const known = this.#of_trace.get(trace_id);
    if (known) return known;
    const { root, end } = trace;
    const stage = this.#add(root, root.span.name, 'trace', end);
    this.#of_trace.set(trace_id, stage);
    return stage;
  }

  #add({ id, span }: Node, title: string, kind: string, end = finishOf(span)): Stage {
    const stage: Stage = {
      stage_id: `${kind} ${id}`,
      session_id: FILE_SESSION,
      stage_index: this.all.length,
      title: title || 'Trace',
      status: statusOf(endOf(span).outcome),
      started_at: span.started_at,
      finished_at: end,
    };
    this.all.push(stage);
    return stage;
  }
}

class Agents {
  readonly all: Agent[] = [];
  readonly #stand_ins = new Map<string, Agent>();

  add({ id, span }: Node, stage: Stage | null, parent: Agent | null): Agent {
    const agent_name = text(span, NAMES.agentName) ?? span.name.replace(/^invoke_agent ?/, '');
    const said = KINDS.find((kind) => kind === text(span, NAMES.kind));
    const kind = said ?? (parent ? 'sub_agent' : 'step');
    const status = statusOf(endOf(span).outcome);
    return this.#put({
      ...{ execution_id: `agent ${id}`, agent_name: agent_name || 'agent', kind, status },
      ...{ stage, parent, span, calls: [] },
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
      ...{ kind: 'step', status: stage?.status ?? 'completed', stage, parent: null, span: null },
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

function isPhase(span: ReadSpan): boolean {
  return text(span, NAMES.stage) !== null && text(span, NAMES.operation) === null;
}

/** Only calls can be denied. */
export function statusOf(outcome: Outcome): Status {
  return outcome === 'denied' ? 'failed' : outcome;
}

export function finishOf({ started_at, duration_ms }: ReadSpan): number | null {
  return duration_ms === null ? null : started_at + duration_ms;
}
