/**
 * The wire between a panel and its host. A panel posts requests, the host answers each by its
 * number; pushes carry frames and ambient settings. Both sides parse what they receive.
 */
import * as z from 'zod/mini';
import { Decision, Mention } from './chat.ts';
import { CHAT_METHODS } from './chat_requests.ts';
import { TraceSnapshot } from './columns.ts';
import { CompareSide, Comparison } from './comparison.ts';
import { DryRun } from './dry_run.ts';
import { FrameSchema, Snapshot } from './frames.ts';
import { Session, Trace } from './records.ts';
import { EarlierRunChanges } from './run_select.ts';
import { WORKFLOW_METHODS } from './workflow_requests.ts';

/** One method: the shape of its parameters and of its answer. */
const method = <P extends z.ZodMiniType, R extends z.ZodMiniType>(params: P, result: R) => ({
  params,
  result,
});
const none = z.strictObject({});
const Step = z.strictObject({ session_id: z.string(), execution_id: z.string() });
/** What a screen is asked to bring into view: the call, where it is gone its agent, else its stage. */
export const ShowTarget = z.strictObject({
  trace_id: z.optional(z.string()),
  execution_id: z.optional(z.string()),
  stage_id: z.optional(z.string()),
});
export type ShowTarget = z.infer<typeof ShowTarget>;
/** A run, or the step of it that `execution_id` names. */
const Changer = z.strictObject({
  session_id: z.string(),
  execution_id: z.nullable(z.string()),
});
/** The run that was started. */
const NewRun = z.strictObject({ session_id: z.string() });

export const METHODS = {
  ...CHAT_METHODS,
  ...WORKFLOW_METHODS,
  /** Attach to a session: the answer is the whole state, frames after it follow as pushes. */
  'session.attach': method(z.strictObject({ session_id: z.string() }), Snapshot),
  'session.list': method(
    z.strictObject({ kind: z.optional(z.enum(['chat', 'workflow'])), limit: z.number() }),
    z.array(Session),
  ),
  'session.open': method(z.strictObject({ session_id: z.string() }), none),
  'run.cancel': method(z.strictObject({ session_id: z.string() }), none),
  'run.again': method(z.strictObject({ session_id: z.string(), fresh: z.boolean() }), none),
  /** A run that was cut off or failed: a new run that takes over every step that had finished. */
  'run.resume': method(z.strictObject({ session_id: z.string() }), NewRun),
  /** A new run that keeps what came before this step; the step and what followed it run again. */
  'run.from': method(Step, NewRun),
  /** The same for a step that failed or was stopped. The run must have ended. */
  'step.retry': method(Step, NewRun),
  /** Stops or skips one agent; the run goes on. `false`: it was no longer at work. */
  'agent.cancel': method(Step, z.strictObject({ cancelled: z.boolean() })),
  /**
   * Answers what an agent of a run asks. In a run that was cut off while it asked, this goes on with
   * it: the answer names the new run. Refused where the question is no longer open.
   */
  'run.approve': method(
    z.strictObject({
      session_id: z.string(),
      approval_id: z.string(),
      decision: Decision,
      reason: z.optional(z.string()),
    }),
    NewRun,
  ),
  /**
   * Puts back what a run that has ended, or one step of it, changed in the workspace. All or
   * nothing: refused with the paths where a file was changed by somebody else since.
   */
  'run.undo': method(Changer, z.strictObject({ paths: z.array(z.string()) })),
  /** The reverse of `run.undo`, under the same rule. */
  'run.redo': method(Changer, z.strictObject({ paths: z.array(z.string()) })),
  /** What the runs changed that this one goes on with, oldest first: `run.undo` covers it too. */
  'run.earlier': method(z.strictObject({ session_id: z.string() }), z.array(EarlierRunChanges)),
  /** Opens the editor's own diff: a file before the first change and after the last one. */
  'run.change': method(z.extend(Changer, { path: z.string() }), none),
  /** `args` as JSON text; absent: none. Nothing is recorded and no model is asked. */
  'workflow.dry_run': method(
    z.strictObject({
      workflow: z.string(),
      /** The file, where a nearer one has the name. */
      path: z.optional(z.string()),
      args: z.optional(z.string()),
    }),
    DryRun,
  ),
  'result.save': method(z.strictObject({ session_id: z.string() }), none),
  'trace.list': method(
    z.strictObject({
      session_id: z.string(),
      cursor: z.optional(z.string()),
      limit: z.number(),
    }),
    z.strictObject({ traces: z.array(Trace), next_cursor: z.nullable(z.string()) }),
  ),
  'trace.detail': method(z.strictObject({ id: z.string() }), Trace),
  /** Attach as the trace screen does: all calls of the session, as columns and without bodies. */
  'trace.attach': method(z.strictObject({ session_id: z.string() }), TraceSnapshot),
  /** Calls whose input, output or error contains the text, ignoring case; oldest first. */
  'trace.search': method(
    z.strictObject({ session_id: z.string(), text: z.string(), limit: z.number() }),
    z.strictObject({ ids: z.array(z.string()), complete: z.boolean() }),
  ),
  /** Lets a person save the session as OTLP/JSON; `content` adds inputs and outputs. */
  'trace.export': method(z.strictObject({ session_id: z.string(), content: z.boolean() }), none),
  /** What differs between two runs or two turns; `a` is the one that came before. */
  'compare.load': method(z.strictObject({ a: CompareSide, b: CompareSide }), Comparison),
  /** The same in a panel of its own. */
  'compare.open': method(z.strictObject({ a: CompareSide, b: CompareSide }), none),
  /** What a step or a call was given and what it gave, as text; null where there is none. */
  'compare.texts': method(
    z.strictObject({ session_id: z.string(), kind: z.enum(['step', 'call']), ref: z.string() }),
    z.strictObject({ input: z.nullable(z.string()), output: z.nullable(z.string()) }),
  ),
  'execution.result': method(
    z.strictObject({ execution_id: z.string() }),
    z.strictObject({ result: z.nullable(z.string()) }),
  ),
  /** Opens the trace view of a session in a panel of its own, at what the target names, if anything. */
  'trace.open': method(z.strictObject({ session_id: z.string(), ...ShowTarget.shape }), none),
  /**
   * `href` is http(s), a `file:` URI, or a path relative to the workspace folder; a file may carry
   * its place as `#L12` or `#L12,3`. The host refuses everything else.
   */
  'link.open': method(z.strictObject({ href: z.string() }), none),
  'key.set': method(none, none),
  'log.show': method(none, none),
} as const;

export type Methods = typeof METHODS;
export type MethodName = keyof Methods;
export type Params<M extends MethodName> = z.infer<Methods[M]['params']>;
export type Result<M extends MethodName> = z.infer<Methods[M]['result']>;

export const RequestSchema = z.strictObject({
  kind: z.literal('request'),
  id: z.number(),
  method: z.enum(Object.keys(METHODS) as [MethodName, ...MethodName[]]),
  params: z.unknown(),
});
export type Request = z.infer<typeof RequestSchema>;

/** What the host posts into a panel. */
const PushSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reply'), id: z.number(), result: z.unknown() }),
  z.strictObject({ kind: z.literal('error'), id: z.number(), message: z.string() }),
  z.strictObject({ kind: z.literal('frames'), frames: z.array(FrameSchema) }),
  /** Something outside of the session has changed; a screen that shows it asks anew. */
  z.strictObject({
    kind: z.literal('changed'),
    what: z.enum(['workflows', 'runs', 'target']),
  }),
  /** Text for the chat's input, from elsewhere in the editor; not sent. */
  z.strictObject({ kind: z.literal('draft'), text: z.string(), mentions: z.array(Mention) }),
  /** What to bring into view, wherever in the session it is. */
  z.strictObject({ kind: z.literal('show'), target: ShowTarget }),
]);
export type Push = z.infer<typeof PushSchema>;
