/** The run pane's own view state and its actions; the records are the session store's. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as z from 'zod/mini';
import type { Decision } from '../../src/contracts/chat.ts';
import {
  changesOf,
  type EarlierRunChanges,
  type OpenQuestion,
  openQuestions,
  type RunChange,
  undoneSteps,
} from '../../src/contracts/run_select.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { act, type ScreenContext } from '../ui/context.ts';
import { STATE_VERSION } from '../ui/mount.tsx';
import { phaseViews } from './phases.ts';
import { type Opened, type Row, rowsOf } from './rows.ts';

/** Opened steps that are kept over a reload; more would only grow the kept state. */
const KEPT_STEPS = 100;

const Kept = z.looseObject({
  steps: z.array(z.string()),
  closed_phases: z.array(z.string()),
  view: z.optional(z.enum(['list', 'lanes'])),
});

/** Rows with their figures, or blocks that show what ran beside what. */
export type View = 'list' | 'lanes';

export interface RunModel {
  readonly opened: ReadonlySignal<Opened>;
  readonly rows: ReadonlySignal<readonly Row[]>;
  /** What each execution does now: its reported progress, else the tool it waits for. */
  readonly work: ReadonlySignal<ReadonlyMap<string, string>>;
  readonly ended: ReadonlySignal<boolean>;
  readonly view: ReadonlySignal<View>;
  setView(view: View): void;
  /** True from the press of Cancel until the run has ended. */
  readonly cancelling: Signal<boolean>;
  /** What agents ask, oldest first. */
  readonly questions: ReadonlySignal<readonly OpenQuestion[]>;
  /** Questions whose answer is on its way. */
  readonly answering: ReadonlySignal<ReadonlySet<string>>;
  approve(approval_id: string, decision: Decision, reason?: string): void;
  /** What the runs changed that this one goes on with. */
  readonly earlier: Signal<readonly EarlierRunChanges[]>;
  /** Files that agents changed, and the steps whose changes are undone. */
  readonly changes: ReadonlySignal<readonly RunChange[]>;
  readonly undone: ReadonlySignal<ReadonlySet<string>>;
  /** The row that holds the list's one tab stop. */
  readonly active: Signal<string | null>;
  /** A row to bring into view and focus once it is there. */
  readonly reveal: Signal<string | null>;
  toggleStep(id: string): void;
  togglePhase(key: string): void;
  /** @param open with its details; its question is shown either way. */
  showStep(id: string, stage_id: string | null, open?: boolean): void;
  cancel(): void;
}

export function createRunModel(screen: ScreenContext): RunModel {
  const { host, store, session_id } = screen;
  const kept = host.getState(Kept);
  const opened = signal<Opened>({
    steps: new Set(kept?.steps),
    closed_phases: new Set(kept?.closed_phases),
  });
  const cancelling = signal(false);
  const active = signal<string | null>(null);
  const reveal = signal<string | null>(null);

  const view = signal<View>(kept?.view ?? 'list');
  const earlier = signal<readonly EarlierRunChanges[]>([]);
  const answering = signal<ReadonlySet<string>>(new Set());
  // Items change seldom beside the frames of a run at work.
  const items = computed(() => store.state.value.top.items);

  const keep = (): void => {
    const { steps, closed_phases } = opened.peek();
    host.setState({
      version: STATE_VERSION,
      session_id,
      ...{ steps: [...steps].slice(-KEPT_STEPS), closed_phases: [...closed_phases] },
      ...{ view: view.peek() },
    });
  };
  const change = (next: Opened): void => {
    opened.value = next;
    keep();
  };

  return {
    opened,
    rows: computed(() => rowsOf(store.state.value, opened.value)),
    work: computed(() => workOf(store.state.value)),
    ended: computed(() => isTerminal(store.state.value.session?.status ?? 'pending')),
    view,
    setView(next) {
      view.value = next;
      keep();
    },
    cancelling,
    questions: computed(() => openQuestions(store.state.value)),
    answering,
    approve(approval_id, decision, reason) {
      answering.value = new Set([...answering.peek(), approval_id]);
      const why = reason ? { reason } : {};
      void act(screen, 'run.approve', { session_id, approval_id, decision, ...why }).then(() => {
        answering.value = new Set([...answering.peek()].filter((id) => id !== approval_id));
      });
    },
    earlier,
    changes: computed(() => changesOf(Object.values(items.value))),
    undone: computed(() => undoneSteps(Object.values(items.value))),
    active,
    reveal,
    toggleStep(id) {
      change({ ...opened.peek(), steps: toggled(opened.peek().steps, id) });
    },
    togglePhase(key) {
      change({ ...opened.peek(), closed_phases: toggled(opened.peek().closed_phases, key) });
    },
    showStep(id, stage_id, open = true) {
      view.value = 'list';
      const { steps, closed_phases } = opened.peek();
      const phases = phaseViews(store.state.peek());
      const phase = phases.find((view) => view.stage_ids.includes(stage_id ?? ''))?.key;
      change({
        steps: open ? new Set([...steps, id]) : steps,
        closed_phases: new Set([...closed_phases].filter((key) => key !== phase)),
      });
      active.value = id;
      reveal.value = id;
    },
    cancel() {
      const { session } = store.state.peek();
      if (cancelling.peek() || !session || isTerminal(session.status)) return;
      cancelling.value = true;
      void act(screen, 'run.cancel', { session_id }).then((accepted) => {
        if (!accepted) cancelling.value = false;
      });
    },
  };
}

function workOf(state: SessionState): ReadonlyMap<string, string> {
  const work = new Map<string, string>();
  if (!state.session || isTerminal(state.session.status)) return work;
  for (const { execution_id, kind, outcome, tool_name } of state.traces.values()) {
    if (kind === 'tool' && outcome === 'running' && tool_name) work.set(execution_id, tool_name);
  }
  for (const { progress } of [state.top, state.sub]) {
    for (const [id, words] of Object.entries(progress)) work.set(id, words);
  }
  return work;
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
