/** The conversation: only the rows in view are in the page, however long it is. */
import { useComputed } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { turnsOf } from '../../src/contracts/chat_select.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { useScreen } from '../ui/context.ts';
import { Button } from '../ui/controls.tsx';
import { useVirtualRows } from '../ui/virtual.ts';
import { AutoScroll } from './auto_scroll.ts';
import { useChat } from './context.ts';
import { Empty } from './empty.tsx';
import type { Sending } from './model.ts';
import { RowView } from './row_view.tsx';
import type { Row } from './rows.ts';
import { STRINGS } from './strings.ts';
import { useAutoScroll } from './use_auto_scroll.ts';
import { useFind } from './use_find.ts';
import { useReveal } from './use_reveal.ts';
import { SendingMessage } from './user_message.tsx';

/** First guess of a row's height by its kind, in pixels; rows are measured as they appear. */
const ESTIMATE: Readonly<Record<Row['kind'], number>> = {
  user: 70,
  item: 44,
  card: 40,
  card_end: 40,
  tabs: 200,
  end: 44,
};

export function Conversation() {
  const { store } = useScreen();
  const chat = useChat();
  const rows = chat.rows.value;
  const sending = useUnconfirmed(rows);
  const live = useComputed(() => {
    const turn = turnsOf(store.state.value).at(-1);
    return turn !== undefined && !isTerminal(turn.execution.status);
  }).value;
  if (rows.length === 0 && sending.length === 0) return <Empty />;
  return <List rows={rows} sending={sending} live={live} />;
}

function List(props: {
  readonly rows: readonly Row[];
  readonly sending: readonly Sending[];
  readonly live: boolean;
}) {
  const { rows, sending } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const keep = focused === null ? -1 : rows.findIndex((row) => row.key === focused);
  const following = useMemo(() => new AutoScroll(), []);
  const { items, total, virtualizer, measure } = useVirtualRows({
    count: rows.length,
    scroller,
    ending: following.active(performance.now()),
    keyOf: (index) => rows[index]?.key ?? String(index),
    estimate: (index) => ESTIMATE[rows[index]?.kind ?? 'item'],
    keep,
  });
  const live = props.live || sending.length > 0;
  const scroll = useAutoScroll(scroller, following, live, total + sending.length);
  const lit = useReveal(rows, scroller, virtualizer, scroll);
  useFind(rows, scroller, virtualizer, scroll);
  useFocusKept(scroller, setFocused);
  return (
    <div class="conversation">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <section class="scroller" ref={scroller} aria-label={STRINGS.conversation} tabIndex={0}>
        <div class="rows" style={{ height: `${total}px` }}>
          {items.map((item) => {
            const row = rows[item.index];
            return row ? (
              <div
                key={row.key}
                ref={measure}
                data-index={item.index}
                data-key={row.key}
                class={`row${lit === row.key ? ' lit' : ''}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <RowView row={row} />
              </div>
            ) : null;
          })}
        </div>
        {sending.map((message) => (
          <SendingMessage key={message.key} text={message.text} />
        ))}
      </section>
      {scroll.behind.value ? (
        <div class="latest">
          <Button icon="arrow-down" onClick={() => scroll.follow()}>
            {STRINGS.latest}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Messages whose turn has not appeared yet: each is shown once, before or after its first frame. */
function useUnconfirmed(rows: readonly Row[]): readonly Sending[] {
  const { sending, confirm } = useChat();
  const shown = new Set(
    rows.flatMap((row) =>
      row.kind === 'user' && row.turn.user ? row.turn.execution.execution_id : [],
    ),
  );
  // For good: its turn may stand on another branch later.
  const confirmed = sending.value.some((s) => s.execution_id !== null && shown.has(s.execution_id));
  useEffect(() => {
    if (confirmed) confirm(shown);
  });
  const open = sending.value.filter((s) => s.execution_id === null || !shown.has(s.execution_id));
  // The turn's frames may come before the answer that names it.
  const texts = new Set(
    rows.slice(-8).flatMap((row) => (row.kind === 'user' ? (row.turn.user?.content ?? []) : [])),
  );
  return open.filter((s) => s.execution_id !== null || !texts.has(s.text));
}

/** The row with the keyboard stays in the page wherever the view is. */
function useFocusKept(
  scroller: { readonly current: HTMLElement | null },
  set: (key: string | null) => void,
): void {
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = (event: FocusEvent): void => {
      const row = event.target instanceof Element ? event.target.closest('.row') : null;
      set(row instanceof HTMLElement ? (row.dataset.key ?? null) : null);
    };
    const leave = (): void => set(null);
    element.addEventListener('focusin', look);
    element.addEventListener('focusout', leave);
    return () => {
      element.removeEventListener('focusin', look);
      element.removeEventListener('focusout', leave);
    };
  }, [scroller, set]);
}
