/** What the agents of one run ask their user: open questions, their answers, and rules for the run. */
import type { Gate, GateRequest, Verdict } from '../agents/gate.ts';
import { decide, type Permissions, ruleOf } from '../agents/policy.ts';
import type { Decision } from '../contracts/chat.ts';
import type { Seat } from './slots.ts';

/** An answer to a question of a run that was cut off; it serves the same call of the same step. */
export interface GivenAnswer {
  readonly step_key: string;
  readonly tool_name: string;
  /** The call's arguments, as the model wrote them. */
  readonly input: string;
  readonly decision: Decision;
  readonly reason?: string;
}

export interface QuestionsOptions {
  readonly policy: () => { readonly trusted: boolean; readonly permissions: Permissions };
  /** False where nobody can be asked: what would be asked is then denied. */
  readonly attended: boolean;
  /** Rules that the user made in the run that this one goes on with. */
  readonly allowed: readonly string[];
  readonly given: readonly GivenAnswer[];
  /** Called when the first question opens, and when the last one is closed. */
  readonly onWaiting: (waits: boolean) => void;
  /** Something was denied without asking; said once for each kind. */
  readonly onDenied: (message: string) => void;
}

interface Open {
  readonly rule: string;
  readonly asked: PromiseWithResolvers<Verdict>;
}

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #allowed: Set<string>;
  readonly #open = new Map<string, Open>();
  readonly #given: GivenAnswer[];
  readonly #said = new Set<string>();
  #waiting = 0;

  constructor(options: QuestionsOptions) {
    this.#options = options;
    this.#allowed = new Set(options.allowed);
    this.#given = [...options.given];
  }

  /**
   * The gate of one step. @param step `apart`: it works in a worktree of its own; `seat`: its
   * place among the agents at work, which others may have while its user is asked.
   */
  gate(step: { readonly key: string; readonly apart: boolean; readonly seat: Seat }): Gate {
    return {
      decide: (request) => this.#decide(request, step),
      ask: (request, approval_id, signal) => this.#ask(request, approval_id, signal, step.seat),
      proceed: () => step.seat.back(),
      question: (request, approval_id) => {
        this.#opened(request, approval_id);
        return {
          agent_name: request.agent_name,
          title: request.title,
          paths: request.changes.map((change) => change.path),
          always: ruleOf(request, 'run').always,
          asked_at: Date.now(),
        };
      },
    };
  }

  /** @returns false where no question with this id is open. */
  answer(approval_id: string, decision: Decision, reason?: string): boolean {
    const open = this.#open.get(approval_id);
    if (!open) return false;
    open.asked.resolve(this.#verdict(open.rule, decision, reason));
    if (decision !== 'always') return true;
    // Other open calls that the new rule allows need no answer of their own.
    for (const other of this.#open.values()) {
      const verdict: Verdict = { allowed: true, by: 'always', rule: open.rule };
      if (other.rule === open.rule) other.asked.resolve(verdict);
    }
    return true;
  }

  #decide(request: GateRequest, step: { key: string; apart: boolean }): Verdict | null {
    const { policy, attended } = this.#options;
    const { rule } = ruleOf(request);
    const verdict = decide(request, {
      ...policy(),
      allowed: [...this.#allowed],
      apart: step.apart,
    });
    if (verdict?.by === 'always') return { ...verdict, rule };
    if (verdict && !verdict.allowed) this.#sayDenied(request, verdict.reason ?? '');
    if (verdict) return verdict;
    const given = this.#takeGiven(request, step.key);
    if (given) return this.#verdict(rule, given.decision, given.reason);
    if (attended) return null;
    const { permission } = request.tool;
    const reason = `Nobody can be asked in a headless run. It is permitted where the run is started with --allow ${permission}.`;
    this.#sayDenied(request, reason);
    return { allowed: false, by: 'policy', reason };
  }

  /** From here on it can be answered, although its agent still records that it waits. */
  #opened(request: GateRequest, approval_id: string): Open {
    const open = { rule: ruleOf(request).rule, asked: Promise.withResolvers<Verdict>() };
    // It may be rejected before it is waited for.
    open.asked.promise.catch(() => undefined);
    this.#open.set(approval_id, open);
    return open;
  }

  async #ask(
    request: GateRequest,
    approval_id: string,
    signal: AbortSignal,
    seat: Seat,
  ): Promise<Verdict> {
    const { onWaiting } = this.#options;
    const { asked } = this.#open.get(approval_id) ?? this.#opened(request, approval_id);
    const leave = (): void => asked.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    this.#waiting += 1;
    if (this.#waiting === 1) onWaiting(true);
    seat.leave();
    try {
      return await asked.promise;
    } finally {
      signal.removeEventListener('abort', leave);
      this.#open.delete(approval_id);
      this.#waiting -= 1;
      if (this.#waiting === 0) onWaiting(false);
    }
  }

  #verdict(rule: string, decision: Decision, reason?: string): Verdict {
    if (decision === 'deny') return { allowed: false, by: 'user', ...(reason ? { reason } : {}) };
    if (decision === 'once') return { allowed: true, by: 'user' };
    this.#allowed.add(rule);
    return { allowed: true, by: 'user', rule };
  }

  #takeGiven({ call, tool }: GateRequest, step_key: string): GivenAnswer | null {
    const at = this.#given.findIndex(
      (g) => g.step_key === step_key && g.tool_name === tool.name && g.input === call.input,
    );
    return at < 0 ? null : (this.#given.splice(at, 1)[0] ?? null);
  }

  #sayDenied({ agent_name, title, tool }: GateRequest, reason: string): void {
    const kind = `${tool.permission} ${reason}`;
    if (this.#said.has(kind)) return;
    this.#said.add(kind);
    this.#options.onDenied(`Agent "${agent_name}" was not permitted: ${title}. ${reason}`);
  }
}
