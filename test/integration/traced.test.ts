/**
 * Every request that a model server gets and every tool that runs has exactly one trace row, with
 * its start and its end, however it ends. What happened is counted outside of the agent loop: by
 * the server that was asked, and by the tools that ran.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Frame } from '../../src/contracts/frames.ts';
import type { Trace } from '../../src/contracts/records.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { openStore } from '../../src/store/open.ts';
import { ToolError } from '../../src/tools/tool.ts';
import { Bench, call, ofKind, type RunOptions, tool } from './agents.house.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open(true);
});
afterEach(() => bench.close());

const never = new Promise<never>(() => {});
const USAGE = {
  prompt_tokens: 100,
  prompt_cache_hit_tokens: 60,
  prompt_cache_miss_tokens: 40,
  completion_tokens: 20,
  total_tokens: 120,
  completion_tokens_details: { reasoning_tokens: 5 },
};
const text: Answer = { reasoning: 'Hm.', text: 'An answer of some words.', usage: USAGE };
const asks = (...calls: ReturnType<typeof call>[]): Answer => ({ tool_calls: calls, usage: USAGE });

interface Case {
  readonly answers: readonly Answer[];
  readonly options?: Omit<RunOptions, 'tools'>;
  /** Cancels the run once a tool runs, the server was asked so often, or a word has arrived. */
  readonly cancel?: {
    readonly tool?: boolean;
    readonly request?: number;
    readonly word?: boolean;
  };
  readonly status: string;
  readonly models: readonly string[];
  readonly tools?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  completed: {
    answers: [asks(call('good'), call('list_files')), text],
    status: 'completed',
    models: ['completed', 'completed'],
    tools: ['completed', 'completed'],
  },
  'a tool that fails, one with a fault of its own, one with broken arguments': {
    answers: [asks(call('bad'), call('buggy'), call('read_file', '{"path":')), text],
    status: 'completed',
    models: ['completed', 'completed'],
    tools: ['failed', 'failed', 'failed'],
  },
  'an unknown tool and one that is not permitted': {
    answers: [asks(call('no_such'), call('writer')), text],
    options: { spec: { tools: ['good'] } },
    status: 'completed',
    models: ['completed', 'completed'],
    tools: ['failed', 'denied'],
  },
  'tools refused at the last step': {
    answers: [asks(call('good'))],
    options: { limits: { max_steps: 1 } },
    status: 'failed',
    models: ['completed'],
    tools: ['denied'],
  },
  'a result that does not fit its schema, then one that does': {
    answers: [asks(call('return_result', { n: 'x' })), asks(call('return_result', { n: 1 }))],
    options: {
      spec: {
        schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
      },
    },
    status: 'completed',
    models: ['completed', 'completed'],
    tools: ['failed', 'completed'],
  },
  'an error of the model server': {
    answers: [{ fault: { kind: 'status', status: 400, body: { error: { message: 'no' } } } }],
    status: 'failed',
    models: ['failed'],
  },
  'an error that is repeated until it is given up': {
    answers: [503, 503, 503].map((status) => ({ fault: { kind: 'status', status } })),
    status: 'failed',
    models: ['failed'],
  },
  'an overload that passes': {
    answers: [{ fault: { kind: 'status', status: 429 } }, text],
    status: 'completed',
    models: ['completed'],
  },
  'a reply that breaks off': {
    answers: [{ ...text, fault: { kind: 'close', after: 2 } }],
    status: 'failed',
    models: ['failed'],
  },
  'a reply that is no JSON': {
    answers: [{ ...text, fault: { kind: 'broken_json', after: 1 } }],
    status: 'failed',
    models: ['failed'],
  },
  'cancelled before the first word': {
    answers: [{ fault: { kind: 'hang' } }],
    cancel: { request: 1 },
    status: 'cancelled',
    models: ['cancelled'],
  },
  'cancelled in the middle of a reply': {
    answers: [{ ...text, fault: { kind: 'stall', after: 2 } }],
    cancel: { word: true },
    status: 'cancelled',
    models: ['cancelled'],
  },
  'cancelled while a tool works that does not listen': {
    answers: [asks(call('deaf'))],
    cancel: { tool: true },
    status: 'cancelled',
    models: ['completed'],
    tools: ['cancelled'],
  },
  'out of time while the model is silent': {
    answers: [{ fault: { kind: 'hang' } }],
    options: { limits: { timeout_ms: 2_000 } },
    status: 'timed_out',
    models: ['timed_out'],
  },
  'out of time while a tool works': {
    answers: [asks(call('deaf'))],
    options: { limits: { timeout_ms: 2_000 } },
    status: 'timed_out',
    models: ['completed'],
    tools: ['timed_out'],
  },
};

describe('one row for every call, whatever its end', () => {
  it.each(Object.entries(CASES))('%s', async (_, example) => {
    const ran: string[] = [];
    const abort = new AbortController();
    const observed = (name: string, run: () => Promise<string> | string) =>
      tool(name, () => {
        ran.push(name);
        if (example.cancel?.tool) abort.abort();
        return run();
      });
    const left = [...example.answers];
    if (example.cancel?.word) {
      bench.store.subscribe((frame) => {
        if (frame.type === 'stream.chunk') abort.abort();
      });
    }
    bench.server.script((_request, record) => {
      if (record.index + 1 === example.cancel?.request) abort.abort();
      return left.shift() ?? { text: 'done' };
    });
    const run = await bench.run({
      ...example.options,
      signal: abort.signal,
      tools: [
        observed('good', () => 'fine'),
        observed('deaf', () => never),
        observed('bad', () => {
          throw new ToolError('It is not there.');
        }),
        observed('buggy', () => {
          throw new TypeError('undefined is not a function');
        }),
        observed('writer', () => 'written'),
      ],
    });
    const models = ofKind(run, 'model');
    const tools = ofKind(run, 'tool');
    expect(run.outcome.execution.status).toBe(example.status);
    expect(models.map((t) => t.outcome)).toEqual(example.models);
    const byOrder = tools.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(byOrder.map((t) => t.outcome)).toEqual(example.tools ?? []);

    // What the server was asked: one row each, repeats counted in their row, bodies word for word.
    const requests = bench.server.requests;
    expect(models.reduce((n, t) => n + (t.attempts ?? 0), 0)).toBe(requests.length);
    const bodies = new Set(requests.map((r) => r.text));
    expect(new Set(models.map((t) => t.input))).toEqual(bodies);
    // What ran: one row each, none for what did not.
    const rows = tools.filter((t) => ran.includes(t.tool_name ?? ''));
    expect(rows.map((t) => t.tool_name).sort()).toEqual(ran.toSorted());
    expect(new Set(tools.map((t) => t.tool_call_id)).size).toBe(tools.length);
    // An agent's own figures are those of its rows.
    expect(run.outcome.execution).toMatchObject({
      model_calls: models.length,
      tool_calls: tools.length,
    });
    for (const row of run.traces) expectWhole(row, run.frames, models);
  });
});

/** The fields that issue 4 asks for, and one start and one end in the log. */
function expectWhole(row: Trace, frames: readonly Frame[], models: readonly Trace[]): void {
  const told = frames.flatMap((f) => {
    const mine = f.type === 'interaction' || f.type === 'tool_trace';
    return mine && f.trace.id === row.id ? [f.trace.outcome] : [];
  });
  expect(told[0]).toBe('running');
  expect(told.filter((outcome) => isTerminal(outcome))).toHaveLength(1);
  expect(isTerminal(told.at(-1) ?? 'running')).toBe(true);

  expect(row).toMatchObject({
    session_id: expect.any(String),
    execution_id: expect.any(String),
    turn_number: 1,
    input: expect.any(String),
    started_at: expect.any(Number),
    finished_at: expect.any(Number),
    latency_ms: expect.any(Number),
  });
  expect(row.finished_at).toBeGreaterThanOrEqual(row.started_at);
  const failed = row.outcome !== 'completed';
  expect([row.id, Boolean(row.error), Boolean(row.error_kind)]).toEqual([row.id, failed, failed]);
  if (row.kind === 'tool') {
    expect(models.map((m) => m.id)).toContain(row.parent_id);
    expect(row.output).toEqual(expect.any(String));
    return;
  }
  expect(row).toMatchObject({ provider: 'offline', model: expect.any(String) });
  if (row.outcome !== 'completed') return;
  expect(row).toMatchObject({
    output: expect.any(String),
    ttft_ms: expect.any(Number),
    input_tokens: 40,
    cache_tokens: 60,
    output_tokens: 20,
    reasoning_tokens: 5,
    tokens_used: 120,
    cost: 0,
    price_version: 'offline',
    finish_reason: expect.any(String),
    response_id: expect.stringMatching(/^offline-/),
  });
}

describe('a process that dies', () => {
  it('leaves no call open: the next one ends them as interrupted, with what was sent', async () => {
    const folder = path.join(bench.folder, 'crashed');
    const asked = Promise.withResolvers<void>();
    bench.server.script((request) => {
      const prompt = JSON.stringify(request.messages);
      if (prompt.includes('You are worker')) return asks(call('stuck', { deep: true }));
      asked.resolve();
      return { ...text, fault: { kind: 'stall', after: 2 } };
    });
    const child = spawn(
      process.execPath,
      [
        '--no-warnings',
        path.join(import.meta.dirname, 'traced_child.ts'),
        folder,
        bench.root,
        bench.server.url,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const stuck = new Promise((resolve) => child.stdout.once('data', resolve));
    const closed = new Promise((resolve) => child.once('close', resolve));
    await Promise.all([asked.promise, stuck]);
    child.kill('SIGKILL');
    await closed;

    const store = await openStore({ folder, inline: true });
    const frames: Frame[] = [];
    store.subscribe((frame) => frames.push(frame));
    await store.recover();
    const page = await store.traces({ session_id: 'crash', limit: 100 });
    const rows = await Promise.all(page.traces.map(({ id }) => store.trace(id)));
    await store.close();

    const seen = rows.map((row) => [row?.kind, row?.execution_id, row?.outcome]);
    expect(seen.toSorted()).toEqual([
      ['model', 'crash-talker', 'interrupted'],
      ['model', 'crash-worker', 'completed'],
      ['tool', 'crash-worker', 'interrupted'],
    ]);
    // The request that was under way is on disk word for word: it was written before it left.
    const models = rows.filter((row) => row?.kind === 'model');
    expect(new Set(models.map((row) => row?.input))).toEqual(
      new Set(bench.server.requests.map((request) => request.text)),
    );
    expect(rows.find((row) => row?.kind === 'tool')).toMatchObject({
      tool_name: 'stuck',
      input: '{"deep":true}',
      parent_id: models.find((row) => row?.outcome === 'completed')?.id,
      finished_at: expect.any(Number),
    });
    expect(rows.every((row) => row && isTerminal(row.outcome) && row.finished_at)).toBe(true);
    const ended = frames.flatMap((f) => ('trace' in f ? [f.trace.outcome] : []));
    expect(ended).toEqual(['interrupted', 'interrupted']);
  });
});
