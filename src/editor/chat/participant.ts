/** `@boocode` in VS Code's own chat: each question is a turn of a BooCode chat, told as it goes. */
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { App } from '../../app.ts';
import type { Frame } from '../../contracts/frames.ts';
import { isTerminal } from '../../contracts/status.ts';

const ID = 'boocode.chat-participant';
/** What an answer carries for the next question of the same conversation. */
const Kept = z.object({ session_id: z.string() });

/** @returns nothing where this editor offers no chat. */
export function offerParticipant(openApp: () => Promise<App>): vscode.Disposable[] {
  // The API is there from VS Code 1.93 on; forks of it may leave it out.
  if (!('chat' in vscode) || typeof vscode.chat?.createChatParticipant !== 'function') return [];
  const participant = vscode.chat.createChatParticipant(
    ID,
    async (request, context, out, token) => {
      const app = await openApp();
      const session_id = earlier(context) ?? (await app.chats.create());
      await tell(app, session_id, request.prompt, out, token);
      await offerToOpen(app, session_id, out, 'Open in BooCode');
      return { metadata: { session_id } };
    },
  );
  participant.iconPath = new vscode.ThemeIcon('comment-discussion');
  return [participant];
}

async function offerToOpen(
  app: App,
  session_id: string,
  out: vscode.ChatResponseStream,
  title: string,
): Promise<void> {
  const session = await app.store.session(session_id);
  const chat = { session_id, title: session?.title ?? 'BooCode' };
  out.button({ command: 'boocode.openChat', title, arguments: [chat] });
}

/** The chat that answered before in this conversation. */
function earlier(context: vscode.ChatContext): string | null {
  for (const turn of context.history.toReversed()) {
    if (!(turn instanceof vscode.ChatResponseTurn)) continue;
    const kept = Kept.safeParse(turn.result.metadata);
    if (kept.success) return kept.data.session_id;
  }
  return null;
}

/** Sends the question and passes the answer on until its turn has ended. */
async function tell(
  app: App,
  session_id: string,
  text: string,
  out: vscode.ChatResponseStream,
  token: vscode.CancellationToken,
): Promise<void> {
  let turn: string | null = null;
  const said = new Said(app, out);
  let ended: () => void = () => undefined;
  const end = new Promise<void>((resolve) => {
    ended = resolve;
  });
  // Frames may come before the answer that names the turn.
  const early: Frame[] = [];
  const ask = (): void => void offerToOpen(app, session_id, out, 'Answer in BooCode');
  const take = (frame: Frame): void => {
    if (frame.execution_id === turn) pass(frame, said, out, ask, ended);
  };
  const unsubscribe = app.store.subscribe((frame) => {
    if (frame.session_id !== session_id) return;
    if (turn === null) early.push(frame);
    else take(frame);
  });
  const stopping = token.onCancellationRequested(() => void app.chats.stop(session_id));
  try {
    const sent = await app.chats.send(session_id, { text, attachments: [], mentions: [] });
    if (sent.execution_id === null) {
      out.markdown('The chat is still at work; the question waits there.');
      return;
    }
    turn = sent.execution_id;
    for (const frame of early) take(frame);
    await end;
    await said.all();
  } finally {
    stopping.dispose();
    unsubscribe();
  }
}

/** Passes the text of an answer on once: what is streamed as it comes, the rest with its end. */
class Said {
  readonly #app: App;
  readonly #out: vscode.ChatResponseStream;
  /** UTF-16 units passed on of each event. */
  readonly #lengths = new Map<string, number>();
  #last: Promise<void> = Promise.resolve();

  constructor(app: App, out: vscode.ChatResponseStream) {
    this.#app = app;
    this.#out = out;
  }

  add(event_id: string, delta: string): void {
    this.#lengths.set(event_id, (this.#lengths.get(event_id) ?? 0) + delta.length);
    this.#last = this.#last.then(() => this.#out.markdown(delta));
  }

  /** @param content null where the frame has only the beginning of it. */
  end(event_id: string, content: string | null): void {
    const from = this.#lengths.get(event_id) ?? 0;
    this.#last = this.#last.then(async () => {
      const whole = content ?? (await this.#app.store.eventContent(event_id)) ?? '';
      if (whole.length > from) this.#out.markdown(whole.slice(from));
    });
  }

  all(): Promise<void> {
    return this.#last;
  }
}

function pass(
  frame: Frame,
  said: Said,
  out: vscode.ChatResponseStream,
  ask: () => void,
  ended: () => void,
): void {
  switch (frame.type) {
    case 'stream.chunk': {
      const { event_id, event_type, delta } = frame.chunk;
      if (isAnswer(event_type)) said.add(event_id, delta);
      return;
    }
    case 'timeline.completed': {
      const { event_id, event_type, content, truncated } = frame.event;
      if (isAnswer(event_type)) said.end(event_id, truncated ? null : content);
      return;
    }
    case 'timeline.created':
      if (frame.event.event_type === 'tool_call') out.progress(frame.event.content);
      return;
    case 'execution.status': {
      const { status, error } = frame.execution;
      if (status === 'awaiting_input') {
        out.markdown('\n\n*BooCode waits for your answer in its chat.*');
        ask();
      }
      if (!isTerminal(status)) return;
      if (error) out.markdown(`\n\n${error}`);
      ended();
      return;
    }
    default:
      return;
  }
}

function isAnswer(event_type: string): boolean {
  return event_type === 'text' || event_type === 'final';
}
