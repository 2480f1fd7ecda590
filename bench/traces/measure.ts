/** Opens a fresh browser page for one contender and one size, and reads its figures. */

import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import * as z from 'zod/mini';
import { ensureBrowser } from '../../scripts/lib/browser.mjs';
import { type ContenderName, makePage, type Page } from './pages.ts';

const number = z.number();
const PaintFigures = z.object({ to_paint_ms: number, first_paint_ms: number });
const UseFigures = z.object({
  dom_nodes: number,
  scroll_fps: number,
  scroll_longest_ms: number,
  jump_ms: number,
  append_fps: number,
  append_longest_ms: number,
});
// Typed arrays lie outside of the script heap: without `backingStorageSize` they would be free.
const HeapUsage = z.object({
  usedSize: number,
  embedderHeapUsedSize: z.optional(number),
  backingStorageSize: z.optional(number),
});
const Metrics = z.object({ metrics: z.array(z.object({ name: z.string(), value: number })) });

export interface Measured extends z.infer<typeof PaintFigures>, z.infer<typeof UseFigures> {
  /** What the page's thread worked until the paint, however long it had to wait for a processor. */
  readonly paint_work_ms: number;
  /** The same while it was scrolled, sent to its end and appended to. */
  readonly use_work_ms: number;
  readonly memory_mb: number;
}

export interface Bench {
  /** @param phase when the data comes, as a share of the time between two frames. */
  measure(contender: ContenderName, spans: number, phase: number): Promise<Measured>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css' };
const TIMEOUT_MS = 300_000;

export async function openBench(): Promise<Bench> {
  const pages = new Map<ContenderName, Page>();
  let shown: Page | null = null;
  const server = await serve(() => shown);
  const { port } = server.address() as AddressInfo;
  const { executablePath, env } = await ensureBrowser();
  const browser = await chromium.launch({
    executablePath,
    env: Object.fromEntries(Object.entries(env).filter((e): e is [string, string] => !!e[1])),
    args: ['--no-sandbox', '--js-flags=--expose-gc'],
  });
  return {
    async measure(contender, spans, phase) {
      const page = pages.get(contender) ?? (await makePage(contender));
      pages.set(contender, page);
      shown = page;
      return await run(browser, `http://127.0.0.1:${port}/`, spans, phase);
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function run(browser: Browser, url: string, spans: number, phase: number): Promise<Measured> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(url);
    await page.waitForFunction('typeof window.__bench === "object"');
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await session.send('HeapProfiler.collectGarbage');
    const before = heapBytes(await session.send('Runtime.getHeapUsage'));
    await page.evaluate(`window.__bench.prepare(${spans})`);
    const idle = workedMs(await session.send('Performance.getMetrics'));
    const paint = PaintFigures.parse(await page.evaluate(`window.__bench.firstPaint(${phase})`));
    const painted = workedMs(await session.send('Performance.getMetrics'));
    const use = UseFigures.parse(await page.evaluate('window.__bench.use()'));
    const used = workedMs(await session.send('Performance.getMetrics'));
    const work = { paint_work_ms: painted - idle, use_work_ms: used - painted };
    await session.send('HeapProfiler.collectGarbage');
    const after = heapBytes(await session.send('Runtime.getHeapUsage'));
    if (errors.length > 0) throw new Error(errors.join('\n'));
    return { ...paint, ...use, ...work, memory_mb: (after - before) / 1024 / 1024 };
  } finally {
    await context.close();
  }
}

function heapBytes(usage: unknown): number {
  const parsed = HeapUsage.parse(usage);
  return parsed.usedSize + (parsed.embedderHeapUsedSize ?? 0) + (parsed.backingStorageSize ?? 0);
}

function workedMs(metrics: unknown): number {
  const found = Metrics.parse(metrics).metrics.find(({ name }) => name === 'TaskDuration');
  return (found?.value ?? Number.NaN) * 1000;
}

async function serve(shown: () => Page | null): Promise<Server> {
  const css = await readFile(join(import.meta.dirname, 'page', 'page.css'));
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname.slice(1);
    const page = shown();
    const file = name === 'page.css' ? css : page?.files.get(name);
    if (name === '') response.setHeader('content-type', 'text/html; charset=utf-8').end(page?.html);
    else if (file) {
      response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'font/ttf');
      response.end(file);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
