/**
 * What the conversation shows, line by line: a pure reading of the session's state and of what is
 * opened. Cards of sub-agents stand where they were dispatched; an opened card is followed by its
 * own rows, one level deeper, so that a list of any length can be shown in part.
 */
import type { Approval } from '../../src/contracts/chat.ts';
import { type ChatTurn, openApprovals, turnsOf } from '../../src/contracts/chat_select.ts';
import { flowOf } from '../../src/contracts/partition.ts';
import type { Execution, TimelineEvent } from '../../src/contracts/records.ts';
import { timelineOf } from '../../src/contracts/select.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { isTerminal } from '../../src/contracts/status.ts';

interface Base {
  readonly key: string;
  /** 0 for the conversation itself, 1 inside a card, and so on. */
  readonly depth: number;
}
export interface UserRow extends Base {
  readonly kind: 'user';
  readonly turn: ChatTurn;
}
export interface ItemRow extends Base {
  readonly kind: 'item';
  readonly event: TimelineEvent;
  /** What a command has written so far, where the item is its call. */
  readonly output: TimelineEvent | null;
  readonly approval: Approval | null;
  readonly open: boolean;
}
export interface CardRow extends Base {
  readonly kind: 'card';
  readonly execution: Execution;
  /** The call that dispatched it. */
  readonly dispatch: TimelineEvent | null;
  /** Errors, warnings and open questions in it and below it. */
  readonly warnings: number;
  readonly progress: string | null;
  readonly open: boolean;
}
/** The last row of an opened card: why it failed, or that there is nothing to see. */
export interface CardEndRow extends Base {
  readonly kind: 'card_end';
  readonly execution: Execution;
  readonly empty: boolean;
}
/** Several agents side by side in one stage: their tabs. */
export interface TabsRow extends Base {
  readonly kind: 'tabs';
  readonly stage_id: string;
  readonly executions: readonly Execution[];
}
export interface EndRow extends Base {
  readonly kind: 'end';
  readonly turn: ChatTurn;
  readonly progress: string | null;
  readonly empty: boolean;
  readonly last: boolean;
}
export type Row = UserRow | ItemRow | CardRow | CardEndRow | TabsRow | EndRow;

/** Ids of opened items and cards. */
export type Opened = Pick<ReadonlySet<string>, 'has'>;

/** Rows of the shown branch, oldest first. */
export function rowsOf(state: SessionState, opened: Opened): Row[] {
  const flow = new Flow(state, opened);
  const turns = turnsOf(state);
  return turns.flatMap((turn, i) => flow.turn(turn, i === turns.length - 1));
}

/** Rows of one agent, for a tab of its own. */
export function agentRows(state: SessionState, execution: Execution, opened: Opened): Row[] {
  return new Flow(state, opened).agent(execution);
}

class Flow {
  readonly #state: SessionState;
  readonly #opened: Opened;
  readonly #children: ReadonlyMap<string | null, Execution[]>;
  readonly #approvals: ReadonlyMap<string, Approval>;

  constructor(state: SessionState, opened: Opened) {
    this.#state = state;
    this.#opened = opened;
    this.#children = childIndex(state);
    this.#approvals = new Map(openApprovals(state).map((a) => [a.event_id, a] as const));
  }

  turn(turn: ChatTurn, last: boolean): Row[] {
    const { execution } = turn;
    const id = execution.execution_id;
    const beside = Object.values(this.#state.top.executions).filter(
      (e) => e.stage_id !== null && e.stage_id === execution.stage_id && e.kind !== 'turn',
    );
    const rows: Row[] = [{ kind: 'user', key: `user ${id}`, depth: 0, turn }];
    if (beside.length > 0 && execution.stage_id !== null) {
      const executions = [execution, ...beside].sort((a, b) => a.agent_index - b.agent_index);
      const stage_id = execution.stage_id;
      rows.push({ kind: 'tabs', key: `tabs ${id}`, depth: 0, stage_id, executions });
    } else rows.push(...this.#rows(execution, turn.items, 0, new Set([id])));
    const progress = this.#state.top.progress[id] ?? null;
    const empty = turn.items.length === 0 && beside.length === 0;
    rows.push({ kind: 'end', key: `end ${id}`, depth: 0, turn, progress, empty, last });
    return rows;
  }

  agent(execution: Execution): Row[] {
    const id = execution.execution_id;
    const items = itemsOf(this.#state, id).filter((e) => e.event_type !== 'user');
    const rows = this.#rows(execution, items, 0, new Set([id]));
    const empty = items.length === 0;
    if (empty || execution.error) {
      rows.push({ kind: 'card_end', key: `card_end ${id}`, depth: 0, execution, empty });
    }
    return rows;
  }

  #rows(
    execution: Execution,
    items: readonly TimelineEvent[],
    depth: number,
    above: ReadonlySet<string>,
  ): Row[] {
    const outputs = outputsOf(items);
    const shown = items.filter((item) => !outputs.has(item));
    const byCall = new Map([...outputs].map(([event, trace_id]) => [trace_id, event] as const));
    const subs = (this.#children.get(execution.execution_id) ?? []).filter(
      (s) => !above.has(s.execution_id),
    );
    const dispatches = new Map(
      shown.map((item) => [item.metadata.dispatched_execution_id, item] as const),
    );
    return flowOf(shown, subs).flatMap((entry): Row[] => {
      if (entry.kind === 'item') {
        const { item } = entry;
        const trace_id = item.event_type === 'tool_call' ? item.metadata.trace_id : undefined;
        const output = typeof trace_id === 'string' ? (byCall.get(trace_id) ?? null) : null;
        const approval = this.#approvals.get(item.event_id) ?? null;
        const open = this.#opened.has(item.event_id);
        return [{ kind: 'item', key: item.event_id, depth, event: item, output, approval, open }];
      }
      const sub = subs.find((s) => s.execution_id === entry.execution_id);
      return sub ? this.#card(sub, dispatches.get(sub.execution_id) ?? null, depth, above) : [];
    });
  }

  #card(
    execution: Execution,
    dispatch: TimelineEvent | null,
    depth: number,
    above: ReadonlySet<string>,
  ): Row[] {
    const id = execution.execution_id;
    const open = this.#opened.has(id);
    const warnings = this.#warnings(id, above);
    const live = !isTerminal(execution.status);
    const progress = live ? (this.#state.sub.progress[id] ?? null) : null;
    const key = `card ${id}`;
    const card: CardRow = {
      kind: 'card',
      key,
      depth,
      execution,
      dispatch,
      warnings,
      progress,
      open,
    };
    if (!open) return [card];
    const items = itemsOf(this.#state, id);
    const rows = this.#rows(execution, items, depth + 1, new Set([...above, id]));
    const empty = rows.length === 0;
    if (empty || execution.error) {
      rows.push({ kind: 'card_end', key: `card_end ${id}`, depth: depth + 1, execution, empty });
    }
    return [card, ...rows];
  }

  #warnings(id: string, above: ReadonlySet<string>): number {
    if (above.has(id)) return 0;
    const own = itemsOf(this.#state, id).filter(
      (e) => isWarning(e) || this.#approvals.has(e.event_id),
    );
    const inside = new Set([...above, id]);
    return (this.#children.get(id) ?? []).reduce(
      (n, sub) => n + this.#warnings(sub.execution_id, inside),
      own.length,
    );
  }
}

function isWarning(event: TimelineEvent): boolean {
  if (event.event_type === 'error') return true;
  const { level } = event.metadata;
  return event.event_type === 'log' && (level === 'warn' || level === 'error');
}

function itemsOf(state: SessionState, execution_id: string): TimelineEvent[] {
  return timelineOf(state, execution_id).filter((e) => e.metadata.superseded !== true);
}

/** Output events that belong inside a call that is shown, with the call's trace. */
function outputsOf(items: readonly TimelineEvent[]): Map<TimelineEvent, string> {
  const calls = new Set(
    items.filter((i) => i.event_type === 'tool_call').map((i) => i.metadata.trace_id),
  );
  const outputs = new Map<TimelineEvent, string>();
  for (const item of items) {
    const { trace_id } = item.metadata;
    if (item.event_type === 'tool_summary' && typeof trace_id === 'string' && calls.has(trace_id)) {
      outputs.set(item, trace_id);
    }
  }
  return outputs;
}

const children = new WeakMap<object, Map<string | null, Execution[]>>();

function childIndex(state: SessionState): Map<string | null, Execution[]> {
  const { executions } = state.sub;
  let index = children.get(executions);
  if (!index) {
    const sorted = Object.values(executions).sort(
      (a, b) => a.agent_index - b.agent_index || (a.execution_id < b.execution_id ? -1 : 1),
    );
    index = Map.groupBy(sorted, (e) => e.parent_execution_id ?? null);
    children.set(executions, index);
  }
  return index;
}

/** Cards and items that stand around an event or execution, outermost first: they must be open. */
export function parentsOf(state: SessionState, execution_id: string | null): string[] {
  const path: string[] = [];
  let at = execution_id;
  while (at !== null && !path.includes(at)) {
    const execution: Execution | undefined = state.sub.executions[at];
    if (!execution) break;
    path.unshift(at);
    at = execution.parent_execution_id ?? null;
  }
  return path;
}
