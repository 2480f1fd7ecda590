/**
 * A file of traces, opened: its spans in a store of its own in a folder of its own, so that whoever
 * shows a session's traces can show these, and the user's store never hears of them. The folder is
 * gone with the closing; what a crash left is removed when the next file is opened.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fact } from '../contracts/frames.ts';
import { openStore, type StoreOptions } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { factsOfSpans } from './facts_of_spans.ts';
import { FILE_SESSION } from './file_tree.ts';
import { type Reading, type ReadSource, readSpans } from './read_file.ts';

/** Facts that are recorded as one; between them a reading can be stopped. */
const SLICE = 300;
/** The share of the time that reading takes before recording begins. */
const READ_SHARE = 0.3;

export interface TraceFileOptions extends Omit<StoreOptions, 'folder'> {
  /** Absolute; holds the folders of all files that are open, of this process and of others. */
  readonly folder: string;
}

export interface TraceFile {
  readonly store: Store;
  readonly session_id: string;
  /** Closes the store and removes its folder. */
  close(): Promise<void>;
}

/**
 * @throws Error with a sentence for the user where the file is no traces, and the signal's reason
 * where it was aborted; nothing is left behind then.
 */
export async function openTraceFile(
  source: ReadSource,
  reading: Reading,
  options: TraceFileOptions,
): Promise<TraceFile> {
  const { signal, progress } = reading;
  await removeLeftovers(options.folder);
  const spans = await readSpans(source, {
    signal,
    progress: (done) => progress(done * READ_SHARE),
  });
  const { agents, total, facts } = factsOfSpans(spans, source.name);
  if (agents === 0) {
    throw new Error(
      `"${source.name}" holds ${spans.length} spans, but none of an agent, a model call or a tool ` +
        "call. Those are known by the attribute gen_ai.operation.name of OpenTelemetry's GenAI conventions.",
    );
  }
  await mkdir(options.folder, { recursive: true });
  // The name says whose it is: a folder of a process that lives is left alone.
  const folder = await mkdtemp(join(options.folder, `${process.pid}-`));
  const { folder: _, ...rest } = options;
  let store: Store | undefined;
  const close = async (): Promise<void> => {
    await store?.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    store = await openStore({ ...rest, folder });
    let done = 0;
    for (const slice of slices(facts)) {
      signal.throwIfAborted();
      await store.recordAll(slice, 'lazy');
      done += slice.length;
      progress(READ_SHARE + ((1 - READ_SHARE) * done) / total);
    }
    signal.throwIfAborted();
    return { store, session_id: FILE_SESSION, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function* slices(facts: Iterable<Fact>): Generator<Fact[]> {
  let slice: Fact[] = [];
  for (const fact of facts) {
    slice.push(fact);
    if (slice.length < SLICE) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}

async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const pid = Number(/^(\d+)-/.exec(name)?.[1]);
    if (Number.isNaN(pid) || lives(pid)) continue;
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // The process of another user lives too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
