/** Badges behind a row's name: what is hidden in a closed row, and what a row is marked as. */
import { make } from './elements.ts';
import type { ShownRow } from './row_view.ts';
import { EXECUTION } from './span_table.ts';
import { STRINGS } from './strings.ts';

interface Note {
  readonly class: string;
  readonly text: string;
  readonly icon?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Few rows have any, so they are made anew when they change. */
export class NotesView {
  readonly #before: Element;
  #notes: readonly HTMLElement[] = [];
  #noted = '';

  /** @param before what they stand before. */
  constructor(before: Element) {
    this.#before = before;
  }

  show(notes: readonly Note[]): void {
    if (notes.length === 0 && this.#noted === '') return;
    const noted = notes.length === 0 ? '' : JSON.stringify(notes);
    if (noted === this.#noted) return;
    this.#noted = noted;
    for (const note of this.#notes) note.remove();
    this.#notes = notes.map((note) => {
      const icon = note.icon ? [make('span', `codicon codicon-${note.icon}`)] : [];
      const made = make('span', note.class, note.attributes, icon);
      made.append(note.text);
      return made;
    });
    this.#before.before(...this.#notes);
  }
}

/** @param error of the row itself. */
export function notesOf(shown: ShownRow, error: string | null): readonly Note[] {
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
