/** What may run without asking: the settings, an "always" of the user, and the workspace's trust. */
import type { GateRequest, Verdict } from './gate.ts';

export type Answer = 'ask' | 'allow' | 'deny';

export interface Permissions {
  readonly write: Answer;
  readonly execute: Answer;
  /** Command lines that run without asking where `execute` asks; `*` at the end stands for any rest. */
  readonly allowedCommands: readonly string[];
}

export interface PolicyState {
  readonly trusted: boolean;
  readonly permissions: Permissions;
  /** Rules of "always" in this chat or run. */
  readonly allowed: readonly string[];
  /** The agent works in a git worktree of its own: what it writes there changes nothing of the user's. */
  readonly apart?: boolean;
}

/** The rule that "always" adds for such a call, and the sentence that says what it allows. */
export function ruleOf(
  request: Pick<GateRequest, 'tool' | 'title'>,
  place: 'chat' | 'run' = 'chat',
): {
  readonly rule: string;
  readonly always: string;
} {
  if (request.tool.permission === 'write') {
    return { rule: 'write', always: `All file changes in this ${place}` };
  }
  return {
    rule: `${request.tool.name}:${request.title}`,
    always: `Exactly this in this ${place}: ${request.title}`,
  };
}

/** @returns null where the user must be asked. */
export function decide(request: GateRequest, state: PolicyState): Verdict | null {
  const { permission } = request.tool;
  if (permission === 'read') return { allowed: true, by: 'policy' };
  if (!state.trusted) {
    return {
      allowed: false,
      by: 'policy',
      reason: 'Nothing acts in a workspace that the user does not trust.',
    };
  }
  const answer = state.permissions[permission];
  if (answer === 'deny') {
    return {
      allowed: false,
      by: 'policy',
      reason: `The setting boocode.permissions.${permission} denies it.`,
    };
  }
  if (permission === 'write' && state.apart) {
    return { allowed: true, by: 'policy', reason: 'The agent works in a worktree of its own.' };
  }
  // Its effect may have happened once; nobody but the user can tell.
  if (request.interrupted) return null;
  if (answer === 'allow') return { allowed: true, by: 'policy' };
  if (state.allowed.includes(ruleOf(request).rule)) return { allowed: true, by: 'always' };
  const listed = permission === 'execute' && commandListed(request.title, state.permissions);
  return listed ? { allowed: true, by: 'policy' } : null;
}

/** A list entry with a rest must not let further commands slip in behind the first. */
function commandListed(command: string, { allowedCommands }: Permissions): boolean {
  return allowedCommands.some((entry) => {
    if (!entry.endsWith('*')) return command === entry;
    const rest = command.slice(entry.length - 1);
    return command.startsWith(entry.slice(0, -1)) && !/[;&|<>`$\n\r(){}]/.test(rest);
  });
}
