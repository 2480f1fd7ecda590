/**
 * Where the columns of the tree stand: worked out once per width, so that a row is laid out by
 * plain numbers. Bars share one origin at every depth; in a narrow panel columns go one by one.
 */
import { signal } from '@preact/signals';

export const COLUMNS = [
  'name',
  'time',
  'duration',
  'self',
  'tokens',
  'cached',
  'cost',
  'status',
] as const;
export type Column = (typeof COLUMNS)[number];

/** A column's place in pixels. */
export interface Place {
  readonly left: number;
  readonly width: number;
}
export type ColumnLayout = ReadonlyMap<Column, Place>;
/** Where they stand now: a narrow panel shows fewer than were chosen. */
export const placed = signal<ColumnLayout>(new Map());

/** Columns of one width. */
const WIDTH = { duration: 66, self: 66, tokens: 112, cached: 58, cost: 72, status: 30 } as const;
type Fixed = keyof typeof WIDTH;
const FIXED: readonly Fixed[] = ['duration', 'self', 'tokens', 'cached', 'cost', 'status'];

/** The panel's width below which a column makes room for names and bars. */
const LEAVES_BELOW: ReadonlyMap<Column, number> = new Map([
  ['self', 960],
  ['cached', 880],
  ['tokens', 760],
  ['cost', 520],
]);

const NAME_SHARE = 0.38;
const NAME_LEAST = 140;
const TIME_LEAST = 60;
const BESIDE_BARS = 6;

/** What a person has chosen of the columns. */
interface Chosen {
  readonly hidden: readonly Column[];
  readonly widths: Readonly<Partial<Record<Column, number>>>;
}

/** @param width of the tree in pixels, without its scroll bar. */
export function layOut(width: number, { hidden, widths }: Chosen): ColumnLayout {
  const fixed = FIXED.filter(
    (column) => !hidden.includes(column) && width >= (LEAVES_BELOW.get(column) ?? 0),
  );
  const wide = (column: Fixed): number => widths[column] ?? WIDTH[column];
  const taken = fixed.reduce((sum, column) => sum + wide(column), 0);
  // Names and bars keep some room, whatever is asked for: the others are made narrower.
  const most = Math.max(0, width - NAME_LEAST - TIME_LEAST);
  const scale = taken > most ? most / taken : 1;
  const rest = Math.max(0, width - taken * scale);
  const timed = !hidden.includes('time');
  const wanted = widths.name ?? Math.max(width * NAME_SHARE, NAME_LEAST);
  const name = timed ? Math.round(Math.min(wanted, Math.max(0, rest - TIME_LEAST))) : rest;
  const places = new Map<Column, Place>();
  let left = 0;
  const put = (column: Column, width: number): void => {
    places.set(column, { left, width });
    left += width;
  };
  put('name', name);
  if (timed) put('time', rest - name);
  for (const column of fixed) put(column, wide(column) * scale);
  return places;
}

/**
 * The rules that put cells into their places. One style sheet for all of them: a row then carries
 * no widths of its own, and a change of them costs no work in script.
 */
export function rulesOf(layout: ColumnLayout): string {
  const rules = [...layout].map(([column, { left, width }]) => {
    // Room beside the bars that is no part of their cell: lines then fill it without being cut.
    const beside = column === 'time' ? BESIDE_BARS : 0;
    const wide = Math.max(0, width - 2 * beside);
    return `.cell-${column} { margin-left: ${left + beside}px; width: ${wide}px; }`;
  });
  return rules.join('\n');
}
