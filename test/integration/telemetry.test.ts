/** Traces as OTLP: a file of real rows, and a live stream to a real HTTP receiver. */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { saveExport } from '../../src/telemetry/export.ts';
import { Exporter, type ExporterConfig } from '../../src/telemetry/exporter.ts';
import { observed } from '../../src/telemetry/observe.ts';
import { decodeJson, type PlainSpan } from '../otlp.ts';
import { Bench, call, type Run } from './agents.house.ts';
import { Receiver, silence, status } from './telemetry_receiver.ts';

const SECRET_PROMPT = 'Explain the moonflower protocol.';
const FAST = { delay_ms: 1, rest_ms: 1, base_ms: 1, max_wait_ms: 5, timeout_ms: 20_000 };

let bench: Bench;
let receiver: Receiver;
beforeEach(async () => {
  [bench, receiver] = await Promise.all([Bench.open(true), Receiver.open()]);
  await bench.put({ 'src/a.ts': 'export const moonflower = 42;\n' });
});
afterEach(async () => {
  await receiver.close();
  await bench.close();
});

/** What an agent leaves that reads a file, fails at another and answers. */
const SCRIPT = [
  {
    reasoning: 'I look first.',
    tool_calls: [call('read_file', { path: 'src/a.ts' }), call('read_file', { path: 'gone.ts' })],
  },
  { text: 'It is the moonflower constant.' },
];

function agent(store = bench.store): Promise<Run> {
  bench.answers(...SCRIPT);
  return bench.run({ spec: { prompt: SECRET_PROMPT }, store });
}

async function saved(session_id: string, content: boolean) {
  const path = join(bench.folder, `${content}.json`);
  await saveExport(bench.store, session_id, path, { version: '9.9.9', content, now: Date.now() });
  const text = await readFile(path, 'utf8');
  return { text, ...decodeJson(text) };
}

interface Live {
  readonly exporter: Exporter;
  readonly log: string[];
  config: ExporterConfig | null;
}

function live(options: {
  readonly config?: Partial<ExporterConfig>;
  readonly headers?: string;
  readonly limits?: ConstructorParameters<typeof Exporter>[0]['limits'];
}): Live {
  const log: string[] = [];
  const made: Live = {
    log,
    config: {
      endpoint: receiver.url,
      protocol: 'http/protobuf',
      content: false,
      ...options.config,
    },
    exporter: new Exporter({
      store: bench.store,
      version: '9.9.9',
      config: () => made.config,
      headers: async () => options.headers,
      log: { info: (m) => log.push(`info ${m}`), warn: (m) => log.push(`warn ${m}`) },
      limits: { ...FAST, ...options.limits },
    }),
  };
  return made;
}

const through = (made: Live) => observed(bench.store, (frame) => made.exporter.take(frame));
const named = (spans: readonly PlainSpan[], name: string) => spans.filter((s) => s.name === name);

describe('a session as an OTLP/JSON file', () => {
  it('nests calls below their agent, its phase and its run, with the GenAI attributes', async () => {
    const run = await agent();
    const { spans, resource } = await saved(run.session_id, false);

    expect(resource).toEqual({ 'service.name': 'boocode', 'service.version': '9.9.9' });
    const [root] = named(spans, 'invoke_workflow t');
    const [phase] = named(spans, 'phase s');
    const [tester] = named(spans, 'invoke_agent tester');
    const chats = named(spans, 'chat deepseek-v4-offline');
    const tools = named(spans, 'execute_tool read_file');
    expect([chats.length, tools.length, spans.length]).toEqual([2, 2, 7]);
    expect(new Set(spans.map((s) => s.trace)).size).toBe(1);
    expect(new Set(spans.map((s) => s.id)).size).toBe(7);
    expect(root?.parent).toBe('');
    expect(phase?.parent).toBe(root?.id);
    expect(tester?.parent).toBe(phase?.id);
    expect([...chats, ...tools].map((s) => s.parent)).toEqual(Array(4).fill(tester?.id));
    expect(tools.map((s) => s.links)).toEqual([[chats[0]?.id], [chats[0]?.id]]);
    expect(chats.map((s) => s.kind)).toEqual([3, 3]);

    const [model] = run.traces.filter((t) => t.kind === 'model');
    const prompt = (model?.input_tokens ?? 0) + (model?.cache_tokens ?? 0);
    expect(chats[0]?.attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'offline',
      'gen_ai.request.model': 'deepseek-v4-offline',
      'gen_ai.conversation.id': run.session_id,
      'gen_ai.response.finish_reasons': ['tool_calls'],
      'gen_ai.response.id': model?.response_id,
      'gen_ai.usage.input_tokens': { int: prompt },
      'gen_ai.usage.output_tokens': { int: model?.output_tokens },
      'gen_ai.response.time_to_first_chunk': { double: (model?.ttft_ms ?? 0) / 1000 },
      'boocode.cost.usd': { double: 0 },
      'boocode.outcome': 'completed',
    });
    expect(prompt).toBeGreaterThan(0);
    expect(model?.response_id).toMatch(/^offline-/);
    expect(tools.map((s) => [s.attributes['boocode.outcome'], s.attributes['error.type']])).toEqual(
      [
        ['completed', undefined],
        ['failed', 'tool'],
      ],
    );
    expect(tools.map((s) => s.status.code)).toEqual([0, 2]);
    expect(tools[0]?.attributes).toMatchObject({
      'gen_ai.tool.name': 'read_file',
      'gen_ai.tool.type': 'function',
    });
    // Tokens stand on model calls alone: a receiver that sums them counts each once.
    const counted = spans.filter((s) => 'gen_ai.usage.input_tokens' in s.attributes);
    expect(counted).toEqual(chats);
    // The run was not ended by the test: what is at work says so.
    expect(root?.attributes['boocode.in_progress']).toBe(true);
    const first = chats[0];
    const took = BigInt(first?.end ?? 0) - BigInt(first?.start ?? 0);
    expect(Number(took) / 1e6).toBeCloseTo(model?.latency_ms ?? -1, 3);
  });

  it('holds no content unless it is asked for, and then all of it', async () => {
    const { session_id } = await agent();
    const without = await saved(session_id, false);
    expect(without.text).not.toMatch(/moonflower|gone\.ts|I look first/i);

    const { spans } = await saved(session_id, true);
    const messages = (span: PlainSpan | undefined, name: string): unknown =>
      JSON.parse(String(span?.attributes[`gen_ai.${name}`]));
    const [first, second] = named(spans, 'chat deepseek-v4-offline');
    const [read, failed] = named(spans, 'execute_tool read_file');
    expect(messages(first, 'output.messages')).toEqual([
      {
        role: 'assistant',
        finish_reason: 'tool_call',
        parts: [
          { type: 'reasoning', content: 'I look first.' },
          expect.objectContaining({
            type: 'tool_call',
            name: 'read_file',
            arguments: { path: 'src/a.ts' },
          }),
          expect.objectContaining({ type: 'tool_call', arguments: { path: 'gone.ts' } }),
        ],
      },
    ]);
    const sent = messages(second, 'input.messages');
    expect(sent).toMatchObject([
      { role: 'system' },
      { role: 'user', parts: [{ type: 'text', content: SECRET_PROMPT }] },
      { role: 'assistant' },
      {
        role: 'tool',
        parts: [{ type: 'tool_call_response', response: '1\texport const moonflower = 42;' }],
      },
      { role: 'tool' },
    ]);
    expect(messages(first, 'tool.definitions')).toContainEqual(
      expect.objectContaining({ type: 'function', name: 'read_file' }),
    );
    expect(read?.attributes['gen_ai.tool.call.arguments']).toBe('{"path":"src/a.ts"}');
    expect(read?.attributes['gen_ai.tool.call.result']).toContain('moonflower');
    expect(failed?.status.message).toContain('gone.ts');
  });

  it('is the same each time, and names a session that does not exist', async () => {
    const { session_id } = await agent();
    const [one, two] = [await saved(session_id, false), await saved(session_id, false)];
    const ids = (spans: readonly PlainSpan[]) => spans.map((s) => [s.trace, s.id, s.parent]);
    expect(ids(one.spans)).toEqual(ids(two.spans));
    await expect(saved('nobody', false)).rejects.toThrow('nobody');
  });
});

describe('a live stream', () => {
  it.each(['http/protobuf', 'http/json'] as const)(
    'tells over %s what the file tells, without content',
    async (protocol) => {
      const made = live({ config: { protocol }, headers: 'authorization=Basic%20abc,x-team=blue' });
      const { session_id } = await agent(through(made));
      await made.exporter.close();

      const file = await saved(session_id, false);
      const ended = file.spans.filter((s) => !('boocode.in_progress' in s.attributes));
      const byId = (a: PlainSpan, b: PlainSpan) => (a.id < b.id ? -1 : 1);
      expect(ended).toHaveLength(5);
      expect(receiver.spans.toSorted(byId)).toEqual(ended.toSorted(byId));
      const [request] = receiver.requests;
      expect(request?.path).toBe('/v1/traces');
      expect(request?.headers).toMatchObject({ authorization: 'Basic abc', 'x-team': 'blue' });
      expect(Buffer.from(request?.body ?? []).toString('latin1')).not.toMatch(/moonflower/i);
      expect(made.exporter.health().state).toBe('ok');
    },
  );

  it('carries content where the setting says so', async () => {
    const made = live({ config: { content: true } });
    await agent(through(made));
    await made.exporter.close();
    const reads = named(receiver.spans, 'execute_tool read_file');
    const [read] = reads.filter((span) => span.status.code === 0);
    expect(read?.attributes['gen_ai.tool.call.result']).toContain('moonflower');
    const [chat] = named(receiver.spans, 'chat deepseek-v4-offline');
    expect(chat?.attributes['gen_ai.input.messages']).toContain(SECRET_PROMPT);
  });

  it('is off without an address', async () => {
    const made = live({});
    made.config = null;
    await agent(through(made));
    await made.exporter.close();
    expect(receiver.requests).toHaveLength(0);
    expect(made.exporter.health()).toEqual({ state: 'off' });
  });

  it('repeats a batch that the receiver could not take yet', async () => {
    receiver.answers.push(status(503), status(429, { 'retry-after': '0' }));
    const made = live({ limits: { delay_ms: 60_000 } });
    await agent(through(made));
    await made.exporter.close();
    expect(receiver.requests).toHaveLength(3);
    const [first, , third] = receiver.requests;
    expect(third?.spans).toEqual(first?.spans);
    expect(made.log).toEqual([]);
  });

  it.each([
    [401, 'headers'],
    [404, 'nothing takes traces'],
    [415, 'boocode.traceExport.protocol'],
    [400, '400'],
  ])('does not repeat after %i, says it once, and says when it is over', async (code, words) => {
    receiver.otherwise = status(code);
    const made = live({ headers: 'authorization=Bearer%20hush' });
    const store = through(made);
    const failed = new Promise<void>((resolve) => {
      made.exporter.onHealth(({ state }) => state === 'failing' && resolve());
    });
    await agent(store);
    await failed;
    const before = receiver.requests.length;
    await agent(store);
    await receiver.until(() => receiver.requests.length > before);
    expect(made.log.filter((line) => line.startsWith('warn'))).toHaveLength(1);
    expect(made.log[0]).toContain(words);
    expect(made.log.join()).not.toContain('hush');
    expect(made.exporter.health().state).toBe('failing');

    receiver.otherwise = status(200);
    const recovered = new Promise<void>((resolve) => {
      made.exporter.onHealth(({ state }) => state === 'ok' && resolve());
    });
    await agent(store);
    await recovered;
    expect(made.log.at(-1)).toMatch(/^info Traces are sent .* spans were not sent meanwhile/);
    await made.exporter.close();
  });

  it.each([
    ['http/json', '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too old"}}'],
    // partial_success { rejected_spans: 2, error_message: "too old" }
    ['http/protobuf', '\x0a\x0b\x08\x02\x12\x07too old'],
  ] as const)('tells over %s of spans that were not kept', async (protocol, body) => {
    const type = protocol === 'http/json' ? 'application/json' : 'application/x-protobuf';
    receiver.answers.push(status(200, { 'content-type': type }, body));
    const made = live({ config: { protocol }, limits: { delay_ms: 60_000 } });
    await agent(through(made));
    await made.exporter.close();
    expect(made.log).toEqual([expect.stringContaining('did not keep 2 spans: too old')]);
  });

  it('does not follow a redirect, so that the headers stay with the receiver', async () => {
    const other = await Receiver.open();
    receiver.answers.push(status(307, { location: `${other.url}/v1/traces` }));
    const made = live({ headers: 'x-key=hush', limits: { delay_ms: 60_000 } });
    await agent(through(made));
    await made.exporter.close();
    expect(other.requests).toHaveLength(0);
    expect(made.log[0]).toContain('307');
    await other.close();
  });

  it('neither delays nor fails an agent, and keeps no more than its limit', async () => {
    const held = Promise.withResolvers<ServerResponse>();
    receiver.answers.push((response) => held.resolve(response));
    const made = live({ limits: { queue: 3 } });
    const store = through(made);
    for (let i = 0; i < 5; i += 1) {
      expect((await agent(store)).outcome.execution.status).toBe('completed');
    }
    const response = await held.promise;
    const inFlight = receiver.spans.length;
    response.writeHead(200).end();
    await made.exporter.close();
    expect(receiver.spans).toHaveLength(inFlight + 3);
    const dropped = 25 - receiver.spans.length;
    expect(made.log).toEqual([expect.stringContaining(`${dropped} spans were not sent`)]);
  });

  it('does not hold up the end, and says what was not sent', async () => {
    receiver.answers.push(silence);
    const made = live({ limits: { close_ms: 50 } });
    await agent(through(made));
    await receiver.until(() => receiver.requests.length === 1);
    await made.exporter.close();
    expect(made.log.at(-1)).toContain('5 spans could not be sent');
  });

  it('says once that nobody answers at the address', async () => {
    const gone = await Receiver.open();
    await gone.close();
    const made = live({ config: { endpoint: gone.url }, limits: { attempts: 2 } });
    const failed = new Promise<void>((resolve) => {
      made.exporter.onHealth(({ state }) => state === 'failing' && resolve());
    });
    await agent(through(made));
    await failed;
    expect(made.log).toEqual([expect.stringMatching(/cannot be reached \(ECONNREFUSED\)/)]);
    await made.exporter.close();
  });

  it.each([
    ['not an address', undefined, 'must be one such as'],
    ['http://me:hush@127.0.0.1:1', undefined, 'name or password'],
    [undefined, 'x-key=hu\nsh', 'x-key'],
    [undefined, 'hush', 'name=value'],
    [undefined, 'content-type=hush', 'content-type'],
  ])('refuses the address %j with the headers %j', async (endpoint, headers, words) => {
    const made = live({
      config: endpoint ? { endpoint } : {},
      ...(headers ? { headers } : {}),
    });
    await agent(through(made));
    await made.exporter.close();
    expect(receiver.requests).toHaveLength(0);
    expect(made.exporter.health().message).toContain(words);
    expect(made.log.join()).not.toMatch(/hush|hu\nsh/);
  });
});
