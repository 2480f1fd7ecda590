/** The store through its front, on a real file, in its worker thread unless said otherwise. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { FRAME_LIMIT, type Frame, parseFrame } from '../../src/contracts/frames.ts';
import type { Store } from '../../src/store/store.ts';
import { storeHouse } from './store.house.ts';
import {
  chunk,
  completed,
  created,
  execution,
  progress,
  session,
  stage,
  step,
  trace,
} from './store_samples.ts';

const house = storeHouse({});
const { opened } = house;

async function reopened(store: Store): Promise<Store> {
  await store.close();
  return opened();
}

async function begin(store: Store): Promise<void> {
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
}

function watch(store: Store): Frame[] {
  const frames: Frame[] = [];
  store.subscribe((frame) => frames.push(frame));
  return frames;
}

describe('recording', () => {
  test('frames go out in commit order, numbered from 1, each valid', async () => {
    const store = await opened();
    const frames = watch(store);
    await begin(store);
    await Promise.all([
      store.record(created()),
      store.record(chunk(0, 'Hel'), 'lazy'),
      store.record(chunk(3, 'lo'), 'lazy'),
      store.record(progress('reading'), 'lazy'),
      store.record(completed({ content: 'Hello' })),
      store.record(trace()),
      store.record(trace({ output: 'found', outcome: 'completed', finished_at: 1100 })),
      store.record(trace({ id: 'm1', kind: 'model', outcome: 'completed' })),
      store.record(step()),
    ]);
    expect(frames.map((f) => f.seq)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const frame of frames) expect(parseFrame(frame)).toEqual({ frame });
  });

  test('the frame that record resolves with is the one that subscribers got', async () => {
    const store = await opened();
    const frames = watch(store);
    const frame = await store.record(session());
    expect(frames).toEqual([frame]);
  });

  test('a subscription ends when asked, and one that throws does not stop the others', async () => {
    const store = await opened();
    store.subscribe(() => {
      throw new Error('broken panel');
    });
    const frames = watch(store);
    const end = store.subscribe((frame) => frames.push(frame));
    end();
    await store.record(session());
    expect(frames).toHaveLength(1);
  });

  test('everything reads back the same after reopening', async () => {
    const store = await opened();
    await begin(store);
    await store.record(trace({ output: 'x', outcome: 'completed', input_tokens: 5, cost: 0.25 }));
    await store.record(completed({ content: 'Hello', metadata: { level: 'info' } }));
    await store.record(step());
    const before = await store.snapshot('s1');
    const after = await reopened(store);
    expect(await after.snapshot('s1')).toEqual(before);
    expect(before?.timeline[0]?.metadata).toEqual({ level: 'info' });
    expect(await after.stepResult('k1')).toMatchObject({ reads: [{ path: 'a.ts', digest: 'd' }] });
  });

  test('fields that a later fact leaves out keep their values', async () => {
    const store = await opened();
    await begin(store);
    await store.record(trace({ input: '{"a":1}', ttft_ms: 7 }));
    await store.record(trace({ input: null, output: 'done', outcome: 'completed' }));
    expect(await store.trace('t1')).toMatchObject({
      input: '{"a":1}',
      output: 'done',
      ttft_ms: 7,
      outcome: 'completed',
    });
  });

  test('acceptance 26: a terminal row never goes back, and the frame says what is stored', async () => {
    const store = await opened();
    await begin(store);
    await store.record(execution({ status: 'completed', finished_at: 2000 }));
    const frame = await store.record(execution({ status: 'running' }));
    expect(frame).toMatchObject({ type: 'execution.status', execution: { status: 'completed' } });
    expect((await store.snapshot('s1'))?.executions[0]?.status).toBe('completed');
  });

  test('a repeated chunk is a no-op; text beyond a hole waits for the completed event', async () => {
    const store = await opened();
    await begin(store);
    await store.record(created());
    for (const c of [chunk(0, 'Hello'), chunk(3, 'lo wor'), chunk(0, 'Hello'), chunk(90, 'far')]) {
      await store.record(c, 'lazy');
    }
    expect(await store.eventContent('e1')).toBe('Hello wor');
    await store.record(completed({ content: 'Hello world' }));
    await store.record(chunk(11, '!!!'), 'lazy');
    expect(await store.eventContent('e1')).toBe('Hello world');
  });

  test('acceptance 25: a chunk whose event was never created still lands on its execution', async () => {
    const store = await opened();
    await begin(store);
    await store.record(chunk(0, 'early', 'e9'), 'lazy');
    expect((await store.snapshot('s1'))?.timeline[0]).toMatchObject({
      event_id: 'e9',
      execution_id: 'O',
      status: 'streaming',
      content: 'early',
    });
  });
});

describe('refusals', () => {
  test('a fact of the wrong shape is refused and leaves nothing', async () => {
    const store = await opened();
    // @ts-expect-error what comes from JavaScript may be anything
    const bad = store.record({ type: 'session.status', session: { session_id: 's1' } });
    await expect(bad).rejects.toMatchObject({ name: 'StoreError', code: 'bad_fact' });
    expect(await store.sessions({ limit: 10 })).toEqual([]);
  });

  test('a name that UTF-8 cannot tell from others is refused', async () => {
    const store = await opened();
    const fact = session({ session_id: 'a\ud800' });
    await expect(store.record(fact)).rejects.toMatchObject({ code: 'bad_fact' });
    expect(await store.sessions({ limit: 9 })).toEqual([]);
  });

  test('a fact for an unknown session is refused', async () => {
    const store = await opened();
    await expect(store.record(stage())).rejects.toMatchObject({ code: 'unknown_session' });
  });

  test('acceptance 1: the parent is stored at creation and can never change', async () => {
    const store = await opened();
    await begin(store);
    const sub = { execution_id: 'S1', kind: 'sub_agent', parent_execution_id: 'O' } as const;
    await store.record(execution(sub));
    await store.record(created({ execution_id: 'S1', parent_execution_id: 'O' }));
    for (const parent_execution_id of ['S1', null, '']) {
      const changed = store.record(execution({ ...sub, parent_execution_id }));
      await expect(changed).rejects.toThrow(/parent/);
      const moved = store.record(completed({ execution_id: 'S1', parent_execution_id }));
      await expect(moved).rejects.toThrow(/parent/);
    }
    const again = await reopened(store);
    const shown = await again.snapshot('s1');
    expect(shown?.executions.map((e) => e.parent_execution_id ?? null)).toEqual([null, 'O']);
    expect(shown?.timeline[0]?.parent_execution_id).toBe('O');
  });

  test('acceptance 13: a parent must exist in the same session and stage', async () => {
    const store = await opened();
    await begin(store);
    await store.record(stage({ stage_id: 'g2', stage_index: 1 }));
    await store.record(session({ session_id: 's2' }));
    const negatives = [
      execution({ execution_id: 'S1', parent_execution_id: 'nobody' }),
      execution({ execution_id: 'S1', parent_execution_id: 'O', stage_id: 'g2' }),
      execution({ execution_id: 'S1', parent_execution_id: 'O', session_id: 's2' }),
      created({ execution_id: 'S1', parent_execution_id: 'nobody' }),
      trace({ execution_id: 'S1', parent_execution_id: 'nobody' }),
    ];
    for (const fact of negatives) {
      await expect(store.record(fact)).rejects.toMatchObject({ code: 'unknown_parent' });
    }
    const shown = await store.snapshot('s1');
    expect([shown?.executions.length, shown?.timeline.length, shown?.traces.length]).toEqual([
      1, 0, 0,
    ]);
    expect(shown?.last_seq).toBe(4);
  });

  test('calls after close are refused', async () => {
    const store = await opened();
    await store.close();
    await expect(store.record(session())).rejects.toMatchObject({ code: 'closed' });
    await expect(store.sessions({ limit: 1 })).rejects.toMatchObject({ code: 'closed' });
  });
});

describe('large bodies', () => {
  test('acceptance 29: frames stay under the limit with their routing; the whole is on demand', async () => {
    const store = await opened();
    await begin(store);
    const big = 'ö"\n'.repeat(300_000);
    const frames = [
      await store.record(trace({ input: big, output: big, outcome: 'completed' })),
      await store.record(execution({ status: 'completed', result: big })),
      await store.record(completed({ content: big, metadata: { args: big } })),
      await store.record(step({ result: big })),
      await store.record(session({ args: big, result: big, title: big })),
    ];
    for (const frame of frames) {
      expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThan(FRAME_LIMIT);
      expect(parseFrame(frame)).toHaveProperty('frame');
    }
    expect(frames[0]).toMatchObject({
      execution_id: 'O',
      stage_id: 'g1',
      trace: { truncated: true, input_bytes: 1_200_000, output_bytes: 1_200_000 },
    });
    expect(frames[1]).toMatchObject({ execution: { result_truncated: true } });
    expect(frames[2]).toMatchObject({ event: { truncated: true, content_bytes: 1_200_000 } });
    const again = await reopened(store);
    expect((await again.trace('t1'))?.output).toBe(big);
    expect((await again.trace('t1'))?.truncated).toBeUndefined();
    expect(await again.executionResult('O')).toBe(big);
    expect(await again.eventContent('e1')).toBe(big);
    expect((await again.stepResult('k1'))?.result).toBe(big);
    expect((await again.session('s1'))?.result).toBe(big);
  });

  test('text with zero bytes, lone surrogates and emoji survives', async () => {
    const store = await opened();
    await begin(store);
    await store.record(trace({ output: 'a\0b 😀 \ud83d!', outcome: 'completed' }));
    expect((await store.trace('t1'))?.output).toBe('a\0b 😀 \ufffd!');
  });
});

describe('paging', () => {
  test('pages follow turn, start and id without gaps or repeats', async () => {
    const store = await opened();
    await begin(store);
    const facts = Array.from({ length: 57 }, (_, i) =>
      trace({ id: `t${i}`, turn_number: i % 3, started_at: 1000 + (i % 5) }),
    );
    await Promise.all(facts.map((fact) => store.record(fact)));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.traces({
        session_id: 's1',
        limit: 10,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.traces.map((t) => `${t.turn_number} ${t.started_at} ${t.id}`));
      cursor = page.next_cursor ?? undefined;
    } while (cursor);
    expect(seen).toHaveLength(57);
    expect(new Set(seen).size).toBe(57);
    expect(seen).toEqual([...seen].sort());
  });

  test('sessions come newest first, by kind when asked', async () => {
    const store = await opened();
    await store.record(session({ session_id: 'a', created_at: 1 }));
    await store.record(session({ session_id: 'b', created_at: 3, kind: 'chat' }));
    await store.record(session({ session_id: 'c', created_at: 2 }));
    const ids = async (query: Parameters<Store['sessions']>[0]) =>
      (await store.sessions(query)).map((s) => s.session_id);
    expect(await ids({ limit: 10 })).toEqual(['b', 'c', 'a']);
    expect(await ids({ kind: 'workflow', limit: 1 })).toEqual(['c']);
  });
});

test('recover marks what a dead process left live, and says so in frames', async () => {
  const first = await opened();
  await begin(first);
  await first.record(created());
  await first.record(chunk(0, 'half a sent'), 'lazy');
  await first.record(trace());
  const store = await reopened(first);
  const frames = watch(store);
  const touched = await store.recover();
  expect(touched.map((s) => [s.session_id, s.status])).toEqual([['s1', 'interrupted']]);
  expect(frames.map((f) => f.type)).toEqual([
    'tool_trace',
    'timeline.completed',
    'execution.status',
    'stage.status',
    'session.status',
  ]);
  const shown = await store.snapshot('s1');
  expect(shown?.timeline[0]).toMatchObject({ status: 'interrupted', content: 'half a sent' });
  expect(shown?.traces[0]?.outcome).toBe('interrupted');
  expect(shown?.executions[0]?.status).toBe('interrupted');
  expect(shown?.last_seq).toBe(frames.at(-1)?.seq);
  expect(await store.recover()).toEqual([]);
});

test('acceptance 135: a secret is in no file and in no frame', async () => {
  const literal = 'hunter2-très-"secret"';
  const store = await opened({ secrets: [literal] });
  store.addSecrets(['another-one-entirely']);
  const frames = watch(store);
  await begin(store);
  const key = `sk-${'a1B2'.repeat(8)}`;
  await store.record(
    trace({
      input: JSON.stringify({ header: `Bearer ${key}`, password: literal }),
      output: `password=opensesame another-one-entirely ${key}`,
      outcome: 'completed',
    }),
  );
  await store.record(created());
  await store.record(chunk(0, 'the key is sk-a1B2a1B2a1'), 'lazy');
  await store.record(chunk(24, 'B2a1B2a1B2a1B2, another-one-'), 'lazy');
  await store.record(chunk(52, 'entirely.'), 'lazy');
  await store.record(completed({ content: `the key is ${key}`, metadata: { api_key: 'abcdef' } }));
  await store.close();
  let stored = JSON.stringify(frames);
  for (const file of await readdir(house.folder))
    stored += await readFile(path.join(house.folder, file), 'latin1');
  for (const secret of [key, 'a1B2a1B2', 'hunter2', 'opensesame', 'one-entirely', 'abcdef']) {
    expect([secret, stored.includes(secret)]).toEqual([secret, false]);
  }
});

test('acceptance 88: the list of 200 sessions has nothing of their executions, and is short', async () => {
  const store = await opened();
  const result = JSON.stringify('found '.repeat(2_000));
  const recorded = Array.from({ length: 200 }, (_, n) => {
    const session_id = `session-${n}`;
    const stage_id = `stage-${n}`;
    const args = '{"question":"How are late fees computed?"}';
    return store.recordAll([
      session({ session_id, status: 'completed', args, result }),
      stage({ session_id, stage_id }),
      execution({ session_id, stage_id, execution_id: `e-${n}` }),
    ]);
  });
  await Promise.all(recorded);
  const list = await store.sessions({ limit: 200 });
  expect(list).toHaveLength(200);
  expect(list.filter((s) => 'executions' in s)).toEqual([]);
  expect(JSON.stringify(list).length).toBeLessThan(100 * 1024);
  expect(list[0]).toMatchObject({ result: null, result_truncated: true });
  expect((await store.session('session-7'))?.result).toBe(result);
});

test('the file opens in plain SQLite, with the tables of the specification', async () => {
  const store = await opened();
  await begin(store);
  await store.record(trace({ outcome: 'completed', output: 'x' }));
  await store.close();
  const db = new DatabaseSync(path.join(house.folder, 'store.db'), { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const names = tables.map((row) => row.name);
  for (const name of ['tool_traces', 'agent_sessions', 'tasks', 'cache_stats', 'timeline_events']) {
    expect(names).toContain(name);
  }
  const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all('tool_traces');
  expect(columns.map((row) => row.name)).toEqual(
    expect.arrayContaining(
      (
        'id session_id chat_id turn_number tool_name input output started_at finished_at ' +
        'latency_ms tokens_used cache_tokens reasoning_tokens error outcome'
      ).split(' '),
    ),
  );
  expect(db.prepare('SELECT outcome FROM tool_traces').get()).toEqual({ outcome: 'completed' });
  db.close();
});
