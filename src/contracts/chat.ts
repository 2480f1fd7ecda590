/**
 * What a chat keeps beyond the common records. A chat is a session of kind `chat`; a turn is a
 * stage with one execution of kind `turn`; messages, reasoning and tool calls are timeline events,
 * and what is said about them in `metadata` is described here.
 */
import * as z from 'zod/mini';

const id = z.string().check(z.minLength(1));
const count = z.number().check(z.nonnegative());

/** Bytes of one attached file, where no setting says otherwise. */
export const ATTACHMENT_BYTES = 20 * 1024 * 1024;
/** Attachments of one message. */
export const ATTACHMENTS_AT_ONCE = 10;
/** Image types that models take. */
export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** A file that came with a message; its bytes are fetched with `chat.attachment`. */
export const Attachment = z.strictObject({
  /** sha-256 of the bytes, hex. */
  attachment_id: id,
  name: z.string(),
  media_type: z.string(),
  bytes: count,
});
export type Attachment = z.infer<typeof Attachment>;

/** Something of the workspace that a message points at; the host puts its text into the prompt. */
export const Mention = z.discriminatedUnion('kind', [
  /** `path` relative to the workspace with `/`; lines count from 1, both included. */
  z.strictObject({
    kind: z.literal('file'),
    path: z.string(),
    start_line: z.optional(z.int().check(z.minimum(1))),
    end_line: z.optional(z.int().check(z.minimum(1))),
  }),
  /** What is selected in the editor. Absent text: the host takes what is selected at sending. */
  z.strictObject({
    kind: z.literal('selection'),
    path: z.optional(z.string()),
    start_line: z.optional(z.int().check(z.minimum(1))),
    end_line: z.optional(z.int().check(z.minimum(1))),
    text: z.optional(z.string()),
  }),
  /** The editor's problems: of one file, or of the whole workspace. */
  z.strictObject({ kind: z.literal('problems'), path: z.optional(z.string()) }),
]);
export type Mention = z.infer<typeof Mention>;

/** A mention as it stands in a text: `@src/main.ts`, `@src/main.ts:3-9`, `@selection`. */
export function mentionLabel(mention: Mention): string {
  if (mention.kind !== 'file') return `@${mention.kind}`;
  const { path, start_line, end_line } = mention;
  return start_line === undefined ? `@${path}` : `@${path}:${start_line}-${end_line ?? start_line}`;
}

/** One line of the completion list behind `@`. */
export const MentionItem = z.strictObject({
  mention: Mention,
  /** What is shown and put into the text: `@src/main.ts`, `@selection`, `@problems`. */
  label: z.string(),
  /** A few grey words beside it. */
  detail: z.string(),
  /** Codicon name. */
  icon: z.string(),
});
export type MentionItem = z.infer<typeof MentionItem>;

/** A message that waits until the turn at work has ended. */
export const QueuedMessage = z.strictObject({
  queue_id: id,
  text: z.string(),
  attachments: z.array(Attachment),
  mentions: z.array(Mention),
  created_at: z.number(),
});
export type QueuedMessage = z.infer<typeof QueuedMessage>;

export const Decision = z.enum(['once', 'always', 'deny']);
export type Decision = z.infer<typeof Decision>;

/** A question that waits for the user: may this tool call run? */
export const Approval = z.strictObject({
  approval_id: id,
  /** The execution that asks: the turn, or a sub-agent below it. */
  execution_id: id,
  agent_name: z.string(),
  /** The `tool_call` event that shows the call; its `metadata.approval` says the same. */
  event_id: id,
  trace_id: id,
  tool_call_id: z.string(),
  tool_name: z.string(),
  permission: z.enum(['read', 'write', 'execute']),
  /** What exactly would happen: the whole command line, or "Change src/a.ts". */
  title: z.string(),
  /** Files that the call would change, relative to the workspace. `chat.change` shows the diff. */
  paths: z.array(z.string()),
  /** What "always" would allow, as a sentence: "All file changes in this chat". */
  always: z.string(),
  /** The rule that "always" adds to `allowed`. */
  rule: z.string(),
  /** Why it is asked again although the call had begun once: the process died meanwhile. */
  interrupted: z.optional(z.boolean()),
  asked_at: z.number(),
});
export type Approval = z.infer<typeof Approval>;

/** A tool call of the turn at work that has no result in the conversation yet. */
export const PendingCall = z.strictObject({
  tool_call_id: z.string(),
  tool_name: z.string(),
  permission: z.nullable(z.enum(['read', 'write', 'execute'])),
  /** `waiting` for the user, `started` (an effect is possible), `done` (the result is in its trace). */
  state: z.enum(['pending', 'waiting', 'started', 'done']),
  trace_id: z.nullable(z.string()),
});
export type PendingCall = z.infer<typeof PendingCall>;

/** What is needed to show and to continue a chat, beyond its facts. */
export const AgentState = z.strictObject({
  /** Who answers, without secrets. `model` null: the one of the settings. */
  provider: z.strictObject({
    name: z.string(),
    base_url: z.nullable(z.string()),
    model: z.nullable(z.string()),
    simulated: z.boolean(),
  }),
  /** The newest message of the conversation; older ones follow by their parents. */
  head_message_id: z.nullable(z.string()),
  /** The last turn of the branch that is shown; earlier ones follow by `previous_execution_id`. */
  active_execution_id: z.nullable(z.string()),
  pending_calls: z.array(PendingCall),
  approvals: z.array(Approval),
  queue: z.array(QueuedMessage),
  /** Rules of "always allow this" in this chat. */
  allowed: z.array(z.string()),
  /** Model calls and tokens of the turn at work. */
  budget: z.strictObject({ steps: count, tokens: count }),
  /** Tokens of the last prompt, and of the model's window; null where unknown. */
  context: z.strictObject({ tokens: z.nullable(count), window: z.nullable(count) }),
  /** What the model is told with the next message, such as an undo. */
  notes: z.array(z.string()),
  /** The user has images of earlier messages left out for models that take none; they stay kept. */
  images_left_out: z.optional(z.boolean()),
  /** Set where the user deleted the chat; it can be restored. Epoch milliseconds. */
  deleted_at: z.optional(z.nullable(z.number())),
});
export type AgentState = z.infer<typeof AgentState>;

/**
 * The serialised agent of a chat. `in_progress`: a turn is at work; `interrupted`: its process
 * died and `chat.resume` continues it; `awaiting_input`: approvals are open, also after a restart.
 */
export const AgentSession = z.strictObject({
  agent_session_id: id,
  session_id: id,
  /** The turn at work or the last one. */
  execution_id: z.nullable(id),
  status: z.enum(['idle', 'in_progress', 'awaiting_input', 'interrupted']),
  turn_number: count,
  state: AgentState,
  created_at: z.number(),
  updated_at: z.number(),
});
export type AgentSession = z.infer<typeof AgentSession>;

/** One message of the conversation as the model is given it; a branch is a second child. */
export const ContextMessage = z.strictObject({
  message_id: id,
  session_id: id,
  parent_message_id: z.nullable(id),
  execution_id: id,
  created_at: z.number(),
  /** The message in the words of the model port; attachments stand there by their id. */
  message: z.record(z.string(), z.unknown()),
});
export type ContextMessage = z.infer<typeof ContextMessage>;

/** `metadata` of an event of type `user`; `content` is the text as it was typed. */
export const UserMeta = z.object({
  /** The turn before it on its branch; null for the first. */
  previous_execution_id: z.nullable(z.string()),
  /** Edited or retried: the turn that this one stands beside. */
  replaces_execution_id: z.optional(z.string()),
  /** The conversation's newest message before this turn; null for the first. */
  head_message_id: z.nullable(z.string()),
  attachments: z.array(Attachment),
  mentions: z.array(Mention),
});
export type UserMeta = z.infer<typeof UserMeta>;

/** A file that a tool call changed or would change. Contents are kept; `chat.change` shows them. */
export const FileChange = z.object({
  path: z.string(),
  kind: z.enum(['create', 'edit', 'delete']),
  added: count,
  removed: count,
  /** sha-256 of the bytes before and after; null where there was or is no file. */
  before: z.nullable(z.string()),
  after: z.nullable(z.string()),
  /** True where it was made in a git worktree of the agent's own: the workspace did not change. */
  apart: z.optional(z.boolean()),
});
export type FileChange = z.infer<typeof FileChange>;

/** What an agent of a run asks its user; see `Approval`, which is the same for chats. */
export const RunQuestion = z.object({
  agent_name: z.string(),
  /** What exactly would happen: the whole command line, or "Change src/a.ts". */
  title: z.string(),
  /** Files that the call would change, relative to the workspace. `chat.change` shows the diff. */
  paths: z.array(z.string()),
  /** What "always" would allow, as a sentence: "All file changes in this run". */
  always: z.string(),
  asked_at: z.number(),
});
export type RunQuestion = z.infer<typeof RunQuestion>;

/** `metadata` of an event of type `tool_call`; `content` says in a few words what it does. */
export const ToolCallMeta = z.object({
  trace_id: z.string(),
  tool_name: z.string(),
  tool_call_id: z.string(),
  permission: z.optional(z.enum(['read', 'write', 'execute'])),
  /** `asked` while an approval is open; then what the user or the policy said. */
  approval: z.optional(
    z.object({
      approval_id: z.optional(z.string()),
      state: z.enum(['asked', 'allowed', 'denied']),
      by: z.optional(z.enum(['user', 'policy', 'always'])),
      reason: z.optional(z.string()),
      /** The rule that allowed it for the rest of the run, where the user made it one. */
      rule: z.optional(z.string()),
      /** While it is asked in a run; a chat keeps its open approvals with its agent. */
      question: z.optional(RunQuestion),
    }),
  ),
  changes: z.optional(z.array(FileChange)),
  /** The sub-agent that a `dispatch_agent` call started: its card stands here. */
  dispatched_execution_id: z.optional(z.string()),
  /** A command's end; null where it was killed. */
  exit_code: z.optional(z.nullable(z.number())),
});
export type ToolCallMeta = z.infer<typeof ToolCallMeta>;

/**
 * `metadata.notice` of an event of type `log` in a chat: something happened to the conversation.
 * `content` says it in words.
 */
export const Notice = z.discriminatedUnion('kind', [
  /** Older turns were replaced by `summary` for the model; they stay readable on the screen. */
  z.object({
    kind: z.literal('compacted'),
    /** The turns that the model no longer sees whole. */
    execution_ids: z.array(z.string()),
    summary: z.string(),
    tokens_before: z.nullable(z.number()),
  }),
  z.object({ kind: z.literal('undone'), paths: z.array(z.string()) }),
  z.object({ kind: z.literal('redone'), paths: z.array(z.string()) }),
  /** The turn went on after its process had died. */
  z.object({ kind: z.literal('resumed') }),
]);
export type Notice = z.infer<typeof Notice>;

/** One line of the list of chats. */
export const ChatSummary = z.strictObject({
  session_id: id,
  title: z.string(),
  status: z.enum(['idle', 'in_progress', 'awaiting_input', 'interrupted']),
  created_at: z.number(),
  updated_at: z.number(),
  turns: count,
  simulated: z.boolean(),
  deleted: z.boolean(),
  /** Where the search text was found, best first; empty without a search. */
  matches: z.array(
    z.strictObject({
      event_id: id,
      execution_id: z.nullable(z.string()),
      /** The line around the hit. */
      excerpt: z.string(),
    }),
  ),
});
export type ChatSummary = z.infer<typeof ChatSummary>;

export const ModelChoice = z.strictObject({
  /** What `chat.set_model` takes. */
  model: z.string(),
  label: z.string(),
  /** Whether it takes images. */
  images: z.boolean(),
  context_window: z.nullable(z.number()),
});
export type ModelChoice = z.infer<typeof ModelChoice>;
