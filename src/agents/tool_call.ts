/** One tool call with its row and its event: checked, asked for where it acts, run, ended. */
import type { FileChange } from '../contracts/chat.ts';
import type { ErrorKind, Trace } from '../contracts/records.ts';
import type { Outcome } from '../contracts/status.ts';
import { toolSummary } from '../contracts/summary.ts';
import type { ModelToolCall } from '../models/port.ts';
import { newId } from '../store/store.ts';
import { clip } from '../tools/limits.ts';
import { type Change, type Read, type Tool, type ToolContext, ToolError } from '../tools/tool.ts';
import { readArguments } from './arguments.ts';
import type { OwedCall } from './conversation.ts';
import type { GateRequest, Verdict } from './gate.ts';
import type { StreamEvent } from './stream_event.ts';
import { RESULT_TOOL, type ResultTaker } from './structured.ts';
import type { Work } from './work.ts';

export interface PhaseRequest {
  /** The model call that asked; null where a crash has hidden it. */
  readonly trace_id: string | null;
  readonly calls: readonly OwedCall[];
  /** What this agent may use. */
  readonly offered: ReadonlyMap<string, Tool>;
  readonly result: ResultTaker | null;
  /** Where it is set, no call but the result's runs, and this is the reason told. */
  readonly refusal?: string | undefined;
  readonly reads: Read[];
}

/** How one call ended. `text` is for the model and, whole, for the trace. */
export interface CallEnd {
  readonly text: string;
  readonly outcome: Outcome;
  readonly error_kind?: ErrorKind;
  readonly reads?: readonly Read[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A call at work. */
interface Running {
  readonly owed: OwedCall;
  readonly event: StreamEvent;
  trace: Trace;
}

/** Rejects only for what could not be recorded. */
export async function runCall(work: Work, request: PhaseRequest, owed: OwedCall): Promise<CallEnd> {
  const { recorder } = work;
  const { call } = owed;
  const started = performance.now();
  const doing = activity(request, call);
  const running = opened(work, request, owed, doing);
  let end: CallEnd = { text: 'The call could not be recorded.', outcome: 'failed' };
  try {
    await recorder.trace(running.trace);
    recorder.progress(doing);
    end = await endOf(work, request, running);
  } finally {
    if (end.metadata) running.event.note(end.metadata);
    const { outcome } = end;
    running.event.complete(outcome === 'completed' || outcome === 'cancelled' ? outcome : 'failed');
    recorder.count({ tool_calls: 1 });
    await recorder.trace(ended(running.trace, end, started));
  }
  return end;
}

function opened(work: Work, request: PhaseRequest, owed: OwedCall, doing: string): Running {
  const { recorder } = work;
  const { call, open } = owed;
  if (open) return { owed, event: recorder.reopen(open.event), trace: open.trace };
  const trace = recorder.newTrace({
    kind: 'tool',
    input: call.input,
    summary: toolSummary(call.input),
    ...(request.trace_id === null ? {} : { parent_id: request.trace_id }),
    tool_name: call.name,
    tool_call_id: call.id,
  });
  const permission = request.offered.get(call.name)?.permission;
  const event = recorder.open('tool_call', doing, {
    trace_id: trace.id,
    tool_name: call.name,
    tool_call_id: call.id,
    ...(permission ? { permission } : {}),
  });
  return { owed, event, trace };
}

function ended(trace: Trace, end: CallEnd, started: number): Trace {
  const failed = end.outcome !== 'completed';
  return {
    ...trace,
    output: end.text,
    outcome: end.outcome,
    finished_at: Date.now(),
    latency_ms: performance.now() - started,
    ...(failed ? { error: end.text, error_kind: end.error_kind ?? 'tool' } : {}),
  };
}

/** Never rejects for what the tool does: whatever happens becomes the call's end. */
async function endOf(work: Work, request: PhaseRequest, running: Running): Promise<CallEnd> {
  const { call } = running.owed;
  const { stopped } = work.stop;
  if (stopped) return { text: stopped.message, outcome: stopped.status, ...kindOf(stopped.status) };
  if (request.result && call.name === RESULT_TOOL) return request.result.take(call.input);
  const tool = request.offered.get(call.name);
  if (!tool) return unavailable(work, request, call.name);
  if (request.refusal) return { text: request.refusal, outcome: 'denied' };
  const scene = new Scene(work, running);
  try {
    const input = readArguments(tool.input, call.input);
    const denied = await permitted(work, running, tool, input, scene.context);
    if (denied) return denied;
    const output = await work.stop.orLeave(tool.run(input, scene.context));
    return { outcome: 'completed', ...output, metadata: { ...scene.notes, ...output.metadata } };
  } catch (error) {
    return { ...failure(work, call.name, error), metadata: scene.notes };
  } finally {
    scene.close();
  }
}

/** What a running tool reports: its output and its changes. */
class Scene {
  readonly #work: Work;
  readonly #running: Running;
  readonly #changes: FileChange[] = [];
  #output: StreamEvent | null = null;

  constructor(work: Work, running: Running) {
    this.#work = work;
    this.#running = running;
  }

  get context(): ToolContext {
    const { house, stop, keep } = this.#work;
    const { root, exclude, unsaved } = house;
    const context = { root, exclude, signal: stop.signal, ...(unsaved ? { unsaved } : {}) };
    const output = (delta: string): void => this.#write(delta);
    const note = async (metadata: Readonly<Record<string, unknown>>): Promise<void> => {
      this.#running.event.note(metadata);
      // Written behind the note, and waited for.
      await this.#work.recorder.trace(this.#running.trace);
    };
    if (!keep) return { ...context, output, note };
    const changing = async (change: Change): Promise<void> => {
      this.#changes.push(await keep(change));
      // On disk before the file is touched: a crash in between must not lose the way back.
      await note(this.notes);
    };
    return { ...context, output, note, changing };
  }

  get notes(): Readonly<Record<string, unknown>> {
    return this.#changes.length > 0 ? { changes: [...this.#changes] } : {};
  }

  close(): void {
    this.#output?.complete(this.#work.stop.stopped ? 'cancelled' : 'completed');
  }

  #write(delta: string): void {
    const { trace, owed } = this.#running;
    const metadata = { trace_id: trace.id, tool_call_id: owed.call.id };
    this.#output ??= this.#work.recorder.open('tool_summary', '', metadata);
    this.#output.append(delta);
  }
}

/** @returns the end of a call that may not run, or null where it may. */
async function permitted(
  work: Work,
  running: Running,
  tool: Tool,
  input: unknown,
  context: ToolContext,
): Promise<CallEnd | null> {
  if (tool.permission === 'read') return null;
  const { owed, event } = running;
  const changes = (await tool.plan?.(input, context)) ?? [];
  const request: GateRequest = {
    tool,
    call: owed.call,
    execution_id: work.recorder.execution.execution_id,
    agent_name: work.spec.name,
    event_id: event.id,
    trace_id: running.trace.id,
    title: tool.question?.(input) ?? tool.activity?.(input) ?? `Use ${tool.name}`,
    changes,
    interrupted: owed.interrupted,
    ...(approvalOf(owed) === undefined ? {} : { approval_id: approvalOf(owed) }),
  };
  const decided = work.gate.decide(request);
  const verdict = decided ?? (await ask(work, running, request));
  const { allowed, by, reason, rule } = verdict;
  const state = allowed ? 'allowed' : 'denied';
  event.note({ approval: { state, by, ...(reason ? { reason } : {}), ...(rule ? { rule } : {}) } });
  await work.stop.paused(work.gate.proceed?.() ?? Promise.resolve());
  if (allowed) {
    const now = decided ? changes : ((await tool.plan?.(input, context)) ?? []);
    return sameFiles(changes, now) ? null : { text: OUTDATED, outcome: 'failed' };
  }
  const who = by === 'user' ? 'The user denied this call.' : 'This call is not permitted.';
  return { text: reason ? `${who} ${reason}` : who, outcome: 'denied' };
}

const OUTDATED =
  'The file was changed by somebody else while the user was asked. Read it again before you change it.';

/** What the user has seen is what happens: other agents may have been at the files meanwhile. */
function sameFiles(asked: readonly Change[], now: readonly Change[]): boolean {
  const bytes = (value: Uint8Array | null | undefined) => value && Buffer.from(value);
  return asked.every(({ path, before }, index) => {
    const [was, is] = [bytes(before), bytes(now[index]?.before)];
    return now[index]?.path === path && (was && is ? was.equals(is) : was === is);
  });
}

async function ask(work: Work, running: Running, request: GateRequest): Promise<Verdict> {
  const { recorder, stop, gate } = work;
  const { event } = running;
  const approval_id = request.approval_id ?? newId();
  const question = gate.question?.(request, approval_id);
  event.note({ approval: { approval_id, state: 'asked', ...(question ? { question } : {}) } });
  running.trace = { ...running.trace, outcome: 'awaiting_input' };
  await recorder.trace(running.trace);
  const verdict = await recorder.whileWaiting(() =>
    stop.paused(gate.ask(request, approval_id, stop.signal)),
  );
  running.trace = { ...running.trace, outcome: 'running' };
  await recorder.trace(running.trace);
  return verdict;
}

function approvalOf(owed: OwedCall): string | undefined {
  const approval: unknown = owed.open?.event.metadata.approval;
  if (typeof approval !== 'object' || approval === null) return undefined;
  return 'approval_id' in approval && typeof approval.approval_id === 'string'
    ? approval.approval_id
    : undefined;
}

function failure(work: Work, name: string, error: unknown): CallEnd {
  if (error instanceof ToolError) return { text: error.message, outcome: 'failed' };
  const { stopped } = work.stop;
  if (stopped) return { text: stopped.message, outcome: stopped.status, ...kindOf(stopped.status) };
  const told = error instanceof Error ? error.message : String(error);
  return {
    text: `The tool ${name} failed for a reason of its own: ${told}`,
    outcome: 'failed',
    error_kind: 'internal',
  };
}

const kindOf = (status: 'cancelled' | 'timed_out'): { error_kind: ErrorKind } => ({
  error_kind: status === 'cancelled' ? 'cancelled' : 'timeout',
});

function unavailable(work: Work, request: PhaseRequest, name: string): CallEnd {
  const names = [...request.offered.keys(), ...(request.result ? [RESULT_TOOL] : [])];
  const offer = names.length > 0 ? `You can use: ${names.join(', ')}.` : 'You have no tools.';
  return work.house.tools.has(name)
    ? { text: `You are not permitted to use the tool "${name}". ${offer}`, outcome: 'denied' }
    : { text: `There is no tool "${name}". ${offer}`, outcome: 'failed' };
}

function activity(request: PhaseRequest, call: ModelToolCall): string {
  const tool = request.offered.get(call.name);
  if (call.name === RESULT_TOOL && request.result) return 'Handing in the result';
  try {
    const words = tool?.activity?.(readArguments(tool.input, call.input));
    return clip(words ?? `Using ${call.name}`, 200);
  } catch {
    return `Using ${clip(call.name, 100)}`;
  }
}
