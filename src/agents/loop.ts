/** Runs one agent from its first record to its last; what it does in between is in `turn.ts`. */
import type { Execution } from '../contracts/records.ts';
import { ModelError } from '../models/port.ts';
import type { Read } from '../tools/tool.ts';
import type {
  AgentExtras,
  AgentHouse,
  AgentLimits,
  AgentOutcome,
  AgentSpec,
  Place,
} from './agent.ts';
import { Transcript } from './conversation.ts';
import { AgentFailure, Stop, Stopped } from './failure.ts';
import { READ_ONLY } from './gate.ts';
import { firstMessages } from './prompt.ts';
import { Recorder } from './recorder.ts';
import { type Answer, turn } from './turn.ts';
import type { Work } from './work.ts';

/**
 * Runs one agent to its end and records all of it. Never rejects: how it ended is in the
 * outcome's execution, with a sentence for the user in `error` and its kind in `error_kind`.
 */
export async function runAgent(
  house: AgentHouse,
  spec: AgentSpec,
  limits: AgentLimits,
  place: Place,
  signal: AbortSignal,
  extras: AgentExtras = {},
): Promise<AgentOutcome> {
  const started = performance.now();
  const before = place.previous?.execution?.duration_ms ?? 0;
  const stop = new Stop(signal, limits.timeout_ms);
  const model = house.models.describe(spec.model).id;
  const conversation = extras.conversation ?? new Transcript(firstMessages(house.root, spec));
  // What a kept conversation records by itself must find the figures before it.
  const recorder = new Recorder(house.store, place, spec, model, !conversation.kept);
  const subs = extras.subs?.(recorder, stop);
  const work: Work = {
    ...{ house, spec, limits, recorder, stop, subs },
    conversation,
    gate: extras.gate ?? READ_ONLY,
    keep: extras.keep,
  };
  const reads: Read[] = [];
  let answer: Answer | null = null;
  let end: Partial<Execution>;
  try {
    answer = await turn(work, reads);
    end = { status: 'completed', result: answer.text };
  } catch (error) {
    end = endOf(error);
    if (end.status !== 'cancelled') recorder.event('error', end.error ?? '');
  } finally {
    await subs?.close();
    stop.dispose();
  }
  const finished_at = Date.now();
  const last = { ...end, finished_at, duration_ms: before + performance.now() - started };
  const distinct = [...new Map(reads.map((r) => [`${r.path}\0${r.digest}`, r])).values()];
  const ended = (): AgentOutcome => ({
    ...{ execution: recorder.execution, text: '' },
    ...(answer ?? {}),
    reads: distinct,
  });
  const also = () => (answer ? (extras.onCompleted?.(ended()) ?? []) : []);
  const kept = recorder.end(last, also).catch(async (error: unknown) => {
    const told = error instanceof Error ? error.message : String(error);
    const message = `What the agent did could not be recorded: ${told}`;
    const lost = { ...last, status: 'failed', error: message, error_kind: 'internal' } as const;
    // The store may be gone for good; the caller must learn of the end all the same.
    await recorder.update({ ...lost, result: null }).catch(() => undefined);
    throw new Error(message, { cause: error });
  });
  try {
    await (extras.keeping?.(kept) ?? kept);
  } catch {
    answer = null;
  }
  return ended();
}

function endOf(error: unknown): Partial<Execution> & { status: Execution['status'] } {
  if (error instanceof Stopped) {
    const error_kind = error.status === 'cancelled' ? 'cancelled' : 'timeout';
    return { status: error.status, error: error.message, error_kind };
  }
  if (error instanceof ModelError) {
    const status = error.kind === 'cancelled' ? 'cancelled' : 'failed';
    return { status, error: error.message, error_kind: error.kind };
  }
  if (error instanceof AgentFailure) {
    return { status: 'failed', error: error.message, error_kind: error.kind };
  }
  const told = error instanceof Error ? error.message : String(error);
  return {
    status: 'failed',
    error: `The agent stopped because of a fault in BooCode: ${told}`,
    error_kind: 'internal',
  };
}
