/** Steps packed into lanes by their times: two share a lane when one had ended before the other began. */
import type { Execution } from '../../src/contracts/records.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { type Axis, barOf } from './axis.ts';
import { phaseViews } from './phases.ts';

export interface Block {
  readonly execution: Execution;
  /** Seconds from the axis's start; `to` null: still at work. */
  readonly from: number;
  readonly to: number | null;
  readonly lane: number;
  /** How many others were at work at some time of this one. */
  readonly beside: number;
}

export interface Band {
  readonly key: string;
  /** Null for steps that no phase groups. */
  readonly title: string | null;
  readonly lanes: number;
  /** By start. */
  readonly blocks: readonly Block[];
}

export interface LaneView {
  readonly bands: readonly Band[];
  /** Most steps at work at one time. */
  readonly peak: number;
  /** Seconds of all steps together. */
  readonly work: number;
  /** How many are at work from each time on, in order; the last entry holds to the end. */
  readonly load: readonly { readonly at: number; readonly count: number }[];
  /** Steps that are left out, since the picture would be too large. */
  readonly omitted: number;
}

/** Steps in one picture; the list shows all. */
const LANE_LIMIT = 2_000;

/** @param now seconds from the axis's start that a live step reaches to. */
export function laneView(state: SessionState, axis: Axis, now: number): LaneView {
  let left = LANE_LIMIT;
  let omitted = 0;
  const spans: { from: number; to: number }[] = [];
  const drafts = phaseViews(state).flatMap(({ key, stage, executions }) => {
    const blocks = executions.flatMap((execution) => {
      const bar = barOf(execution, axis);
      // Replayed steps did no work; among those that did they would only be noise.
      if (!bar || execution.cached_from) return [];
      if (left === 0) {
        omitted += 1;
        return [];
      }
      left -= 1;
      spans.push({ from: bar.from, to: bar.to ?? now });
      return [{ execution, ...bar }];
    });
    if (blocks.length === 0) return [];
    blocks.sort((a, b) => a.from - b.from);
    return [{ key, title: stage?.title ?? null, blocks }];
  });
  const load = loadOf(spans);
  return {
    bands: drafts.map(({ blocks, ...band }) => ({ ...band, ...packed(blocks, spans, now) })),
    peak: Math.max(0, ...load.map((l) => l.count)),
    work: spans.reduce((sum, s) => sum + (s.to - s.from), 0),
    load,
    omitted,
  };
}

function packed(
  blocks: readonly Omit<Block, 'lane' | 'beside'>[],
  spans: readonly { from: number; to: number }[],
  now: number,
): { lanes: number; blocks: Block[] } {
  const free: number[] = [];
  const starts = spans.map((s) => s.from).sort((a, b) => a - b);
  const ends = spans.map((s) => s.to).sort((a, b) => a - b);
  const placed = blocks.map((block) => {
    const to = block.to ?? now;
    const known = free.findIndex((until) => until <= block.from);
    const lane = known < 0 ? free.length : known;
    free[lane] = Math.max(to, block.from);
    // All that began before this one ended, without those that had ended before it began.
    const beside = Math.max(0, below(starts, to) - upTo(ends, block.from) - 1);
    return { ...block, lane, beside };
  });
  return { lanes: free.length, blocks: placed };
}

/** @returns how many of the sorted values are less than the limit. */
function below(sorted: readonly number[], limit: number): number {
  return search(sorted, (value) => value < limit);
}

/** @returns how many of the sorted values are at most the limit. */
function upTo(sorted: readonly number[], limit: number): number {
  return search(sorted, (value) => value <= limit);
}

function search(sorted: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle] ?? 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function loadOf(spans: readonly { from: number; to: number }[]): { at: number; count: number }[] {
  const changes = spans
    .flatMap((s) => [
      { at: s.from, by: 1 },
      { at: s.to, by: -1 },
    ])
    // What ends at a moment ends before what begins at it.
    .sort((a, b) => a.at - b.at || a.by - b.by);
  const load: { at: number; count: number }[] = [];
  let count = 0;
  for (const { at, by } of changes) {
    count += by;
    if (load.at(-1)?.at === at) load.pop();
    load.push({ at, count });
  }
  return load;
}
