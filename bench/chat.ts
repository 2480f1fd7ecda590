/**
 * `npm run bench -- chat`: the chat's page under load F10 (eight agents at once, 10,000 items, 60
 * chunks a second each for 20 s), all cards open, told of it as a panel is: how long its thread is
 * busy at a time, and how long a chunk takes until it can be read. Beside it, as the floor, a bare
 * page that appends every chunk to one text per agent. Absolute numbers depend on the machine.
 */
import type { Page } from 'playwright-core';
import type { Frame } from '../src/contracts/frames.ts';
import { FramePosts } from '../src/editor/frame_posts.ts';
import { asChat } from '../test/fixtures/conversations.ts';
import { f10 } from '../test/fixtures/load.ts';
import { Log } from '../test/fixtures/log.ts';
import { type Harness, startHarness } from '../test/webviews/browser.ts';
import { chatAnswers } from '../test/webviews/chat.ts';
import { tasksDuring } from './chat/tasks.ts';
import { READ, type Seen, WATCH } from './chat/watch.ts';

const SUBS = 8;
/** Milliseconds; the goals of the product for this load. */
const GOALS = { task: 50, latency: 150 };

interface Measured {
  readonly posts: number;
  /** Words whose way to the screen was timed. */
  readonly words: number;
  readonly busy_ms: number;
  /** 95 of 100 tasks of at least 1 ms were shorter. */
  readonly task_p95: number;
  readonly task_longest: number;
  readonly latency_p50: number;
  readonly latency_p95: number;
}

/** Measures and prints; needs a build. */
export async function bench(): Promise<void> {
  const log = asChat(f10());
  const begun = log.facts.findIndex(({ fact }) => fact.type === 'stream.chunk');
  const harness = await startHarness();
  try {
    const ours = await chat(harness, log, begun);
    const floor = await bare(harness, log, begun);
    print(ours, floor);
  } finally {
    await harness.close();
  }
}

async function chat(harness: Harness, log: Log, begun: number): Promise<Measured> {
  const before = new Log(log.session_id);
  for (const { fact, ts } of log.facts.slice(0, begun)) {
    before.now = ts;
    before.add(fact);
  }
  const opened = Array.from({ length: SUBS }, (_, n) => `S${n + 1}`);
  const screen = await harness.open({
    ...{ screen: 'chat', log: before, answers: chatAnswers() },
    kept: { version: 1, session_id: log.session_id, opened },
  });
  await screen.page.locator('.inside').first().waitFor();
  const measured = await measure(screen.page, log.frames().slice(begun));
  await screen.close();
  return measured;
}

async function bare(harness: Harness, log: Log, begun: number): Promise<Measured> {
  const screen = await harness.open({ screen: 'chat', log: asChat(f10({ ...NOTHING })) });
  await screen.page.setContent('<body></body>');
  await screen.page.evaluate(`window.addEventListener('message', ({ data }) => {
    for (const frame of data.frames ?? []) {
      if (frame.type !== 'stream.chunk') continue;
      const { execution_id, delta } = frame.chunk;
      let text = document.getElementById(execution_id);
      if (!text) {
        text = document.body.appendChild(document.createElement('pre'));
        text.id = execution_id;
        text.style = 'white-space: pre-wrap; height: 80px; overflow: hidden auto';
      }
      text.append(delta);
    }
    for (const text of document.querySelectorAll('pre')) text.scrollTop = text.scrollHeight;
  })`);
  const measured = await measure(screen.page, log.frames().slice(begun));
  await screen.close();
  return measured;
}
const NOTHING = { subs: 1, items: 0, seconds: 0, chunksPerSecond: 1 };

/** Sends the frames at their time, as a panel's host does. */
async function measure(page: Page, frames: readonly Frame[]): Promise<Measured> {
  await page.evaluate(WATCH);
  // They are in the page before: how they come there is VS Code's, and here the debugger's.
  await page.evaluate((all) => Reflect.set(globalThis, '__frames', all), frames);
  const sent = new Map<number, number>();
  let posts = 0;
  let from = 0;
  let last: Promise<unknown> = Promise.resolve();
  const host = new FramePosts((some) => {
    posts += 1;
    const to = from + some.length;
    const slice = `window.__frames.slice(${from}, ${to})`;
    last = page.evaluate(`window.postMessage({ kind: 'frames', frames: ${slice} }, '*')`);
    from = to;
  });
  const tasks = await tasksDuring(page, async () => {
    host.start();
    const start = Date.now();
    const first = frames[0]?.ts ?? 0;
    for (let at = 0; at < frames.length; ) {
      for (; at < frames.length; at += 1) {
        const frame = frames[at];
        if (!frame || frame.ts - first > Date.now() - start) break;
        const word = frame.type === 'stream.chunk' && /word (\d+) /.exec(frame.chunk.delta)?.[1];
        if (word && !sent.has(Number(word))) sent.set(Number(word), Date.now());
        host.add(frame);
      }
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    await last;
  });
  host.dispose();
  const seen: Seen[] = await page.evaluate(READ);
  const latencies: number[] = [];
  for (const { from, to, at } of seen) {
    for (let word = from; word <= to; word += 1) {
      const begin = sent.get(word);
      if (begin !== undefined) latencies.push(at - begin);
    }
  }
  const real = tasks.filter((ms) => ms >= 1);
  return {
    posts,
    words: latencies.length,
    busy_ms: tasks.reduce((sum, ms) => sum + ms, 0),
    task_p95: quantile(real, 0.95),
    task_longest: quantile(real, 1),
    latency_p50: quantile(latencies, 0.5),
    latency_p95: quantile(latencies, 0.95),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function print(ours: Measured, floor: Measured): void {
  const rows: readonly (readonly [string, keyof Measured, number?])[] = [
    ['posts to the page', 'posts'],
    ['words timed', 'words'],
    ['busy, ms of 20,000', 'busy_ms'],
    ['task p95, ms', 'task_p95', GOALS.task],
    ['longest task, ms', 'task_longest'],
    ['chunk to paint p50, ms', 'latency_p50'],
    ['chunk to paint p95, ms', 'latency_p95', GOALS.latency],
  ];
  console.log(
    `\n${''.padEnd(26)}${'goal'.padStart(8)}${'chat'.padStart(10)}${'bare'.padStart(10)}`,
  );
  for (const [title, key, goal] of rows) {
    const cells = [ours[key], floor[key]].map((value) => value.toFixed(0).padStart(10));
    const [a, b] = [ours[key], floor[key]];
    console.log(
      `${title.padEnd(26)}${String(goal ?? '').padStart(8)}${cells.join('')}   ×${(a / b).toFixed(2)}`,
    );
  }
}
