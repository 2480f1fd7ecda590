/**
 * Names of the OpenTelemetry GenAI semantic conventions that our spans carry, as the repository
 * open-telemetry/semantic-conventions-genai stood in June 2026. It has no release yet and every
 * name is "Development", so they are kept here, in one place, rather than taken from a package.
 * What the conventions do not name is ours and says so: `boocode.*`.
 */
export const NAMES = {
  operation: 'gen_ai.operation.name',
  conversation: 'gen_ai.conversation.id',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  requestStream: 'gen_ai.request.stream',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** Seconds. */
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  /** The whole prompt, cached parts included. */
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheRead: 'gen_ai.usage.cache_read.input_tokens',
  cacheCreation: 'gen_ai.usage.cache_creation.input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  toolName: 'gen_ai.tool.name',
  toolType: 'gen_ai.tool.type',
  toolCallId: 'gen_ai.tool.call.id',
  agentName: 'gen_ai.agent.name',
  workflowName: 'gen_ai.workflow.name',
  errorType: 'error.type',
  // Content: only where the user asked for it.
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  toolDefinitions: 'gen_ai.tool.definitions',
  toolArguments: 'gen_ai.tool.call.arguments',
  toolResult: 'gen_ai.tool.call.result',
  // Ours.
  sessionId: 'boocode.session.id',
  executionId: 'boocode.execution.id',
  traceId: 'boocode.trace.id',
  stage: 'boocode.stage.title',
  kind: 'boocode.execution.kind',
  turn: 'boocode.turn',
  outcome: 'boocode.outcome',
  simulated: 'boocode.simulated',
  /** US dollars. */
  cost: 'boocode.cost.usd',
  priceVersion: 'boocode.cost.price_version',
  attempts: 'boocode.attempts',
  cachedFrom: 'boocode.cached_from',
  inProgress: 'boocode.in_progress',
  contentCut: 'boocode.content_truncated',
} as const;

/** What others write: not ours, or of the conventions as they were before. Only read. */
export const READ_NAMES = {
  systemInstructions: 'gen_ai.system_instructions',
  /** The provider, before `gen_ai.provider.name`. */
  system: 'gen_ai.system',
  promptTokens: 'gen_ai.usage.prompt_tokens',
  completionTokens: 'gen_ai.usage.completion_tokens',
} as const;

export const SERVICE_NAME = 'boocode';
export const SCOPE = { name: 'boocode.trace', version: '1' } as const;
