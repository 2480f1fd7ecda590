/** The house as one step's agent sees it: its own folder where it asks for one, and watched tools. */
import type { AgentExtras, AgentHouse } from '../agents/agent.ts';
import type { Gate, Verdict } from '../agents/gate.ts';
import type { Keep } from '../agents/work.ts';
import type { Tool } from '../tools/tool.ts';
import type { Worktree, Worktrees } from './worktree.ts';

export interface StepHouse {
  readonly house: AgentHouse;
  /** Who permits what the agent does, and what keeps files before it changes them. */
  readonly extras: AgentExtras;
  /**
   * True once the agent has used a tool that writes or executes, or was denied one: what it answers
   * then holds for this run and these permissions alone.
   */
  acted(): boolean;
  /** To be called when the agent has ended. @returns a sentence for the log, or null. */
  leave(): Promise<string | null>;
}

/** @throws Error where a worktree is asked for and cannot be made. */
export async function openStepHouse(
  house: AgentHouse,
  step: { readonly name: string; readonly id: string; readonly worktree: boolean },
  acting: { readonly gate: Gate; readonly keep: Keep },
  worktrees: Worktrees,
): Promise<StepHouse> {
  let acted = false;
  const note = (): void => {
    acted = true;
  };
  const tools = new Map([...house.tools].map(([name, tool]) => [name, watched(tool, note)]));
  const own = step.worktree ? await worktrees.open(house.root, step.id.toLowerCase()) : null;
  const { gate, keep } = acting;
  return {
    house: { ...house, tools, ...(own ? { root: own.root } : {}) },
    extras: {
      gate: noted(gate, note),
      keep: own ? async (change) => ({ ...(await keep(change)), apart: true }) : keep,
    },
    acted: () => acted,
    leave: () => (own ? left(step.name, own) : Promise.resolve(null)),
  };
}

/** The gate, with what it refuses noted. */
function noted(gate: Gate, note: () => void): Gate {
  const heard = <V extends Verdict | null>(verdict: V): V => {
    if (verdict?.allowed === false) note();
    return verdict;
  };
  return {
    ...gate,
    decide: (request) => heard(gate.decide(request)),
    ask: async (request, approval_id, signal) =>
      heard(await gate.ask(request, approval_id, signal)),
  };
}

function watched(tool: Tool, note: () => void): Tool {
  if (tool.permission === 'read') return tool;
  const run: Tool['run'] = (input, context) => {
    note();
    return tool.run(input, context);
  };
  return Object.create(tool, { run: { value: run } });
}

async function left(name: string, own: Worktree): Promise<string | null> {
  try {
    const kept = await own.close();
    if (!kept) return null;
    return `${name} changed files in its worktree ${kept.path}; they are on the branch ${kept.branch} or not yet committed there.`;
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error);
    return `The worktree of ${name} could not be removed: ${told}`;
  }
}
