/** Runs a script's agents: one step each, from the call to its answer. */
import type {
  AgentExtras,
  AgentHouse,
  AgentLimits,
  AgentOutcome,
  AgentSpec,
  Place,
} from '../agents/agent.ts';
import type { TokenBudget } from '../agents/budget.ts';
import type { Keep } from '../agents/work.ts';
import type { ErrorKind, Execution, StepResult } from '../contracts/records.ts';
import { newId } from '../store/store.ts';
import type { AgentType } from './agent_types.ts';
import type { RunBudgets } from './budgets.ts';
import type { Kept } from './earlier.ts';
import type { RunJournal } from './journal.ts';
import { StepKeys } from './key.ts';
import type { StepMemory } from './memory.ts';
import type { Phases } from './phases.ts';
import type { Questions } from './questions.ts';
import type { AgentCall } from './sandbox/calls.ts';
import type { Answer } from './sandbox/sandbox.ts';
import type { Seat, Slots } from './slots.ts';
import { checkedSpec, refuseExhausted, StepCallError } from './spec.ts';
import { openStepHouse } from './step_house.ts';
import type { Worktrees } from './worktree.ts';

/** The agent loop, as `src/agents/loop.ts` provides it. Never rejects for what an agent does. */
export type RunAgent = (
  house: AgentHouse,
  spec: AgentSpec,
  limits: AgentLimits,
  place: Place,
  signal: AbortSignal,
  extras?: AgentExtras,
) => Promise<AgentOutcome>;

/** Agents of one run, nested workflows included. */
export const AGENT_LIMIT = 1000;

export interface StepsOptions {
  readonly house: AgentHouse;
  readonly types: ReadonlyMap<string, AgentType>;
  readonly runAgent: RunAgent;
  readonly journal: RunJournal;
  readonly phases: Phases;
  readonly budgets: RunBudgets;
  readonly memory: StepMemory;
  readonly slots: Pick<Slots, 'seat'>;
  readonly worktrees: Worktrees;
  readonly questions: Questions;
  /** Keeps files before agents change them. */
  readonly keep: Keep;
  readonly signal: AbortSignal;
  readonly max_steps: number;
  readonly timeout_ms: number;
}

interface Step {
  readonly call: AgentCall;
  readonly spec: AgentSpec;
  readonly execution: Execution;
  readonly key: string;
  readonly budget: TokenBudget;
  /** Aborted to stop this agent alone. */
  readonly stop: AbortController;
}

const STOPPED = 'it was stopped by the user';

export class Steps {
  readonly #options: StepsOptions;
  readonly #keys = new StepKeys();
  readonly #underway = new Set<Promise<unknown>>();
  readonly #live = new Map<string, Step>();
  readonly #kinds = new Map<string, ErrorKind>();
  readonly #said = new Set<string>();
  #count = 0;

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** Agents that have been called and have not ended. */
  get underway(): number {
    return this.#underway.size;
  }

  /** Resolves when every agent has ended; to be called after the run's signal is aborted. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underway);
  }

  /** The kind of an agent's failure, by the words in which the script was told of it. */
  kindOf(message: string): ErrorKind | undefined {
    return this.#kinds.get(message);
  }

  /** Stops one agent, at work or waiting; the run goes on. @returns false when it is neither. */
  cancel(execution_id: string): boolean {
    const step = this.#live.get(execution_id);
    step?.stop.abort(new Error('The agent was stopped.'));
    return step !== undefined;
  }

  /** @returns the answer for the script; rejects only when the facts cannot be recorded. */
  run(realm: number, call: AgentCall): Promise<Answer> {
    const work = this.#run(realm, call).catch((error: unknown): Answer => this.#refused(error));
    this.#underway.add(work);
    return work.finally(() => this.#underway.delete(work));
  }

  async #run(realm: number, call: AgentCall): Promise<Answer> {
    const head = call.isolation ? await this.#head() : null;
    const step = this.#prepare(realm, call, head);
    const { execution_id, stage_id } = step.execution;
    const { phases } = this.#options;
    this.#live.set(execution_id, step);
    try {
      const kept = await this.#kept(step);
      if (kept) {
        phases.ended(stage_id, 'completed');
        return { value: parsedResult(step.spec, kept.result) };
      }
      const outcome = await this.#execute(step);
      phases.ended(stage_id, outcome.execution.status);
      return this.#answer(step, outcome);
    } catch (error) {
      const stopped = step.stop.signal.aborted && !this.#options.signal.aborted;
      this.#abandon(step, error, stopped);
      if (stopped) return this.#none(step, STOPPED, 'cancelled');
      throw error;
    } finally {
      this.#live.delete(execution_id);
    }
  }

  async #head(): Promise<string> {
    const { worktrees, house } = this.#options;
    try {
      return await worktrees.head(house.root);
    } catch (error) {
      throw new StepCallError(error instanceof Error ? error.message : String(error), 'script');
    }
  }

  #prepare(realm: number, call: AgentCall, head: string | null): Step {
    const { house, types, journal, phases, budgets } = this.#options;
    if (this.#count >= AGENT_LIMIT) {
      throw new StepCallError(
        `The run has started ${AGENT_LIMIT} agents, which is the limit.`,
        'limit',
      );
    }
    const { spec, identity, notes } = checkedSpec(call, { house, types, head });
    for (const note of notes) this.#once(note);
    const around = budgets.of(realm, call.scope);
    refuseExhausted(around, spec.name);
    const budget = budgets.forAgent(around, call.budget);
    const stage_id = phases.enter(call.phase ?? null);
    const execution: Execution = {
      execution_id: newId(),
      session_id: journal.session.session_id,
      stage_id,
      kind: 'step',
      agent_index: this.#count,
      agent_name: spec.name,
      task: spec.prompt,
      status: 'pending',
      model: house.models.describe(spec.model).id,
      created_at: Date.now(),
      usage: {},
      model_calls: 0,
      tool_calls: 0,
      step_key: this.#keys.next(identity),
      ...(budget.total === null ? {} : { budget_tokens: budget.total }),
    };
    this.#count += 1;
    const key = execution.step_key ?? '';
    return { call, spec, execution, key, budget, stop: new AbortController() };
  }

  /** Replays a kept result, where there is one. */
  async #kept(step: Step): Promise<Kept | null> {
    const { memory, journal } = this.#options;
    const asked = { key: step.key, name: step.spec.name, cache: step.call.cache !== false };
    const kept = await memory.find(asked);
    if (!kept) return null;
    const now = Date.now();
    const { ms, tokens, cost } = kept.saved;
    const execution: Execution = {
      ...step.execution,
      status: 'completed',
      started_at: now,
      finished_at: now,
      duration_ms: 0,
      cached_from: kept.execution_id,
      result: kept.result,
      saved_ms: ms,
      ...(tokens === null ? {} : { saved_tokens: tokens }),
      ...(cost === null ? {} : { saved_cost: cost }),
    };
    journal.note({ type: 'execution.status', execution });
    return kept;
  }

  async #execute(step: Step): Promise<AgentOutcome> {
    const { journal, slots, max_steps, timeout_ms } = this.#options;
    const { execution, spec, budget } = step;
    const signal = AbortSignal.any([this.#options.signal, step.stop.signal]);
    let begun = false;
    const seat = await slots.seat(signal, (ahead) => {
      if (!begun) journal.note({ type: 'execution.status', execution }, 'lazy');
      const before = ahead === 0 ? '' : `, ${ahead} before it`;
      const { execution_id, session_id, stage_id } = execution;
      const phase = `Waiting for a free place${before}`;
      const progress = { execution_id, session_id, stage_id, phase };
      journal.note({ type: 'execution.progress', progress }, 'lazy');
    });
    begun = true;
    try {
      // While it waited, others may have spent what was left.
      refuseExhausted(budget, spec.name);
      const limits: AgentLimits = {
        max_steps: Math.min(max_steps, budget.remainingSteps()),
        timeout_ms: Math.min(step.call.timeout ?? Number.POSITIVE_INFINITY, timeout_ms),
        budget,
      };
      return await this.#runAgent(step, limits, signal, seat);
    } finally {
      seat.end();
    }
  }

  async #runAgent(
    step: Step,
    limits: AgentLimits,
    signal: AbortSignal,
    seat: Seat,
  ): Promise<AgentOutcome> {
    const { house, journal, memory, worktrees, questions, keep, runAgent } = this.#options;
    // What is read in a worktree is its commit, which is a part of the step's key.
    const seen = (outcome: AgentOutcome): AgentOutcome =>
      worktree ? { ...outcome, reads: [] } : outcome;
    const { execution } = step;
    const { execution_id, session_id, stage_id, agent_index } = execution;
    const worktree = step.call.isolation === 'worktree';
    const { name } = step.spec;
    const acting = { gate: questions.gate({ key: step.key, apart: worktree, seat }), keep };
    const at = { name, id: execution_id, worktree };
    const own = await openStepHouse(house, at, acting, worktrees);
    try {
      const place: Place = {
        ...{ session_id, stage_id, execution_id, agent_index, kind: 'step', turn_number: 0 },
        previous: { execution, sequence: 0 },
      };
      let result: StepResult | null = null;
      return await runAgent(own.house, step.spec, limits, place, signal, {
        ...own.extras,
        onCompleted: (outcome) => {
          if (own.acted()) return [];
          result = memory.resultOf(step.key, seen(outcome));
          return [{ type: 'step.result', step: result }];
        },
        keeping: (kept) => {
          const remembered = kept.then(() => result && memory.remember(result));
          journal.keeping(remembered);
          // What has acted must never be done twice. Anything else the script may go on from: the
          // next request leaves only after this is on disk, too.
          return own.acted() ? kept : Promise.resolve();
        },
      });
    } finally {
      const left = await own.leave();
      if (left) journal.log('info', left, { execution_id });
    }
  }

  #answer(step: Step, outcome: AgentOutcome): Answer {
    const { execution, text } = outcome;
    const { spec } = step;
    if (execution.status === 'completed') {
      return { value: spec.schema ? (outcome.value ?? parsedResult(spec, text)) : text };
    }
    if (step.stop.signal.aborted) return this.#none(step, STOPPED, 'cancelled');
    const kind = execution.error_kind ?? 'internal';
    const why = execution.error ?? `it ended as ${execution.status.replace('_', ' ')}`;
    const answer = this.#none(step, why, kind);
    // Nothing was asked, so a loop over the budget would go on with null for ever.
    if (kind !== 'limit' || execution.model_calls > 0) return answer;
    return this.#error(`Agent "${spec.name}" failed: ${why}`, kind, 'BudgetExceededError');
  }

  /** The agent has no result: an eager one gives null, a defined one throws. */
  #none(step: Step, why: string, kind: ErrorKind): Answer {
    const { call, spec, execution } = step;
    const stopped = kind === 'cancelled';
    const message = `Agent "${spec.name}" ${stopped ? 'gave no result' : 'failed'}: ${why}`;
    this.#options.journal.log(stopped ? 'warn' : 'error', message, {
      execution_id: execution.execution_id,
      ...(call.line === null ? {} : { line: call.line }),
    });
    // An answer that never satisfied its schema is the script's to handle.
    if (!call.lazy && !(spec.schema && kind === 'bad_response')) return { value: null };
    return this.#error(message, kind);
  }

  #refused(error: unknown): Answer {
    if (error instanceof StepCallError) {
      return this.#error(error.message, error.kind, error.told_as);
    }
    const message = error instanceof Error ? error.message : String(error);
    return this.#error(message, this.#options.signal.aborted ? 'cancelled' : 'internal');
  }

  #error(message: string, kind: ErrorKind, name = 'AgentError'): Answer {
    this.#kinds.set(message, kind);
    return { error: { name, message, kind } };
  }

  // The step was announced and will not run: it was stopped, its budget ran out, or the run ended.
  #abandon(step: Step, error: unknown, stopped: boolean): void {
    const cancelled = stopped || this.#options.signal.aborted;
    const status = cancelled ? 'cancelled' : 'failed';
    const execution: Execution = {
      ...step.execution,
      status,
      finished_at: Date.now(),
      error: cancelled ? null : error instanceof Error ? error.message : String(error),
      error_kind: cancelled
        ? 'cancelled'
        : error instanceof StepCallError
          ? error.kind
          : 'internal',
    };
    this.#options.phases.ended(execution.stage_id, status);
    this.#options.journal.note({ type: 'execution.status', execution });
  }

  #once(note: string): void {
    if (this.#said.has(note)) return;
    this.#said.add(note);
    this.#options.journal.log('warn', note);
  }
}

function parsedResult(spec: AgentSpec, text: string): unknown {
  return spec.schema ? (JSON.parse(text) as unknown) : text;
}
