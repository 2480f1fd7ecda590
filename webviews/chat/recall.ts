/** Earlier messages of this chat in the input: arrow up in an empty one, and on from there. */
import { useRef } from 'preact/hooks';
import { mentionLabel, UserMeta } from '../../src/contracts/chat.ts';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { useScreen } from '../ui/context.ts';
import { useChat } from './context.ts';

interface Recalled {
  /** 0 is the latest message. */
  readonly index: number;
  readonly text: string;
}

/** @returns what takes a key of the input, and says whether it was used. */
export function useRecall(): (event: KeyboardEvent, box: HTMLTextAreaElement) => boolean {
  const { store } = useScreen();
  const { draft } = useChat();
  const at = useRef<Recalled | null>(null);
  return (event, box) => {
    const up = event.key === 'ArrowUp';
    if ((!up && event.key !== 'ArrowDown') || event.shiftKey || event.ctrlKey || event.altKey) {
      return false;
    }
    // A recalled message that was changed since is the user's own text.
    const from = at.current?.text === box.value ? at.current.index : -1;
    if (from === -1 && (box.value !== '' || !up)) return false;
    // Within a recalled text of several lines the arrows move between the lines first.
    const edge = up ? 0 : box.value.length;
    const { selectionStart, selectionEnd } = box;
    if (selectionStart !== selectionEnd || selectionStart !== edge) return false;
    event.preventDefault();
    const messages = latestFirst(turnsOf(store.state.peek()));
    const index = from + (up ? 1 : -1);
    const message = messages[index];
    if (index >= messages.length) return true;
    at.current = message ? { index, text: message.text } : null;
    const { attachments } = draft.kept();
    draft.set({ text: message?.text ?? '', mentions: message?.mentions ?? [], attachments });
    box.value = message?.text ?? '';
    const caret = up ? 0 : box.value.length;
    box.setSelectionRange(caret, caret);
    return true;
  };
}

/** Messages of the shown branch; of equal ones only the latest. */
function latestFirst(turns: ReturnType<typeof turnsOf>) {
  const seen = new Set<string>();
  return turns.toReversed().flatMap(({ user }) => {
    const text = user?.content ?? '';
    if (text.trim() === '' || seen.has(text)) return [];
    seen.add(text);
    const meta = UserMeta.safeParse(user?.metadata);
    const mentions = meta.success ? meta.data.mentions : [];
    return [{ text, mentions: mentions.map((m) => ({ label: mentionLabel(m), mention: m })) }];
  });
}
