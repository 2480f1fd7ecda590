/**
 * Every call of the store: what goes in and what comes out, as one schema each. Calls cross
 * threads and processes; what arrives is parsed by these before it is used.
 */
import * as z from 'zod/mini';
import { CacheStat } from '../contracts/cache_shape.ts';
import { AgentSession, ChatSummary, ContextMessage } from '../contracts/chat.ts';
import { FactSchema, FrameSchema, Snapshot } from '../contracts/frames.ts';
import { Session, StepResult, Trace } from '../contracts/records.ts';
import { compiled } from './compiled.ts';
import { StoreError } from './errors.ts';
import { PackedSnapshot } from './packed.ts';
import { DURABILITIES } from './store.ts';

const limit = z.number().check(z.positive());
const amount = z.number().check(z.nonnegative());
const removed = z.object({ sessions: amount, steps: amount, bodies: amount });
const aside = z.object({ count: amount, bytes: amount });
const nothing = z.object({});

const CALLS = {
  record: {
    params: z.object({ facts: z.array(FactSchema), durability: z.enum(DURABILITIES) }),
    result: z.array(FrameSchema),
  },
  snapshot: { params: z.object({ session_id: z.string() }), result: z.nullable(Snapshot) },
  session: { params: z.object({ session_id: z.string() }), result: z.nullable(Session) },
  sessions: {
    params: z.object({ kind: z.optional(Session.shape.kind), limit }),
    result: z.array(Session),
  },
  traces: {
    params: z.object({ session_id: z.string(), cursor: z.optional(z.string()), limit }),
    result: z.object({ traces: z.array(Trace), next_cursor: z.nullable(z.string()) }),
  },
  traceSnapshot: {
    params: z.object({ session_id: z.string() }),
    result: z.nullable(PackedSnapshot),
  },
  searchTraces: {
    params: z.object({ session_id: z.string(), text: z.string(), limit }),
    result: z.object({ ids: z.array(z.string()), complete: z.boolean() }),
  },
  cacheStats: { params: z.object({ session_id: z.string() }), result: z.array(CacheStat) },
  trace: { params: z.object({ id: z.string() }), result: z.nullable(Trace) },
  executionResult: {
    params: z.object({ execution_id: z.string() }),
    result: z.nullable(z.string()),
  },
  eventContent: { params: z.object({ event_id: z.string() }), result: z.nullable(z.string()) },
  stepResult: { params: z.object({ step_key: z.string() }), result: z.nullable(StepResult) },
  agentSession: { params: z.object({ session_id: z.string() }), result: z.nullable(AgentSession) },
  contextMessages: {
    params: z.object({ head_message_id: z.string() }),
    result: z.array(ContextMessage),
  },
  lastMessage: {
    params: z.object({ execution_id: z.string() }),
    result: z.nullable(z.string()),
  },
  atWorkElsewhere: { params: z.object({ session_id: z.string() }), result: z.boolean() },
  keptSteps: {
    params: z.object({ after: z.number() }),
    result: z.object({
      cleared: z.string(),
      newest: z.number(),
      begins: z.nullable(z.readonly(z.array(z.string()))),
    }),
  },
  keptFiles: { params: nothing, result: z.array(z.string()) },
  chats: {
    params: z.object({
      search: z.optional(z.string()),
      deleted: z.optional(z.boolean()),
      limit,
    }),
    result: z.array(ChatSummary),
  },
  prune: {
    params: z.object({ max_age_ms: z.nullable(amount), max_bytes: z.nullable(amount) }),
    result: removed,
  },
  clear: { params: z.object({ kind: z.enum(['runs', 'chats', 'steps']) }), result: removed },
  sizes: {
    params: nothing,
    result: z.object({
      kinds: z.array(
        z.object({
          kind: z.enum(['runs', 'chats', 'steps', 'bodies']),
          count: amount,
          bytes: amount,
        }),
      ),
      database_bytes: amount,
      body_file_bytes: amount,
      aside,
    }),
  },
  removeAsides: { params: nothing, result: aside },
  exportTo: {
    params: z.object({ id: z.string(), format: z.enum(['ndjson', 'sqlite']), path: z.string() }),
    result: z.object({ records: amount, bytes: amount }),
  },
  cancelExport: { params: z.object({ id: z.string() }), result: nothing },
  recover: { params: nothing, result: z.array(Session) },
} as const;

export type CallName = keyof typeof CALLS;
export type ParamsOf<M extends CallName> = z.infer<(typeof CALLS)[M]['params']>;
export type ResultOf<M extends CallName> = z.infer<(typeof CALLS)[M]['result']>;

type Schemas = {
  readonly [M in CallName]: {
    readonly params: z.ZodMiniType<ParamsOf<M>>;
    readonly result: z.ZodMiniType<ResultOf<M>>;
  };
};
const SCHEMAS: Schemas = CALLS;

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(CALLS, name);
}

/** @throws StoreError `bad_fact` for a value that is no fact, `bad_request` for other calls. */
export function parseParams<M extends CallName>(method: M, params: unknown): ParamsOf<M> {
  const parsed = z.safeParse(compiled(SCHEMAS[method].params), params);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw method === 'record'
    ? new StoreError('bad_fact', `A fact was refused: ${why}`)
    : new StoreError('bad_request', `The store was asked wrongly for "${method}": ${why}`);
}

/** @throws StoreError `engine` when another process answered something else. */
export function parseResult<M extends CallName>(method: M, result: unknown): ResultOf<M> {
  const parsed = z.safeParse(compiled(SCHEMAS[method].result), result);
  if (parsed.success) return parsed.data;
  const why = z.prettifyError(parsed.error);
  throw new StoreError('engine', `The owner of the store answered "${method}" wrongly: ${why}`);
}
