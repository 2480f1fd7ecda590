/** The tasks of a page's main thread, from the browser's own trace. */
import type { Page } from 'playwright-core';
import * as z from 'zod/mini';

const Trace = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.number(),
      tid: z.number(),
      /** Microseconds. */
      dur: z.optional(z.number()),
      args: z.optional(z.object({ name: z.optional(z.unknown()) })),
    }),
  ),
});

/** @returns how long each task took while `work` went on. Milliseconds. */
export async function tasksDuring(page: Page, work: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('The page has no browser of its own.');
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await work();
  const { traceEvents } = Trace.parse(JSON.parse((await browser.stopTracing()).toString('utf8')));
  const threads = new Map<string, number[]>();
  const main = new Set<string>();
  for (const { name, pid, tid, dur, args } of traceEvents) {
    const thread = `${pid} ${tid}`;
    if (name === 'thread_name' && args?.name === 'CrRendererMain') main.add(thread);
    if (!/RunTask$/.test(name) || dur === undefined) continue;
    const tasks = threads.get(thread) ?? [];
    tasks.push(dur / 1000);
    threads.set(thread, tasks);
  }
  // Other pages of the browser idle meanwhile.
  const sum = (tasks: readonly number[]): number => tasks.reduce((all, ms) => all + ms, 0);
  return [...threads]
    .filter(([thread]) => main.has(thread))
    .map(([, tasks]) => tasks)
    .reduce((most, tasks) => (sum(tasks) > sum(most) ? tasks : most), []);
}
