/** From a script's call of `agent` to what the agent loop is given, checked before it starts. */
import type { AgentHouse, AgentSpec } from '../agents/agent.ts';
import type { TokenBudget } from '../agents/budget.ts';
import { AgentFailure } from '../agents/failure.ts';
import { compileSchema } from '../agents/schema.ts';
import type { ErrorKind } from '../contracts/records.ts';
import { type AgentType, BUILT_IN_TYPES, houseTools } from './agent_types.ts';
import type { StepIdentity } from './key.ts';
import type { AgentCall } from './sandbox/calls.ts';

/** A call that cannot be carried out; the script is told in these words. */
export class StepCallError extends Error {
  readonly kind: ErrorKind;
  /** The name that the error has in the script. */
  readonly told_as: string;
  constructor(message: string, kind: ErrorKind, told_as?: string) {
    super(message);
    this.name = 'StepCallError';
    this.kind = kind;
    this.told_as = told_as ?? (kind === 'script' ? 'TypeError' : 'AgentError');
  }
}

/** Characters of a name on a screen: given as a label, or taken from the prompt. */
const LABEL = 200;
const TITLE = 60;

// Names that Claude Code's scripts use for its own models; here they mean the configured one.
const FOREIGN_MODELS = /^(?:haiku|sonnet|opus|inherit|best|claude-.*)$/;

/** What a call is checked against. */
export interface SpecWorld {
  readonly house: AgentHouse;
  readonly types: ReadonlyMap<string, AgentType>;
  /** The commit that a worktree would start from; null for agents in the workspace itself. */
  readonly head: string | null;
}

/**
 * @returns the spec, what determines its result, and notes for the log about what is ignored.
 * @throws StepCallError for unknown tools or an impossible schema.
 */
export function checkedSpec(
  call: AgentCall,
  world: SpecWorld,
): { spec: AgentSpec; identity: StepIdentity; notes: string[] } {
  const { house, types, head } = world;
  const name = call.label ? clip(call.label, LABEL) : titleOf(call.prompt);
  const notes: string[] = [];
  const problem = call.schema ? schemaProblem(call.schema) : null;
  if (problem) throw new StepCallError(`Agent "${name}" cannot start. ${problem}`, 'script');
  const type = typeOf(call, types, notes);
  const tools = call.tools
    ? checkedTools(name, call.tools, house)
    : (toolsOfType(name, type, house, notes) ?? [...house.tools.keys()]);
  const model = ownModel(call.model ?? type?.model, notes);
  const used = house.models.describe(model);
  const effort = call.effort && used.efforts.length > 0 ? call.effort : undefined;
  if (call.effort && !effort) {
    notes.push(
      `The model ${used.id} has no reasoning setting: effort '${call.effort}' is ignored.`,
    );
  }
  const { prompt, schema } = call;
  const system = call.system ?? type?.system;
  return {
    spec: { name, prompt, system, model, tools, schema, effort },
    identity: {
      ...{ prompt, system, tools, schema, effort: call.effort },
      // Simulated replies must never stand in for a model's, so the provider counts too.
      model: `${used.provider}/${used.id}`,
      budget: call.budget,
      isolation: call.isolation && `${call.isolation} ${head}`,
      agent_type: call.agent_type,
    },
    notes,
  };
}

function typeOf(
  call: AgentCall,
  types: ReadonlyMap<string, AgentType>,
  notes: string[],
): AgentType | undefined {
  if (call.agent_type === undefined) return undefined;
  const type = types.get(call.agent_type);
  if (!type) {
    notes.push(
      `The agent type "${call.agent_type}" is not known here (known: ${[...types.keys()].join(', ')}); an agent with the usual tools is used instead.`,
    );
  }
  return type;
}

function checkedTools(name: string, names: readonly string[], house: AgentHouse): string[] {
  const { tools, unknown } = houseTools(names, new Set(house.tools.keys()));
  if (unknown.length > 0) {
    throw new StepCallError(
      `Agent "${name}" asks for tools that do not exist: ${unknown.join(', ')}. There are ${[...house.tools.keys()].join(', ')}.`,
      'script',
    );
  }
  return tools;
}

// A type is written for many projects; what it cannot have here must not stop the run.
function toolsOfType(
  name: string,
  type: AgentType | undefined,
  house: AgentHouse,
  notes: string[],
): string[] | undefined {
  if (!type?.tools) return undefined;
  const { tools, unknown } = houseTools(type.tools, new Set(house.tools.keys()));
  if (unknown.length > 0 && type.system !== undefined && !BUILT_IN_TYPES.has(type.name)) {
    notes.push(
      `Agent "${name}": the type "${type.name}" names tools that it cannot have here; they are left out: ${unknown.join(', ')}.`,
    );
  }
  return tools;
}

function ownModel(model: string | undefined, notes: string[]): string | undefined {
  if (model === undefined || !FOREIGN_MODELS.test(model)) return model;
  if (model !== 'inherit') {
    notes.push(`The model "${model}" is not offered here; the configured model is used instead.`);
  }
  return undefined;
}

function titleOf(prompt: string): string {
  return clip(prompt.trim().split('\n')[0]?.trim() ?? '', TITLE) || 'agent';
}

function clip(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

// A thousand agents of one `parallel` share one schema; compiling it once is enough.
const usable = new Set<string>();

function schemaProblem(schema: Readonly<Record<string, unknown>>): string | null {
  const text = JSON.stringify(schema);
  if (usable.has(text)) return null;
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof AgentFailure) return error.message;
    throw error;
  }
  if (usable.size >= 100) usable.clear();
  usable.add(text);
  return null;
}

/** @throws StepCallError where nothing is left of a budget around the agent. */
export function refuseExhausted(budget: TokenBudget, name: string): void {
  const spent = budget.exhausted();
  if (!spent) return;
  throw new StepCallError(
    `Agent "${name}" was not started: the budget around it is used up (${spent.describe()}).`,
    'limit',
    'BudgetExceededError',
  );
}
