/** The chat's title and what can be done with the chat as a whole. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { act, useScreen } from '../ui/context.ts';
import { Button, IconButton, TextField } from '../ui/controls.tsx';
import { useChat } from './context.ts';
import { openFind } from './find_bar.tsx';
import { STRINGS } from './strings.ts';

export function Header() {
  const screen = useScreen();
  const chat = useChat();
  const { session_id, store } = screen;
  const title = store.state.value.session?.title ?? '';
  const [renaming, setRenaming] = useState(false);
  return (
    <header class="chat-header">
      {renaming ? (
        <Rename title={title} onClose={() => setRenaming(false)} />
      ) : (
        <h1 title={title}>{title}</h1>
      )}
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of form fields. */}
      <div class="chat-actions" role="group" aria-label={STRINGS.header_actions}>
        <IconButton icon="edit" label={STRINGS.rename} onClick={() => setRenaming(!renaming)} />
        <IconButton icon="search" label={STRINGS.find_open} onClick={() => openFind(chat.find)} />
        <IconButton icon="history" label={STRINGS.timeline} onClick={() => chat.toggleTimeline()} />
        <IconButton
          icon="list-tree"
          label={STRINGS.open_trace}
          onClick={() => void act(screen, 'trace.open', { session_id })}
        />
        <IconButton
          icon="export"
          label={STRINGS.export}
          onClick={() => void act(screen, 'chat.export', { session_id })}
        />
        <IconButton
          icon="trash"
          label={STRINGS.remove}
          onClick={() => void act(screen, 'chat.delete', { session_id })}
        />
        <IconButton
          icon="add"
          label={STRINGS.new_chat}
          onClick={() => void act(screen, 'chat.create', {})}
        />
      </div>
    </header>
  );
}

function Rename(props: { readonly title: string; readonly onClose: () => void }) {
  const screen = useScreen();
  const { session_id } = screen;
  const [title, setTitle] = useState(props.title);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The field is built a moment after its element has come into the page.
    requestAnimationFrame(() => {
      box.current?.querySelector<HTMLElement>('vscode-text-field')?.focus();
    });
  }, []);
  const save = async (): Promise<void> => {
    const named = title.trim();
    if (named === '' || named === props.title) return props.onClose();
    if (await act(screen, 'chat.rename', { session_id, title: named })) props.onClose();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys of the field inside.
    <div
      ref={box}
      class="rename"
      onKeyDown={(event) => {
        if (event.key === 'Enter') void save();
        if (event.key !== 'Escape') return;
        event.preventDefault();
        props.onClose();
      }}
    >
      <TextField hidden_label label={STRINGS.rename_label} value={title} onInput={setTitle} />
      <Button primary onClick={() => void save()}>
        {STRINGS.rename_save}
      </Button>
    </div>
  );
}
