/**
 * One row of the trace tree: a name, a bar on the common time axis, and its figures. Its elements
 * are made once and filled with one row after the other: scrolling and appending then cost some
 * assignments, where a component's tree would be made and compared for every row in view. What
 * differs from row to row is written to the very element that it changes, and is never inherited:
 * the others then keep their styles.
 */
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { COLUMNS, type Column, type ColumnLayout } from './column_layout.ts';
import { Drawn, make } from './elements.ts';
import {
  type Base,
  barOf,
  baseOf,
  cacheShare,
  costText,
  durationText,
  kindLook,
  selfText,
  tokensText,
  UNKNOWN,
} from './row_model.ts';
import { NotesView, notesOf } from './row_notes.ts';
import { EXECUTION, MODEL, type SpanTable, STAGE, TOOL } from './span_table.ts';
import { STRINGS } from './strings.ts';
import type { Scale } from './view.ts';

/** Deeper rows are not indented further: the name must keep some room. */
const DEEPEST_INDENT = 12;
const INDENT_PX = 14;
/** Before the name of a row at the top: room for its arrow. */
const NAME_PX = 25;
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
  readonly columns: ColumnLayout;
}

const cell = (column: Column, class_name: string): Drawn => {
  const index = String(COLUMNS.indexOf(column) + 1);
  const attributes = { role: 'gridcell', 'aria-colindex': index };
  return new Drawn(make('div', `cell-${column} ${class_name}`, attributes));
};

export class RowView {
  readonly #icon = new Drawn(make('span', '', { role: 'img' }));
  readonly #label = new Drawn(make('span', 'row-name'));
  /** What went wrong, else what the row is about. */
  readonly #about = new Drawn(make('span', ''));
  readonly #bar = new Drawn(make('i', 'bar'));
  readonly #cells: Readonly<Record<Column, Drawn>> = {
    name: cell('name', ''),
    time: cell('time', ''),
    duration: cell('duration', 'cell-figure'),
    self: cell('self', 'cell-figure'),
    tokens: cell('tokens', 'cell-figure'),
    cached: cell('cached', 'cell-figure'),
    cost: cell('cost', 'cell-figure'),
    status: cell('status', ''),
  };
  readonly #row = new Drawn(make('div', '', { role: 'row' }));
  readonly element = this.#row.element;
  readonly #notes = new NotesView(this.#about.element);
  #twisty: Drawn | null = null;
  #columns: ColumnLayout | null = null;
  #placed: readonly Column[] = [];

  constructor() {
    // The words are read and copied with a space between them.
    const { name, time } = this.#cells;
    name.element.append(this.#icon.element, this.#label.element, ' ', this.#about.element);
    time.element.append(this.#bar.element);
  }

  show(shown: ShownRow): void {
    const { table, row, now } = shown;
    this.#place(shown.columns);
    this.#showRow(shown);
    this.#showName(shown);
    this.#showBar(shown);
    this.#cells.duration.text(durationText(table, row, now));
    this.#cells.self.text(table.kind(row) < EXECUTION ? '' : selfText(table, row, now));
    this.#showUsage(table, row);
    const look = STATUS_LOOK[table.outcome(row)];
    const spins = table.outcome(row) === 'running' ? ' codicon-modifier-spin' : '';
    const { status } = this.#cells;
    status.set('class', `cell-status codicon codicon-${look.icon} said-${look.tone}${spins}`);
    status.set('aria-label', look.label);
    status.set('title', look.label);
  }

  #place(columns: ColumnLayout): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    const cells = COLUMNS.filter((column) => columns.has(column));
    // Other widths are the style sheet's business.
    if (cells.length === this.#placed.length && cells.every((c, i) => c === this.#placed[i]))
      return;
    this.#placed = cells;
    this.element.replaceChildren(...cells.map((column) => this.#cells[column].element));
  }

  #showRow(shown: ShownRow): void {
    const { table, row } = shown;
    const branch = table.order.hasChildren(row);
    const place = table.order.place(row);
    const classes = [
      table.kind(row) === STAGE ? 'trace-row of-stage' : 'trace-row',
      ...(shown.active ? ['active'] : []),
      ...(shown.hit ? ['hit'] : []),
      ...(shown.on_path ? ['on-path'] : []),
    ];
    // Each stands by itself: one that stays in view is not painted again when others come.
    this.#row.style('top', `${shown.position * ROW_PX}px`);
    this.#row.set('class', classes.join(' '));
    this.#row.set('id', `row-${row}`);
    this.#row.set('data-row', String(row));
    this.#row.set('aria-level', String(shown.depth + 1));
    this.#row.set('aria-posinset', String(place.position));
    this.#row.set('aria-setsize', String(place.of));
    this.#row.set('aria-rowindex', String(shown.position + 2));
    this.#row.set('aria-expanded', branch ? String(table.order.isOpen(row)) : null);
    this.#row.set('aria-selected', String(shown.active));
  }

  #showName(shown: ShownRow): void {
    const { table, row } = shown;
    const indent = NAME_PX + Math.min(shown.depth, DEEPEST_INDENT) * INDENT_PX;
    this.#cells.name.style('padding-left', `${indent}px`);
    const look = kindLook(table, row);
    this.#icon.set('class', `kind-icon codicon codicon-${look.icon}`);
    this.#icon.set('aria-label', look.label);
    const name = table.name(row) || STRINGS.sub_agent;
    const error = table.error(row);
    this.#label.text(name);
    this.#label.set('title', error ? `${name}\n${error}` : name);
    const about = error ?? table.summary(row);
    this.#about.text(about);
    this.#about.set('class', error ? 'row-error' : 'row-about');
    this.#about.set('title', about || null);
    this.#showTwisty(table, row);
    this.#notes.show(notesOf(shown, error));
  }

  #showTwisty(table: SpanTable, row: number): void {
    if (!table.order.hasChildren(row)) {
      this.#twisty?.element.remove();
      return;
    }
    this.#twisty ??= new Drawn(make('span', '', { 'data-toggle': '', 'aria-hidden': 'true' }));
    const arrow = table.order.isOpen(row) ? 'down' : 'right';
    this.#twisty.set('class', `twisty codicon codicon-chevron-${arrow}`);
    const { element } = this.#twisty;
    if (element.parentNode === null) this.#cells.name.element.prepend(element);
  }

  #showBar(shown: ShownRow): void {
    const { table, row, now } = shown;
    const bar = barOf(table, row, baseOf(table, row, shown.scale, shown.session, now), now);
    this.#bar.set('hidden', bar ? null : '');
    if (!bar) return;
    const tone = STATUS_LOOK[table.outcome(row)].tone;
    const said = tone === 'error' || tone === 'attention' ? ` bar-${tone}` : '';
    const waits = table.kind(row) === MODEL && bar.waiting > 0 && tone !== 'error';
    this.#bar.set('class', `bar bar-${table.kind(row)}${said}${waits ? ' bar-waits' : ''}`);
    this.#bar.style('margin-left', percentText(bar.left));
    this.#bar.style('width', percentText(bar.width));
    this.#bar.style('background-size', waits ? `${percentText(bar.waiting)} 100%` : null);
  }

  /**
   * A tool has no tokens, and its cells stay empty: rows take turns, and cells that came and went
   * with them would be laid out from scratch.
   */
  #showUsage(table: SpanTable, row: number): void {
    const { tokens, cached, cost } = this.#cells;
    const none = table.kind(row) === TOOL;
    const share = none ? null : cacheShare(table, row);
    const part = share === null ? UNKNOWN : `${Math.round(share * 100)}%`;
    tokens.text(none ? '' : tokensText(table, row));
    cached.text(none ? '' : part);
    cached.set('class', `cell-cached cell-figure${share === null ? '' : ' has-share'}`);
    if (share !== null) cached.style('--share', percentText(share * 100));
    cost.text(none ? '' : costText(table, row));
  }
}

function percentText(value: number): string {
  return `${Number(value.toFixed(2))}%`;
}
