/** Searches pass over what they know to hold nothing: they must find what a look at everything finds. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Fact } from '../../src/contracts/frames.ts';
import { openStore } from '../../src/store/open.ts';
import { Signature } from '../../src/store/signatures.ts';
import type { Store } from '../../src/store/store.ts';
import { agentSession, completed, execution, session, stage, trace } from './store_samples.ts';

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'store-search-'));
  store = await openStore({ folder, inline: true });
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

type Kept = Extract<Fact, { type: 'tool_trace' }>['trace'];

/** What a search must find, by looking at everything that was recorded. */
function expected(calls: ReadonlyMap<string, Kept>, text: string): string[] {
  const plain = text.toLowerCase();
  const wanted = [plain, JSON.stringify(plain).slice(1, -1)];
  return [...calls.values()]
    .filter((call) =>
      [call.input, call.output, call.error].some((body) =>
        wanted.some((w) => body?.toLowerCase().includes(w)),
      ),
    )
    .sort((a, b) => a.started_at - b.started_at || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}

const word = fc.constantFrom('alpha', 'BETA', 'Gamma', 'δέλτα', 'say "hi"', 'line\nend', 'İ', 'ab');
const body = fc.oneof(
  { weight: 6, arbitrary: fc.array(word, { maxLength: 4 }).map((words) => words.join(' ')) },
  // Beyond the column: one body in the database, and one that may be shared by many calls.
  fc.array(word, { maxLength: 2 }).map((words) => `${'filler '.repeat(2000)}${words.join('-')}`),
);
const id = fc.nat(199).map((n) => `t${n}`);
const step = fc.oneof(
  fc.record({ write: id, output: body, error: fc.option(word), ended: fc.boolean() }),
  fc.record({ find: fc.oneof(word, body, fc.string({ maxLength: 3 })) }),
);

test('whatever is written between them, searches find what a look at everything finds', async () => {
  const calls = new Map<string, Kept>();
  const write = async (more: Partial<Kept>): Promise<void> => {
    const known = calls.get(more.id ?? '');
    const ended = known?.outcome === 'completed';
    const fact = trace({ ...known, ...more, ...(ended ? { outcome: 'completed' } : {}) });
    await store.record(fact, 'lazy');
    if (fact.type === 'tool_trace') calls.set(fact.trace.id, fact.trace);
  };
  // Every second number is free, so that later calls come between earlier ones.
  for (let n = 0; n < 200; n += 2) {
    await write({ id: `t${n}`, started_at: n, output: `first ${n}`, outcome: 'completed' });
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      for (const s of steps) {
        if ('find' in s) {
          const { ids } = await store.searchTraces({ session_id: 's1', text: s.find, limit: 999 });
          expect(ids).toEqual(expected(calls, s.find));
        } else {
          const { write: written, output, error, ended } = s;
          await write({
            id: written,
            started_at: Number(written.slice(1)),
            output,
            error,
            outcome: ended ? 'completed' : 'running',
          });
        }
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('a search passes over nothing that was written while an earlier one was at work', async () => {
  const find = async (text: string) =>
    (await store.searchTraces({ session_id: 's1', text, limit: 999 })).ids;
  // Files, which the earlier search awaits after it has read their rows.
  const body = () => Buffer.from(crypto.getRandomValues(new Uint8Array(40_000))).toString('base64');
  const calls = Array.from({ length: 64 }, (_, n) => ({
    ...{ id: `t${n}`, started_at: n, output: body(), outcome: 'completed' as const },
  }));
  await store.recordAll(calls.map(trace));
  const earlier = find('a needle');
  await store.record(trace({ ...calls[7], error: 'a needle' }), 'written');
  await earlier;
  expect(await find('a needle')).toEqual(['t7']);
});

test('a signature holds every part of the texts it was made of, and little else', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 40 });
  fc.assert(
    fc.property(fc.array(text), text, fc.nat(40), fc.nat(40), (texts, chosen, from, to) => {
      const signature = new Signature();
      for (const one of [...texts, chosen]) signature.add(one);
      expect(signature.mayHold(chosen.slice(from, to))).toBe(true);
    }),
  );
  const signature = new Signature();
  signature.add('of some words');
  expect(['other', 'of words', 'some  '].filter((text) => signature.mayHold(text))).toEqual([]);
});

test('what was removed is not found, and what takes its place is', async () => {
  const find = (text: string) => store.searchTraces({ session_id: 's1', text, limit: 999 });
  const fill = async (output: string): Promise<void> => {
    for (let n = 0; n < 130; n++) {
      await store.record(
        trace({ id: `t${n}`, started_at: n, output, outcome: 'completed' }),
        'lazy',
      );
    }
  };
  await fill('the first run');
  expect((await find('first run')).ids).toHaveLength(130);
  expect((await find('second run')).ids).toEqual([]);
  await store.record(execution({ status: 'completed' }));
  await store.record(session({ status: 'completed' }));
  await store.clear('runs');
  expect((await find('first run')).ids).toEqual([]);
  for (const fact of [session(), stage(), execution()]) await store.record(fact);
  await fill('the second run');
  expect((await find('first run')).ids).toEqual([]);
  expect((await find('second run')).ids).toHaveLength(130);
});

test('a chat is found by what stands at the end of a long message', async () => {
  await store.record(session({ session_id: 'c', kind: 'chat', status: 'completed' }));
  const of = { session_id: 'c', stage_id: 'g' };
  await store.record(stage(of));
  await store.record(execution({ ...of, execution_id: 'T', kind: 'turn' }));
  await store.record(
    agentSession({ session_id: 'c', execution_id: 'T' }, { active_execution_id: 'T' }),
  );
  const content = `${'a pasted log '.repeat(10_000)}ends with the NEEDLE`;
  await store.record(completed({ ...of, execution_id: 'T', event_type: 'user', content }));
  const [found] = await store.chats({ search: 'needle', limit: 10 });
  expect(found?.matches[0]?.excerpt).toContain('ends with the NEEDLE');
  expect(await store.chats({ search: 'needles', limit: 10 })).toEqual([]);
});
