/** Facts for the store's tests, with as few fields as the contract asks for. */
import type { AgentSession, ContextMessage } from '../../src/contracts/chat.ts';
import type { Fact } from '../../src/contracts/frames.ts';
import type {
  Execution,
  Session,
  Stage,
  StepResult,
  TimelineEvent,
  Trace,
} from '../../src/contracts/records.ts';
import * as chats from '../fixtures/chats.ts';

export const session = (more: Partial<Session> = {}): Fact => ({
  type: 'session.status',
  session: {
    session_id: 's1',
    kind: 'workflow',
    title: 'A run',
    status: 'running',
    created_at: 1000,
    updated_at: 1000,
    simulated: true,
    ...more,
  },
});

export const stage = (more: Partial<Stage> = {}): Fact => ({
  type: 'stage.status',
  stage: {
    stage_id: 'g1',
    session_id: 's1',
    stage_index: 0,
    title: 'Research',
    status: 'running',
    ...more,
  },
});

export const execution = (more: Partial<Execution> = {}): Fact => ({
  type: 'execution.status',
  execution: {
    execution_id: 'O',
    session_id: 's1',
    stage_id: 'g1',
    kind: 'step',
    agent_index: 1,
    agent_name: 'orchestrator',
    status: 'running',
    created_at: 1000,
    usage: {},
    model_calls: 0,
    tool_calls: 0,
    ...more,
  },
});

const timelineEvent = (more: Partial<TimelineEvent>): TimelineEvent => ({
  event_id: 'e1',
  session_id: 's1',
  stage_id: 'g1',
  execution_id: 'O',
  sequence: 1,
  event_type: 'text',
  status: 'streaming',
  content: '',
  metadata: {},
  created_at: 1000,
  ...more,
});

export const created = (more: Partial<TimelineEvent> = {}): Fact => ({
  type: 'timeline.created',
  event: timelineEvent(more),
});

export const completed = (more: Partial<TimelineEvent> = {}): Fact => ({
  type: 'timeline.completed',
  event: timelineEvent({ status: 'completed', completed_at: 2000, ...more }),
});

export const chunk = (offset: number, delta: string, event_id = 'e1'): Fact => ({
  type: 'stream.chunk',
  chunk: {
    event_id,
    session_id: 's1',
    stage_id: 'g1',
    execution_id: 'O',
    event_type: 'text',
    offset,
    delta,
  },
});

export const trace = (more: Partial<Trace> = {}): Fact => ({
  type: more.kind === 'model' ? 'interaction' : 'tool_trace',
  trace: {
    id: 't1',
    session_id: 's1',
    stage_id: 'g1',
    execution_id: 'O',
    kind: 'tool',
    turn_number: 1,
    tool_name: 'grep',
    input: '{"pattern":"x"}',
    output: null,
    started_at: 1000,
    outcome: 'running',
    ...more,
  },
});

export const step = (more: Partial<StepResult> = {}): Fact => ({
  type: 'step.result',
  step: {
    step_key: 'k1',
    session_id: 's1',
    execution_id: 'O',
    created_at: 1000,
    result: '"done"',
    usage: { output_tokens: 3 },
    duration_ms: 12,
    reads: [{ path: 'a.ts', digest: 'd' }],
    ...more,
  },
});

export const agentSession = (
  more: Partial<AgentSession> = {},
  state: Partial<AgentSession['state']> = {},
  messages: readonly ContextMessage[] = [],
): Fact => ({
  type: 'agent.session',
  messages: [...messages],
  agent_session: chats.agentSession({
    agent_session_id: 'a',
    session_id: 's1',
    turn_number: 1,
    state: chats.agentState(state),
    ...more,
  }),
});

export const progress = (phase: string): Fact => ({
  type: 'execution.progress',
  progress: { execution_id: 'O', session_id: 's1', stage_id: 'g1', phase },
});
