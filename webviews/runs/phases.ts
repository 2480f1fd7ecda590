/** Phases as a reader sees them: one group for each title, however often the script came back to it. */
import type { Execution, Stage } from '../../src/contracts/records.ts';
import { stageViews } from '../../src/contracts/select.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { isTerminal } from '../../src/contracts/status.ts';

export interface PhaseView {
  readonly key: string;
  /** With the figures of all its visits; null for steps that no phase groups. */
  readonly stage: Stage | null;
  /** The stages of its visits: each is a stage of its own in the traces. */
  readonly stage_ids: readonly string[];
  readonly executions: readonly Execution[];
}

const UNGROUPED = 'ungrouped';

/** Phases by their first visit, each with the steps of all visits in order. */
export function phaseViews(state: SessionState): PhaseView[] {
  const phases = new Map<string | null, PhaseView>();
  for (const { stage, executions } of stageViews(state)) {
    const known = phases.get(stage?.title ?? null);
    phases.set(stage?.title ?? null, {
      key: known?.key ?? stage?.stage_id ?? UNGROUPED,
      stage: known?.stage && stage ? together(known.stage, stage) : stage,
      stage_ids: [...(known?.stage_ids ?? []), ...(stage ? [stage.stage_id] : [])],
      executions: [...(known?.executions ?? []), ...executions],
    });
  }
  return [...phases.values()];
}

/** A phase is at work while any visit is; else it stands as its latest visit does. */
function together(earlier: Stage, later: Stage): Stage {
  const { budget_tokens: before } = earlier;
  const { budget_tokens: after, status } = later;
  // Each visit has a budget of its own, or none; without a limit on one there is none on all.
  const both = typeof before === 'number' && typeof after === 'number' ? before + after : null;
  return {
    ...earlier,
    status: isTerminal(earlier.status) ? status : earlier.status,
    budget_tokens: both,
  };
}
