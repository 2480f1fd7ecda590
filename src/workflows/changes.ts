/**
 * What the agents of a run changed in the workspace: shown as diffs, undone, and done again. A run
 * that goes on with an earlier one stands for both: its user sees one piece of work.
 */
import type { AgentHouse } from '../agents/agent.ts';
import type { Blobs } from '../agents/blobs.ts';
import { CheckpointError, moveFiles, touchedBy } from '../agents/checkpoints.ts';
import type { Snapshot } from '../contracts/frames.ts';
import type { TimelineEvent } from '../contracts/records.ts';
import { changesOf, type RunChange, undoneSteps } from '../contracts/run_select.ts';
import { newId, type Store } from '../store/store.ts';
import type { ToolContext } from '../tools/tool.ts';

/** A run, or one step of it. */
export interface Changer {
  readonly run_id: string;
  readonly execution_id: string | null;
}

export interface ChangesHouse {
  readonly house: AgentHouse;
  readonly blobs: Blobs;
}

const PATIENCE = 60_000;

/** Both states of a file: before the first change and after the last one; null: no file. */
export async function changeOf(
  { house, blobs }: ChangesHouse,
  { run_id, execution_id }: Changer,
  path: string,
): Promise<{ readonly before: Buffer | null; readonly after: Buffer | null }> {
  const calls = (await changersOf(house.store, { run_id, execution_id })).flatMap((c) => c.calls);
  const file = touchedBy(calls).find((touched) => touched.path === path);
  if (!file) throw new CheckpointError(`No change of "${path}" is kept in this run.`);
  const read = async (hash: string | null) => (hash === null ? null : blobs.get(hash));
  return { before: await read(file.before), after: await read(file.after[0] ?? null) };
}

/**
 * Puts back what the run or the step changed in the workspace, or forth again. All or nothing.
 * @returns the paths. @throws CheckpointError in words; then nothing was changed.
 */
export async function moveChanges(
  { house, blobs }: ChangesHouse,
  changer: Changer,
  direction: 'undo' | 'redo',
): Promise<string[]> {
  const { execution_id } = changer;
  const changers = (await changersOf(house.store, changer)).map(({ snapshot, calls }) => {
    const undone = undoneSteps(snapshot.timeline);
    // What was undone step by step is no part of the rest any more.
    const left = calls.filter((e) => undone.has(e.execution_id ?? '') === (direction === 'redo'));
    return { snapshot, calls: left };
  });
  if (changers.length === 0) throw new CheckpointError('This run is no longer in the store.');
  const { root, exclude, unsaved } = house;
  const context: ToolContext = {
    ...{ root, exclude, signal: AbortSignal.timeout(PATIENCE) },
    ...(unsaved ? { unsaved } : {}),
  };
  const whose = execution_id === null ? 'run' : 'step';
  const calls = changers.flatMap((c) => c.calls);
  const paths = await moveFiles(touchedBy(calls), direction, blobs, context, whose);
  for (const { snapshot, calls: mine } of changers) {
    const own = new Set(touchedBy(mine).map((file) => file.path));
    const moved = paths.filter((path) => own.has(path));
    const asked = snapshot.session.session_id === changer.run_id;
    if (asked || mine.length > 0) await record(house, snapshot, changer, direction, moved);
  }
  return paths;
}

/** What an earlier run changed that another one goes on with. */
export interface EarlierChanges {
  readonly session_id: string;
  readonly changes: readonly RunChange[];
  /** Executions whose changes are undone now. */
  readonly undone: readonly string[];
}

/** @returns the runs that this one goes on with and that changed something, oldest first. */
export async function earlierChanges(
  store: Pick<Store, 'snapshot'>,
  run_id: string,
): Promise<EarlierChanges[]> {
  const line = (await lineOf(store, run_id)).slice(0, -1);
  return line
    .map(({ session, timeline }) => ({
      session_id: session.session_id,
      changes: changesOf(timeline).filter((change) => !change.apart),
      undone: [...undoneSteps(timeline)],
    }))
    .filter(({ changes }) => changes.length > 0);
}

/** The run and those that it goes on with, one after another, oldest first; pruned ones are missing. */
export async function lineOf(store: Pick<Store, 'snapshot'>, run_id: string): Promise<Snapshot[]> {
  const line: Snapshot[] = [];
  const seen = new Set<string>();
  for (let id: string | null | undefined = run_id; id && !seen.has(id); ) {
    seen.add(id);
    const snapshot: Snapshot | null = await store.snapshot(id);
    if (!snapshot) break;
    line.unshift(snapshot);
    id = snapshot.session.resumed_from;
  }
  return line;
}

/** The calls of one step, or of a run with those that it goes on with. */
async function changersOf(store: Store, { run_id, execution_id }: Changer) {
  if (execution_id !== null) {
    const snapshot = await store.snapshot(run_id);
    return snapshot ? [{ snapshot, calls: callsOf(snapshot, execution_id) }] : [];
  }
  const line = await lineOf(store, run_id);
  return line.map((snapshot) => ({ snapshot, calls: callsOf(snapshot, null) }));
}

function callsOf(snapshot: Snapshot, execution_id: string | null): TimelineEvent[] {
  const calls = snapshot.timeline.filter((e) => e.event_type === 'tool_call');
  return execution_id === null ? calls : calls.filter((e) => e.execution_id === execution_id);
}

/** As a line of the run's log: the screen, and a later resume, read it there. */
async function record(
  house: AgentHouse,
  snapshot: Snapshot,
  { run_id, execution_id }: Changer,
  direction: 'undo' | 'redo',
  paths: readonly string[],
): Promise<void> {
  const kind = direction === 'undo' ? 'undone' : 'redone';
  const step = snapshot.executions.find((e) => e.execution_id === execution_id);
  const { session_id } = snapshot.session;
  const by = session_id === run_id ? '' : `, by the run ${run_id}, which goes on with it`;
  const whose = step ? `Agent "${step.agent_name}"` : `The run${by}`;
  const lines = snapshot.timeline.filter((e) => e.event_type === 'log' && !e.execution_id);
  const now = Date.now();
  await house.store.record({
    type: 'timeline.completed',
    event: {
      ...{ event_id: newId(), session_id, stage_id: null, execution_id: null },
      ...{ sequence: Math.max(-1, ...lines.map((e) => e.sequence)) + 1, event_type: 'log' },
      status: 'completed',
      content: `${whose}: file changes ${kind}: ${paths.join(', ') || 'nothing was left to do'}.`,
      metadata: { level: 'info', undo: { kind, execution_id, paths } },
      ...{ created_at: now, completed_at: now },
    },
  });
}
