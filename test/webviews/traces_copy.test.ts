/** What the trace screen puts on the clipboard: a call, an agent's turn, a stage, the whole flow. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import {
  formatEntireFlowForCopy,
  formatExecutionForCopy,
  formatStageForCopy,
  formatTraceForCopy,
} from '../../src/contracts/copy.ts';
import {
  findExecutionOverview,
  TraceExecutionGroup,
  tracesByStage,
} from '../../src/contracts/overview.ts';
import { Session, Stage, Trace } from '../../src/contracts/records.ts';
import { f1, f2 } from '../fixtures/acceptance.ts';
import type { Log } from '../fixtures/log.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { active, press, row, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const StageGroup = z.strictObject({
  stage: z.nullable(Stage),
  executions: z.array(TraceExecutionGroup),
});
const Flow = z.strictObject({ session: Session, stages: z.array(StageGroup) });

/** Acts, and reads what has come to the clipboard by that. */
async function copied(s: OpenScreen, act: () => Promise<void>): Promise<string> {
  await s.page.evaluate(`navigator.clipboard.writeText('nothing yet')`);
  await act();
  const read = () => s.page.evaluate('navigator.clipboard.readText()');
  await expect.poll(read).not.toBe('nothing yet');
  await s.page.locator('.said-word').getByText('Copied').waitFor();
  return String(await read());
}

/** Names of agents and calls as they are nested, for what the JSON of a copy says of them. */
function outline(group: TraceExecutionGroup): unknown {
  return {
    agent: group.agent_name,
    status: group.status,
    model_calls: group.llm_interactions.map((t) => [t.model, t.input, t.output]),
    tool_calls: group.mcp_interactions.map((t) => [t.tool_name, t.input, t.output, t.error]),
    sub_agents: (group.sub_agents ?? []).map(outline),
  };
}

function stageOf(log: Log) {
  const [group] = tracesByStage(log.state());
  if (!group) throw new Error('The log has no stage.');
  return group;
}

function agentOf(log: Log, id: string): TraceExecutionGroup {
  const found = findExecutionOverview({ stages: tracesByStage(log.state()) }, id);
  if (!found) throw new Error(`The log has no ${id}.`);
  return found;
}

function callOf(log: Log, tool: string): Trace {
  const found = [...log.state().traces.values()].find((t) => t.tool_name === tool);
  if (!found) throw new Error(`The log has no call of ${tool}.`);
  return found;
}

describe('acceptance 84, 85: what arrives at the clipboard', () => {
  test('a call, by the buttons of its details and by keyboard', async () => {
    const log = f2();
    const s = await showTraces(harness, log);
    await s.page.getByRole('button', { name: 'Expand all' }).click();
    await row(s, 'boom').click();
    await row(s, 'grep').click();
    const details = s.page.getByRole('complementary', { name: 'Details' });
    const press_button = (name: string) => () => details.getByRole('button', { name }).click();
    const call = callOf(log, 'grep');
    const markdown = formatTraceForCopy(call);
    expect(markdown).toContain('- Tool grep · Failed · 120ms');
    expect(await copied(s, press_button('Copy as Markdown'))).toBe(markdown);
    expect(Trace.parse(JSON.parse(await copied(s, press_button('Copy as JSON'))))).toEqual(call);
    await s.page.locator('.trace-grid').focus();
    expect(await copied(s, () => press(s, 'Control+c'))).toBe(markdown);
    const by_keys = await copied(s, () => press(s, 'Control+Shift+c'));
    expect(Trace.parse(JSON.parse(by_keys))).toEqual(call);
    await s.close();
  });

  test('a turn with its sub-agents, by the buttons of its details and by keyboard', async () => {
    const log = f1();
    const s = await showTraces(harness, log);
    await row(s, 'Orchestrator').click();
    const details = s.page.getByRole('complementary', { name: 'Details' });
    const turn = agentOf(log, 'O');
    const markdown = formatExecutionForCopy(turn);
    const by_button = await copied(s, () =>
      details.getByRole('button', { name: 'Copy as Markdown' }).click(),
    );
    expect(by_button).toBe(markdown);
    expect(by_button).toContain('\n  - **Sub-agent LogAnalyzer**');
    const json = await copied(s, () =>
      details.getByRole('button', { name: 'Copy as JSON' }).click(),
    );
    expect(outline(TraceExecutionGroup.parse(JSON.parse(json)))).toEqual(outline(turn));
    // A sub-agent by itself, from the tree.
    await s.page.locator('.trace-grid').focus();
    await press(s, 'l');
    expect(await active(s)).toBe('LogAnalyzer');
    const sub = agentOf(log, 'S1');
    expect(await copied(s, () => press(s, 'Control+c'))).toBe(formatExecutionForCopy(sub));
    const sub_json = await copied(s, () => press(s, 'Control+Shift+c'));
    expect(outline(TraceExecutionGroup.parse(JSON.parse(sub_json)))).toEqual(outline(sub));
    await s.close();
  });

  test('a stage by keyboard, and the whole flow by the buttons above the tree', async () => {
    const log = f2();
    const s = await showTraces(harness, log);
    await s.page.locator('.trace-grid').focus();
    await press(s, 'Home');
    const stage = stageOf(log);
    expect(await copied(s, () => press(s, 'Control+c'))).toBe(formatStageForCopy(stage));
    const stage_json = await copied(s, () => press(s, 'Control+Shift+c'));
    const group = StageGroup.parse(JSON.parse(stage_json));
    expect(group.stage).toEqual(stage.stage);
    expect(group.executions.map(outline)).toEqual(stage.executions.map(outline));
    const flow = (form: string) => () =>
      s.page.getByRole('button', { name: `Copy the whole flow as ${form}` }).click();
    const { session } = log.state();
    if (!session) throw new Error('The log has no session.');
    const text = await copied(s, flow('Markdown'));
    expect(text).toBe(formatEntireFlowForCopy(session, tracesByStage(log.state())));
    const whole = Flow.parse(JSON.parse(await copied(s, flow('JSON'))));
    expect(whole.session).toEqual(session);
    expect(whole.stages.map((g) => g.executions.map(outline))).toEqual([
      stage.executions.map(outline),
    ]);
    await s.close();
  });
});

test('a copy of calls that the host gives page by page has all of them, once', async () => {
  const log = f1();
  const all = [...log.state().traces.values()];
  const s = await showTraces(harness, log, {
    answers: {
      'trace.list': ({ cursor }) => {
        const from = Number(cursor ?? 0);
        const next = from + 3;
        return {
          traces: all.slice(from, next),
          next_cursor: next < all.length ? String(next) : null,
        };
      },
    },
  });
  const json = await copied(s, () =>
    s.page.getByRole('button', { name: 'Copy the whole flow as JSON' }).click(),
  );
  const { stages } = Flow.parse(JSON.parse(json));
  const groups = stages.flatMap((g) => g.executions.map(outline));
  expect(groups).toEqual(stageOf(log).executions.map(outline));
  expect(s.asked('trace.list')).toHaveLength(Math.ceil(all.length / 3));
  await s.close();
});
