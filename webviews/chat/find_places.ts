/**
 * Everything of a chat that can be searched, in the order of reading, closed parts included: where
 * it stands, what hides it, and how often a text stands in it.
 */
import { noticeOf } from '../../src/contracts/chat_select.ts';
import { describeAgent } from '../../src/contracts/partition.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { type KeptText, textOf } from './kept_text.ts';
import { agentRows, type CardRow, type ItemRow, type Row, rowsOf } from './rows.ts';
import { APART, bodyText, markdownText } from './shown_text.ts';
import { toolFacts } from './tool_facts.ts';

/** Elements whose text is searched: not buttons, clocks and figures. */
export const SEARCHED = [
  ...['.user-text', '.markdown', '.item-line > span', '.disclosure-preview', '.tool-name'],
  ...['.tool-note', '.changes .link-button', '.call-text', '.json-row', '.agent-name'],
  ...['.agent-task', '.agent-reason', '.turn-end .reason'],
].join(', ');

/** A part of the conversation whose text is shown or hidden as a whole. */
export interface Place {
  readonly id: string;
  /** Key of the row that holds it. */
  readonly row: string;
  /** Selects its elements, once nothing hides them. */
  readonly elements: string;
  /** Items and cards that must be open for it to be seen. */
  readonly opens: readonly string[];
  /** The tab it stands in. */
  readonly tab: { readonly stage_id: string; readonly execution_id: string } | null;
  /** The call whose input and output it is. */
  readonly trace_id: string | null;
  readonly text: KeptText;
}

const ALL_OPEN = { has: () => true };

/** @returns every place of the shown branch. */
export function placesOf(state: SessionState): Place[] {
  return rowsOf(state, ALL_OPEN).reduce<{ all: Place[]; reader: Reader }>(
    ({ all, reader }, row) => {
      if (row.kind !== 'tabs') all.push(...reader.read(row));
      else {
        for (const execution of row.executions) {
          const { execution_id } = execution;
          const inside = new Reader(state, row.key, { stage_id: row.stage_id, execution_id });
          const rows = agentRows(state, execution, ALL_OPEN);
          all.push(...rows.flatMap((shown) => inside.read(shown)));
        }
      }
      return { all, reader };
    },
    { all: [], reader: new Reader(state, null, null) },
  ).all;
}

/** Reads rows one after the other: a card stands around the deeper rows that follow it. */
class Reader {
  readonly #state: SessionState;
  readonly #holder: string | null;
  readonly #tab: Place['tab'];
  #around: string[] = [];

  constructor(state: SessionState, holder: string | null, tab: Place['tab']) {
    this.#state = state;
    this.#holder = holder;
    this.#tab = tab;
  }

  read(row: Row): Place[] {
    this.#around = this.#around.slice(0, row.depth);
    switch (row.kind) {
      case 'user': {
        const { user } = row.turn;
        if (!user) return [];
        const text = textOf(user, 'text', () => user.content);
        return [this.#place(row, `${item(user.event_id)} .user-text`, text)];
      }
      case 'item':
        return this.#item(row);
      case 'card':
        return this.#card(row);
      case 'card_end':
      case 'end': {
        const execution = row.kind === 'end' ? row.turn.execution : row.execution;
        const at = attribute(row.kind === 'end' ? 'data-turn-end' : 'data-card-end', execution);
        return [
          this.#place(
            row,
            at,
            textOf(execution, 'error', () => execution.error ?? ''),
          ),
        ];
      }
      case 'tabs':
        return [];
    }
  }

  #place(
    row: Row,
    elements: string,
    text: KeptText,
    opens: readonly string[] = [],
    trace_id: string | null = null,
  ): Place {
    return {
      id: `${row.key} ${elements}`,
      row: this.#holder ?? row.key,
      opens: [...this.#around, ...opens],
      tab: this.#tab,
      ...{ elements, trace_id, text },
    };
  }

  #card(row: CardRow): Place[] {
    const { execution, dispatch } = row;
    const trace_id = dispatch?.metadata.trace_id;
    const trace = typeof trace_id === 'string' ? this.#state.traces.get(trace_id) : undefined;
    const words = (): string => {
      const { name, task } = describeAgent(execution, trace?.input ?? null);
      return [name, task ?? ''].join(APART);
    };
    const elements = `${attribute('data-card', execution)} .agent-button`;
    const place = this.#place(row, elements, textOf(execution, 'card', words, trace));
    this.#around = [...this.#around, execution.execution_id];
    return [place];
  }

  #item(row: ItemRow): Place[] {
    const { event, output } = row;
    const id = event.event_id;
    const at = item(id);
    const body = `${at} .disclosure-body`;
    const markdown = (): string => markdownText(event.content);
    switch (event.event_type) {
      case 'tool_call': {
        const trace_id = event.metadata.trace_id;
        const trace = typeof trace_id === 'string' ? this.#state.traces.get(trace_id) : undefined;
        const head = (): string => {
          const { tool, title, error, denied, changes } = toolFacts(event, trace);
          return [tool, title, denied ?? error ?? '', ...changes.map((c) => c.path)].join(APART);
        };
        const inside = (): string =>
          [trace?.input, trace?.output ?? output?.content].map(bodyText).join(APART);
        const line = [`.disclosure-line`, `.tool-note`, `.changes`].map((part) => `${at} ${part}`);
        const said = textOf(output ?? trace ?? event, `inside ${id}`, inside, trace);
        return [
          this.#place(row, line.join(', '), textOf(event, 'head', head, trace)),
          this.#place(row, body, said, [id], trace?.id ?? null),
        ];
      }
      case 'thinking':
        return [this.#place(row, body, textOf(event, 'text', markdown), [id])];
      case 'agent_result': {
        const of = event.metadata.result_execution_id;
        // Where the card is known, this line only leads to it.
        if (typeof of === 'string' && this.#state.sub.executions[of]) return [];
        return [this.#place(row, body, textOf(event, 'text', markdown), [id])];
      }
      case 'log': {
        const notice = noticeOf(event);
        if (notice?.kind !== 'compacted') break;
        const summary = textOf(event, 'summary', () => markdownText(notice.summary));
        return [this.#place(row, body, summary, [id])];
      }
      case 'text':
      case 'final':
      case 'user':
        return [this.#place(row, at, textOf(event, 'text', markdown))];
    }
    return [
      this.#place(
        row,
        at,
        textOf(event, 'plain', () => event.content),
      ),
    ];
  }
}

function item(event_id: string): string {
  return `[data-item-id=${JSON.stringify(event_id)}]`;
}

function attribute(name: string, { execution_id }: { readonly execution_id: string }): string {
  return `[${name}=${JSON.stringify(execution_id)}]`;
}
