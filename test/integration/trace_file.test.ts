/** A file of traces, opened: what a real session exported, beside what the store itself shows. */
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TraceSnapshot } from '../../src/contracts/columns.ts';
import { executionAt } from '../../src/contracts/execution_columns.ts';
import type { Store } from '../../src/store/store.ts';
import { saveExport } from '../../src/telemetry/export.ts';
import { spanId } from '../../src/telemetry/ids.ts';
import { openTraceFile, type TraceFile } from '../../src/telemetry/trace_file.ts';
import { conversationOf } from '../../webviews/traces/conversation.ts';
import { Bench, call } from './agents.house.ts';

let bench: Bench;
let opened: TraceFile[] = [];
beforeEach(async () => {
  bench = await Bench.open(true);
  await bench.put({ 'src/a.ts': 'export const moonflower = 42;\n' });
});
afterEach(async () => {
  for (const file of opened) await file.close();
  opened = [];
  await bench.close();
});

const folder = (): string => join(bench.folder, 'trace-files');

async function open(
  path: string,
  signal = new AbortController().signal,
  progress = (_: number): void => {},
): Promise<TraceFile> {
  const { size: bytes } = await stat(path);
  const source = { name: 'run.otlp.json', bytes, text: () => readFile(path, 'utf8') };
  const reading = { signal, progress };
  const file = await openTraceFile(source, reading, { folder: folder(), inline: true });
  opened.push(file);
  return file;
}

async function exported(content: boolean): Promise<{ session_id: string; path: string }> {
  bench.answers(
    {
      reasoning: 'I look first.',
      tool_calls: [call('read_file', { path: 'src/a.ts' }), call('read_file', { path: 'gone.ts' })],
    },
    { text: 'It is the moonflower constant.' },
  );
  const { session_id } = await bench.run({ spec: { prompt: 'Explain the moonflower protocol.' } });
  const path = join(bench.folder, 'run.otlp.json');
  await saveExport(bench.store, session_id, path, { version: '9.9.9', content, now: Date.now() });
  return { session_id, path };
}

async function snapshotOf(store: Store, session_id: string): Promise<TraceSnapshot> {
  const snapshot = await store.traceSnapshot(session_id);
  if (!snapshot) throw new Error('The store has no such session.');
  return snapshot;
}

/**
 * The columns of a snapshot as a screen shows them, without ids and in order of time. Calls of one
 * millisecond stand in the order of their ids, which a file does not keep: here, of their outcomes.
 */
function shown({ stages, executions, traces }: TraceSnapshot) {
  const { started_at, outcome } = traces;
  const order = traces.id
    .map((_, i) => i)
    .sort(
      (a, b) =>
        (started_at[a] ?? 0) - (started_at[b] ?? 0) || (outcome[a] ?? 0) - (outcome[b] ?? 0),
    );
  const at = (name: 'name' | 'error' | 'summary', i: number) =>
    traces.strings[traces[name][i] ?? 0];
  const figures = [
    'cost',
    'input_tokens',
    'cache_tokens',
    'output_tokens',
    'reasoning_tokens',
  ] as const;
  const agents = executions.id.map((_, i) => executionAt(executions, i, 's'));
  return {
    stages: stages.map((stage) => stage.title),
    agents: agents.map((a) => ({
      ...{ name: a.agent_name, kind: a.kind, status: a.status, usage: a.usage, cost: a.cost },
      ...{ started_at: a.started_at, model_calls: a.model_calls, tool_calls: a.tool_calls },
    })),
    calls: order.map((i) => ({
      ...{ kind: traces.kind[i], outcome: outcome[i], name: at('name', i) },
      ...{ started_at: started_at[i], turn: traces.turn_number[i] },
      ...Object.fromEntries(figures.map((name) => [name, traces[name][i]])),
    })),
    words: order.map((i) => [at('summary', i), at('error', i)]),
    times: order.flatMap((i) => [traces.latency_ms[i] ?? -1, traces.ttft_ms[i] ?? -1]),
  };
}

describe('a file that BooCode exported', () => {
  it('shows the same stages, agents, calls, figures and ends', async () => {
    const { session_id, path } = await exported(false);
    const file = await open(path);
    const [theirs, ours] = await Promise.all([
      snapshotOf(file.store, file.session_id),
      snapshotOf(bench.store, session_id),
    ]);
    const { words, times, ...read } = shown(theirs);
    const { words: _, times: took, ...kept } = shown(ours);
    expect(read).toEqual(kept);
    expect(read.calls).toHaveLength(4);
    for (const [i, ms] of times.entries()) {
      if (Number.isNaN(ms)) expect(took[i]).toBeNaN();
      else expect(ms).toBeCloseTo(took[i] ?? -1, 3);
    }
    // Nothing is guessed of what was left out.
    expect(new Set(words.flat())).toEqual(new Set(['']));
    expect(theirs.session.title).toBe('t');
    expect(theirs.session.simulated).toBe(true);
    // The run had not ended when it was exported, and nothing goes on in a file.
    expect(theirs.session.status).toBe('interrupted');
  });

  it('has its content where that was exported: details, search, cache', async () => {
    const { session_id, path } = await exported(true);
    const { store, session_id: in_file } = await open(path);
    const [theirs, ours] = [
      await snapshotOf(store, in_file),
      await snapshotOf(bench.store, session_id),
    ];
    expect(shown(theirs).words).toEqual(shown(ours).words);
    for (const id of ours.traces.id) {
      const [kept, read] = [await bench.store.trace(id), await store.trace(spanId('call', id))];
      expect(read?.output).toBe(kept?.output);
      expect(read?.parent_id ?? null).toBe(kept?.parent_id ? spanId('call', kept.parent_id) : null);
      if (kept?.kind === 'tool') expect(read?.input).toBe(kept.input);
      else {
        const said = (text: string | null | undefined) => conversationOf(JSON.parse(text ?? ''));
        expect(said(read?.input)).toEqual(said(kept?.input));
      }
    }
    const search = { session_id: in_file, text: 'MOONFLOWER', limit: 10 };
    const found = await store.searchTraces(search);
    const same = await bench.store.searchTraces({ ...search, session_id });
    expect(found.ids).toEqual(same.ids.map((id) => spanId('call', id)));
    expect(found.ids.length).toBeGreaterThan(0);
    const shape = async (s: Store, id: string) =>
      (await s.cacheStats(id)).map((c) => [c.input_tokens, c.cache_tokens, c.segments.length]);
    expect(await shape(store, in_file)).toEqual(await shape(bench.store, session_id));
    const [agent] = (await store.snapshot(in_file))?.executions ?? [];
    expect(agent?.task).toBe('Explain the moonflower protocol.');
    expect(agent?.result).toBe('It is the moonflower constant.');
  });

  it('leaves the store of the user and the disk as they were', async () => {
    const { path } = await exported(true);
    const before = await bench.store.sessions({ limit: 10 });
    // What a process left that is gone; no process has a number as high.
    await mkdir(join(folder(), '999999999-dead', 'x'), { recursive: true });
    const file = await open(path);
    expect(await readdir(folder())).toEqual([expect.stringMatching(`^${process.pid}-`)]);
    expect(await bench.store.sessions({ limit: 10 })).toEqual(before);
    await file.close();
    opened = [];
    expect(await readdir(folder())).toEqual([]);
  });

  it('leaves nothing behind where opening is stopped or fails', async () => {
    const { path } = await exported(false);
    await expect(open(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    const stop = new AbortController();
    const late = open(path, stop.signal, (done) => done > 0.5 && stop.abort(new Error('too long')));
    await expect(late).rejects.toThrow('too long');
    await expect(open(join(import.meta.dirname, 'trace_file.test.ts'))).rejects.toThrow('not JSON');
    expect(await readdir(folder()).catch(() => [])).toEqual([]);
  });
});

describe('a file of another tool', () => {
  it('is shown as far as it follows the conventions, and says so where it does not', async () => {
    const path = join(bench.folder, 'other.json');
    const value = (v: string | number) =>
      typeof v === 'string' ? { stringValue: v } : { intValue: v };
    const span = (id: string, parent: string, has: Record<string, string | number>, ms = 5) => ({
      ...{ traceId: 'f0', spanId: id, parentSpanId: parent, name: `span ${id}` },
      startTimeUnixNano: '1767225600000000000',
      endTimeUnixNano: `${1_767_225_600_000 + ms}000000`,
      attributes: Object.entries(has).map(([key, v]) => ({ key, value: value(v) })),
    });
    const operation = 'gen_ai.operation.name';
    const lines = [
      [
        span('5', '4', { [operation]: 'chat', 'gen_ai.usage.input_tokens': 12 }),
        span('4', '3', { 'http.request.method': 'POST' }),
        span('3', '2', { [operation]: 'invoke_agent', 'gen_ai.agent.name': 'Reader' }),
      ],
      [
        span('2', '1', { [operation]: 'invoke_agent', 'gen_ai.agent.name': 'Editor' }),
        span('1', '', { 'http.route': '/edit' }, 90),
      ],
    ].map((spans) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    await writeFile(path, lines.join('\n'));
    const { store, session_id } = await open(path);
    const snapshot = await snapshotOf(store, session_id);
    expect(snapshot.session.title).toBe('run.otlp.json');
    expect(shown(snapshot)).toMatchObject({
      stages: ['span 1'],
      agents: [
        { name: 'Editor', kind: 'step', model_calls: 0 },
        { name: 'Reader', kind: 'sub_agent', model_calls: 1, usage: { input_tokens: 12 } },
      ],
      calls: [{ input_tokens: 12, output_tokens: Number.NaN }],
    });

    await writeFile(path, lines[1]?.replaceAll('gen_ai.operation.name', 'other') ?? '');
    await expect(open(path)).rejects.toThrow(
      /holds 2 spans, but none of an agent.*gen_ai\.operation/,
    );
  });
});
