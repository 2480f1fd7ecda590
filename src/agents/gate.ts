/** Who decides whether a tool call that acts may run. */
import type { RunQuestion } from '../contracts/chat.ts';
import type { ModelToolCall } from '../models/port.ts';
import type { Change, Tool } from '../tools/tool.ts';

export interface GateRequest {
  readonly tool: Tool;
  readonly call: ModelToolCall;
  readonly execution_id: string;
  readonly agent_name: string;
  readonly event_id: string;
  readonly trace_id: string;
  /** The whole of what would happen, in words. */
  readonly title: string;
  /** What it would change, as far as that is known before. */
  readonly changes: readonly Change[];
  /** The question that was open before the process died. */
  readonly approval_id?: string | undefined;
  /** The call had begun when the process died, so its effect may have happened. */
  readonly interrupted: boolean;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly by: 'user' | 'policy' | 'always';
  /** Why not, for the model. */
  readonly reason?: string;
  /** The rule of the user's "always" that allowed it. */
  readonly rule?: string;
}

export interface Gate {
  /** What holds without asking anybody; null where the user must be asked. */
  decide(request: GateRequest): Verdict | null;
  /** Asks the user, who may take days. @throws the signal's reason when it is aborted first. */
  ask(request: GateRequest, approval_id: string, signal: AbortSignal): Promise<Verdict>;
  /** The question as the call's event shows it, from when it can be answered. Absent: it is shown elsewhere. */
  question?(request: GateRequest, approval_id: string): RunQuestion;
  /** Resolves when an agent that was answered may go on. @throws the signal's reason. */
  proceed?(): Promise<void>;
}

/** Where nobody can be asked, nothing acts. */
export const READ_ONLY: Gate = {
  decide: () => ({
    allowed: false,
    by: 'policy',
    reason: 'Tools that act need a chat, where the user can be asked.',
  }),
  ask: () => Promise.reject(new Error('Nobody can be asked here.')),
};
