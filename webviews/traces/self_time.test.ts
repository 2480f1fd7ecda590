/** Self times as they are kept up to date, against what adding up the free moments gives. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../src/contracts/frames.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { dispatch, opened } from '../../test/fixtures/acceptance.ts';
import { Log } from '../../test/fixtures/log.ts';
import { loaded, put } from '../../test/fixtures/span_tables.ts';
import { Coverage } from './coverage.ts';
import { EXECUTION, SpanTable } from './span_table.ts';

/** The same the slow and obvious way: between any two moments that matter, is a child at work? */
function naive(table: SpanTable, row: number, now: number): number {
  const span = (at: number): [number, number] => {
    const start = table.float('start', at);
    const length = table.durationAt(at, now);
    return [start, start + (Number.isNaN(length) ? 0 : length)];
  };
  const [start, end] = span(row);
  const spans = table.order
    .children(row)
    .filter((child) => table.outcome(child) !== 'pending')
    .map(span);
  const moments = [start, end, ...spans.flat()].filter((t) => t >= start && t <= end);
  moments.sort((a, b) => a - b);
  let free = 0;
  for (const [i, from] of moments.entries()) {
    const to = moments[i + 1] ?? from;
    if (!spans.some(([a, b]) => a <= from && b >= to)) free += to - from;
  }
  return free;
}

/** Agents at work side by side: what begins and what ends is drawn by lot. */
const steps = fc.array(
  fc.record({
    what: fc.constantFrom('agent', 'sub', 'waiting', 'begin', 'end', 'finish', 'look'),
    at: fc.nat(20),
    wait: fc.nat(9),
  }),
  { maxLength: 60 },
);
type Step = { readonly what: string; readonly at: number; readonly wait: number };

/** Plays a session frame by frame. @param seen after every step. */
function play(script: readonly Step[], seen: (log: Log, look: boolean) => void): void {
  const log = new Log().session('running').stage('stage-1', 'running', 'One');
  const agents: string[] = [];
  const calls: string[] = [];
  for (const { what, at, wait } of script) {
    log.wait(wait);
    const agent = agents[at % Math.max(1, agents.length)];
    const call = calls[at % Math.max(1, calls.length)];
    const next = `agent-${agents.length}`;
    if (what === 'agent' || !agent) {
      agents.push(next);
      log.start(next);
    } else if (what === 'sub' || what === 'waiting') {
      agents.push(next);
      log.start(next, { parent: agent, status: what === 'sub' ? 'running' : 'pending' });
    } else if (what === 'begin') {
      calls.push(`tool_${calls.length}`);
      log.toolStart(agent, calls.at(-1) ?? '');
    } else if (what === 'end' && call) {
      calls.splice(calls.indexOf(call), 1);
      // Ending takes 100 ms of the log's clock.
      log.toolEnd(call, at % 3 === 0 ? 'failed' : 'completed');
    } else if (what === 'finish') log.end(agent);
    seen(log, what === 'look');
  }
}

describe('self time', () => {
  test('of any session, at any moment while it runs and after it', () => {
    fc.assert(
      fc.property(steps, fc.nat(500), (script, later) => {
        const live = new SpanTable();
        let put_so_far = 0;
        const check = (table: SpanTable, now: number): void => {
          for (let row = 0; row < table.length; row++) {
            if (table.kind(row) < EXECUTION) continue;
            expect(table.selfTimeAt(row, now)).toBeCloseTo(naive(table, row, now), 6);
          }
        };
        play(script, (log, look) => {
          for (const frame of log.frames().slice(put_so_far)) put(live, frame);
          put_so_far = log.facts.length;
          // Not at each step: what is looked at is kept, and what was never seen is made anew.
          if (look) check(live, log.now + later);
          if (look) check(loaded(log), log.now + later);
        });
        check(live, live.float('start', 0) + 10_000);
      }),
      { numRuns: 300 },
    );
  });

  test('of an agent whose sub-agents worked side by side', () => {
    const log = opened();
    log.start('O', { name: 'Orchestrator' }).tool('O', 'plan', { ms: 100 });
    dispatch(log, 'O', 'A', 'Left', 'one half');
    dispatch(log, 'O', 'B', 'Right', 'the other half', 2);
    log.wait(1_000).end('A');
    log.wait(500).end('B');
    log.wait(250).end('O');
    const table = loaded(log);
    const of = (id: string) => table.selfTimeAt(table.rowOfExecution(id) ?? -1, log.now);
    // Only the last 250 ms are the agent's own: both halves ran until then, at once.
    expect(of('O')).toBe(250);
    expect(of('A')).toBe(1_024);
    const stage = table.rowOfStage('stage-1') ?? -1;
    expect(isTerminal(table.outcome(stage))).toBe(false);
    expect(table.selfTimeAt(stage, log.now + 70)).toBe(70);
  });

  test('of a stage that is heard of after an agent that has ended in it', () => {
    const log = opened();
    log.start('O').wait(300).end('O').wait(50);
    const table = new SpanTable();
    const is_agent = (frame: Frame): boolean => frame.type === 'execution.status';
    for (const frame of log.frames().filter(is_agent)) put(table, frame);
    for (const frame of log.frames()) if (!is_agent(frame)) put(table, frame);
    const self = () => table.selfTimeAt(table.rowOfStage('stage-1') ?? -1, log.now);
    expect(self()).toBe(350);
    for (const frame of log.frames()) put(table, frame);
    expect(self()).toBe(50);
  });

  test('of a call is all of its time', () => {
    const log = opened().start('O').tool('O', 'grep', { ms: 120 });
    const table = loaded(log);
    const call = table.rowOfCall('trace-1') ?? -1;
    expect(table.selfTimeAt(call, log.now)).toBe(120);
  });
});

test('coverage counts overlapping intervals once, in whatever order they come', () => {
  const interval = fc
    .tuple(fc.nat(60), fc.nat(15))
    .map(([at, length]) => [at, at + length] as const);
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 40 }), fc.array(interval), (added, asked) => {
      const coverage = new Coverage();
      for (const [i, [from, to]] of added.entries()) {
        coverage.add(from, to);
        const [a, b] = asked[i % Math.max(1, asked.length)] ?? [0, 99];
        let covered = 0;
        for (let t = a; t < b; t++) {
          if (added.slice(0, i + 1).some(([x, y]) => x <= t && y >= t + 1)) covered++;
        }
        expect(coverage.within(a, b)).toBe(covered);
      }
    }),
    { numRuns: 500 },
  );
});
