/**
 * Runs in the page beside one contender and measures it. Data and later frames come as messages,
 * as in VS Code; times are read when a frame has been painted, not when a function has returned.
 */

import type { Trace } from '../../../src/contracts/records.ts';
import { call, type Data, lastAgent, makeData } from './data.ts';

export interface Contender {
  /** On the side of the host: the first message. Not measured. */
  first(data: Data): unknown;
  /** On the side of the host: one message for calls that came within 16 ms. Not measured. */
  more(traces: readonly Trace[]): unknown;
  /** In the page: absent where the contender's own script listens for messages. */
  readonly receive?: (message: unknown) => void;
  /** True once the first rows are in the document. */
  shown(): boolean;
  jumpToStart(): void;
  jumpToEnd(): void;
  /** True once the row with this id is in the document. */
  shows(id: string): boolean;
  /** Moves by a page and a half; called once per frame. */
  scroll(step: number): void;
  /** Number of calls that have arrived, as far as the contender can tell. */
  count(): number;
}

export interface PaintFigures {
  /** From the sending of the data. */
  readonly to_paint_ms: number;
  /** From its arrival in the page. */
  readonly first_paint_ms: number;
}

export interface UseFigures {
  readonly dom_nodes: number;
  readonly scroll_fps: number;
  readonly scroll_longest_ms: number;
  readonly jump_ms: number;
  readonly append_fps: number;
  readonly append_longest_ms: number;
}

const SCROLL_FRAMES = 90;
const FRAME_MS = 1_000 / 60;
const APPEND_MS = 4_000;
const APPENDED_PER_SECOND = 200;
const BATCH_MS = 16;

const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));

/** Resolves after the paint of the first frame before which the condition holds. */
async function painted(condition: () => boolean): Promise<number> {
  do await frame();
  while (!condition());
  // A task queued within the frame's callbacks runs after its paint.
  await new Promise<void>((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });
  return performance.now();
}

/** Counts frames while `work` goes on. */
async function framesDuring(work: () => Promise<void>): Promise<{ fps: number; longest: number }> {
  let frames = 0;
  let longest = 0;
  let running = true;
  const started = performance.now();
  let last = started;
  const count = (now: number): void => {
    if (!running) return;
    frames++;
    longest = Math.max(longest, now - last);
    last = now;
    requestAnimationFrame(count);
  };
  requestAnimationFrame(count);
  await work();
  running = false;
  return { fps: (frames * 1000) / (performance.now() - started), longest };
}

let arrived = 0;
let contender: Contender | null = null;

// Registered before any contender's own listener: reading `data` is what takes the delivery's time.
window.addEventListener('message', (event: MessageEvent<unknown>) => {
  const message = event.data;
  arrived = performance.now();
  contender?.receive?.(message);
});

let made: { readonly first: unknown; readonly end: End } | null = null;

/**
 * Makes the session. In the editor the records live in another process: here they are let go and
 * collected first, or their collection would be counted against whoever comes next.
 */
async function prepare(spans: number): Promise<void> {
  let data: Data | null = makeData(spans);
  const last = data.traces.at(-1);
  const [last_id, finished_at] = [last?.id ?? '', last?.finished_at ?? 0];
  const end = { spans, agent: lastAgent(data), last_id, finished_at };
  made = { first: registered().first(data), end };
  data = null;
  const collect: unknown = Reflect.get(window, 'gc');
  if (typeof collect === 'function') collect.call(window);
  await settle();
}

/** Posts the session `phase` of a frame after a frame, and waits for its paint. */
async function firstPaint(phase: number): Promise<PaintFigures> {
  const subject = registered();
  await frame();
  await new Promise((resolve) => setTimeout(resolve, phase * FRAME_MS));
  const sent = performance.now();
  if (made) window.postMessage(made.first, '*');
  made = made && { ...made, first: null };
  const end = await painted(() => subject.shown());
  // For whoever looks at this in a profile.
  performance.measure('data to paint', { start: sent, end });
  performance.measure('arrival to paint', { start: arrived, end });
  return { to_paint_ms: end - sent, first_paint_ms: end - arrived };
}

/** Scrolls, jumps and appends, once the session is there. */
async function use(): Promise<UseFigures> {
  const subject = registered();
  if (!made) throw new Error('No session was made.');
  const { end } = made;
  const dom_nodes = document.querySelectorAll('*').length;
  await settle();
  const scrolling = await framesDuring(async () => {
    for (let i = 0; i < SCROLL_FRAMES; i++) {
      subject.scroll(i);
      await frame();
    }
  });
  subject.jumpToStart();
  await settle();
  const before = performance.now();
  subject.jumpToEnd();
  const jumped = (await painted(() => subject.shows(end.last_id))) - before;
  await settle();
  return {
    dom_nodes,
    scroll_fps: scrolling.fps,
    scroll_longest_ms: scrolling.longest,
    jump_ms: jumped,
    ...(await appending(subject, end)),
  };
}

interface End {
  readonly spans: number;
  readonly agent: number;
  readonly last_id: string;
  readonly finished_at: number;
}

async function appending(
  subject: Contender,
  end: End,
): Promise<Pick<UseFigures, 'append_fps' | 'append_longest_ms'>> {
  const { spans, agent } = end;
  let now = end.finished_at + 1;
  let sent = 0;
  const send = (count: number): void => {
    const batch: Trace[] = [];
    for (let i = 0; i < count; i++) {
      const trace = call(spans + sent++, now, agent);
      now += trace.latency_ms ?? 0;
      batch.push(trace);
    }
    if (batch.length > 0) window.postMessage(subject.more(batch), '*');
  };
  const appended = await framesDuring(async () => {
    const started = performance.now();
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        const passed = Math.min(APPEND_MS, performance.now() - started);
        send(Math.floor((passed / 1000) * APPENDED_PER_SECOND) - sent);
        // The newest stay in view, for everyone: whoever follows by itself has nothing to do.
        subject.jumpToEnd();
        if (passed < APPEND_MS) return;
        clearInterval(timer);
        resolve();
      }, BATCH_MS);
    });
    await painted(() => subject.count() >= spans + sent);
  });
  return { append_fps: appended.fps, append_longest_ms: appended.longest };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await frame();
}

function registered(): Contender {
  if (!contender) throw new Error('No contender was registered.');
  return contender;
}

export function register(subject: Contender): void {
  contender = subject;
  Reflect.set(window, '__bench', { prepare, firstPaint, use });
}
