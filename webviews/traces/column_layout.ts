/**
 * Where the columns of the tree stand: worked out once per width, so that a row is laid out by
 * plain numbers. Bars share one origin at every depth; in a narrow panel columns go one by one.
 */

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
/** Before and behind the bars, as in grid.css. */
const TIME_PADDING = 6;

/** @param width of the tree in pixels, without its scroll bar. */
export function layOut(width: number): ColumnLayout {
  const fixed = FIXED.filter((column) => width >= (LEAVES_BELOW.get(column) ?? 0));
  const rest = width - fixed.reduce((sum, column) => sum + WIDTH[column], 0);
  const name = Math.min(Math.max(width * NAME_SHARE, NAME_LEAST), Math.max(0, rest - TIME_LEAST));
  const places = new Map<Column, Place>();
  let left = 0;
  const put = (column: Column, wide: number): void => {
    places.set(column, { left, width: wide });
    left += wide;
  };
  put('name', Math.round(name));
  put('time', Math.max(0, rest - Math.round(name)));
  for (const column of fixed) put(column, WIDTH[column]);
  return places;
}

/**
 * The rules that put cells into their places. One style sheet for all of them: a row then carries
 * no widths of its own, and a change of them costs no work in script.
 */
export function rulesOf(layout: ColumnLayout): string {
  const rules = [...layout].map(
    ([column, { left, width }]) => `.cell-${column} { margin-left: ${left}px; width: ${width}px; }`,
  );
  const time = layout.get('time');
  if (time) {
    const [left, width] = [time.left + TIME_PADDING, time.width - 2 * TIME_PADDING];
    rules.push(`.trace-extent::before { left: ${left}px; width: ${Math.max(0, width)}px; }`);
  }
  return rules.join('\n');
}
