/** The search field above the conversation. Escape closes it and gives the keyboard back. */
import { useEffect } from 'preact/hooks';
import { IconButton } from '../ui/controls.tsx';
import { useFindKey } from '../ui/find_key.ts';
import { SearchField } from '../ui/search_field.tsx';
import { useChat } from './context.ts';
import { STRINGS } from './strings.ts';

const FIELD = 'chat-find';
/** Longer selections are not what somebody looks for. */
const SELECTED = 200;

/** Who had the keyboard before. */
let before: Element | null = null;

/** Ctrl+F and Cmd+F open the search, F3 and Ctrl+G step through it. */
export function useFindKeys(): void {
  const { find } = useChat();
  useFindKey(() => openFind(find));
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const again = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'g';
      if (!find.shown.peek() || (event.key !== 'F3' && !again)) return;
      event.preventDefault();
      find.step(event.shiftKey ? -1 : 1);
    };
    document.addEventListener('keydown', key);
    return () => document.removeEventListener('keydown', key);
  }, [find]);
}

export function openFind(find: ReturnType<typeof useChat>['find']): void {
  const selected = String(document.getSelection() ?? '').trim();
  const one_line = selected.length <= SELECTED && !selected.includes('\n') ? selected : '';
  if (!find.shown.peek()) before = document.activeElement;
  find.open(one_line);
  field()?.select();
}

export function closeFind(find: ReturnType<typeof useChat>['find']): void {
  find.close();
  const to = before instanceof HTMLElement && before.isConnected ? before : null;
  const fallback = document.querySelector<HTMLElement>('.composer textarea');
  (to === null || to === document.body ? fallback : to)?.focus();
  before = null;
}

export function FindBar() {
  const { find } = useChat();
  const shown = find.shown.value;
  useEffect(() => {
    if (shown) field()?.select();
  }, [shown]);
  if (!shown) return null;
  const cut = find.bodies.value === 'cut';
  return (
    <search class="find-bar">
      <SearchField
        id={FIELD}
        label={STRINGS.find}
        text={find.query.value}
        standing={find.number.value}
        found={find.found.value}
        searching={find.needle.value !== ''}
        mark={find.bodies.value === 'asking' ? ' …' : cut ? ' *' : ''}
        mark_title={cut ? STRINGS.find_cut : undefined}
        onText={(text) => find.search(text)}
        onStep={(by) => find.step(by)}
        onLeave={() => closeFind(find)}
      />
      <IconButton icon="close" label={STRINGS.find_close} onClick={() => closeFind(find)} />
    </search>
  );
}

function field(): HTMLInputElement | null {
  const element = document.getElementById(FIELD);
  return element instanceof HTMLInputElement ? element : null;
}
