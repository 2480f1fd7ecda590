/** What the chat screen may ask its host. Every error message is a sentence for the user. */
import * as z from 'zod/mini';
import { Attachment, Decision, Mention, MentionItem, ModelChoice, QueuedMessage } from './chat.ts';

const method = <P extends z.ZodMiniType, R extends z.ZodMiniType>(params: P, result: R) => ({
  params,
  result,
});
const none = z.strictObject({});
const chat = { session_id: z.string() };
const turn = { ...chat, execution_id: z.string() };
const message = {
  text: z.string(),
  /** Ids that `chat.attach` gave. */
  attachments: z.array(z.string()),
  mentions: z.array(Mention),
};
const sent = z.strictObject({
  /** The new turn; null where the message was queued. */
  execution_id: z.nullable(z.string()),
  queue_id: z.nullable(z.string()),
});

export const CHAT_METHODS = {
  /** Makes an empty chat and opens its panel. `text` is put into its input, not sent. */
  'chat.create': method(
    z.strictObject({ text: z.optional(z.string()), mentions: z.optional(z.array(Mention)) }),
    z.strictObject(chat),
  ),
  /** Renames the chat for good: it no longer takes its title from its first message. */
  'chat.rename': method(z.strictObject({ ...chat, title: z.string() }), none),
  /** Stops the chat and hides it. Nothing is lost before it is purged, a day later at the earliest. */
  'chat.delete': method(z.strictObject(chat), none),
  /**
   * Sends a message. While a turn is at work or waits for an approval, the message is queued and
   * sent when that turn has ended; the queue is `agent_session.state.queue`. Resolves once the
   * message is on disk; the frames of the turn follow.
   */
  'chat.send': method(z.strictObject({ ...chat, ...message }), sent),
  /** Takes a queued message back, so that it can be put into the input again. */
  'chat.withdraw': method(z.strictObject({ ...chat, queue_id: z.string() }), QueuedMessage),
  /**
   * Stops the turn at work, its tools, commands and sub-agents; open approvals are withdrawn. It
   * ends `cancelled`, and what had arrived stays. Queued messages are kept and not sent until the
   * next `chat.send`. Resolves when the turn has ended; does nothing where none is at work.
   */
  'chat.stop': method(z.strictObject(chat), none),
  /**
   * Asks again: a new turn beside this one, with the same message. The old turn stays readable as
   * a branch. Refused while a turn is at work.
   */
  'chat.retry': method(z.strictObject(turn), sent),
  /** As `chat.retry`, with another message in place of that turn's. Later turns stay on their branch. */
  'chat.edit': method(z.strictObject({ ...turn, ...message }), sent),
  /** Shows the branch through this turn, up to its newest end. Refused while a turn is at work. */
  'chat.branch': method(z.strictObject(turn), none),
  /**
   * Answers an approval; the call then runs, or the model is told of the denial and `reason`.
   * `always` also allows what `approval.always` says, in this chat. Refused for one that is gone.
   */
  'chat.approve': method(
    z.strictObject({
      ...chat,
      approval_id: z.string(),
      decision: Decision,
      reason: z.optional(z.string()),
    }),
    none,
  ),
  /** Forgets all "always" of this chat. */
  'chat.reset_permissions': method(z.strictObject(chat), none),
  /**
   * Puts every file that this turn changed back to what it was before the turn's first change.
   * All or nothing: refused with the paths where a file was changed by somebody else since, and
   * while a turn is at work. Effects of commands are not undone. A `log` event with the notice
   * `undone` follows, and the model is told with the next message.
   */
  'chat.undo_turn': method(z.strictObject(turn), z.strictObject({ paths: z.array(z.string()) })),
  /** The reverse of `chat.undo_turn`, under the same rule. */
  'chat.redo_turn': method(z.strictObject(turn), z.strictObject({ paths: z.array(z.string()) })),
  /**
   * Continues the turn that a dead process left `interrupted`: finished calls keep their results,
   * a call that may have had an effect asks first. Refused where nothing is interrupted.
   */
  'chat.resume': method(z.strictObject(chat), none),
  /** Asks where to save the shown branch as Markdown. Resolves when saved or when the user leaves. */
  'chat.export': method(z.strictObject(chat), none),
  /**
   * Keeps a file for a message of this chat; `data` is base64. Refused where it is too large
   * (20 MB unless set otherwise), no image that models take, or not what its type says.
   */
  'chat.attach': method(
    z.strictObject({ ...chat, name: z.string(), media_type: z.string(), data: z.string() }),
    Attachment,
  ),
  /** The bytes of an attachment, base64. */
  'chat.attachment': method(
    z.strictObject({ attachment_id: z.string() }),
    z.strictObject({ media_type: z.string(), data: z.string() }),
  ),
  /** What can follow `@`: `text` is what stands behind it, possibly nothing. Best first, at most 50. */
  'chat.mentions': method(
    z.strictObject({ text: z.string() }),
    z.strictObject({ items: z.array(MentionItem) }),
  ),
  /** Models to choose from, and the one of the settings, which a chat without a choice uses. */
  'chat.models': method(
    none,
    z.strictObject({ models: z.array(ModelChoice), current: z.string() }),
  ),
  /** The chat's model from its next turn on; null: the one of the settings. */
  'chat.set_model': method(z.strictObject({ ...chat, model: z.nullable(z.string()) }), none),
  /** Whether images of earlier messages are left out of what is sent to a model that takes none. */
  'chat.set_images': method(z.strictObject({ ...chat, left_out: z.boolean() }), none),
  /**
   * Opens the editor's own diff for one file of a tool call: what it changed, or, while the
   * approval is open, what it would change.
   */
  'chat.change': method(z.strictObject({ ...chat, event_id: z.string(), path: z.string() }), none),
  /** Puts code from an answer at the cursor of the text editor that was used last. */
  'code.insert': method(z.strictObject({ code: z.string() }), none),
  /**
   * Shows code from an answer as a diff against a file, to be applied from there: the file that
   * `path` names, else the text editor that was used last.
   */
  'code.apply': method(z.strictObject({ code: z.string(), path: z.optional(z.string()) }), none),
  /** The whole text of an event whose frame was cut (`truncated`). */
  'event.content': method(
    z.strictObject({ event_id: z.string() }),
    z.strictObject({ content: z.nullable(z.string()) }),
  ),
} as const;
