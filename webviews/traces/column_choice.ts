/** Which columns a person wants to see, and how wide: the same in every trace of the workspace. */
import * as z from 'zod/mini';
import { COLUMNS, type Column } from './column_layout.ts';

const Choice = z.object({
  hidden: z.array(z.enum(COLUMNS)),
  widths: z.partialRecord(z.enum(COLUMNS), z.number()),
});
export type ColumnChoice = Readonly<z.infer<typeof Choice>>;

export const ALL_COLUMNS: ColumnChoice = { hidden: [], widths: {} };

export const NARROWEST = 28;
export const WIDEST = 800;

const KEY = 'boocode.columns traces';

/** @returns what was chosen last; a page that may keep nothing, or keeps nonsense, shows all. */
export function keptColumns(): ColumnChoice {
  try {
    return Choice.parse(JSON.parse(window.localStorage.getItem(KEY) ?? 'null'));
  } catch {
    return ALL_COLUMNS;
  }
}

export function keepColumns(choice: ColumnChoice): void {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // Full or forbidden: the choice holds as long as the page.
  }
}

export function withShown(choice: ColumnChoice, column: Column, shown: boolean): ColumnChoice {
  const hidden = choice.hidden.filter((other) => other !== column);
  return { ...choice, hidden: shown ? hidden : [...hidden, column] };
}

/** @param width in pixels; null gives the column its own width back. */
export function withWidth(
  choice: ColumnChoice,
  column: Column,
  width: number | null,
): ColumnChoice {
  const { [column]: _, ...widths } = choice.widths;
  if (width === null || !Number.isFinite(width)) return { ...choice, widths };
  const held = Math.round(Math.min(WIDEST, Math.max(NARROWEST, width)));
  return { ...choice, widths: { ...widths, [column]: held } };
}
