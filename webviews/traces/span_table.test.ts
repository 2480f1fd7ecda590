/** A session loaded at once and the same session told frame by frame show the same tree. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { f1, f2, f3, f4, f5 } from '../../test/fixtures/acceptance.ts';
import { Log } from '../../test/fixtures/log.ts';
import { loaded, put } from '../../test/fixtures/span_tables.ts';
import { deepLog, liveLog, manyCalls } from '../../test/fixtures/traces.ts';
import { SpanTable } from './span_table.ts';

function told(log: Log): SpanTable {
  const table = new SpanTable();
  for (const frame of log.frames()) put(table, frame);
  return table;
}

const FLOATS = ['start', 'duration', 'ttft', 'sum_input', 'sum_cached', 'sum_output'] as const;
const INTS = ['calls', 'errors', 'running', 'reported', 'priced', 'agents'] as const;

/** What is shown, from top to bottom, with everything that a row can say. */
function shown(table: SpanTable): unknown[] {
  return Array.from({ length: table.order.visible }, (_, position) => {
    const row = table.order.rowAt(position);
    const parent = table.order.parent(row);
    return {
      id: table.id(row),
      name: table.name(row),
      parent: parent < 0 ? null : table.id(parent),
      outcome: table.outcome(row),
      error: table.error(row),
      task: table.executionRecord(row)?.task ?? null,
      open: table.order.hasChildren(row) && table.order.isOpen(row),
      floats: FLOATS.map((name) => table.float(name, row)),
      // Sums of dollars differ in the last digits with the order of adding.
      cost: table.float('sum_cost', row).toFixed(9),
      ints: INTS.map((name) => table.int(name, row)),
    };
  });
}

function openAll(table: SpanTable): SpanTable {
  table.order.reset({ open: () => true });
  return table;
}

/** Agents below agents, calls among them, in any order and of any outcome. */
const logs = fc
  .array(
    fc.record({
      what: fc.constantFrom('agent', 'sub', 'model', 'tool', 'failed', 'running', 'end'),
      at: fc.nat(30),
    }),
    { maxLength: 60 },
  )
  .map((steps) => {
    const log = new Log();
    log.session('running').stage('stage-1', 'running', 'One');
    const agents: string[] = [];
    for (const { what, at } of steps) {
      // No two things begin in one millisecond: rows of one moment stand as they came.
      log.wait(1);
      const agent = agents[at % Math.max(1, agents.length)];
      if (what === 'agent' || !agent) {
        agents.push(`agent-${agents.length}`);
        log.start(agents.at(-1) ?? '', { name: `worker ${agents.length}` });
      } else if (what === 'sub') {
        agents.push(`agent-${agents.length}`);
        log.start(agents.at(-1) ?? '', { parent: agent, task: 'help' });
      } else if (what === 'model') log.model(agent, { cost: 0.001 * at });
      else if (what === 'tool') log.tool(agent, `tool_${at % 3}`);
      else if (what === 'failed') log.tool(agent, 'broken', { error: 'boom' });
      else if (what === 'running') log.modelStart(agent);
      else log.end(agent, at % 2 === 0 ? 'completed' : 'failed');
    }
    return log;
  });

describe('a snapshot and its frames', () => {
  test.each(Object.entries({ f1, f2, f3, f4, f5 }))('%s', (_, log) => {
    expect(shown(loaded(log()))).toEqual(shown(told(log())));
  });

  test('deep, live and long sessions', () => {
    for (const log of [deepLog(30), liveLog(1_000), manyCalls(600)]) {
      expect(shown(openAll(loaded(log)))).toEqual(shown(openAll(told(log))));
    }
  });

  test('any session, closed and open', () => {
    fc.assert(
      fc.property(logs, (log) => {
        expect(shown(loaded(log))).toEqual(shown(told(log)));
        expect(shown(openAll(loaded(log)))).toEqual(shown(openAll(told(log))));
      }),
    );
  });

  test('a snapshot taken at any moment, then the rest, is the whole session', () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, at) => {
        const early = new Log();
        // The session and its stage come first: without them there is no snapshot.
        early.facts.push(...log.facts.slice(0, 2 + (at % (log.facts.length - 1))));
        const table = loaded(early);
        for (const frame of log.frames().slice(early.facts.length)) put(table, frame);
        expect(shown(openAll(table))).toEqual(shown(openAll(told(log))));
      }),
    );
  });

  test('frames that come again after the snapshot change nothing', () => {
    fc.assert(
      fc.property(logs, (log) => {
        const table = loaded(log);
        const before = shown(openAll(table));
        for (const frame of log.frames()) put(table, frame);
        expect(shown(openAll(table))).toEqual(before);
      }),
    );
  });
});
