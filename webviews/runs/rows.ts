/** The steps of a run as a flat list of rows, so that a thousand of them can be shown on demand. */
import type { Execution, Stage } from '../../src/contracts/records.ts';
import { type Totals, totals } from '../../src/contracts/select.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { isFailed, isTerminal, type Status } from '../../src/contracts/status.ts';
import { executionEnd } from './axis.ts';
import { phaseViews } from './phases.ts';

export interface PhaseRow {
  readonly kind: 'phase';
  readonly key: string;
  /** Null for steps that no phase groups. */
  readonly stage: Stage | null;
  /** Of the phase; that of a step that waits for the user comes first. Null without a phase. */
  readonly status: Status | null;
  readonly done: number;
  readonly failed: number;
  /** Tokens that its agents may spend together; null: no limit of its own. */
  readonly budget: number | null;
  readonly open: boolean;
  readonly level: 1;
  readonly steps: number;
  /** From the first step's start to the last one's end; null where nothing has started. */
  readonly span: Span | null;
  /** The figures of all its steps and their sub-agents. */
  readonly totals: Totals;
}

/** Epoch milliseconds; `end` null: something in it is at work. */
export interface Span {
  readonly start: number;
  readonly end: number | null;
}

export interface StepRow {
  readonly kind: 'step';
  readonly key: string;
  readonly execution: Execution;
  readonly open: boolean;
  /** 1 in a run without phases, 2 in a phase; each sub-agent one more than its parent. */
  readonly level: number;
  readonly children: number;
  /** The step's own figures and those of all its sub-agents. */
  readonly totals: Totals;
}

export type Row = PhaseRow | StepRow;

/** What a person opened or closed: phases are open unless closed, steps closed unless opened. */
export interface Opened {
  readonly steps: ReadonlySet<string>;
  readonly closed_phases: ReadonlySet<string>;
}

export function rowsOf(state: SessionState, opened: Opened): Row[] {
  const views = phaseViews(state);
  const children = childIndex(state);
  const flat = views.length === 1 && views[0]?.stage === null;
  const rows: Row[] = [];
  for (const { key, stage, executions } of views) {
    const open = flat || !opened.closed_phases.has(key);
    if (!flat) {
      rows.push({
        kind: 'phase',
        key,
        stage,
        status: executions.some((e) => e.status === 'awaiting_input')
          ? 'awaiting_input'
          : (stage?.status ?? null),
        budget: stage?.budget_tokens ?? null,
        failed: executions.filter((e) => isFailed(e.status)).length,
        done: executions.filter((e) => isTerminal(e.status)).length,
        steps: executions.length,
        open,
        level: 1,
        span: spanOf(executions),
        totals: totals(executions.flatMap((e) => [e, ...descendants(e, children)])),
      });
    }
    if (open) addSteps(rows, executions, flat ? 1 : 2, children, opened);
  }
  return rows;
}

/** One step as its row, wherever it is shown; null where the run has no such step. */
export function stepRow(state: SessionState, id: string): StepRow | null {
  const execution = state.top.executions[id] ?? state.sub.executions[id];
  if (!execution) return null;
  const children = childIndex(state);
  const below = children.get(id) ?? [];
  return {
    kind: 'step',
    key: id,
    execution,
    open: true,
    level: 1,
    children: below.length,
    totals: totals([execution, ...descendants(execution, children)]),
  };
}

/**
 * When these steps ran. A stage's own times do not tell: it stays open while the script may still
 * put agents into it.
 */
function spanOf(executions: readonly Execution[]): Span | null {
  const begun = executions.filter((e) => e.started_at);
  if (begun.length === 0) return null;
  const ends = begun.map(executionEnd);
  return {
    start: Math.min(...begun.map((e) => e.started_at ?? e.created_at)),
    end: ends.some((end) => end === null) ? null : Math.max(...ends.map((end) => end ?? 0)),
  };
}

type Children = ReadonlyMap<string, readonly Execution[]>;

function addSteps(
  rows: Row[],
  executions: readonly Execution[],
  level: number,
  children: Children,
  opened: Opened,
): void {
  for (const execution of executions) {
    const below = children.get(execution.execution_id) ?? [];
    const open = opened.steps.has(execution.execution_id);
    rows.push({
      kind: 'step',
      key: execution.execution_id,
      execution,
      open,
      level,
      children: below.length,
      totals: totals([execution, ...descendants(execution, children)]),
    });
    if (open) addSteps(rows, below, level + 1, children, opened);
  }
}

/** Sub-agents by parent, each list in order; built once, since a run can have thousands. */
function childIndex(state: SessionState): Children {
  const index = new Map<string, Execution[]>();
  for (const execution of Object.values(state.sub.executions)) {
    const parent = execution.parent_execution_id ?? '';
    const list = index.get(parent);
    if (list) list.push(execution);
    else index.set(parent, [execution]);
  }
  for (const list of index.values()) {
    list.sort(
      (a, b) => a.agent_index - b.agent_index || (a.execution_id < b.execution_id ? -1 : 1),
    );
  }
  return index;
}

function descendants(execution: Execution, children: Children): Execution[] {
  const found: Execution[] = [];
  const seen = new Set([execution.execution_id]);
  const open = [execution.execution_id];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const child of children.get(id) ?? []) {
      // Records come from outside: a parent that is its own descendant must not hang the page.
      if (seen.has(child.execution_id)) continue;
      seen.add(child.execution_id);
      found.push(child);
      open.push(child.execution_id);
    }
  }
  return found;
}
