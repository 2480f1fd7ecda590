/** Runs a script in its sandbox without a model: what it would do, and about what it would cost. */
import type { AgentHouse } from '../agents/agent.ts';
import type { DryRun } from '../contracts/dry_run.ts';
import { type Fact, frameOf } from '../contracts/frames.ts';
import type { Session } from '../contracts/records.ts';
import type { Store } from '../store/store.ts';
import type { AgentType } from './agent_types.ts';
import type { RunBudgets } from './budgets.ts';
import { Digests, type StepCache } from './cache.ts';
import { DrySteps } from './dry_steps.ts';
import { StepHistory } from './history.ts';
import { RunJournal } from './journal.ts';
import { StepMemory } from './memory.ts';
import { Phases } from './phases.ts';
import { type RunParts, WorkflowRun } from './run.ts';
import type { Script } from './scripts.ts';

/** Milliseconds after which a script that does not end is stopped. */
const PATIENCE = 20_000;

export interface DryRunParts extends Pick<RunParts, 'openSandbox' | 'releaseSandbox' | 'nested'> {
  readonly store: Store;
  readonly cache: StepCache;
  readonly house: AgentHouse;
  readonly types: ReadonlyMap<string, AgentType>;
  readonly session: Session;
  readonly budgets: RunBudgets;
}

/** @param args JSON text or undefined. Never rejects for what the script does. */
export async function dryRun(
  parts: DryRunParts,
  script: Script,
  args: string | undefined,
): Promise<DryRun> {
  const { store, cache, house, types, session, budgets } = parts;
  const stop = new AbortController();
  const log: string[] = [];
  const titles = new Set<string>();
  const notebook = {
    record: async (fact: Fact) => {
      if (fact.type === 'timeline.created' && fact.event.status === 'completed')
        log.push(fact.event.content);
      if (fact.type === 'stage.status') titles.add(fact.stage.title);
      return frameOf(fact, 1, Date.now());
    },
  };
  const journal = new RunJournal(notebook, session, () => {});
  const phases = new Phases(journal);
  const memory = new StepMemory({
    ...{ cache, journal, earlier: null, fresh: false },
    digests: new Digests(house, stop.signal),
  });
  const history = await StepHistory.read(store, script.parsed.name, session.simulated);
  const steps = new DrySteps({
    ...{ house, types, budgets, memory, history },
    log: (text) => journal.log('warn', text),
  });
  phases.declare(script.parsed.phases);
  const run = new WorkflowRun({ ...parts, journal, phases, budgets, steps, stop }, script);
  const patience = setTimeout(() => stop.abort(), PATIENCE);
  const end = await run.play(args);
  clearTimeout(patience);
  for (const { phase } of steps.steps) if (phase !== null) titles.add(phase);
  const declared = new Map(script.parsed.phases.map((phase) => [phase.title, phase.detail]));
  const price = steps.steps.map((step) =>
    house.models.price(step.model, { input_tokens: step.estimated_tokens, output_tokens: 0 }),
  );
  return {
    name: script.parsed.name,
    phases: [...titles].map((title) => {
      const detail = declared.get(title);
      return detail === undefined ? { title } : { title, detail };
    }),
    steps: steps.steps,
    estimated_tokens: steps.steps.reduce((sum, step) => sum + step.estimated_tokens, 0),
    estimated_cost: price.includes(null)
      ? null
      : price.reduce((sum, one) => sum + (one?.cost ?? 0), 0),
    log,
    stopped:
      end.status === 'completed'
        ? null
        : (end.error ?? `It did not end within ${PATIENCE / 1000} seconds.`),
  };
}
