/** Several facts as one write: all of them or none, whoever owns the store and whoever dies. */
import { mkdtemp } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { type Fact, type Frame, FrameSchema, subjectOf } from '../../src/contracts/frames.ts';
import { newestOwner, PROTOCOL } from '../../src/store/claim.ts';
import { openStore } from '../../src/store/open.ts';
import { type Store, StoreError } from '../../src/store/store.ts';
import { observed } from '../../src/telemetry/observe.ts';
import { storeHouse } from './store.house.ts';
import { chunk, completed, created, execution, session, stage, trace } from './store_samples.ts';
import { Window } from './store_windows.ts';

const house = storeHouse();
const { opened } = house;

function watch(store: Store): Frame[] {
  const frames: Frame[] = [];
  store.subscribe((frame) => frames.push(frame));
  return frames;
}

test('the frames are numbered one after another, and a listener of this process gets each', async () => {
  const heard: Frame[] = [];
  const store = observed(await opened({ inline: false }), (frame) => heard.push(frame));
  const frames = watch(store);
  const others = store.recordAll([session({ session_id: 's2' })]);
  const given = await store.recordAll([session(), stage(), execution(), trace()]);
  await others;
  expect(given.map((f) => [f.type, f.seq])).toEqual([
    ['session.status', 1],
    ['stage.status', 2],
    ['execution.status', 3],
    ['tool_trace', 4],
  ]);
  expect(new Set(given.map((f) => f.ts)).size).toBe(1);
  expect(frames.filter((f) => f.session_id === 's1')).toEqual(given);
  expect(heard.filter((f) => f.session_id === 's1')).toEqual(given);
  expect(await store.recordAll([])).toEqual([]);
  await store.recordAll([chunk(0, 'Hel'), chunk(3, 'lo')], 'lazy');
  expect((await store.snapshot('s1'))?.last_seq).toBe(6);
});

test('facts of two sessions are refused in words, and nothing of them is kept', async () => {
  await opened();
  const guest = await opened();
  const mixed = guest.recordAll([session(), session({ session_id: 's2' })]);
  await expect(mixed).rejects.toMatchObject({
    code: 'bad_request',
    message: expect.stringMatching(/s1 and s2 .* record those of each session/),
  });
  expect(await guest.sessions({ limit: 5 })).toEqual([]);
});

test('secrets are masked in each fact, and large bodies continue beside their rows', async () => {
  const store = await opened({ secrets: ['correct-horse'] });
  const big = `correct-horse ${'x'.repeat(200_000)}`;
  await store.recordAll([session({ title: 'correct-horse' }), stage(), execution()]);
  await store.recordAll([trace(), trace({ id: 't2', output: big, outcome: 'completed' })]);
  expect((await store.session('s1'))?.title).toBe('*'.repeat(13));
  expect((await store.trace('t2'))?.output).toBe(big.replace('correct-horse', '*'.repeat(13)));
});

test('a refused event takes nothing of the text that streamed before it', async () => {
  const store = await opened();
  await store.recordAll([session(), stage(), execution(), created(), chunk(0, 'Hello')]);
  await store.recordAll([
    session({ session_id: 's2' }),
    stage({ stage_id: 'g2', session_id: 's2' }),
  ]);
  const stolen = created({ session_id: 's2', stage_id: 'g2', content: 'something longer' });
  await expect(store.record(stolen)).rejects.toMatchObject({ code: 'immutable' });
  expect(await store.eventContent('e1')).toBe('Hello');
  const ends = [completed({ content: 'Hello you' }), trace({ parent_execution_id: 'nobody' })];
  await expect(store.recordAll(ends)).rejects.toMatchObject({ code: 'unknown_parent' });
  expect((await store.snapshot('s1'))?.timeline).toMatchObject([{ status: 'streaming' }]);
  expect(await store.eventContent('e1')).toBe('Hello');
});

const SESSIONS = ['s1', 's2'];
const inSession = (session_id: string) => ({ session_id, stage_id: `g-${session_id}` });

/** What a fact may be about; half of them will be refused, depending on what came before. */
const factOf = (session_id: string): fc.Arbitrary<Fact> => {
  const place = inSession(session_id);
  const name = fc.constantFrom('a', 'b', 'c').map((n) => `${session_id}-${n}`);
  const parent = fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: name },
    { weight: 1, arbitrary: fc.constantFrom('nobody', 's1-a', 's2-a') },
  );
  const status = fc.constantFrom('running' as const, 'completed' as const);
  const kind = fc.constantFrom('tool' as const, 'model' as const);
  return fc.oneof(
    fc
      .tuple(name, parent, status)
      .map(([execution_id, parent_execution_id, s]) =>
        execution({ ...place, execution_id, parent_execution_id, status: s }),
      ),
    fc
      .tuple(name, kind)
      .map(([id, k]) => trace({ ...place, id, kind: k, execution_id: `${session_id}-a` })),
    fc.tuple(name, fc.string({ maxLength: 3 })).map(
      ([execution_id, phase]): Fact => ({
        type: 'execution.progress',
        progress: { ...place, execution_id, phase },
      }),
    ),
    fc.tuple(fc.nat(6), fc.string({ minLength: 1, maxLength: 3 })).map(([offset, delta]): Fact => {
      const event = chunk(offset, delta, `e-${session_id}`);
      return event.type === 'stream.chunk'
        ? { ...event, chunk: { ...event.chunk, ...place } }
        : event;
    }),
  );
};

/** A call: now and then of an unknown session, or of two. */
const callOf = fc.oneof(
  ...[...SESSIONS, ...SESSIONS, 'unknown'].map((s) =>
    fc.array(factOf(s), { minLength: 1, maxLength: 5 }),
  ),
  fc.tuple(factOf('s1'), factOf('s2')),
);

/** What the store should hold, as plain as it can be said. */
class Model {
  executions = new Map<string, { session_id: string; parent: string | null; done: boolean }>();
  traces = new Map<string, string>();
  texts = new Map<string, string>();
  progress = new Map<string, string>();
  seqs = new Map(SESSIONS.map((s) => [s, 2]));

  /** @returns how the call ends. */
  record(facts: readonly Fact[]): string {
    if (new Set(facts.map((f) => subjectOf(f).session_id)).size > 1) return 'bad_request';
    const before = structuredClone({ ...this });
    for (const fact of facts) {
      const refusal = this.#apply(fact);
      if (refusal === null) continue;
      Object.assign(this, before);
      return refusal;
    }
    return 'kept';
  }

  #apply(fact: Fact): string | null {
    const { session_id } = subjectOf(fact);
    const seq = this.seqs.get(session_id);
    if (seq === undefined) return 'unknown_session';
    this.seqs.set(session_id, seq + 1);
    if (fact.type === 'execution.status') {
      const { execution_id: id, parent_execution_id: parent = null, status } = fact.execution;
      if (parent !== null && this.executions.get(parent)?.session_id !== session_id)
        return 'unknown_parent';
      const known = this.executions.get(id);
      if (known && known.parent !== parent) return 'immutable';
      const done = known?.done || status === 'completed';
      this.executions.set(id, { session_id, parent, done });
      if (done) this.progress.delete(id);
    } else if (fact.type === 'tool_trace' || fact.type === 'interaction') {
      const { id, kind } = fact.trace;
      if ((this.traces.get(id) ?? kind) !== kind) return 'immutable';
      this.traces.set(id, kind);
    } else if (fact.type === 'execution.progress') {
      const { execution_id: id, phase } = fact.progress;
      if (!this.executions.get(id)?.done) this.progress.set(id, phase);
    } else if (fact.type === 'stream.chunk') {
      const { event_id, offset, delta } = fact.chunk;
      const text = this.texts.get(event_id) ?? '';
      this.texts.set(
        event_id,
        offset > text.length ? text : text + delta.slice(text.length - offset),
      );
    }
    return null;
  }

  of(session_id: string): object {
    const own = <V>(map: Map<string, V>): [string, V][] =>
      [...map].filter(([id]) => id.includes(session_id)).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      executions: own(this.executions).map(([id, e]) => [id, e.parent, e.done]),
      traces: own(this.traces),
      texts: own(this.texts),
      progress: own(this.progress),
      last_seq: this.seqs.get(session_id),
    };
  }
}

async function heldBy(store: Store, session_id: string): Promise<object> {
  const found = await store.snapshot(session_id);
  const sorted = (pairs: readonly [string, ...unknown[]][]) =>
    pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    executions: sorted(
      (found?.executions ?? []).map((e) => [
        e.execution_id,
        e.parent_execution_id ?? null,
        e.status === 'completed',
      ]),
    ),
    traces: sorted((found?.traces ?? []).map((t) => [t.id, t.kind])),
    texts: sorted((found?.timeline ?? []).map((e) => [e.event_id, e.content])),
    progress: sorted((found?.progress ?? []).map((p) => [p.execution_id, p.phase])),
    last_seq: found?.last_seq,
  };
}

test('whatever is refused in between, a call is kept whole or not at all', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.boolean(), fc.array(callOf, { minLength: 1, maxLength: 4 })), {
        minLength: 1,
        maxLength: 8,
      }),
      async (rounds) => {
        const own = await mkdtemp(path.join(house.folder, 'run-'));
        const owner = await openStore({ folder: own, inline: true });
        const guest = await openStore({ folder: own, inline: true });
        try {
          for (const s of SESSIONS) {
            const { stage_id } = inSession(s);
            await owner.recordAll([session({ session_id: s }), stage({ session_id: s, stage_id })]);
          }
          const published = watch(owner);
          const model = new Model();
          const given: Frame[] = [];
          for (const [byGuest, calls] of rounds) {
            const store = byGuest ? guest : owner;
            // Made in one turn, so that they meet in one transaction.
            const ends = await Promise.all(
              calls.map((facts) =>
                store.recordAll(facts).then(
                  (frames) => {
                    given.push(...frames);
                    return 'kept';
                  },
                  (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
                ),
              ),
            );
            expect(ends).toEqual(calls.map((facts) => model.record(facts)));
          }
          for (const s of SESSIONS) {
            expect(await heldBy(owner, s)).toEqual(model.of(s));
            const mine = (frames: Frame[]): Frame[] => frames.filter((f) => f.session_id === s);
            expect(mine(published)).toEqual(mine(given));
            const numbers = mine(published).map((f) => f.seq);
            expect(numbers).toEqual(numbers.map((_, i) => i + 3));
          }
        } finally {
          await guest.close();
          await owner.close();
        }
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

/** Says one call to the owner as a window of that name would, and waits for its frames. */
async function ask(client: string, id: number, facts: readonly Fact[]): Promise<Frame[]> {
  const owner = newestOwner(house.folder)?.owner;
  if (!owner) throw new Error('nobody owns the store');
  const socket = net.connect(owner.socket);
  const hello = { kind: 'hello', protocol: PROTOCOL, token: owner.token, client, seen: [] };
  const call = {
    kind: 'call',
    id,
    method: 'record',
    below: 1,
    params: { facts, durability: 'durable' },
  };
  socket.write(`${JSON.stringify(hello)}\n${JSON.stringify(call)}\n`);
  let text = '';
  try {
    for await (const data of socket) {
      text += data;
      for (const line of text.split('\n').slice(0, -1)) {
        const said = z.parse(
          z.object({ kind: z.string(), id: z.optional(z.number()), result: z.unknown() }),
          { result: null, ...JSON.parse(line) },
        );
        if (said.kind === 'reply' && said.id === id)
          return z.parse(z.array(FrameSchema), said.result);
      }
    }
  } finally {
    socket.destroy();
  }
  throw new Error('the owner did not answer');
}

test('sent again after the owner was killed, it is answered the same and not done twice', async () => {
  const owner = await new Window(house.folder, 'w', 0).ready();
  const facts = [session(), stage(), execution(), created(), chunk(0, 'Hello'), trace()];
  const first = await ask('a-window', 1, facts);
  expect(first.map((f) => f.seq)).toEqual([1, 2, 3, 4, 5, 6]);
  owner.child.kill('SIGKILL');
  await owner.ended;
  const store = await opened();
  const frames = watch(store);
  const numbered = (some: readonly Frame[]) => some.map((f) => [f.type, f.seq, f.ts]);
  expect(numbered(await ask('a-window', 1, facts))).toEqual(numbered(first));
  // A later call of it, and the same number of another window, are new.
  const next = [trace({ id: 't2' }), trace({ id: 't2', output: 'x', outcome: 'completed' })];
  expect((await ask('a-window', 2, next)).map((f) => f.seq)).toEqual([7, 8]);
  expect((await ask('another', 1, [trace()])).map((f) => f.seq)).toEqual([9]);
  expect(frames.map((f) => f.seq)).toEqual([7, 8, 9]);
  expect(await store.snapshot('s1')).toMatchObject({
    last_seq: 9,
    timeline: [{ content: 'Hello' }],
    traces: [{ id: 't1' }, { id: 't2', outcome: 'completed' }],
  });
});
