/** The chat requests that need no editor, answered by the chats of this workspace. */
import type { CHAT_METHODS } from '../contracts/chat_requests.ts';
import type { Params, Result } from '../contracts/requests.ts';
import type { Chats } from './chats.ts';

/** These open something in the editor, so the editor answers them. */
type OfEditor = 'chat.create' | 'chat.export' | 'chat.change' | 'code.insert' | 'code.apply';
type Answered = Exclude<keyof typeof CHAT_METHODS, OfEditor | 'event.content'> | 'agent.cancel';

export type ChatRequests = {
  readonly [M in Answered]: (params: Params<M>) => Promise<Result<M>>;
};

export function chatRequests(chats: Chats): ChatRequests {
  const done = async (work: Promise<unknown>): Promise<Record<string, never>> => {
    await work;
    return {};
  };
  return {
    'chat.rename': (p) => done(chats.rename(p.session_id, p.title)),
    'chat.delete': (p) => done(chats.remove(p.session_id)),
    'chat.send': ({ session_id, ...message }) => chats.send(session_id, message),
    'chat.withdraw': (p) => chats.withdraw(p.session_id, p.queue_id),
    'chat.stop': (p) => done(chats.stop(p.session_id)),
    'agent.cancel': async (p) => ({
      cancelled: await chats.cancelAgent(p.session_id, p.execution_id),
    }),
    'chat.retry': (p) => chats.retry(p.session_id, p.execution_id),
    'chat.edit': ({ session_id, execution_id, ...message }) =>
      chats.edit(session_id, execution_id, message),
    'chat.branch': (p) => done(chats.showBranch(p.session_id, p.execution_id)),
    'chat.approve': (p) => done(chats.approve(p.session_id, p.approval_id, p.decision, p.reason)),
    'chat.reset_permissions': (p) => done(chats.resetPermissions(p.session_id)),
    'chat.undo_turn': async (p) => ({ paths: await chats.undoTurn(p.session_id, p.execution_id) }),
    'chat.redo_turn': async (p) => ({ paths: await chats.redoTurn(p.session_id, p.execution_id) }),
    'chat.resume': (p) => done(chats.resume(p.session_id)),
    'chat.attach': ({ session_id: _, ...file }) => chats.attach(file),
    'chat.attachment': (p) => chats.attachment(p.attachment_id),
    'chat.mentions': async (p) => ({ items: await chats.mentions(p.text) }),
    'chat.models': () => chats.models(),
    'chat.set_model': (p) => done(chats.setModel(p.session_id, p.model)),
    'chat.set_images': (p) => done(chats.leaveOutImages(p.session_id, p.left_out)),
  };
}
