/** One turn: ask the model, run what it asks for, until it answers or a limit is reached. */
import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { PendingCall } from '../contracts/chat.ts';
import type { Usage } from '../contracts/records.ts';
import { totalTokens } from '../contracts/select.ts';
import { assistantMessage, toolMessage } from '../models/messages.ts';
import { ModelError, type ModelReply, type ModelToolCall } from '../models/port.ts';
import { toolSchema } from '../tools/registry.ts';
import type { Read, Tool } from '../tools/tool.ts';
import type { AgentHouse, AgentLimits, AgentSpec } from './agent.ts';
import { AgentFailure } from './failure.ts';
import { type ModelStep, modelStep, type StepRequest } from './model_step.ts';
import { CONCLUDE, CONCLUDE_WITH_RESULT, userMessage } from './prompt.ts';
import { RESULT_TOOL, ResultTaker } from './structured.ts';
import type { SubAgents } from './sub_agents.ts';
import { toolPhase } from './tool_phase.ts';
import type { Work } from './work.ts';

export interface Answer {
  readonly text: string;
  readonly value?: unknown;
}

/** What makes a step the last one. */
interface Forced {
  /** As the final event's metadata names it. */
  readonly by: 'steps' | 'tokens' | 'time';
  /** The limit in words. */
  readonly limit: string;
}

/**
 * @param reads takes what the tools saw, also when the turn fails.
 * @throws Stopped, AgentFailure, ModelError, or what kept a fact from being recorded.
 */
export async function turn(work: Work, reads: Read[]): Promise<Answer> {
  const { house, spec, limits, recorder, stop } = work;
  const started_at = recorder.execution.started_at ?? Date.now();
  recorder.announce({ status: 'running', started_at });
  // A turn of a chat begins with the user's message, which is recorded before it.
  if (!recorder.begun) recorder.event('task', spec.prompt);
  stop.check();
  checkLimits(limits);
  const offered = new Map([...offeredTools(house, spec), ...(work.subs?.tools ?? [])]);
  const result = spec.schema ? new ResultTaker(spec.schema) : null;
  const tools: LanguageModelV4FunctionTool[] = [...offered.values()].map(toolSchema);
  if (result) tools.push(result.tool);

  const { conversation, subs } = work;
  const first = recorder.execution.model_calls + 1;
  await answerOwed(work, offered, result, reads);
  let used: Usage = {};
  let squeezed = false;
  for (let step = first; ; step += 1) {
    stop.check();
    checkBudget(limits);
    const forced = forcedBy(work, step, step === first, used);
    if (subs) await conversation.append(forced ? subs.conclude() : subs.drain());
    if (forced) {
      await conversation.append([userMessage(result ? CONCLUDE_WITH_RESULT : CONCLUDE)]);
    }
    await conversation.makeRoom?.(work);
    const toolChoice = choice(forced, result);
    const prompt = [...(conversation.sent?.() ?? conversation.messages)];
    const asked = await modelStep(work, { prompt, tools, toolChoice }).catch((error: unknown) => {
      if (error instanceof ModelError && error.kind === 'context_too_long') return error;
      throw error;
    });
    if (asked instanceof ModelError) {
      // Once: what is still too long then cannot be helped.
      if (squeezed || !(await conversation.makeRoom?.(work, true))) throw asked;
      squeezed = true;
      continue;
    }
    const { reply, trace_id } = asked;
    used = reply.usage;
    conversation.asked(used);
    // A crash must not leave messages without the figures of what they cost.
    if (conversation.kept) recorder.announce({});

    if (reply.tool_calls.length === 0) {
      if (subs?.pending && !forced) {
        await waitForSubs(work, subs, asked);
        continue;
      }
      // A reply without anything in it is no message that a provider would take back. Kept before
      // it is shown as final: a crash between the two must not make the model answer again.
      if (reply.text.trim()) await conversation.append([assistantMessage(reply)]);
      const answer = finalAnswer(work, asked, result, forced);
      if (answer) return answer;
      const again = `${result?.problem} Call ${RESULT_TOOL} with the whole result.`;
      await conversation.append([userMessage(again)]);
    } else {
      asked.text?.complete('completed');
      await conversation.append(
        [assistantMessage(reply)],
        reply.tool_calls.map(pendingCall(offered)),
      );
      const refusal = forced && 'The agent may not look around any more: a limit is reached.';
      const calls = reply.tool_calls.map((call) => ({ call, interrupted: false }));
      const phase = { trace_id, calls, offered, result, reads };
      const answers = await toolPhase(work, { ...phase, refusal: refusal ?? undefined });
      if (result?.accepted) return finish(work, null, result.accepted.value, forced, reply);
      await conversation.append([toolMessage(answers)]);
    }
    result?.checkTries();
    if (forced) throw limitFailure(forced, result);
  }
}

/** A turn that goes on after a crash begins with the results that it still owes. */
async function answerOwed(
  work: Work,
  offered: ReadonlyMap<string, Tool>,
  result: ResultTaker | null,
  reads: Read[],
): Promise<void> {
  const owed = work.conversation.takeOwed();
  if (!owed) return;
  const { trace_id, calls } = owed;
  const answers = await toolPhase(work, { trace_id, calls, offered, result, reads });
  await work.conversation.append([toolMessage(answers)]);
}

/** The model has nothing to do until a sub-agent has ended; its text is no answer yet. */
async function waitForSubs(work: Work, subs: SubAgents, { reply, text }: ModelStep): Promise<void> {
  text?.complete('completed');
  if (reply.text) await work.conversation.append([assistantMessage(reply)]);
  work.recorder.progress(subs.waitingFor());
  await work.stop.orLeave(subs.wait(work.stop.signal));
  work.stop.check();
}

function pendingCall(offered: ReadonlyMap<string, Tool>): (call: ModelToolCall) => PendingCall {
  return ({ id, name }) => ({
    tool_call_id: id,
    tool_name: name,
    permission: offered.get(name)?.permission ?? null,
    state: 'pending',
    trace_id: null,
  });
}

function choice(forced: Forced | null, result: ResultTaker | null): StepRequest['toolChoice'] {
  if (!forced) return 'auto';
  return result ? { tool: RESULT_TOOL } : 'none';
}

function checkLimits({ max_steps, timeout_ms }: AgentLimits): void {
  if (!(max_steps >= 1)) {
    throw new AgentFailure(
      'limit',
      `The agent may take ${max_steps} steps; it needs at least one.`,
    );
  }
  if (!(timeout_ms > 0)) {
    throw new AgentFailure('limit', `The agent's time limit of ${timeout_ms} ms is not positive.`);
  }
}

/** @throws AgentFailure for a name that the house does not know. */
function offeredTools(house: AgentHouse, spec: AgentSpec): ReadonlyMap<string, Tool> {
  const unknown = spec.tools?.filter((name) => !house.tools.has(name)) ?? [];
  if (unknown.length > 0) {
    throw new AgentFailure(
      'script',
      `The agent "${spec.name}" asks for tools that do not exist: ${unknown.join(', ')}. There are: ${[...house.tools.keys()].join(', ')}.`,
    );
  }
  // In the order of the house, whatever the order of the names: prompts keep their prefix.
  const chosen = [...house.tools].filter(([name, tool]) =>
    spec.tools ? spec.tools.includes(name) : tool.permission === 'read',
  );
  return new Map(chosen);
}

function checkBudget({ budget }: AgentLimits): void {
  const exhausted = budget.exhausted();
  if (!exhausted) return;
  throw new AgentFailure(
    'limit',
    `The budget is used up: ${exhausted.describe()}. Raise the budget or narrow the task.`,
  );
}

/** @returns why the call of this step is the last one that the limits allow, or null. */
function forcedBy(work: Work, step: number, first: boolean, used: Usage): Forced | null {
  const { max_steps, budget, timeout_ms, conclude_ms } = work.limits;
  if (conclude_ms !== undefined && work.stop.remaining() <= timeout_ms - conclude_ms) {
    return { by: 'time', limit: 'the end of its time' };
  }
  if (step >= max_steps) return { by: 'steps', limit: `its limit of ${max_steps} model calls` };
  if (budget.remainingSteps() <= 1) {
    return { by: 'steps', limit: 'the number of model calls that its budget allows' };
  }
  // The next call repeats all of the last one, so it costs at least as much; so does a conclusion.
  const enough = first || budget.remaining() > 2 * (totalTokens(used) ?? 0);
  return enough ? null : { by: 'tokens', limit: 'the end of its token budget' };
}

function limitFailure(forced: Forced, result: ResultTaker | null): AgentFailure {
  const last = result ? ` The last problem: ${result.problem}` : '';
  return new AgentFailure('limit', `The agent reached ${forced.limit} without an answer.${last}`);
}

/** @returns null where a result is still owed and the model is to be asked again. */
function finalAnswer(
  work: Work,
  { reply, text }: ModelStep,
  result: ResultTaker | null,
  forced: Forced | null,
): Answer | null {
  if (result) {
    text?.complete('completed');
    if (!result.takeText(reply.text) || !result.accepted) return null;
    return finish(work, null, result.accepted.value, forced, reply);
  }
  if (reply.text.trim() === '') {
    text?.complete('failed');
    throw new AgentFailure(
      'bad_response',
      `The model gave an empty reply (finish reason: ${reply.finish_reason || 'none'}). Try again, or use another model.`,
    );
  }
  return finish(work, text, reply.text, forced, reply);
}

/** Records the final event; a streamed text becomes it, so that nothing is shown twice. */
function finish(
  work: Work,
  text: ModelStep['text'],
  value: unknown,
  forced: Forced | null,
  reply: ModelReply,
): Answer {
  const { recorder, spec } = work;
  const content = typeof value === 'string' && !spec.schema ? value : JSON.stringify(value);
  const metadata = {
    finish_reason: reply.finish_reason,
    ...(forced ? { forced_conclusion: forced.by } : {}),
  };
  if (text) text.complete('completed', { event_type: 'final', content, metadata });
  else recorder.event('final', content, metadata);
  return spec.schema ? { text: content, value } : { text: content };
}
