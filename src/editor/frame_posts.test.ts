import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { f10 } from '../../test/fixtures/load.ts';
import type { Frame } from '../contracts/frames.ts';
import { FramePosts } from './frame_posts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function collect() {
  const posts: { readonly at: number; readonly frames: readonly Frame[] }[] = [];
  return { posts, sender: new FramePosts((frames) => posts.push({ at: Date.now(), frames })) };
}

test('acceptance 117: under load F10 a page is told at most ten times in any second, of everything', () => {
  const { posts, sender } = collect();
  sender.start();
  const log = f10();
  const frames = log.frames();
  const begin = frames[0]?.ts ?? 0;
  let now = 0;
  for (const frame of frames) {
    const at = frame.ts - begin;
    if (at > now) vi.advanceTimersByTime(at - now);
    now = Math.max(now, at);
    sender.add(frame);
  }
  vi.advanceTimersByTime(1_000);
  expect(posts.flatMap((p) => p.frames.map((f) => f.seq))).toEqual(frames.map((f) => f.seq));
  const most = Math.max(
    ...posts.map(({ at }) => posts.filter((p) => p.at >= at && p.at < at + 1_000).length),
  );
  expect(most).toBeLessThanOrEqual(11);
  // All but the first second, in which it is not yet known how much there is.
  const first = posts[0]?.at ?? 0;
  const later = posts.filter((p) => p.at > first + 1_000);
  const span = (later.at(-1)?.at ?? 0) - (later[0]?.at ?? 0);
  expect(later.length / (span / 1_000)).toBeLessThanOrEqual(10.1);
});

test('one stream is told within an animation frame, also after a crowd has gone', () => {
  const { posts, sender } = collect();
  sender.start();
  const frame = f10({ subs: 1, items: 1, seconds: 1, chunksPerSecond: 1 }).frames()[0];
  if (!frame) throw new Error('The log has frames.');
  for (let i = 0; i < 40; i += 1) sender.add(frame);
  vi.advanceTimersByTime(16);
  expect(posts.map((p) => p.frames.length)).toEqual([40]);
  // The crowd has gone: what follows once waits a little longer, then no more.
  sender.add(frame);
  vi.advanceTimersByTime(100);
  expect(posts.length).toBe(2);
  sender.add(frame);
  vi.advanceTimersByTime(16);
  expect(posts.length).toBe(3);
});

test('while a snapshot is on its way frames wait, and what came before it is forgotten', () => {
  const { posts, sender } = collect();
  const [a, b, c] = f10({ subs: 1, items: 1, seconds: 1, chunksPerSecond: 1 }).frames();
  if (!a || !b || !c) throw new Error('The log has frames.');
  sender.add(a);
  sender.hold();
  sender.add(b);
  vi.advanceTimersByTime(500);
  expect(posts).toEqual([]);
  sender.add(c);
  sender.start();
  expect(posts.map((p) => p.frames)).toEqual([[b, c]]);
});
