// What BooCode exported comes back when it is read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  callsIn,
  executionsIn,
  facts,
  sessionIn,
  stagesIn,
} from '../../test/fixtures/trace_files.ts';
import type { ErrorKind, Execution, Session, Stage, Trace } from '../contracts/records.ts';
import type { Outcome, Status } from '../contracts/status.ts';
import { NO_CONTENT } from './content.ts';
import { spanId } from './ids.ts';
import { envelope, spanJson } from './json.ts';
import type { Span } from './span.ts';
import { callSpan, executionSpan, sessionSpan, stageSpan } from './spans.ts';

const NOW = 1_767_225_700_000;

describe('what we exported', () => {
  const outcomes: readonly Outcome[] = [
    ...(['running', 'awaiting_input', 'completed', 'failed'] as const),
    ...(['timed_out', 'cancelled', 'interrupted', 'denied'] as const),
  ];
  const statuses = outcomes.filter((o): o is Status => o !== 'denied');
  const read = <O extends Outcome>(outcome: O) =>
    outcome === 'running' || outcome === 'awaiting_input' ? 'interrupted' : outcome;
  const count = fc.nat(1_000_000);
  const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: null });
  const name = fc.string({ minLength: 1, maxLength: 8 });
  // Quarters of milliseconds and eighths of seconds are the same before and after.
  const time = fc.nat(400_000).map((n) => n / 4);
  const kind = maybe(fc.constantFrom<ErrorKind[]>('tool', 'timeout', 'provider'));
  const end = { outcome: fc.constantFrom(...outcomes), error_kind: kind };
  const usage = fc.oneof(
    fc.constant({}),
    fc.record({ input_tokens: count, output_tokens: count }),
    fc.record(
      {
        input_tokens: count,
        cache_tokens: count,
        cache_write_tokens: count,
        reasoning_tokens: count,
      },
      { requiredKeys: ['input_tokens', 'cache_tokens'] },
    ),
  );
  const run = fc.record({
    stages: fc.array(fc.record({ title: name, status: fc.constantFrom(...statuses) }), {
      maxLength: 3,
      minLength: 1,
    }),
    agents: fc.array(
      fc.record({
        name,
        stage: maybe(fc.nat(2)),
        parent: maybe(fc.nat(7)),
        start: time,
        took: time,
        ...end,
      }),
      { minLength: 1, maxLength: 8 },
    ),
    calls: fc.array(
      fc.record({
        ...{ agent: fc.nat(7), model: fc.boolean(), start: time, took: time, usage, name },
        ...{ cost: maybe(fc.double({ min: 0, max: 10, noNaN: true })), turn: fc.nat(9) },
        ...{ ttft: maybe(fc.nat(80).map((n) => n * 125)), asked_by: maybe(fc.nat(9)), ...end },
      }),
      { maxLength: 10 },
    ),
    order: fc.infiniteStream(fc.nat(1000)),
  });

  it('comes back: tree, times, tokens, ends, in whatever order the file has it', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ stages: phases, agents, calls, order }) => {
        const session_id = 's';
        const session: Session = {
          ...{ session_id, kind: 'workflow', title: 'Audit', status: 'completed', simulated: true },
          ...{ created_at: NOW, updated_at: NOW, started_at: NOW, finished_at: NOW + 5 },
        };
        const stages = phases.map(
          (phase, stage_index): Stage => ({
            ...{ ...phase, stage_id: `p${stage_index}`, session_id, stage_index },
            ...{ started_at: NOW, finished_at: NOW + 10 },
          }),
        );
        const executions: Execution[] = [];
        for (const [i, agent] of agents.entries()) {
          const parent =
            agent.parent !== null && agent.parent < i ? executions[agent.parent] : null;
          const stage = agent.stage === null ? null : stages[agent.stage % stages.length];
          executions.push({
            ...{ execution_id: `e${i}`, session_id, agent_index: i, agent_name: agent.name },
            stage_id: parent ? parent.stage_id : (stage?.stage_id ?? null),
            parent_execution_id: parent?.execution_id ?? null,
            kind: parent ? 'sub_agent' : 'step',
            status: agent.outcome === 'denied' ? 'failed' : agent.outcome,
            ...{ error_kind: agent.error_kind, usage: {}, model_calls: 0, tool_calls: 0 },
            ...{ created_at: NOW, started_at: NOW + agent.start, duration_ms: agent.took },
          });
        }
        const models = calls.flatMap((c, i) => (c.model ? [`c${i}`] : []));
        const traces = calls.map((c, i): Trace => {
          const owner = executions[c.agent % executions.length];
          return {
            ...{ id: `c${i}`, session_id, kind: c.model ? 'model' : 'tool', turn_number: c.turn },
            ...{ stage_id: owner?.stage_id ?? null, execution_id: owner?.execution_id ?? '' },
            ...{ input: null, output: null, outcome: c.outcome, error_kind: c.error_kind },
            ...{ started_at: NOW + c.start, latency_ms: c.took },
            ...(c.model
              ? { ...c.usage, model: c.name, provider: 'p', cost: c.cost, ttft_ms: c.ttft }
              : { tool_name: c.name, tool_call_id: `id${i}` }),
            parent_id: c.model || c.asked_by === null ? null : (models[c.asked_by] ?? null),
          };
        });
        const spans = [
          sessionSpan(session, NO_CONTENT, NOW),
          ...stages.map((stage) => stageSpan(session, stage, NOW)),
          ...executions.map((e) => executionSpan(session, e, null, NO_CONTENT, NOW)),
          ...traces.map((trace) => callSpan(session, trace, NO_CONTENT, NOW)),
        ].filter((span): span is Span => span !== null);
        const places = new Map(spans.map((span) => [span, order.next().value]));
        const mixed = spans.toSorted((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
        const { head, tail } = envelope({ version: '1' });
        const back = await facts(head + mixed.map(spanJson).join(',') + tail);

        expect(sessionIn(back)).toMatchObject({
          ...{ title: 'Audit', status: 'completed', simulated: true },
          ...{ started_at: NOW, finished_at: NOW + 5 },
        });
        const stageId = (id: string | null) =>
          id === null ? null : `stage ${spanId('stage', id)}`;
        const agentId = (id: string | null | undefined) =>
          id ? `agent ${spanId('execution', id)}` : null;
        const byId = (a: { id: unknown }, b: { id: unknown }) => (`${a.id}` < `${b.id}` ? -1 : 1);
        const failed = (outcome: Outcome) =>
          ['failed', 'timed_out', 'interrupted', 'denied'].includes(outcome);

        expect(
          stagesIn(back)
            .map((s) => ({ id: s.stage_id, title: s.title, status: s.status }))
            .sort(byId),
        ).toEqual(
          stages
            .map((s) => ({ id: stageId(s.stage_id), title: s.title, status: read(s.status) }))
            .sort(byId),
        );
        const agentOf = (e: Execution) => ({
          ...{ name: e.agent_name, kind: e.kind, started_at: e.started_at, took: e.duration_ms },
        });
        const own = (e: Execution, k: Trace['kind']) =>
          traces.filter((t) => t.execution_id === e.execution_id && t.kind === k).length;
        expect(
          executionsIn(back)
            .map((e) => ({
              ...{ ...agentOf(e), id: e.execution_id, stage: e.stage_id, status: e.status },
              ...{ parent: e.parent_execution_id, error_kind: e.error_kind },
              ...{ model_calls: e.model_calls, tool_calls: e.tool_calls },
            }))
            .sort(byId),
        ).toEqual(
          executions
            .map((e) => ({
              ...{ ...agentOf(e), id: agentId(e.execution_id), stage: stageId(e.stage_id) },
              ...{ status: read(e.status), parent: agentId(e.parent_execution_id) },
              error_kind: failed(e.status) ? e.error_kind : null,
              ...{ model_calls: own(e, 'model'), tool_calls: own(e, 'tool') },
            }))
            .sort(byId),
        );
        const callOf = (t: Trace) => ({
          ...{ kind: t.kind, turn: t.turn_number, started_at: t.started_at, took: t.latency_ms },
          ...{ model: t.model ?? null, tool: t.tool_name ?? null, provider: t.provider ?? null },
          ...{ call_id: t.tool_call_id ?? null, cost: t.cost ?? null, ttft: t.ttft_ms ?? null },
          ...{ input: t.input_tokens, cache: t.cache_tokens, write: t.cache_write_tokens },
          ...{ output: t.output_tokens, reasoning: t.reasoning_tokens },
        });
        expect(
          callsIn(back)
            .map((t) => ({
              ...{ ...callOf(t), id: t.id, stage: t.stage_id, agent: t.execution_id },
              ...{ outcome: t.outcome, error_kind: t.error_kind, asked_by: t.parent_id },
            }))
            .sort(byId),
        ).toEqual(
          traces
            .map((t) => ({
              ...{ ...callOf(t), id: spanId('call', t.id), stage: stageId(t.stage_id) },
              ...{ agent: agentId(t.execution_id), outcome: read(t.outcome) },
              error_kind: failed(t.outcome) ? t.error_kind : null,
              asked_by: t.parent_id ? spanId('call', t.parent_id) : null,
            }))
            .sort(byId),
        );
      }),
      { numRuns: 60 },
    );
  });
});
