/** The overview as shapes: model calls and tool calls at work over time, one upon the other. */
import type { Piece } from './density.ts';

/** Of the drawing; it is stretched to the strip. */
export const PIECES = 240;
export const HIGH = 100;
/** Room above for the marks of errors. */
const HEADROOM = 22;
/** Something is seen of even one call beside many. */
const LEAST = 7;
const ERROR_HIGH = 15;

export interface OverviewPaths {
  readonly model: string;
  readonly tool: string;
  readonly errors: string;
}

export function pathsOf(model: readonly Piece[], tool: readonly Piece[]): OverviewPaths {
  const sums = model.map((piece, i) => piece.at_work + (tool[i]?.at_work ?? 0));
  const most = Math.max(1, ...sums);
  const scale = (count: number): number =>
    count === 0 ? 0 : Math.max(LEAST, Math.round((count / most) * (HIGH - HEADROOM)));
  const models = model.map((piece) => scale(piece.at_work));
  const all = sums.map(scale);
  const failed = model.map((piece, i) => piece.errors + (tool[i]?.errors ?? 0) > 0);
  return {
    // Tools stand upon models: the lower shape is drawn over the higher one.
    model: steps(models),
    tool: steps(all),
    errors: failed.map((any, i) => (any ? `M${i} 0h1v${ERROR_HIGH}h-1z` : '')).join(''),
  };
}

/** An area of steps upon the base line; stretches of one height are one step. */
function steps(heights: readonly number[]): string {
  let path = `M0 ${HIGH}`;
  let before = 0;
  for (const [i, height] of heights.entries()) {
    if (height === before) continue;
    path += `H${i}V${HIGH - height}`;
    before = height;
  }
  return `${path}H${heights.length}V${HIGH}z`;
}
