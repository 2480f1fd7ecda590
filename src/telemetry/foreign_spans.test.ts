// Files of other tools that follow the GenAI conventions, more or less.

import { describe, expect, it } from 'vitest';
import {
  callsIn,
  executionsIn,
  facts,
  sessionIn,
  stagesIn,
} from '../../test/fixtures/trace_files.ts';
import { replyOf } from '../../webviews/traces/conversation.ts';
import { FILE_SESSION } from './file_tree.ts';

type Plain = string | number | boolean | readonly string[];
interface Written {
  readonly id: string;
  readonly parent?: string;
  readonly trace?: string;
  readonly name?: string;
  /** Milliseconds. */
  readonly at?: readonly [start: number, end: number];
  readonly status?: object;
  readonly links?: readonly string[];
  readonly has?: Readonly<Record<string, Plain>>;
}

/** A document as another tool would write it. */
function foreign(spans: readonly Written[], service = 'shop'): string {
  const value = (v: Plain): object => {
    if (typeof v === 'string') return { stringValue: v };
    if (typeof v === 'boolean') return { boolValue: v };
    if (typeof v !== 'number') return { arrayValue: { values: v.map(value) } };
    return Number.isInteger(v) ? { intValue: `${v}` } : { doubleValue: v };
  };
  const list = (has: Readonly<Record<string, Plain>>) =>
    Object.entries(has).map(([key, v]) => ({ key, value: value(v) }));
  const written = spans.map(({ id, parent, trace = 't', name, at = [1, 2], has, ...more }) => ({
    ...{ traceId: trace, spanId: id, parentSpanId: parent, name: name ?? id },
    startTimeUnixNano: `${at[0] * 1e6}`,
    endTimeUnixNano: `${at[1] * 1e6}`,
    attributes: list(has ?? {}),
    status: more.status,
    links: more.links?.map((spanId) => ({ traceId: trace, spanId })),
  }));
  const resource = { attributes: list({ 'service.name': service }) };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: written }] }] });
}
const op = (name: string, more: Readonly<Record<string, Plain>> = {}) => ({
  'gen_ai.operation.name': name,
  ...more,
});

describe('what others wrote', () => {
  it('nests agents through spans of other kinds, and makes each trace a stage', async () => {
    const list = await facts(
      foreign([
        // Children before their parents, as a collector often has them.
        {
          id: 'c1',
          parent: 'http',
          at: [30, 40],
          has: op('chat', { 'gen_ai.request.model': 'm' }),
        },
        { id: 'http', parent: 'inner', at: [29, 41] },
        { id: 'inner', parent: 'tool', at: [20, 50], has: op('invoke_agent') },
        {
          id: 'tool',
          parent: 'outer',
          at: [15, 55],
          has: op('execute_tool', { 'gen_ai.tool.name': 'ask' }),
        },
        {
          id: 'outer',
          parent: 'root',
          at: [10, 60],
          has: op('invoke_agent', { 'gen_ai.agent.name': 'Ann' }),
        },
        { id: 'root', at: [5, 70], name: 'POST /answer' },
        { id: 'd1', trace: 'u', at: [100, 110], name: 'embeddings e', has: op('embeddings') },
        { id: 'web', trace: 'v', name: 'GET /health' },
      ]),
    );
    expect(sessionIn(list)).toMatchObject({
      ...{
        session_id: FILE_SESSION,
        kind: 'workflow',
        title: 'file.otlp.json',
        status: 'completed',
      },
      ...{ started_at: 1, finished_at: 110, simulated: false },
    });
    // A trace of nothing that is shown here has no stage.
    expect(stagesIn(list).map((s) => s.title)).toEqual(['POST /answer', 'embeddings e']);
    const agents = executionsIn(list).map((e) => [e.agent_name, e.parent_execution_id, e.kind]);
    expect(agents).toEqual([
      ['Ann', null, 'step'],
      ['inner', 'agent outer', 'sub_agent'],
      ['shop', null, 'step'],
    ]);
    expect(callsIn(list).map((c) => [c.id, c.execution_id, c.parent_execution_id])).toEqual([
      ['tool', 'agent outer', null],
      ['c1', 'agent inner', 'agent outer'],
      ['d1', 'calls d1', null],
    ]);
  });

  it('gives calls without an agent one agent of their trace, with the time and sums of all', async () => {
    const cost = (usd: number) =>
      op('chat', { 'gen_ai.usage.output_tokens': 5, 'boocode.cost.usd': usd });
    const list = await facts(
      foreign([
        { id: 'root', name: 'main', at: [0, 100] },
        { id: 'a', parent: 'root', at: [10, 20], has: cost(0.5) },
        { id: 'b', parent: 'a', at: [12, 15], has: op('execute_tool') },
        { id: 'c', parent: 'gone', at: [30, 120], has: cost(0.25) },
      ]),
    );
    expect(executionsIn(list)).toMatchObject([
      {
        ...{ agent_name: 'shop', started_at: 10, finished_at: 120, duration_ms: 110, cost: 0.75 },
        ...{ model_calls: 2, tool_calls: 1, usage: { output_tokens: 10 } },
      },
    ]);
    expect(stagesIn(list)).toMatchObject([{ title: 'main', started_at: 0, finished_at: 120 }]);
    // A tool call below a model call was asked for by it.
    expect(callsIn(list).map((c) => [c.id, c.parent_id])).toEqual([
      ['a', null],
      ['b', 'a'],
      ['c', null],
    ]);
  });

  it('survives circles, spans that are their own parents, and ids that are used twice', async () => {
    const list = await facts(
      foreign([
        { id: 'a', parent: 'b', at: [1, 2], has: op('invoke_agent') },
        { id: 'b', parent: 'a', at: [2, 3], has: op('invoke_agent') },
        { id: 'self', parent: 'self', at: [3, 4], has: op('chat') },
        { id: 'self', parent: 'a', at: [4, 5], has: op('chat') },
        { id: 'self~2', parent: 'a', at: [5, 6], has: op('chat') },
      ]),
    );
    expect(new Set(callsIn(list).map((c) => c.id)).size).toBe(3);
    expect(executionsIn(list).map((e) => [e.execution_id, e.parent_execution_id])).toEqual([
      ['agent a', null],
      ['agent b', 'agent a'],
      ['calls self', null],
    ]);
  });

  it('nests deeper than any stack', async () => {
    const spans = Array.from({ length: 50_000 }, (_, i) => ({
      ...{ id: `s${i}`, ...(i > 0 ? { parent: `s${i - 1}` } : {}), at: [i, 60_000] as const },
      has: i === 49_999 ? op('chat') : {},
    }));
    expect(callsIn(await facts(foreign(spans)))).toHaveLength(1);
  });

  it('reads tokens, times and names in whatever spelling the conventions have had', async () => {
    const call = async (has: Readonly<Record<string, Plain>>, more: Partial<Written> = {}) => {
      const [one] = callsIn(await facts(foreign([{ id: 'c', ...more, has: op('chat', has) }])));
      return one;
    };
    const usage = (input: number, more = {}) => ({ 'gen_ai.usage.input_tokens': input, ...more });
    const cached = { 'gen_ai.usage.cache_read.input_tokens': 80 };
    expect(await call(usage(100, cached))).toMatchObject({ input_tokens: 20, cache_tokens: 80 });
    // Counted without its cached part.
    expect(await call(usage(10, cached))).toMatchObject({ input_tokens: 10, cache_tokens: 80 });
    const bare = await call({});
    for (const name of ['input_tokens', 'cache_tokens', 'output_tokens', 'reasoning_tokens']) {
      expect(bare).not.toHaveProperty(name);
    }
    expect(bare).toMatchObject({ cost: null, ttft_ms: null, tokens_used: null, input: null });
    expect(
      await call({
        ...{ 'gen_ai.system': 'openai', 'gen_ai.request.model': 'a', 'gen_ai.response.model': 'b' },
        ...{ 'gen_ai.usage.prompt_tokens': 7, 'gen_ai.usage.completion_tokens': 3 },
        'gen_ai.response.time_to_first_chunk': 0.25,
        'gen_ai.response.finish_reasons': ['stop'],
      }),
    ).toMatchObject({
      ...{ provider: 'openai', model: 'b', input_tokens: 7, output_tokens: 3, tokens_used: 10 },
      ...{ ttft_ms: 250, finish_reason: 'stop' },
    });
  });

  it.each([
    [{}, {}, { outcome: 'completed', error: null, error_kind: null }],
    [{ status: { code: 1, message: 'fine' } }, {}, { outcome: 'completed', error: null }],
    [{ status: { code: 2, message: 'no' } }, {}, { outcome: 'failed', error: 'no' }],
    [{}, { 'error.type': 'ValueError' }, { outcome: 'failed', error: 'ValueError' }],
    [{}, { 'error.type': 'ReadTimeout' }, { outcome: 'timed_out', error: 'ReadTimeout' }],
    [{}, { 'error.type': 'rate_limit' }, { outcome: 'failed', error_kind: 'rate_limit' }],
    [{ at: [1, 0] as const }, {}, { outcome: 'interrupted', latency_ms: null, finished_at: null }],
    [
      {},
      { 'boocode.outcome': 'denied', 'error.type': 'denied' },
      { outcome: 'denied', error: null },
    ],
  ])('tells how %j with %j ended', async (more, has, expected) => {
    const list = await facts(foreign([{ id: 'c', ...more, has: op('execute_tool', has) }]));
    expect(callsIn(list)).toMatchObject([expected]);
  });

  it('turns messages into the request and the reply that the screens can read', async () => {
    const input = [
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'Hi' },
          { type: 'uri', uri: 'http://x/a.png' },
        ],
      },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', content: 'hm' },
          { type: 'tool_call', id: '1', name: 'look', arguments: { at: 'a' } },
        ],
      },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: '1', response: 'seen' }] },
      { role: 'user', content: 'plain' },
    ];
    const output = [
      {
        role: 'assistant',
        parts: [
          { type: 'text', content: 'Done.' },
          { type: 'tool_call', id: '2', name: 'go', arguments: '{"x":1}' },
        ],
      },
    ];
    const list = await facts(
      foreign([
        {
          id: 'c',
          has: op('chat', {
            'gen_ai.system_instructions': '[{"type":"text","content":"Be kind."}]',
            'gen_ai.input.messages': JSON.stringify(input),
            'gen_ai.output.messages': JSON.stringify(output),
            'gen_ai.tool.definitions': '[{"type":"function","name":"look","parameters":{}}]',
          }),
        },
        { id: 'odd', has: op('chat', { 'gen_ai.input.messages': 'not messages' }) },
      ]),
    );
    const [call, odd] = callsIn(list);
    expect(JSON.parse(call?.input ?? '')).toEqual({
      messages: [
        { role: 'system', content: 'Be kind.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hi' },
            { type: 'image_url', image_url: { url: 'http://x/a.png' } },
          ],
        },
        {
          ...{ role: 'assistant', content: null, reasoning_content: 'hm' },
          tool_calls: [
            { id: '1', type: 'function', function: { name: 'look', arguments: '{"at":"a"}' } },
          ],
        },
        { role: 'tool', content: 'seen', tool_call_id: '1' },
        { role: 'user', content: 'plain' },
      ],
      tools: [{ type: 'function', function: { name: 'look', parameters: {} } }],
    });
    expect(replyOf(JSON.parse(call?.output ?? ''))).toMatchObject({
      text: 'Done.',
      tool_calls: [{ name: 'go', input: '{"x":1}' }],
    });
    expect(call?.summary).toBe('→ go');
    expect(odd?.input).toBe('not messages');
  });
});
