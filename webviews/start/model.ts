/** What the start screen knows and does: the workflows, the chosen one, its form, plan and runs. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import * as z from 'zod/mini';
import type { DryRun } from '../../src/contracts/dry_run.ts';
import type { Session } from '../../src/contracts/records.ts';
import type { WorkflowInfo } from '../../src/contracts/workflow_requests.ts';
import type { ScreenContext } from '../ui/context.ts';
import { STATE_VERSION } from '../ui/mount.tsx';
import {
  type Entered,
  enteredFrom,
  type FormField,
  fieldsOf,
  type Reading,
  readForm,
} from './form.ts';

const RUNS_ASKED = 200;

const Kept = z.looseObject({
  path: z.nullable(z.string()),
  entered: z.record(z.string(), z.string()),
});

export type Loaded<T> =
  | { readonly phase: 'none' }
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly value: T }
  | { readonly phase: 'failed'; readonly problem: string };

export interface StartModel {
  readonly workflows: ReadonlySignal<Loaded<readonly WorkflowInfo[]>>;
  readonly runs: ReadonlySignal<readonly Session[]>;
  readonly search: Signal<string>;
  readonly selected: ReadonlySignal<WorkflowInfo | null>;
  readonly fields: ReadonlySignal<readonly FormField[]>;
  readonly entered: ReadonlySignal<Entered>;
  /** What is wrong with the form; empty until one has tried to go on with it. */
  readonly problems: ReadonlySignal<Reading['problems']>;
  readonly plan: ReadonlySignal<Loaded<DryRun>>;
  readonly starting: ReadonlySignal<boolean>;
  reload(): Promise<void>;
  select(path: string): void;
  enter(key: string, value: string): void;
  useArguments(args: unknown): void;
  run(): Promise<void>;
  dryRun(): Promise<void>;
}

export function createStartModel(screen: ScreenContext): StartModel {
  const { host, problem, session_id } = screen;
  const kept = host.getState(Kept);
  const workflows = signal<Loaded<readonly WorkflowInfo[]>>({ phase: 'loading' });
  const runs = signal<readonly Session[]>([]);
  const search = signal('');
  const path = signal<string | null>(kept?.path ?? null);
  const entered = signal<Entered>(kept?.entered ?? {});
  const plan = signal<Loaded<DryRun>>({ phase: 'none' });
  const tried = signal(false);
  const starting = signal(false);

  const selected = computed(() => {
    const list = workflows.value;
    if (list.phase !== 'ready') return null;
    return list.value.find((w) => w.path === path.value) ?? null;
  });
  const fields = computed(() => fieldsOf(selected.value?.args_schema));
  const reading = computed(() => readForm(fields.value, entered.value));

  const keep = (): void =>
    host.setState({
      version: STATE_VERSION,
      session_id,
      ...{ path: path.peek(), entered: entered.peek() },
    });
  const fill = (next: Entered): void => {
    entered.value = next;
    tried.value = false;
    plan.value = { phase: 'none' };
    keep();
  };
  const select = (next: string): void => {
    if (next === path.peek()) return;
    path.value = next;
    fill(enteredFrom(fields.peek()));
  };
  /** @returns the arguments to go on with, or null where the form has to be corrected first. */
  const accepted = (): { readonly args?: string } | null => {
    tried.value = true;
    problem.value = null;
    const { args, problems } = reading.peek();
    if (Object.keys(problems).length > 0) {
      focusFirstProblem();
      return null;
    }
    return args === undefined ? {} : { args };
  };

  const model: StartModel = {
    ...{ workflows, runs, search, selected, fields, entered, plan, starting },
    problems: computed(() => (tried.value ? reading.value.problems : {})),
    async reload() {
      try {
        const value = await host.request('workflow.list', {});
        workflows.value = { phase: 'ready', value };
        const known = value.some((w) => w.path === path.peek());
        const first = value.find((w) => !w.problem && !w.hidden_by) ?? value[0];
        if (!known && first) select(first.path);
      } catch (error) {
        workflows.value = { phase: 'failed', problem: sentence(error) };
      }
    },
    select,
    enter(key, value) {
      entered.value = { ...entered.peek(), [key]: value };
      plan.value = { phase: 'none' };
      keep();
    },
    useArguments: (args) => fill(enteredFrom(fields.peek(), args)),
    async run() {
      const workflow = selected.peek();
      const ready = accepted();
      if (!workflow || !ready || starting.peek()) return;
      starting.value = true;
      try {
        await host.request('workflow.run', { path: workflow.path, fresh: false, ...ready });
      } catch (error) {
        problem.value = sentence(error);
      } finally {
        starting.value = false;
      }
    },
    async dryRun() {
      const workflow = selected.peek();
      const ready = accepted();
      if (!workflow || !ready) return;
      plan.value = { phase: 'loading' };
      let next: Loaded<DryRun>;
      try {
        // Its name stands for the nearer file, where there is one.
        const { name, path, hidden_by } = workflow;
        const which = { workflow: name, ...(hidden_by ? { path } : {}) };
        const value = await host.request('workflow.dry_run', { ...which, ...ready });
        next = { phase: 'ready', value };
      } catch (error) {
        next = { phase: 'failed', problem: sentence(error) };
      }
      // Another workflow may have been chosen, or the form changed, while the script was at work.
      if (selected.peek()?.path === workflow.path && plan.peek().phase === 'loading') {
        plan.value = next;
      }
    },
  };

  const loadRuns = async (): Promise<void> => {
    // Without them the screen lacks its history, nothing else.
    runs.value = await host
      .request('session.list', { kind: 'workflow', limit: RUNS_ASKED })
      .catch(() => runs.peek());
  };
  const loadTarget = async (): Promise<void> => {
    const target = await host.request('start.target', {}).catch(() => null);
    if (!target?.path) return;
    if (selected.peek()?.path !== target.path) await model.reload();
    search.value = '';
    select(target.path);
    if (target.args !== undefined) model.useArguments(JSON.parse(target.args));
    if (target.dry_run) await model.dryRun();
  };
  host.onChanged((what) => {
    if (what === 'workflows') void model.reload();
    if (what === 'runs') void loadRuns();
    if (what === 'target') void loadTarget();
  });
  void model.reload().then(loadTarget);
  void loadRuns();
  return model;
}

/** Leads the keyboard to the first field that has to be corrected, once it is marked. */
function focusFirstProblem(): void {
  requestAnimationFrame(() => {
    document.querySelector<HTMLElement>('.start-form [aria-invalid="true"]')?.focus();
  });
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
