/** The input: text with mentions, images by paste, drop or picker, the model, Send and Stop. */
import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { IMAGE_TYPES } from '../../src/contracts/chat.ts';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { useScreen } from '../ui/context.ts';
import { IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { Attachments } from './attachments.tsx';
import { useChat } from './context.ts';
import { droppedPaths, isTaken, mentionOf } from './dropped.ts';
import { MentionList, useMentions } from './mention_list.tsx';
import { ModelPicker } from './model_picker.tsx';
import { useRecall } from './recall.ts';
import { STRINGS } from './strings.ts';

export function Composer() {
  const { host, store } = useScreen();
  const chat = useChat();
  const { draft } = chat;
  const box = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [dragging, setDragging] = useState(false);
  const mentions = useMentions(box);
  const recall = useRecall();
  const busy = useComputed(() => {
    const turn = turnsOf(store.state.value).at(-1);
    return turn !== undefined && !isTerminal(turn.execution.status);
  }).value;
  const text = draft.text.value;
  useGrowing(box, text);
  useFocusAtStart(box);

  const keyDown = (event: KeyboardEvent): void => {
    if (event.isComposing || mentions.key(event)) return;
    if (box.current && recall(event, box.current)) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      chat.send();
    }
  };
  const take = (files: FileList | null | undefined): boolean => {
    if (!files || files.length === 0) return false;
    void draft.attach([...files]);
    return true;
  };
  const point = async (paths: readonly string[]): Promise<void> => {
    draft.refusal.value = null;
    for (const path of paths) {
      const item = await mentionOf(host, path).catch(() => null);
      if (item) mentions.put(item);
      else draft.refusal.value = STRINGS.not_here(path.slice(path.lastIndexOf('/') + 1));
    }
  };
  const sendable = text.trim() !== '' || draft.attachments.value.length > 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has buttons beside it that do the same.
    <div
      class={`composer${dragging ? ' dragging' : ''}`}
      onDragOver={(event) => {
        if (!isTaken(event.dataTransfer)) return;
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={() => setDragging(false)}
      onDrop={(event) => {
        setDragging(false);
        const paths = droppedPaths(event.dataTransfer);
        if (paths.length > 0) void point(paths);
        else if (!take(event.dataTransfer?.files)) return;
        event.preventDefault();
      }}
    >
      <Attachments attachments={draft.attachments.value} onRemove={(id) => draft.detach(id)} />
      {draft.uploading.value > 0 ? (
        <p class="note" role="status">
          <Icon name="loading" spin /> {STRINGS.uploading(draft.uploading.value)}
        </p>
      ) : null}
      {draft.refusal.value === null ? null : (
        <p class="composer-refusal" role="alert">
          <Icon name="warning" class="tone-attention" /> {draft.refusal.value}
        </p>
      )}
      <MentionList list={mentions} />
      <textarea
        ref={box}
        class="message-box"
        aria-label={STRINGS.message}
        placeholder={
          dragging ? STRINGS.drop_here : busy ? STRINGS.placeholder_busy : STRINGS.placeholder
        }
        rows={1}
        value={text}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={mentions.shown ? mentions.id : undefined}
        aria-activedescendant={mentions.active}
        onInput={(event) => {
          draft.text.value = event.currentTarget.value;
          mentions.look();
        }}
        onClick={() => mentions.look()}
        onBlur={() => mentions.close()}
        onKeyDown={keyDown}
        onPaste={(event) => {
          if (take(event.clipboardData?.files)) event.preventDefault();
        }}
      />
      <div class="composer-line">
        <IconButton icon="attach" label={STRINGS.attach} onClick={() => picker.current?.click()} />
        <IconButton icon="mention" label={STRINGS.add_context} onClick={() => mentions.begin()} />
        <ModelPicker images={draft.attachments.value.length > 0} />
        <span class="composer-end">
          {busy ? (
            <IconButton
              icon="debug-stop"
              label={chat.stopping.value ? STRINGS.stopping : STRINGS.stop}
              disabled={chat.stopping.value}
              onClick={() => chat.stop()}
            />
          ) : null}
          <IconButton
            icon={busy ? 'add' : 'send'}
            label={busy ? STRINGS.queue : STRINGS.send}
            disabled={!sendable}
            onClick={() => chat.send()}
          />
        </span>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          accept={IMAGE_TYPES.join(',')}
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = '';
          }}
        />
      </div>
    </div>
  );
}

/** As high as its text, up to what the style sheet allows. */
function useGrowing(box: { readonly current: HTMLTextAreaElement | null }, text: string): void {
  // The height follows the text.
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = 'auto';
    element.style.height = `${element.scrollHeight + 2}px`;
  }, [box, text]);
}

/** Who opens a chat wants to write; a focus that is elsewhere in the page stays there. */
function useFocusAtStart(box: { readonly current: HTMLTextAreaElement | null }): void {
  useEffect(() => {
    const back = (): void => {
      if (document.activeElement === document.body) box.current?.focus();
    };
    // A page without the keyboard gets it later, or never: to take it would disturb whoever has it.
    if (document.hasFocus()) back();
    window.addEventListener('focus', back);
    return () => window.removeEventListener('focus', back);
  }, [box]);
}
