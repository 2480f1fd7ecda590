import { expect, test } from 'vitest';
import { cachedRun, completedRun, startingRun } from '../../test/fixtures/runs.ts';
import { type Opened, rowsOf } from './rows.ts';

const CLOSED: Opened = { steps: new Set(), closed_phases: new Set() };
const opened = (...steps: string[]): Opened => ({ ...CLOSED, steps: new Set(steps) });
const names = (rows: ReturnType<typeof rowsOf>): string[] =>
  rows.map((row) =>
    row.kind === 'phase' ? `# ${row.stage?.title}` : `${row.level} ${row.execution.agent_name}`,
  );

test('phases in order, each with its steps; sub-agents below an opened step', () => {
  const state = completedRun().state();
  expect(names(rowsOf(state, opened('analyse:store.ts')))).toEqual([
    '# Sources',
    ...['2 source: docs', '2 source: code', '2 source: tests'],
    '# Analysis',
    ...['2 state.ts', '2 store.ts', '3 who calls record()', '3 crash recovery'],
    ...['2 session_store.ts', '2 property tests'],
    '# Synthesis',
    '2 synthesis',
  ]);
});

test('a closed phase hides its steps and keeps its count', () => {
  const rows = rowsOf(completedRun().state(), {
    steps: new Set(),
    closed_phases: new Set(['Sources']),
  });
  expect(names(rows).slice(0, 2)).toEqual(['# Sources', '# Analysis']);
  expect(rows[0]).toMatchObject({ done: 3, steps: 3, open: false });
});

test('acceptance 115: a step counts its own figures and its sub-agents’, each once', () => {
  const state = completedRun().state();
  const own = state.top.executions['analyse:store.ts'];
  const rows = rowsOf(state, CLOSED);
  const row = rows.find((r) => r.key === 'analyse:store.ts');
  if (row?.kind !== 'step' || !own) throw new Error('no such step');
  expect(row.totals.model_calls).toBe(12);
  expect(row.totals.cost ?? 0).toBeGreaterThan(own.cost ?? 0);
});

test('cached steps count nothing', () => {
  const row = rowsOf(cachedRun().state(), CLOSED).find((r) => r.key === 'source:docs');
  expect(row).toMatchObject({ kind: 'step', totals: { cost: null, model_calls: 0 } });
});

test('a run without phases is one flat list', () => {
  const log = startingRun('running');
  const at = { stage_id: 'none' };
  const state = log
    .start('one', at)
    .start('two', { ...at, index: 1 })
    .state();
  expect(names(rowsOf(state, CLOSED))).toEqual(['1 one', '1 two']);
});

test('a run without steps has no rows', () => {
  expect(rowsOf(startingRun('running').state(), CLOSED)).toEqual([]);
});

test('a phase that the script comes back to is one group, as far as its latest visit', () => {
  const log = startingRun('running')
    .stage('s1', 'running', 'Scan')
    .start('a', { stage_id: 's1' })
    .end('a', 'failed')
    .stage('s1', 'failed', 'Scan')
    .stage('v1', 'running', 'Verify')
    .start('b', { stage_id: 'v1', index: 1 })
    .end('b')
    .stage('v1', 'completed', 'Verify')
    .stage('s2', 'running', 'Scan')
    .start('c', { stage_id: 's2', index: 2 });
  const rows = rowsOf(log.state(), CLOSED);
  expect(names(rows)).toEqual(['# Scan', '2 a', '2 c', '# Verify', '2 b']);
  expect(rows[0]).toMatchObject({ key: 's1', status: 'running', steps: 2, done: 1, failed: 1 });
  const state = log.end('c').stage('s2', 'completed', 'Scan').state();
  expect(rowsOf(state, CLOSED)[0]).toMatchObject({ status: 'completed', done: 2 });
  const closed = rowsOf(state, { steps: new Set(), closed_phases: new Set(['s1']) });
  expect(names(closed)).toEqual(['# Scan', '# Verify', '2 b']);
});

test('the budgets of a phase’s visits add up; a visit without one leaves the phase without', () => {
  const budgetOf = (...budgets: (number | null)[]): unknown => {
    const log = startingRun('running');
    const { session_id } = log;
    budgets.forEach((budget_tokens, stage_index) => {
      const visit = { session_id, stage_id: `s${stage_index}`, stage_index, title: 'Scan' };
      log.add({ type: 'stage.status', stage: { ...visit, status: 'completed', budget_tokens } });
    });
    const [row] = rowsOf(log.state(), CLOSED);
    return row?.kind === 'phase' ? row.budget : undefined;
  };
  expect([budgetOf(1000), budgetOf(1000, 500), budgetOf(1000, null)]).toEqual([1000, 1500, null]);
});

test('executions that claim to be their own ancestors do not hang the page', () => {
  const log = startingRun('running').start('root', { stage_id: 'none' });
  log.start('a', { parent: 'root' });
  const child = log.execution('a');
  for (const [id, parent] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    log.add({
      type: 'execution.status',
      execution: { ...child, execution_id: id, parent_execution_id: parent },
    });
  }
  expect(rowsOf(log.state(), opened('root', 'a', 'b')).length).toBeLessThan(10);
});
