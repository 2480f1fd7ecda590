/** What tool calls changed, for the diff and for the way back. */
import { readArguments } from '../agents/arguments.ts';
import { moveFiles, touchedBy } from '../agents/checkpoints.ts';
import { ToolCallMeta } from '../contracts/chat.ts';
import type { ToolContext } from '../tools/tool.ts';
import { ChatError } from './error.ts';
import type { ChatHouse } from './house.ts';
import type { ChatJournal } from './journal.ts';
import { ownEvents } from './resume.ts';

const GONE = 'This call changes no such file.';

async function contextOf(house: ChatHouse): Promise<ToolContext> {
  const { root, exclude, unsaved } = await house.agentHouse();
  const signal = AbortSignal.timeout(60_000);
  return { root, exclude, signal, ...(unsaved ? { unsaved } : {}) };
}

/** @throws ChatError where the call changes no such file. */
export async function changeOf(
  house: ChatHouse,
  session_id: string,
  event_id: string,
  path: string,
): Promise<{ before: Buffer | null; after: Buffer | null }> {
  const snapshot = await house.store.snapshot(session_id);
  const event = snapshot?.timeline.find((e) => e.event_id === event_id);
  const meta = ToolCallMeta.safeParse(event?.metadata).data;
  if (!meta) throw new ChatError(GONE);
  // A call may change a file more than once: from its first state to its last.
  const made = meta.changes?.filter((c) => c.path === path) ?? [];
  const [first, last] = [made.at(0), made.at(-1)];
  if (first && last) {
    const read = async (hash: string | null) => (hash === null ? null : house.blobs.get(hash));
    return { before: await read(first.before), after: await read(last.after) };
  }
  const { tools } = await house.agentHouse();
  const tool = tools.get(meta.tool_name);
  const trace = await house.store.trace(meta.trace_id);
  if (meta.approval?.state !== 'asked' || !tool?.plan || !trace) throw new ChatError(GONE);
  const input = readArguments(tool.input, trace.input ?? '');
  const planned = await tool.plan(input, await contextOf(house));
  const change = planned.find((c) => c.path === path);
  if (!change) throw new ChatError(GONE);
  const bytes = (value: Uint8Array | null) => value && Buffer.from(value);
  return { before: bytes(change.before), after: bytes(change.after) };
}

/** @returns the paths. @throws ChatError in words; then nothing was changed. */
export async function moveTurn(
  house: ChatHouse,
  journal: ChatJournal,
  execution_id: string,
  direction: 'undo' | 'redo',
): Promise<string[]> {
  if (!house.policy().trusted) {
    throw new ChatError('Nothing acts in a workspace that is not trusted. Trust it first.');
  }
  const snapshot = await house.store.snapshot(journal.session.session_id);
  const turn = snapshot?.executions.find((e) => e.execution_id === execution_id);
  if (!snapshot || !turn) throw new ChatError('This turn is no longer in the store.');
  const files = touchedBy(snapshot.timeline.filter((e) => e.stage_id === turn.stage_id));
  const paths = await moveFiles(files, direction, house.blobs, await contextOf(house));
  const kind = direction === 'undo' ? 'undone' : 'redone';
  const words = `The changes of this turn were ${kind}: ${paths.join(', ') || 'nothing was left to do'}.`;
  const sequence = Math.max(0, ...ownEvents(snapshot, execution_id).map((e) => e.sequence)) + 1;
  const place = { stage_id: turn.stage_id, execution_id };
  await journal.notice(place, words, { kind, paths }, sequence);
  const note = `The user has ${kind} your file changes of an earlier turn: ${paths.join(', ')}.`;
  if (paths.length > 0) await journal.save({ notes: [...journal.state.notes, note] });
  return paths;
}
