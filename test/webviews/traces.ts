/** Opens the trace screen over a frame log, with the answers that a real host would give. */
import { packTraces, type TraceSnapshot } from '../../src/contracts/columns.ts';
import { packExecutions } from '../../src/contracts/execution_columns.ts';
import { snapshotOf } from '../../src/contracts/state.ts';
import type { Log } from '../fixtures/log.ts';
import type { Answers, Harness, OpenOptions, OpenScreen } from './browser.ts';

export function traceSnapshot(log: Log): TraceSnapshot {
  const snapshot = snapshotOf(log.state());
  if (!snapshot) throw new Error('The log has no session.');
  const { session, stages, executions, traces, last_seq } = snapshot;
  const columns = { executions: packExecutions(executions), traces: packTraces(traces) };
  return { session, stages, ...columns, last_seq };
}

export function traceAnswers(log: Log): Answers {
  return {
    'trace.attach': () => traceSnapshot(log),
    'trace.detail': ({ id }) => {
      const trace = log.state().traces.get(id);
      if (!trace) throw new Error('This call is no longer in the store.');
      return trace;
    },
    'trace.list': () => ({ traces: [...log.state().traces.values()], next_cursor: null }),
    'trace.search': ({ text, limit }) => {
      const needle = text.toLowerCase();
      const ids = log
        .state()
        .traces.values()
        .filter((t) => `${t.input} ${t.output} ${t.error}`.toLowerCase().includes(needle))
        .map((t) => t.id);
      return { ids: ids.slice(0, limit), complete: ids.length <= limit };
    },
  };
}

export async function showTraces(
  harness: Harness,
  log: Log,
  more: Partial<OpenOptions> = {},
): Promise<OpenScreen> {
  const answers = { ...traceAnswers(log), ...more.answers };
  const screen = await harness.open({ screen: 'traces', log, width: 1100, ...more, answers });
  await screen.page.locator('.trace-screen, .empty-state').first().waitFor();
  return screen;
}

export const rows = (s: OpenScreen) => s.page.locator('.trace-rows [role=row]');
export const row = (s: OpenScreen, name: string) => rows(s).filter({ hasText: name }).first();
export const active = (s: OpenScreen) => s.page.locator('.trace-row.active .row-name').innerText();
export const press = async (s: OpenScreen, ...keys: string[]) => {
  for (const key of keys) await s.page.keyboard.press(key);
};
