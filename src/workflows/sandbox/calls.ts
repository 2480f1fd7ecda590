/** What a script says to the host. It crosses as JSON text and is believed only after parsing. */
import * as z from 'zod/mini';
import { compiled } from '../../store/compiled.ts';
import { SCRIPT_LIMITS } from './limits.ts';

const id = z.int().check(z.positive());
const tokens = z.optional(z.number().check(z.positive()));
const limit = z.union(
  [
    z.number().check(z.positive()),
    z
      .strictObject({ tokens, steps: tokens })
      .check(z.refine((l) => l.tokens !== undefined || l.steps !== undefined)),
  ],
  'it must be a positive number of tokens, or { tokens, steps } with positive numbers',
);
const text = z.string();
const optional = z.optional(text);

export const AgentCall = z.object({
  call: z.literal('agent'),
  id,
  /** Empty for an eager call without a label. Shown shortened. */
  label: text.check(z.maxLength(10_000)),
  prompt: text.check(z.minLength(1)),
  /** Defined first and started when awaited: its failures are thrown instead of giving null. */
  lazy: z.boolean(),
  phase: z.optional(z.nullable(text.check(z.maxLength(SCRIPT_LIMITS.phase_title)))),
  /** The number of the shared budget around it; 0 is the run's. */
  scope: z.int().check(z.nonnegative()),
  line: z.nullable(z.int()),
  system: optional,
  model: optional,
  tools: z.optional(z.array(text)),
  schema: z.optional(z.record(z.string(), z.unknown())),
  budget: z.optional(limit),
  /** Milliseconds. */
  timeout: z.optional(z.number().check(z.positive())),
  cache: z.optional(z.boolean()),
  effort: z.optional(z.enum(['low', 'medium', 'high', 'xhigh', 'max'])),
  isolation: z.optional(z.enum(['worktree'])),
  agent_type: optional,
});
export type AgentCall = z.infer<typeof AgentCall>;

export const ScriptCall = z.discriminatedUnion('call', [
  AgentCall,
  z.object({
    call: z.literal('workflow'),
    id,
    scope: z.int().check(z.nonnegative()),
    /** The phase around it: agents of the nested script that name none belong there. */
    phase: z.nullable(text.check(z.maxLength(SCRIPT_LIMITS.phase_title))),
    name: optional,
    path: optional,
    args: z.optional(z.unknown()),
  }),
  z.object({
    call: z.literal('scope'),
    scope: id,
    parent: z.int().check(z.nonnegative()),
    /** What shares the budget, and the phase that it is or stands in. */
    of: z.enum(['parallel', 'phase']),
    phase: z.nullable(text.check(z.maxLength(200))),
    tokens,
    steps: tokens,
  }),
  z.object({
    call: z.literal('phase'),
    title: text.check(z.maxLength(SCRIPT_LIMITS.phase_title)),
    ended: z.boolean(),
    /** The budget that its agents share. */
    tokens,
  }),
  z.object({ call: z.literal('budget'), tokens, steps: tokens }),
  z.object({
    call: z.literal('log'),
    level: z.enum(['info', 'warn', 'error']),
    text: text.check(z.maxLength(SCRIPT_LIMITS.log_line)),
  }),
  z.object({ call: z.literal('done'), result: z.optional(z.unknown()) }),
  z.object({ call: z.literal('failed'), name: text, message: text, stack: text }),
]);
export type ScriptCall = z.infer<typeof ScriptCall>;
export type WorkflowCall = Extract<ScriptCall, { call: 'workflow' }>;

const Numbered = z.object({ id });

/** @returns the call; or what is wrong with it, with its number where an answer can be sent to it. */
export function parseCall(
  source: string,
): { call: ScriptCall; problem: null } | { call: null; problem: string; id: number | null } {
  if (nesting(source) > SCRIPT_LIMITS.nesting) {
    const problem = `A value of the script is nested more than ${SCRIPT_LIMITS.nesting} levels deep, which is the limit.`;
    return { call: null, problem, id: null };
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    return { call: null, problem: 'The script sent a call that is not JSON.', id: null };
  }
  const parsed = z.safeParse(compiled(ScriptCall), value);
  if (parsed.success) return { call: parsed.data, problem: null };
  const numbered = Numbered.safeParse(value);
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  const problem = `${field ? `The option "${field}"` : 'The call'} is not valid: ${issue?.message ?? 'unknown reason'}.`;
  return { call: null, problem, id: numbered.success ? numbered.data.id : null };
}

/** How deep brackets nest in JSON text; what walks a value by recursion would overflow its stack. */
function nesting(source: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < source.length; at += 1) {
    const char = source.charCodeAt(at);
    if (quoted) {
      if (char === BACKSLASH) at += 1;
      else if (char === QUOTE) quoted = false;
    } else if (char === QUOTE) quoted = true;
    else if (char === 0x5b || char === 0x7b) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (char === 0x5d || char === 0x7d) depth -= 1;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
