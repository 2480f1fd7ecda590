/** The gate of a chat: what the policy leaves open is asked, and the question outlives the process. */
import type { Gate, GateRequest, Verdict } from '../agents/gate.ts';
import { decide, type PolicyState, ruleOf } from '../agents/policy.ts';
import type { Approval, Decision } from '../contracts/chat.ts';
import { ChatError } from './error.ts';
import type { ChatJournal } from './journal.ts';

export interface ApprovalsOptions {
  readonly journal: ChatJournal;
  readonly policy: () => Omit<PolicyState, 'allowed'>;
}

export class Approvals implements Gate {
  readonly #options: ApprovalsOptions;
  readonly #waiting = new Map<string, (verdict: Verdict) => void>();
  readonly #arrivals = new Map<string, () => void>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  decide(request: GateRequest): Verdict | null {
    const { journal, policy } = this.#options;
    return decide(request, { ...policy(), allowed: journal.state.allowed });
  }

  async ask(request: GateRequest, approval_id: string, signal: AbortSignal): Promise<Verdict> {
    const { journal } = this.#options;
    const answer = Promise.withResolvers<Verdict>();
    // It may be rejected before it is waited for.
    answer.promise.catch(() => undefined);
    const leave = (): void => answer.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.set(approval_id, answer.resolve);
    this.#arrivals.get(approval_id)?.();
    try {
      signal.throwIfAborted();
      if (!journal.state.approvals.some((a) => a.approval_id === approval_id)) {
        const approvals = [...journal.state.approvals, asApproval(request, approval_id)];
        await Promise.all([this.#save(approvals), journal.status('awaiting_input')]);
      }
      return await answer.promise;
    } finally {
      signal.removeEventListener('abort', leave);
      this.#waiting.delete(approval_id);
      await this.#remove(approval_id);
    }
  }

  /** Resolves once the question waits for its answer, or soon when it never will. */
  async ready(approval_id: string): Promise<void> {
    const known = this.#options.journal.state.approvals.some((a) => a.approval_id === approval_id);
    if (!known || this.#waiting.has(approval_id)) return;
    await new Promise<void>((resolve) => this.#arrivals.set(approval_id, resolve));
  }

  /** @throws ChatError where nothing with this id waits. */
  answer(approval_id: string, decision: Decision, reason: string | undefined): void {
    const { journal } = this.#options;
    const resolve = this.#waiting.get(approval_id);
    const approval = journal.state.approvals.find((a) => a.approval_id === approval_id);
    if (!resolve || !approval) {
      throw new ChatError('This question is no longer open: the call was answered or stopped.');
    }
    if (decision === 'always' && !journal.state.allowed.includes(approval.rule)) {
      // On disk with the removal of the question, in one write.
      journal.note({ allowed: [...journal.state.allowed, approval.rule] });
    }
    const allowed = decision !== 'deny';
    resolve({ allowed, by: 'user', ...(reason && !allowed ? { reason } : {}) });
    if (decision !== 'always') return;
    // Other open calls that the new rule allows need no answer of their own.
    for (const other of journal.state.approvals) {
      if (other.rule !== approval.rule || other.interrupted) continue;
      this.#waiting.get(other.approval_id)?.({ allowed: true, by: 'always' });
    }
  }

  async #remove(approval_id: string): Promise<void> {
    const { journal } = this.#options;
    const approvals = journal.state.approvals.filter((a) => a.approval_id !== approval_id);
    const waits = approvals.length > 0;
    await Promise.all([this.#save(approvals), ...(waits ? [] : [journal.status('running')])]);
  }

  async #save(approvals: Approval[]): Promise<void> {
    const status = this.#ownWaits(approvals) ? 'awaiting_input' : 'in_progress';
    await this.#options.journal.save({ approvals }, { status });
  }

  // While only a sub-agent asks, the turn itself is at work.
  #ownWaits(approvals: readonly Approval[]): boolean {
    const { execution_id } = this.#options.journal.agent;
    return approvals.some((a) => a.execution_id === execution_id);
  }
}

function asApproval(request: GateRequest, approval_id: string): Approval {
  const { rule, always } = ruleOf(request);
  return {
    approval_id,
    execution_id: request.execution_id,
    agent_name: request.agent_name,
    event_id: request.event_id,
    trace_id: request.trace_id,
    tool_call_id: request.call.id,
    tool_name: request.tool.name,
    permission: request.tool.permission,
    title: request.title,
    paths: request.changes.map((change) => change.path),
    ...{ always, rule },
    ...(request.interrupted ? { interrupted: true } : {}),
    asked_at: Date.now(),
  };
}
