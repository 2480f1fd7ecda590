/** The agent loop against the offline server, with the real store and the real tools. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { ToolError } from '../../src/tools/tool.ts';
import { Bench, call, ofKind, tool } from './agents.house.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('a turn', () => {
  it('asks, uses tools, answers, and leaves a record of all of it', async () => {
    await bench.put({ 'src/a.ts': 'export const answer = 42;\n' });
    bench.answers(
      {
        reasoning: 'I look first.',
        tool_calls: [call('grep', { pattern: 'answer' }), call('read_file', { path: 'src/a.ts' })],
      },
      { text: 'It is 42, see src/a.ts:1.' },
    );
    const run = await bench.run();
    const { execution } = run.outcome;

    expect(run.outcome.text).toBe('It is 42, see src/a.ts:1.');
    expect(run.outcome.reads.map((r) => r.path)).toEqual(['grep {"pattern":"answer"}', 'src/a.ts']);
    expect(execution).toMatchObject({
      status: 'completed',
      model_calls: 2,
      tool_calls: 2,
      cost: 0,
    });
    const stored = (await bench.store.snapshot(run.session_id))?.executions;
    expect(stored).toMatchObject([{ status: 'completed', result: 'It is 42, see src/a.ts:1.' }]);

    const [first, second] = ofKind(run, 'model');
    expect(ofKind(run, 'tool').map((t) => [t.tool_name, t.outcome, t.parent_id])).toEqual([
      ['grep', 'completed', first?.id],
      ['read_file', 'completed', first?.id],
    ]);
    expect(run.traces.map((t) => t.summary)).toEqual([
      '→ grep, read_file',
      'answer',
      'src/a.ts',
      'It is 42, see src/a.ts:1.',
    ]);
    expect(ofKind(run, 'tool').map((t) => t.output)).toEqual([
      'src/a.ts:1: export const answer = 42;',
      '1\texport const answer = 42;',
    ]);
    expect(JSON.parse(second?.output ?? '')).toEqual({
      text: 'It is 42, see src/a.ts:1.',
      reasoning: '',
      tool_calls: [],
    });
    expect(run.timeline.map((e) => [e.event_type, e.status, e.content])).toEqual([
      ['task', 'completed', 'Do the task.'],
      ['thinking', 'completed', 'I look first.'],
      ['tool_call', 'completed', 'Searching for answer'],
      ['tool_call', 'completed', 'Reading src/a.ts'],
      ['final', 'completed', 'It is 42, see src/a.ts:1.'],
    ]);
    expect(run.timeline.map((e) => e.sequence)).toEqual([1, 2, 3, 4, 5]);
    expect(run.timeline[2]?.metadata).toMatchObject({
      trace_id: ofKind(run, 'tool')[0]?.id,
      tool_name: 'grep',
    });
  });

  it('records statuses, progress and streamed text as they happen', async () => {
    const phase = (name: string): Promise<void> =>
      bench.shown((f) => f.type === 'execution.progress' && f.progress.phase === name);
    const [thinking, writing] = [phase('Thinking'), phase('Writing')];
    const chunk = bench.shown((f) => f.type === 'stream.chunk');
    const text = 'There is nothing at all here. '.repeat(5);
    bench.answers(
      { tool_calls: [call('list_files')], before_content: thinking },
      { text, pause: { after: 1, until: Promise.all([chunk, writing]) } },
    );
    const run = await bench.run();
    const statuses = run.frames.flatMap((f) =>
      f.type === 'execution.status' ? [f.execution.status] : [],
    );
    expect([...new Set(statuses)]).toEqual(['running', 'completed']);
    const phases = run.frames.flatMap((f) =>
      f.type === 'execution.progress' ? [f.progress.phase] : [],
    );
    // What lasts less than a glance is left out.
    expect(phases[0]).toBe('Thinking');
    expect(phases.at(-1)).toBe('Writing');
    const chunks = run.frames.flatMap((f) => (f.type === 'stream.chunk' ? [f.chunk.delta] : []));
    expect(chunks.join('')).not.toBe('');
    expect(text.startsWith(chunks.join(''))).toBe(true);
  });

  it('streams text in pieces that follow each other without a gap', async () => {
    const text = 'word '.repeat(200);
    const pause = [1, 2].map((n) => ({
      after: 3 * n,
      until: bench.shown((f) => f.type === 'stream.chunk', n),
    }));
    bench.answers({ text, pause });
    const run = await bench.run();
    let length = 0;
    for (const frame of run.frames) {
      if (frame.type !== 'stream.chunk') continue;
      expect(frame.chunk.offset).toBe(length);
      length += frame.chunk.delta.length;
    }
    expect(run.frames.filter((f) => f.type === 'stream.chunk').length).toBeGreaterThan(1);
    // The end brings the whole text.
    expect(length).toBeLessThanOrEqual(text.length);
    expect(run.timeline.at(-1)?.content).toBe(text);
  });

  it('sums usage over the calls, and each trace has its own', async () => {
    bench.answers({ tool_calls: [call('list_files')] }, { text: 'done' });
    const run = await bench.run();
    const sum = (key: 'input_tokens' | 'output_tokens' | 'cache_tokens') =>
      ofKind(run, 'model').reduce((n, t) => n + (t[key] ?? 0), 0);
    expect(run.outcome.execution.usage).toMatchObject({
      input_tokens: sum('input_tokens'),
      output_tokens: sum('output_tokens'),
      cache_tokens: sum('cache_tokens'),
    });
    expect(sum('output_tokens')).toBeGreaterThan(0);
    expect(ofKind(run, 'model').every((t) => (t.latency_ms ?? -1) >= 0 && t.ttft_ms)).toBe(true);
  });

  it('keeps how the prompt cache served each part of the prompt', async () => {
    bench.answers({ tool_calls: [call('list_files')] }, { text: 'done' });
    const run = await bench.run({ spec: { system: 'Be brief. '.repeat(50) } });
    const stats = await bench.store.cacheStats(run.session_id);
    const models = ofKind(run, 'model');
    expect(stats.map((s) => s.trace_id)).toEqual(models.map((t) => t.id));
    for (const [i, { segments, cache_tokens, input_tokens }] of stats.entries()) {
      expect(segments.map((s) => s.segment)).toEqual(['tools', 'system', 'history']);
      const sum = (key: 'tokens' | 'cached') => segments.reduce((n, s) => n + s[key], 0);
      expect([sum('tokens'), sum('cached')]).toEqual([
        (input_tokens ?? 0) + cache_tokens,
        models[i]?.cache_tokens,
      ]);
    }
    // The second call repeats the first: what it begins with is served.
    expect(stats[1]?.segments[0]?.cached).toBeGreaterThan(0);
  });

  it('has the row of a model call in the file, and all before it on disk, when the server is asked', async () => {
    const onDisk: string[] = [];
    const seen: string[][] = [];
    // The one is slow before the first request, the other before the second.
    const slow = (request: number): Promise<void> => pause(seen.length === request ? 50 : 0);
    const store: Store = {
      ...bench.store,
      recordAll: async (facts, durability) => {
        const frames = await bench.store.recordAll(facts, durability);
        if (durability === 'written') await slow(1);
        for (const fact of facts) {
          if (fact.type === 'interaction' && durability !== 'lazy')
            onDisk.push(`${fact.trace.outcome}${fact.trace.input ? ' request' : ''}`);
        }
        return frames;
      },
      settled: async () => {
        await slow(0);
        await bench.store.settled();
        onDisk.push('all before it');
      },
    };
    bench.server.script(() => {
      seen.push([...onDisk]);
      return seen.length === 1 ? { tool_calls: [call('list_files')] } : { text: 'done' };
    });
    const run = await bench.run({ store });
    // The two go to the disk side by side: either may be the first to be there.
    const asked = ['all before it', 'running request'];
    const sorted = seen.map((labels) => labels.sort());
    expect(sorted).toEqual([asked, [...asked, ...asked, 'completed request'].sort()]);
    expect(ofKind(run, 'model').map((t) => t.input)).toEqual(
      bench.server.requests.map((r) => r.text),
    );
  });

  it('begins each request with the bytes of the one before', async () => {
    await bench.put({ 'a.ts': 'x' });
    const look = {
      reasoning: 'hm',
      text: 'I look.',
      tool_calls: [call('read_file', { path: 'a.ts' })],
    };
    bench.answers(look, look, { text: 'done' });
    await bench.run();
    const bodies = bench.server.requests.map((r) => r.body);
    expect(bodies).toHaveLength(3);
    const shown = bodies.map((b) => JSON.stringify(b.messages).slice(0, -1));
    expect(shown[1]?.startsWith(shown[0] ?? '-')).toBe(true);
    expect(shown[2]?.startsWith(shown[1] ?? '-')).toBe(true);
    expect(new Set(bodies.map((b) => JSON.stringify(b.tools))).size).toBe(1);
  });

  it('fails in words on an empty reply', async () => {
    bench.answers({ text: '' });
    const { outcome, timeline } = await bench.run();
    expect(outcome.execution).toMatchObject({ status: 'failed', error_kind: 'bad_response' });
    expect(outcome.execution.error).toMatch(/empty reply/);
    expect(timeline.at(-1)).toMatchObject({
      event_type: 'error',
      content: outcome.execution.error,
    });
  });
});

describe('tool calls', () => {
  it('of one reply run side by side, at most 16 at once, and are answered in order', async () => {
    let started = 0;
    let most = 0;
    const gate = Promise.withResolvers<void>();
    const wait = tool('wait', async ({ n }) => {
      started += 1;
      // The sixteenth looks who else is at work and opens the gate: fewer at once would never end.
      if (started === 16) {
        const [session] = await bench.store.sessions({ limit: 1 });
        const { traces } = await bench.left(session?.session_id ?? '');
        most = traces.filter((t) => t.kind === 'tool' && t.outcome === 'running').length;
        gate.resolve();
      }
      await gate.promise;
      return `answer ${n}`;
    });
    const calls = Array.from({ length: 100 }, (_, n) => call('wait', { n }));
    bench.answers({ tool_calls: calls }, { text: 'done' });
    const run = await bench.run({ tools: [wait] });
    expect(run.outcome.execution).toMatchObject({ status: 'completed', tool_calls: 100 });
    expect(most).toBe(16);
    expect(ofKind(run, 'tool').filter((t) => t.outcome === 'completed')).toHaveLength(100);
    const answers = bench
      .messages(-1)
      .filter((m) => m.role === 'tool')
      .map((m) => m.content);
    expect(answers).toEqual(calls.map((_, n) => `answer ${n}`));
  });

  it.each([
    ['an unknown tool', call('fly'), /There is no tool "fly". You can use: list_files/, 'failed'],
    [
      'broken JSON',
      call('grep', '{"pattern": "x'),
      /not valid JSON.*one complete JSON object/,
      'failed',
    ],
    ['no object', call('grep', '["x"]'), /must be one JSON object/, 'failed'],
    ['a missing field', call('grep', {}), /do not fit.*expected string.*pattern/s, 'failed'],
    ['an unknown field', call('grep', { pattern: 'x', q: 1 }), /Unrecognized key: "q"/, 'failed'],
    ['a refusal', call('read_file', { path: '../x' }), /outside the workspace/, 'failed'],
    ['a fault', call('broken'), /failed for a reason of its own: oops/, 'failed'],
    ['a tool that is not permitted', call('act'), /not permitted to use the tool "act"/, 'denied'],
  ])('%s is told to the model, and the run goes on', async (_, asked, words, outcome) => {
    const tools = [
      tool('broken', () => {
        throw new TypeError('oops');
      }),
      tool('act', () => 'acted', 'write'),
    ];
    bench.answers({ tool_calls: [asked] }, { text: 'done' });
    const run = await bench.run({ tools });
    expect(run.outcome.execution.status).toBe('completed');
    const told = bench.messages(-1).find((m) => m.role === 'tool')?.content;
    expect(told).toMatch(words);
    const [row] = ofKind(run, 'tool');
    expect(row).toMatchObject({ outcome, output: told, error: told });
    expect(row?.finished_at).toBeGreaterThan(0);
    expect(run.timeline.find((e) => e.event_type === 'tool_call')?.status).toBe('failed');
  });

  it('are limited to the tools that the agent was given', async () => {
    bench.answers({ tool_calls: [call('grep', { pattern: 'x' })] }, { text: 'done' });
    await bench.run({ spec: { tools: ['read_file', 'list_files'] } });
    expect(bench.server.requests[0]?.body.tools?.map((t) => t.function.name)).toEqual([
      'list_files',
      'read_file',
    ]);
    const told = bench.messages(-1).find((m) => m.role === 'tool')?.content;
    expect(told).toMatch(
      /not permitted to use the tool "grep". You can use: list_files, read_file/,
    );
  });

  it('with a name that no tool has fail the agent before the model is asked', async () => {
    const run = await bench.run({ spec: { tools: ['grep', 'teleport'] } });
    expect(run.outcome.execution.error).toMatch(/tools that do not exist: teleport/);
    expect(bench.server.requests).toHaveLength(0);
  });

  it('with a huge output are cut for the model and whole in the trace', async () => {
    const huge = 'x'.repeat(200_000);
    bench.answers({ tool_calls: [call('huge')] }, { text: 'done' });
    const run = await bench.run({ tools: [tool('huge', () => huge)] });
    const told = String(bench.messages(-1).find((m) => m.role === 'tool')?.content);
    expect(told).toMatch(/\(Cut here: the first 65,536 of 200,000 characters are shown\./);
    expect(told.length).toBeLessThan(66_000);
    expect(ofKind(run, 'tool')[0]?.output).toBe(huge);
  });
});

describe('model failures', () => {
  it('end the agent with a sentence, and the provider\u2019s words never reach a prompt', async () => {
    const fault = {
      kind: 'status',
      status: 401,
      body: { error: { message: 'SECRET-WORDS' } },
    } as const;
    bench.answers({ fault });
    const run = await bench.run();
    expect(run.outcome.execution).toMatchObject({ status: 'failed', error_kind: 'wrong_key' });
    expect(ofKind(run, 'model')).toMatchObject([{ outcome: 'failed', error_kind: 'wrong_key' }]);
    expect(run.outcome.text).toBe('');
  });

  it('acceptance 132: two 429 and then an answer leave no error and the same prompt', async () => {
    const busy = { fault: { kind: 'status', status: 429 } } as const;
    bench.answers(busy, busy, { text: 'done' });
    const run = await bench.run();
    expect(run.outcome.execution).toMatchObject({ status: 'completed', model_calls: 1 });
    expect(run.timeline.some((e) => e.event_type === 'error')).toBe(false);
    expect(new Set(bench.server.requests.map((r) => r.text)).size).toBe(1);
    expect(ofKind(run, 'model')[0]?.attempts).toBe(3);
  });

  it('in the midst of a reply keep what had arrived', async () => {
    bench.answers({ text: 'one two three four', fault: { kind: 'close', after: 2 } });
    const run = await bench.run();
    expect(run.outcome.execution.status).toBe('failed');
    const text = run.timeline.find((e) => e.event_type === 'text');
    expect(text?.status).toBe('failed');
    expect('one two three four'.startsWith(text?.content ?? '-')).toBe(true);
    expect(text?.content).not.toBe('');
    const [row] = ofKind(run, 'model');
    expect(JSON.parse(row?.output ?? '{}')).toMatchObject({ text: text?.content });
    expect(bench.server.requests).toHaveLength(1);
  });
});

describe('a store that fails', () => {
  it('ends the agent as failed instead of rejecting', async () => {
    let recorded = 0;
    const store: Store = {
      ...bench.store,
      recordAll: async (facts, durability) => {
        recorded += facts.length;
        if (recorded > 4) throw new Error('the disk is full');
        return bench.store.recordAll(facts, durability);
      },
    };
    bench.answers({ text: 'done' });
    const { outcome } = await bench.run({ store });
    expect(outcome.execution).toMatchObject({ status: 'failed', error_kind: 'internal' });
    expect(outcome.execution.error).toMatch(/could not be recorded: the disk is full/);
  });
});

describe('a tool failure', () => {
  it('that the tool explains is told in the tool\u2019s words', async () => {
    const picky = tool('picky', () => {
      throw new ToolError('Only on Tuesdays.');
    });
    bench.answers({ tool_calls: [call('picky')] }, { text: 'done' });
    await bench.run({ tools: [picky] });
    expect(bench.messages(-1).at(-1)?.content).toBe('Only on Tuesdays.');
  });
});
