/** What can follow `@`: a list above the input that its arrows move in. */
import { useEffect, useId, useState } from 'preact/hooks';
import type { MentionItem } from '../../src/contracts/chat.ts';
import { useScreen } from '../ui/context.ts';
import { Icon } from '../ui/icon.tsx';
import { useChat } from './context.ts';
import { type Typed, typedMention, withMention } from './mentions.ts';
import { STRINGS } from './strings.ts';

export interface Mentions {
  readonly id: string;
  readonly shown: boolean;
  readonly items: readonly MentionItem[];
  readonly index: number;
  /** Id of the marked option. */
  readonly active: string | undefined;
  /** Looks at the text around the caret. */
  look(): void;
  /** @returns true where the key was used. */
  key(event: KeyboardEvent): boolean;
  /** Types an `@` at the caret. */
  begin(): void;
  choose(item: MentionItem): void;
  /** Writes a mention at the caret, as if it had been typed. */
  put(item: MentionItem): void;
  close(): void;
}

export function useMentions(box: { readonly current: HTMLTextAreaElement | null }): Mentions {
  const { host } = useScreen();
  const { draft } = useChat();
  const id = useId();
  const [typed, setTyped] = useState<Typed | null>(null);
  const [items, setItems] = useState<readonly MentionItem[] | null>(null);
  const [index, setIndex] = useState(0);
  const wanted = typed?.text ?? null;

  useEffect(() => {
    if (wanted === null) return;
    let gone = false;
    host.request('chat.mentions', { text: wanted }).then(
      (answer) => {
        if (gone) return;
        setItems(answer.items);
        setIndex(0);
      },
      () => !gone && setItems([]),
    );
    return () => {
      gone = true;
    };
  }, [host, wanted]);
  // At once, not after the next rendering: what is typed meanwhile belongs behind the label.
  const write = (element: HTMLTextAreaElement, text: string, caret: number): void => {
    element.value = text;
    element.focus();
    element.setSelectionRange(caret, caret);
    draft.text.value = text;
  };

  /** Writes at the caret, apart from the word before. @returns where it begins, null without a box. */
  const open = (words: string): number | null => {
    const element = box.current;
    if (!element) return null;
    const at = element.selectionStart;
    const before = element.value.slice(0, at);
    const gap = before === '' || /\s$/.test(before) ? '' : ' ';
    const start = at + gap.length;
    write(element, `${before}${gap}${words}${element.value.slice(at)}`, start + words.length);
    return start;
  };

  const close = (): void => {
    setTyped(null);
    setItems(null);
  };
  const look = (): void => {
    const element = box.current;
    const found = element ? typedMention(element.value, element.selectionStart) : null;
    if (found === null) close();
    else setTyped(found);
  };
  const choose = (item: MentionItem): void => {
    const element = box.current;
    if (!typed || !element) return;
    const next = withMention(element.value, typed, element.selectionStart, item);
    write(element, next.text, next.caret);
    draft.remember({ label: item.label, mention: item.mention });
    close();
  };
  const shown = typed !== null && items !== null;
  const list = items ?? [];
  return {
    id,
    shown,
    items: list,
    index,
    active: shown && list.length > 0 ? `${id}-${index}` : undefined,
    look,
    close,
    choose,
    begin() {
      const start = open('@');
      if (start !== null) setTyped({ start, text: '' });
    },
    put(item) {
      if (open(`${item.label} `) === null) return;
      draft.remember({ label: item.label, mention: item.mention });
    },
    key(event) {
      if (!shown) return false;
      const item = list[index];
      if (event.key === 'Escape') close();
      else if (list.length === 0 || !item) return false;
      else if (event.key === 'ArrowDown') setIndex((index + 1) % list.length);
      else if (event.key === 'ArrowUp') setIndex((index + list.length - 1) % list.length);
      else if (event.key === 'Enter' || event.key === 'Tab') choose(item);
      else return false;
      event.preventDefault();
      return true;
    },
  };
}

export function MentionList({ list }: { readonly list: Mentions }) {
  const { id, index, items } = list;
  useEffect(() => {
    document.getElementById(`${id}-${index}`)?.scrollIntoView({ block: 'nearest' });
  }, [id, index]);
  if (!list.shown) return null;
  return (
    <div class="mentions" role="listbox" id={id} aria-label={STRINGS.mention_list}>
      {items.length === 0 ? <p class="note">{STRINGS.no_mentions}</p> : null}
      {items.map((item, i) => (
        <div
          key={item.label}
          id={`${id}-${i}`}
          class={i === index ? 'mention marked' : 'mention'}
          role="option"
          aria-selected={i === index}
          tabIndex={-1}
          // Before the input loses the focus, which would close the list.
          onMouseDown={(event) => {
            event.preventDefault();
            list.choose(item);
          }}
        >
          <Icon name={item.icon} />
          <span>{item.label}</span>
          <span class="note">{item.detail}</span>
        </div>
      ))}
    </div>
  );
}
