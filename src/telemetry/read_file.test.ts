/** Files of traces as users choose them: what can be read, and what is said of everything else. */
import { describe, expect, it } from 'vitest';
import { FILE_LIMIT, readSpans } from './read_file.ts';

const span = (fields: object = {}) => ({
  traceId: 'aa',
  spanId: 'bb',
  name: 'chat m',
  startTimeUnixNano: '1767225600000500000',
  endTimeUnixNano: '1767225600002000000',
  ...fields,
});
const document = (...spans: readonly object[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
      scopeSpans: [{ scope: { name: 's' }, spans }],
    },
  ],
});

function read(text: string | object, options: { bytes?: number; signal?: AbortSignal } = {}) {
  const content = typeof text === 'string' ? text : JSON.stringify(text);
  const shown: number[] = [];
  const source = { name: 'a.json', bytes: options.bytes ?? content.length };
  const reading = {
    signal: options.signal ?? new AbortController().signal,
    progress: (done: number) => shown.push(done),
  };
  return readSpans({ ...source, text: async () => content }, reading);
}

describe('a file of traces', () => {
  it('gives each span its times, attributes, links and service', async () => {
    const attributes = [
      { key: 's', value: { stringValue: 'x\ud800' } },
      { key: 'b', value: { boolValue: true } },
      { key: 'i', value: { intValue: '12' } },
      { key: 'n', value: { intValue: 13 } },
      { key: 'd', value: { doubleValue: 0.5 } },
      { key: 'nan', value: { doubleValue: 'NaN' } },
      { key: 'a', value: { arrayValue: { values: [{ stringValue: 'y' }, {}] } } },
      {
        key: 'kv',
        value: { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } },
      },
      { key: 'empty', value: {} },
    ];
    const links = [
      { traceId: 'aa', spanId: 'cc' },
      { traceId: 'other', spanId: 'dd' },
    ];
    const [one] = await read(document(span({ attributes, links, parentSpanId: '0000' })));
    expect(one).toMatchObject({
      trace_id: 'aa',
      span_id: 'bb',
      parent_span_id: '',
      started_at: 1_767_225_600_000.5,
      duration_ms: 1.5,
      links: ['cc'],
      failed: false,
      error: '',
      service: 'shop',
    });
    expect(Object.fromEntries(one?.attributes ?? [])).toEqual({
      ...{ s: 'x\ufffd', b: true, i: 12, n: 13, d: 0.5, nan: Number.NaN },
      ...{ a: ['y', null], kv: { k: 1 }, empty: null },
    });
  });

  it.each([
    ['no end', { endTimeUnixNano: undefined }, { duration_ms: null }],
    ['the end 0', { endTimeUnixNano: '0' }, { duration_ms: null }],
    ['an end before its start', { endTimeUnixNano: '1' }, { duration_ms: 0 }],
    ['times as numbers', { startTimeUnixNano: 1e6, endTimeUnixNano: 3e6 }, { duration_ms: 2 }],
    ['an error', { status: { code: 2, message: 'broken' } }, { failed: true, error: 'broken' }],
    ['an error by name', { status: { code: 'STATUS_CODE_ERROR' } }, { failed: true, error: '' }],
    [
      'an exception',
      {
        status: { code: 2 },
        events: [
          {
            name: 'exception',
            attributes: [{ key: 'exception.message', value: { stringValue: 'no such file' } }],
          },
        ],
      },
      { failed: true, error: 'no such file' },
    ],
  ])('takes a span with %s', async (_, fields, expected) => {
    expect(await read(document(span(fields)))).toMatchObject([expected]);
  });

  it('may hold one document per line, with logs and metrics between', async () => {
    const lines = [
      document(span({ spanId: '1' })),
      { resourceLogs: [] },
      document(span({ spanId: '2' }), span({ spanId: '3' })),
    ].map((line) => JSON.stringify(line));
    const spans = await read(`\uFEFF${lines.join('\r\n')}\n\n`);
    expect(spans.map((s) => s.span_id)).toEqual(['1', '2', '3']);
  });

  it.each([
    ['nothing', ' \n', ['empty']],
    ['prose', 'hello\nworld', ['not JSON', 'Open it as text']],
    ['half a document', '{\n"resourceSpans": [\n', ['not JSON']],
    ['a mistake on line 3', '{\n"a": 1,\n"b" 2}', ['not JSON', 'line 3']],
    [
      'a line that was cut off',
      `${JSON.stringify(document(span()))}\n{"res`,
      ['line 2', 'cut off'],
    ],
    ['other JSON', { name: 'x', version: 1 }, ['another kind (name, version)', 'resourceSpans']],
    ['other JSON on a line', `{"resourceSpans":[]}\n{"x":1}`, ['line 2', '(x)']],
    ['a list', [1], ['a JSON list']],
    ['a number', '17', ['single JSON value']],
    ['logs', { resourceLogs: [] }, ['the logs of OTLP']],
    ['logs and metrics by line', '{"resourceMetrics":[]}\n{"resourceLogs":[]}', ['the metrics']],
    ["Jaeger's form", { data: [{ traceID: 'a', spans: [] }] }, ['Jaeger', 'as OTLP instead']],
    ["Zipkin's form", [{ traceId: 'a', id: 'b' }], ['Zipkin', 'as OTLP instead']],
    ['no span', document(), ['no span']],
    ['spans that are no list', { resourceSpans: [{ scopeSpans: 1 }] }, ['resourceSpans.0.scope']],
    [
      'a span without a start',
      document(span(), { spanId: 'x' }),
      ['span 2', '"startTimeUnixNano"'],
    ],
    [
      'a value of the wrong type, on line 2',
      `${JSON.stringify(document(span()))}\n${JSON.stringify(document(span({ name: 7 })))}`,
      ['span 2 (line 2)', '"name"'],
    ],
  ])('that holds %s is refused with the reason', async (_, text, words) => {
    const problem = await read(text).then(
      () => 'nothing was refused',
      (error: Error) => error.message,
    );
    for (const word of ['"a.json"', ...words]) expect(problem).toContain(word);
    expect(problem.length).toBeLessThan(400);
  });

  it('that is too large is not even read', async () => {
    const source = { name: 'big.json', bytes: FILE_LIMIT + 1, text: () => Promise.reject('read') };
    const reading = { signal: new AbortController().signal, progress: () => {} };
    await expect(readSpans(source, reading)).rejects.toThrow('129 MB; files of at most 128 MB');
  });

  it('stops where it is told to', async () => {
    const stop = new AbortController();
    const many = Array.from({ length: 1200 }, (_, i) => span({ spanId: `${i}` }));
    const shown: number[] = [];
    const reading = {
      signal: stop.signal,
      progress: (done: number) => {
        shown.push(done);
        stop.abort(new Error('enough'));
      },
    };
    const text = async () => JSON.stringify(document(...many));
    await expect(readSpans({ name: 'a', bytes: 1, text }, reading)).rejects.toThrow('enough');
    expect(shown).toEqual([500 / 1200]);
  });
});
