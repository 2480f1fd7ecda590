/** One measurement of one store, in a process of its own; prints its figures as JSON. */
import fs from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../src/store/open.ts';
import { BODY, CONTENDERS, fill, NAMES, type Opened, wasmPath } from './store_contenders.ts';
import { SHIPPED } from './store_threads.ts';

const [what, nameText, folder, amount] = process.argv.slice(2);
const name = NAMES.find((n) => n === nameText);
if (!name || !folder) throw new Error('usage: store_child.ts <what> <contender> <folder> <amount>');
const MB = 1024 * 1024;
/**
 * Until then every store has its caches warm, its log begun and its code compiled. WebAssembly and
 * JavaScript are compiled while they run: after two seconds a row of ours still cost a third more
 * than after four, and nothing less after ten. A window is open for hours.
 */
const WARM_MS = 6000;

/** Bytes that this process has given to write calls so far; Linux only. */
function written(): number | null {
  try {
    return Number(/wchar: (\d+)/.exec(fs.readFileSync('/proc/self/io', 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

/** Writers that each write one row after the other until the time is over. @returns ms per row. */
async function keepWriting(store: Pick<Opened, 'write'>, writers: number, ms: number) {
  const times: number[] = [];
  const start = performance.now();
  const writer = async (k: number): Promise<void> => {
    for (let n = 0; performance.now() - start < ms; n++) {
      const at = performance.now();
      await store.write(`x${process.pid}-${start}-${k}-${n}`, BODY);
      times.push(performance.now() - at);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, k) => writer(k)));
  return times;
}

async function writeFor(store: Opened, writers: number, ms: number): Promise<object> {
  await keepWriting(store, writers, WARM_MS);
  const before = written();
  const caller = process.threadCpuUsage();
  const all = process.cpuUsage();
  const start = performance.now();
  const times = await keepWriting(store, writers, ms);
  const seconds = (performance.now() - start) / 1000;
  const callerUsed = process.threadCpuUsage(caller);
  const allUsed = process.cpuUsage(all);
  const after = written();
  const rows = times.length;
  times.sort((a, b) => a - b);
  return {
    rows,
    per_second: rows / seconds,
    p50_ms: times[Math.floor(times.length / 2)],
    bytes_per_row: before === null || after === null ? null : (after - before) / rows,
    caller_us: (callerUsed.user + callerUsed.system) / rows,
    all_us: (allUsed.user + allUsed.system) / rows,
    ...(await stalls(store, writers)),
  };
}

/**
 * How long the caller's event loop stood still: while it writes, and in turns with that while it
 * does the same with a store that does nothing, since other processes hold up both alike.
 * `busy_ms` is the most processor time that one turn of the loop took, whatever else runs.
 */
async function stalls(store: Opened, writers: number): Promise<object> {
  const nothing = { write: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const found = { with: 0, without: 0, busy: 0 };
  for (let round = 0; round < 20; round++) {
    for (const which of ['without', 'with'] as const) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      let cpu = process.threadCpuUsage();
      let running = true;
      const turn = (): void => {
        const { user, system } = process.threadCpuUsage(cpu);
        cpu = process.threadCpuUsage();
        if (which === 'with') found.busy = Math.max(found.busy, (user + system) / 1000);
        if (running) setTimeout(turn, 0);
      };
      delay.enable();
      setTimeout(turn, 0);
      await keepWriting(which === 'with' ? store : nothing, writers, 100);
      running = false;
      delay.disable();
      found[which] = Math.max(found[which], delay.max / 1e6);
    }
  }
  return { stall_ms: found.with, without_ms: found.without, busy_ms: found.busy };
}

/** Pages and searches of the session that `fill` made, through the store as it is shipped. */
async function read(): Promise<object> {
  const store = await openStore({ folder: folder ?? '', workerPath: SHIPPED, wasmPath });
  const times: number[] = [];
  let cursor: string | undefined;
  const pages = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const at = performance.now();
      const page = await store.traces({ session_id: 's1', cursor, limit: 50 });
      times.push(performance.now() - at);
      cursor = page.next_cursor ?? undefined;
    }
  };
  await pages(50);
  times.length = 0;
  const cpu = process.cpuUsage();
  await pages(300);
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const search = async (text: string): Promise<number> => {
    const at = performance.now();
    await store.searchTraces({ session_id: 's1', text, limit: 200 });
    return performance.now() - at;
  };
  const search_ms = await search('nowhere to be found');
  const search_again_ms = await search('not there either');
  await store.close();
  return {
    page_ms: times[150],
    page_p99_ms: times[297],
    page_cpu_ms: (user + system) / 1000 / 300,
    search_ms,
    search_again_ms,
  };
}

const contender = CONTENDERS[name];
let figures: object = {};
if (what === 'fill') await fill(name, folder, Number(amount) * MB);
else if (what === 'read') figures = await read();
else {
  const rss = process.memoryUsage().rss;
  const start = performance.now();
  const store = await contender.open(folder);
  await store.count();
  const open_ms = performance.now() - start;
  if (what === 'open') {
    // Garbage of opening is not what the store needs; give it the time to go.
    await pause(50);
    figures = { open_ms, memory_mb: (process.memoryUsage().rss - rss) / MB };
  } else {
    const result = await writeFor(store, Number(amount), 1000);
    figures = { ...result, memory_mb: (process.memoryUsage().rss - rss) / MB };
  }
  await store.close();
}
process.stdout.write(JSON.stringify(figures));
process.exit(0);
