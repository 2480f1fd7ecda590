/** Files as they were before agents changed them, and the way back. */
import { rm } from 'node:fs/promises';
import { type FileChange, ToolCallMeta } from '../contracts/chat.ts';
import type { TimelineEvent } from '../contracts/records.ts';
import { sha256 } from '../tools/file.ts';
import type { Change, ToolContext } from '../tools/tool.ts';
import { bytesNow, replaceFile, writable } from '../tools/writable.ts';
import type { Blobs } from './blobs.ts';

/** Keeps both states of a file; on disk when the promise resolves. */
export async function keepChange(blobs: Blobs, change: Change): Promise<FileChange> {
  const { path, before, after } = change;
  return {
    path,
    kind: before === null ? 'create' : after === null ? 'delete' : 'edit',
    ...lineCounts(before, after),
    before: before && (await blobs.put(before)),
    after: after && (await blobs.put(after)),
  };
}

/** Lines that differ between the common beginning and the common end. */
function lineCounts(before: Uint8Array | null, after: Uint8Array | null) {
  const lines = (bytes: Uint8Array | null): string[] => {
    const text = bytes ? Buffer.from(bytes).toString('utf8') : '';
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  };
  const [old, fresh] = [lines(before), lines(after)];
  const short = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < short && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < short - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  return { added: fresh.length - start - end, removed: old.length - start - end };
}

/** Why files cannot be put back, in a sentence for the user. */
export class CheckpointError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CheckpointError';
  }
}

/** What a turn, a step or a run did to one file. */
export interface Touched {
  readonly path: string;
  /** Before its first change. */
  readonly before: string | null;
  /** States in which its calls may have left the file, the last one that ended well first. */
  after: (string | null)[];
}

/** The files of the workspace that these events changed; those in worktrees are not among them. */
export function touchedBy(events: readonly TimelineEvent[]): Touched[] {
  const calls = events
    .filter((e) => e.event_type === 'tool_call')
    .sort(
      (a, b) => (a.completed_at ?? 0) - (b.completed_at ?? 0) || (a.event_id < b.event_id ? -1 : 1),
    );
  const touched = new Map<string, Touched>();
  for (const event of calls) {
    const meta = ToolCallMeta.safeParse(event.metadata);
    for (const change of meta.data?.changes ?? []) {
      if (change.apart) continue;
      const known = touched.get(change.path);
      const entry = known ?? { path: change.path, before: change.before, after: [] };
      // A call that failed may or may not have written.
      if (event.status === 'completed') entry.after = [change.after];
      else entry.after = [...entry.after, change.before, change.after];
      touched.set(change.path, entry);
    }
  }
  return [...touched.values()];
}

/**
 * Puts files back, or forth again. All or nothing.
 * @param whose what changed them, for the words of a refusal.
 * @returns the paths that were changed.
 * @throws CheckpointError that names the files which somebody else has changed since.
 */
export async function moveFiles(
  files: readonly Touched[],
  direction: 'undo' | 'redo',
  blobs: Blobs,
  context: ToolContext,
  whose: 'turn' | 'step' | 'run' = 'turn',
): Promise<string[]> {
  if (files.length === 0) throw new CheckpointError(`This ${whose} changed no file.`);
  const moves: { absolute: string; path: string; bytes: Buffer | null }[] = [];
  const conflicts: string[] = [];
  for (const { path, before, after } of files) {
    const file = await writable(context, path);
    const now = await bytesNow(file, context.signal);
    const digest = now && sha256(now);
    const last = after[0] ?? null;
    const [from, to] = direction === 'undo' ? [after, before] : [[before], last];
    if (digest === to) continue;
    if (!from.includes(digest) || context.unsaved?.(file.absolute)) {
      conflicts.push(path);
      continue;
    }
    const bytes = to === null ? null : await blobs.get(to);
    if (to !== null && !bytes) throw new CheckpointError(`The kept state of "${path}" is gone.`);
    moves.push({ absolute: file.absolute, path, bytes });
  }
  if (conflicts.length > 0) {
    throw new CheckpointError(
      `Nothing was changed, since these files were changed by somebody else after this ${whose}: ${conflicts.join(', ')}. Put them back by hand, or use the diff of each call.`,
    );
  }
  for (const { absolute, bytes } of moves) {
    if (bytes) await replaceFile(context.root, absolute, bytes);
    else await rm(absolute);
  }
  return moves.map((move) => move.path);
}
