/** The lines between the parent and the sandbox child, one JSON object each. */
import * as z from 'zod/mini';

/** What the parent tells the child; the child is ours and trusts it. */
export type ToChild =
  /** An isolate in which no script has run; megabytes. Said ahead of time, it is made ahead of time. */
  | { readonly type: 'open'; readonly memory: number }
  /** Compile and start a script. Realm 0 is the run's own, others are nested workflows. */
  | {
      readonly type: 'load';
      readonly realm: number;
      readonly form: 1 | 2;
      readonly code: string;
      /** The name in stacks. */
      readonly file: string;
      /** JSON text; absent: undefined. */
      readonly args?: string;
      /** Tokens spent when it starts, and the limit where there is one. */
      readonly spent: number;
      readonly total: number | null;
    }
  | {
      readonly type: 'reply';
      readonly realm: number;
      /** The number of the call that is answered; it stands in the text too. */
      readonly id: number;
      readonly text: string;
    }
  /** A nested script has ended. */
  | { readonly type: 'unload'; readonly realm: number }
  | { readonly type: 'ping' }
  /** Throw the isolate away; the child waits for the next run. */
  | { readonly type: 'close' };

/** Why a script ended without a result of its own. */
export const Broken = z.enum(['script', 'stuck', 'held', 'memory', 'flood', 'internal']);
export type Broken = z.infer<typeof Broken>;

/** What the child tells the parent. `text` of a call comes from the script: nothing in it is trusted. */
export const FromChild = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('closed') }),
  z.strictObject({ type: z.literal('call'), realm: z.int(), text: z.string() }),
  z.strictObject({
    type: z.literal('pong'),
    /** Milliseconds of CPU time since the script last yielded. */
    busy: z.number(),
    /** True when no realm has anything under way that could continue it. */
    stalled: z.boolean(),
  }),
  /** A promise of the script was rejected while nothing waited for it. */
  z.strictObject({
    type: z.literal('unheard'),
    realm: z.int(),
    message: z.string(),
    stack: z.string(),
  }),
  z.strictObject({
    type: z.literal('broken'),
    realm: z.int(),
    reason: Broken,
    message: z.string(),
    stack: z.string(),
    /** Bytes by which the process has grown since the run began, where a script is stuck. */
    grown: z.optional(z.number()),
  }),
]);
export type FromChild = z.infer<typeof FromChild>;
