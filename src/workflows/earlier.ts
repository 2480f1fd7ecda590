/** What an earlier run has to give to a new one of the same workflow: the steps that it finished. */
import { ToolCallMeta } from '../contracts/chat.ts';
import type { Execution, StepResult, TimelineEvent } from '../contracts/records.ts';
import { type OpenQuestion, questionOf, undoneSteps } from '../contracts/run_select.ts';
import { totalTokens } from '../contracts/select.ts';
import type { Store } from '../store/store.ts';
import { lineOf } from './changes.ts';
import { WorkflowError } from './workflow.ts';

/** A finished step's result and what it saves to use it again. */
export interface Kept {
  readonly execution_id: string;
  readonly result: string;
  /** Milliseconds, tokens, US dollars; null where unknown. */
  readonly saved: {
    readonly ms: number;
    readonly tokens: number | null;
    readonly cost: number | null;
  };
}

/** @returns a step result of the store as something to use again. */
export function keptOf(step: StepResult): Kept {
  const { execution_id, result, duration_ms, usage, cost } = step;
  return {
    execution_id,
    result,
    saved: { ms: duration_ms, tokens: totalTokens(usage), cost: cost ?? null },
  };
}

export class EarlierRun {
  readonly run_id: string;
  /** True where kept results of other runs may not fill the gaps. */
  readonly only: boolean;
  /** Rules that its user allowed for the rest of the run. */
  readonly allowed: readonly string[];
  readonly #store: Store;
  readonly #steps: ReadonlyMap<string, Execution>;

  private constructor(
    store: Store,
    run_id: string,
    steps: readonly Execution[],
    only: boolean,
    allowed: readonly string[],
  ) {
    this.#store = store;
    this.allowed = allowed;
    this.run_id = run_id;
    this.only = only;
    this.#steps = new Map(steps.map((step) => [step.step_key ?? '', step]));
  }

  /**
   * @param from drops this step of the run and every step that was called after it had ended.
   * @throws WorkflowError for an unknown run or step.
   */
  static async read(store: Store, run_id: string, from?: string): Promise<EarlierRun> {
    const snapshot = await store.snapshot(run_id);
    if (!snapshot) {
      throw new WorkflowError(`The run ${run_id} is not in the store. It may have been pruned.`);
    }
    const steps = snapshot.executions.filter((e) => e.kind === 'step' && !e.parent_execution_id);
    const first = steps.find((step) => step.execution_id === from);
    if (from !== undefined && !first) {
      throw new WorkflowError(`The run ${run_id} has no step ${from}.`);
    }
    // What a step wrote and the user took back is not there to build on: the step runs again.
    // A step that was itself taken over stands for the one that wrote.
    const line = snapshot.session.resumed_from ? await lineOf(store, run_id) : [snapshot];
    const undone = new Set(line.flatMap(({ timeline }) => [...undoneSteps(timeline)]));
    const finished = steps.filter(
      ({ status, step_key, execution_id, cached_from }) =>
        status === 'completed' && step_key && !undone.has(cached_from ?? execution_id),
    );
    const kept = first ? finished.filter((step) => !follows(step, first)) : finished;
    const allowed = first ? [] : rulesIn(snapshot.timeline);
    return new EarlierRun(store, run_id, kept, first !== undefined, allowed);
  }

  /** Finished steps that can be taken over. */
  get size(): number {
    return this.#steps.size;
  }

  /** @returns the step of that key with its whole result, or null. */
  async find(step_key: string): Promise<Kept | null> {
    const step = this.#steps.get(step_key);
    if (!step) return null;
    const { execution_id, usage, cost, duration_ms, saved_ms, saved_tokens, saved_cost } = step;
    const result = await this.#store.executionResult(execution_id);
    if (result === null) return null;
    // A step that was itself a replay saves what it saved.
    const saved = step.cached_from
      ? { ms: saved_ms ?? 0, tokens: saved_tokens ?? null, cost: saved_cost ?? null }
      : { ms: duration_ms ?? 0, tokens: totalTokens(usage), cost: cost ?? null };
    return { execution_id: step.cached_from ?? execution_id, result, saved };
  }
}

/** Rules of "always" that were made or used in the run. */
function rulesIn(timeline: readonly TimelineEvent[]): string[] {
  const rules = timeline.flatMap((event) => {
    const rule = ToolCallMeta.safeParse(event.metadata).data?.approval?.rule;
    return rule === undefined ? [] : [rule];
  });
  return [...new Set(rules)];
}

/** A question that was open when the run's process died, with what a like call is known by. */
export async function cutOffQuestion(
  store: Store,
  run_id: string,
  approval_id: string,
): Promise<(OpenQuestion & { readonly step_key: string; readonly input: string }) | null> {
  const snapshot = await store.snapshot(run_id);
  if (snapshot?.session.status !== 'interrupted') return null;
  const questions = snapshot.timeline.map(questionOf).filter((question) => question !== null);
  const question = questions.find((q) => q.approval_id === approval_id && q.cut_off);
  const step = snapshot.executions.find((e) => e.execution_id === question?.execution_id);
  const trace = question ? await store.trace(question.trace_id) : null;
  if (!question || !step?.step_key || !trace) return null;
  return { ...question, step_key: step.step_key, input: trace.input ?? '' };
}

// A step can depend on another one only if the script called it after that one's end.
function follows(step: Execution, first: Execution): boolean {
  if (step.execution_id === first.execution_id) return true;
  const end = first.finished_at ?? first.created_at;
  if (step.created_at !== end) return step.created_at > end;
  return step.agent_index > first.agent_index;
}
