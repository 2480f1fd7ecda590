/** What the agents of a run changed in the workspace: shown as diffs, undone, and done again. */
import type { AgentHouse } from '../agents/agent.ts';
import type { Blobs } from '../agents/blobs.ts';
import { CheckpointError, moveFiles, touchedBy } from '../agents/checkpoints.ts';
import type { Snapshot } from '../contracts/frames.ts';
import type { TimelineEvent } from '../contracts/records.ts';
import { undoneSteps } from '../contracts/run_select.ts';
import { newId } from '../store/store.ts';
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
  const snapshot = await house.store.snapshot(run_id);
  const file = touchedBy(callsOf(snapshot, execution_id)).find((touched) => touched.path === path);
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
  const { run_id, execution_id } = changer;
  const snapshot = await house.store.snapshot(run_id);
  if (!snapshot) throw new CheckpointError('This run is no longer in the store.');
  const undone = undoneSteps(snapshot.timeline);
  // What was undone step by step is no part of the rest any more.
  const calls = callsOf(snapshot, execution_id).filter(
    (e) => undone.has(e.execution_id ?? '') === (direction === 'redo'),
  );
  const { root, exclude, unsaved } = house;
  const context: ToolContext = {
    ...{ root, exclude, signal: AbortSignal.timeout(PATIENCE) },
    ...(unsaved ? { unsaved } : {}),
  };
  const whose = execution_id === null ? 'run' : 'step';
  const paths = await moveFiles(touchedBy(calls), direction, blobs, context, whose);
  await record(house, snapshot, changer, direction, paths);
  return paths;
}

function callsOf(snapshot: Snapshot | null, execution_id: string | null): TimelineEvent[] {
  const calls = (snapshot?.timeline ?? []).filter((e) => e.event_type === 'tool_call');
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
  const whose = step ? `Agent "${step.agent_name}"` : 'The run';
  const lines = snapshot.timeline.filter((e) => e.event_type === 'log' && !e.execution_id);
  const now = Date.now();
  await house.store.record({
    type: 'timeline.completed',
    event: {
      ...{ event_id: newId(), session_id: run_id, stage_id: null, execution_id: null },
      ...{ sequence: Math.max(-1, ...lines.map((e) => e.sequence)) + 1, event_type: 'log' },
      status: 'completed',
      content: `${whose}: file changes ${kind}: ${paths.join(', ') || 'nothing was left to do'}.`,
      metadata: { level: 'info', undo: { kind, execution_id, paths } },
      ...{ created_at: now, completed_at: now },
    },
  });
}
