/** A message of the user, with its attachments, its versions, and the way to change it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { UserMeta } from '../../src/contracts/chat.ts';
import type { ChatTurn } from '../../src/contracts/chat_select.ts';
import { act, useScreen } from '../ui/context.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { CopyButton } from '../ui/copy.tsx';
import { Icon } from '../ui/icon.tsx';
import { Attachments } from './attachments.tsx';
import { useChat } from './context.ts';
import { STRINGS } from './strings.ts';

export function UserMessage(props: { readonly turn: ChatTurn }) {
  const { turn } = props;
  const chat = useChat();
  const { execution_id } = turn.execution;
  const text = turn.user?.content ?? '';
  if (chat.editing.value === execution_id) return <Editor turn={turn} text={text} />;
  return (
    <section class="user-message" aria-label={STRINGS.you} data-item-id={turn.user?.event_id}>
      <div class="user-text">{text}</div>
      <Attachments attachments={turn.attachments} />
      <div class="user-actions">
        <Versions turn={turn} />
        <CopyButton icon_only label={STRINGS.copy_message} text={() => text} />
        <IconButton
          icon="edit"
          label={STRINGS.edit}
          onClick={() => {
            chat.editing.value = execution_id;
          }}
        />
      </div>
    </section>
  );
}

/** Before the first frame of its turn. */
export function SendingMessage(props: { readonly text: string }) {
  return (
    <section class="user-message sending" aria-label={STRINGS.you}>
      <div class="user-text">{props.text}</div>
      <p class="note">
        <Icon name="loading" spin /> {STRINGS.sending}
      </p>
    </section>
  );
}

function Versions({ turn }: { readonly turn: ChatTurn }) {
  const screen = useScreen();
  const { siblings, execution } = turn;
  if (siblings.length < 2) return null;
  const at = siblings.indexOf(execution.execution_id);
  const go = (to: number): void => {
    const execution_id = siblings[to];
    const { session_id } = screen;
    if (execution_id) void act(screen, 'chat.branch', { session_id, execution_id });
  };
  return (
    <span class="versions">
      <IconButton
        icon="chevron-left"
        label={STRINGS.previous_branch}
        disabled={at <= 0}
        onClick={() => go(at - 1)}
      />
      <span class="figure" title={STRINGS.branch(at + 1, siblings.length)}>
        <span aria-hidden="true">
          {at + 1}/{siblings.length}
        </span>
        <span class="sr-only">{STRINGS.branch(at + 1, siblings.length)}</span>
      </span>
      <IconButton
        icon="chevron-right"
        label={STRINGS.next_branch}
        disabled={at >= siblings.length - 1}
        onClick={() => go(at + 1)}
      />
    </span>
  );
}

function Editor(props: { readonly turn: ChatTurn; readonly text: string }) {
  const { turn } = props;
  const chat = useChat();
  const [text, setText] = useState(props.text);
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  // Who has just asked to edit writes here, behind what is there.
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(props.text.length, props.text.length);
  }, [props.text]);
  const close = (): void => {
    chat.editing.value = null;
  };
  const send = async (): Promise<void> => {
    if (sending || (text.trim() === '' && turn.attachments.length === 0)) return;
    setSending(true);
    const meta = UserMeta.safeParse(turn.user?.metadata);
    const attachments = turn.attachments.map((a) => a.attachment_id);
    const mentions = meta.success ? meta.data.mentions : [];
    await chat.edit(turn.execution.execution_id, { text, attachments, mentions });
    setSending(false);
  };
  return (
    <section class="user-message editing" aria-label={STRINGS.edit_label}>
      <textarea
        ref={box}
        class="message-box"
        aria-label={STRINGS.edit_label}
        rows={Math.min(12, Math.max(2, text.split('\n').length))}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault();
            close();
          }
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <Attachments attachments={turn.attachments} />
      <div class="button-row">
        <Button primary disabled={sending} onClick={() => void send()}>
          {STRINGS.save_edit}
        </Button>
        <Button onClick={close}>{STRINGS.cancel_edit}</Button>
        <span class="note">{STRINGS.edit_note}</span>
      </div>
    </section>
  );
}
