/**
 * One row of the trace tree: a name, a bar on the common time axis, and its figures. Its elements
 * are made once and filled with one row after the other: scrolling and appending then cost some
 * assignments, where a component's tree would be made and compared for every row in view.
 */
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { make, setAttribute, setStyle, setText } from './elements.ts';
import {
  type Base,
  barOf,
  baseOf,
  cacheShare,
  costText,
  durationText,
  kindLook,
  tokensText,
  UNKNOWN,
} from './row_model.ts';
import { EXECUTION, MODEL, type SpanTable, TOOL } from './span_table.ts';
import { STRINGS } from './strings.ts';
import type { Scale } from './view.ts';

/** Deeper rows are not indented further: the name must keep some room. */
const DEEPEST_INDENT = 12;
const INDENT_PX = 14;
export const ROW_PX = 24;

/** A row and how it is to be shown. */
export interface ShownRow {
  readonly table: SpanTable;
  readonly row: number;
  readonly position: number;
  readonly depth: number;
  readonly active: boolean;
  readonly hit: boolean;
  readonly on_path: boolean;
  readonly slow: boolean;
  readonly scale: Scale;
  readonly session: Base;
  readonly now: number;
}

const cell = (column: number, class_name: string, children: readonly Node[] = []): HTMLElement =>
  make('div', class_name, { role: 'gridcell', 'aria-colindex': String(column) }, children);

export class RowView {
  readonly #icon = make('span', '', { role: 'img' });
  readonly #label = make('span', 'row-name');
  /** What went wrong, else what the row is about. */
  readonly #about = make('span', '');
  readonly #name = cell(1, 'cell-name', [this.#icon, this.#label, this.#about]);
  readonly #bar = make('i', 'bar');
  readonly #time = cell(2, 'cell-time', [this.#bar]);
  readonly #duration = cell(3, 'cell-figure');
  readonly #status = cell(7, 'cell-status');
  /** Tokens, their cached share and cost: a tool has none of them, so these come and go. */
  readonly #usage = [
    cell(4, 'cell-figure cell-tokens'),
    cell(5, 'cell-figure cell-cache'),
    cell(6, 'cell-figure cell-cost'),
  ] as const;
  #twisty: HTMLElement | null = null;
  /** Badges behind all that. */
  #notes: readonly HTMLElement[] = [];
  #noted = '';
  readonly element = make('div', '', { role: 'row' }, [
    this.#name,
    this.#time,
    this.#duration,
    this.#status,
  ]);

  show(shown: ShownRow): void {
    const { table, row, now } = shown;
    const look = STATUS_LOOK[table.outcome(row)];
    this.#showRow(shown, look.tone);
    this.#showName(shown);
    this.#showBar(shown);
    setText(this.#duration, durationText(table, row, now));
    this.#showUsage(table, row);
    const spins = table.outcome(row) === 'running' ? ' codicon-modifier-spin' : '';
    setAttribute(this.#status, 'class', `cell-status codicon codicon-${look.icon}${spins}`);
    setAttribute(this.#status, 'aria-label', look.label);
    setAttribute(this.#status, 'title', look.label);
  }

  #showRow(shown: ShownRow, tone: string): void {
    const { table, row } = shown;
    const branch = table.order.hasChildren(row);
    const place = table.order.place(row);
    const classes = [
      `trace-row kind-${table.kind(row)} tone-${tone}`,
      ...(shown.active ? ['active'] : []),
      ...(shown.hit ? ['hit'] : []),
      ...(shown.on_path ? ['on-path'] : []),
    ];
    const { element } = this;
    // Each stands by itself: one that stays in view is not painted again when others come.
    setStyle(element, 'top', `${shown.position * ROW_PX}px`);
    setAttribute(element, 'class', classes.join(' '));
    setAttribute(element, 'id', `row-${row}`);
    setAttribute(element, 'data-row', String(row));
    setAttribute(element, 'aria-level', String(shown.depth + 1));
    setAttribute(element, 'aria-posinset', String(place.position));
    setAttribute(element, 'aria-setsize', String(place.of));
    setAttribute(element, 'aria-rowindex', String(shown.position + 2));
    setAttribute(element, 'aria-expanded', branch ? String(table.order.isOpen(row)) : null);
    setAttribute(element, 'aria-selected', String(shown.active));
  }

  #showName(shown: ShownRow): void {
    const { table, row } = shown;
    setStyle(this.#name, '--indent', `${Math.min(shown.depth, DEEPEST_INDENT) * INDENT_PX}px`);
    const look = kindLook(table, row);
    setAttribute(this.#icon, 'class', `kind-icon codicon codicon-${look.icon}`);
    setAttribute(this.#icon, 'aria-label', look.label);
    const name = table.name(row) || STRINGS.sub_agent;
    const error = table.error(row);
    setText(this.#label, name);
    setAttribute(this.#label, 'title', error ? `${name}\n${error}` : name);
    const about = error ?? table.summary(row);
    setText(this.#about, about);
    setAttribute(this.#about, 'class', error ? 'row-error' : 'row-about');
    setAttribute(this.#about, 'title', about || null);
    this.#showTwisty(table, row);
    this.#showNotes(shown, error);
  }

  #showTwisty(table: SpanTable, row: number): void {
    if (!table.order.hasChildren(row)) {
      this.#twisty?.remove();
      return;
    }
    this.#twisty ??= make('span', '', { 'data-toggle': '', 'aria-hidden': 'true' });
    const arrow = table.order.isOpen(row) ? 'down' : 'right';
    setAttribute(this.#twisty, 'class', `twisty codicon codicon-chevron-${arrow}`);
    if (!this.#twisty.isConnected) this.#name.prepend(this.#twisty);
  }

  /** Few rows have any, so they are made anew when they change. */
  #showNotes(shown: ShownRow, error: string | null): void {
    const notes = notesOf(shown, error);
    const noted = JSON.stringify(notes);
    if (noted === this.#noted) return;
    this.#noted = noted;
    for (const note of this.#notes) note.remove();
    this.#notes = notes.map((note) => {
      const icon = note.icon ? [make('span', `codicon codicon-${note.icon}`)] : [];
      const made = make('span', note.class, note.attributes, icon);
      made.append(note.text);
      return made;
    });
    this.#name.append(...this.#notes);
  }

  #showBar(shown: ShownRow): void {
    const { table, row, now } = shown;
    const bar = barOf(table, row, baseOf(table, row, shown.scale, shown.session, now), now);
    setAttribute(this.#bar, 'hidden', bar ? null : '');
    if (!bar) return;
    const waits = table.kind(row) === MODEL && bar.waiting > 0;
    setStyle(this.#bar, 'left', percentText(bar.left));
    setStyle(this.#bar, 'width', percentText(bar.width));
    setStyle(this.#bar, '--waiting', waits ? percentText(bar.waiting) : null);
  }

  #showUsage(table: SpanTable, row: number): void {
    const [tokens, cached, cost] = this.#usage;
    if (table.kind(row) === TOOL) {
      if (tokens.isConnected) for (const figure of this.#usage) figure.remove();
      return;
    }
    const share = cacheShare(table, row);
    setText(tokens, tokensText(table, row));
    setText(cached, share === null ? UNKNOWN : `${Math.round(share * 100)}%`);
    setAttribute(cached, 'class', `cell-figure cell-cache${share === null ? '' : ' has-share'}`);
    setStyle(cached, '--share', share === null ? null : share.toFixed(2));
    setText(cost, costText(table, row));
    if (tokens.parentNode === null) this.#status.before(...this.#usage);
  }
}

function percentText(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}

interface Note {
  readonly class: string;
  readonly text: string;
  readonly icon?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

function notesOf(shown: ShownRow, error: string | null): Note[] {
  const { table, row } = shown;
  const notes: Note[] = [];
  const record = table.kind(row) === EXECUTION ? table.executionRecord(row) : undefined;
  if (shown.slow) {
    const attributes = { role: 'img', 'aria-label': STRINGS.slow };
    notes.push({ class: 'badge-icon codicon codicon-flame', text: '', attributes });
  }
  if (shown.on_path) notes.push({ class: 'sr-only', text: STRINGS.on_path });
  if (record?.cached_from) notes.push({ class: 'badge cached', text: STRINGS.from_cache });
  if (table.order.hasChildren(row) && !table.order.isOpen(row)) {
    notes.push({ class: 'badge', text: STRINGS.calls(table.int('calls', row)) });
    const inner = table.int('errors', row) - Number(error !== null);
    if (inner > 0 && table.kind(row) >= EXECUTION) {
      notes.push({ class: 'badge badge-error', text: STRINGS.errors(inner), icon: 'error' });
    }
  }
  return notes;
}
