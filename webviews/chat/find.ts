/**
 * The search of this chat: its text, the hits in the order of reading, and the one that the reader
 * stands on. What hides a hit is opened when one steps to it, and closed again at the end.
 */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ScreenContext } from '../ui/context.ts';
import { SHORTEST } from '../ui/find_marks.ts';
import { folded } from '../ui/find_text.ts';
import { announce } from '../ui/live_region.tsx';
import { UI_STRINGS } from '../ui/strings.ts';
import { type Place, placesOf } from './find_places.ts';

/** Typing goes on: inputs and outputs are searched when it pauses. */
const PAUSE_MS = 250;
/** Calls listed by the host at most; more hits than that say nothing. */
const BODY_HITS = 5_000;

/** Where the reader stands: the n-th hit of a place, from 0. */
export interface Standing {
  readonly place: Place;
  readonly nth: number;
}

export interface Find {
  readonly shown: ReadonlySignal<boolean>;
  readonly query: ReadonlySignal<string>;
  readonly needle: ReadonlySignal<string>;
  readonly found: ReadonlySignal<number>;
  readonly standing: ReadonlySignal<Standing | null>;
  /** Number of the hit one stands on, from 1; 0 for none. */
  readonly number: ReadonlySignal<number>;
  /** Whether calls were searched beyond what this page holds of them. */
  readonly bodies: ReadonlySignal<'none' | 'asking' | 'done' | 'cut'>;
  /** What the search has opened. */
  readonly lent: ReadonlySignal<ReadonlySet<string>>;
  open(text: string): void;
  search(text: string): void;
  step(by: 1 | -1): void;
  /** The reader closes what the search had opened: it stays closed. @returns false: it had not. */
  giveBack(id: string): boolean;
  close(): void;
}

/**
 * @param opened what the reader has opened, which is not the search's to close.
 * @param tabs the shown tab of every stage.
 */
export function createFind(
  screen: ScreenContext,
  opened: ReadonlySignal<ReadonlySet<string>>,
  tabs: Signal<Readonly<Record<string, string>>>,
): Find {
  const { host, store, session_id } = screen;
  const shown = signal(false);
  const query = signal('');
  const needle = computed(() => {
    const text = folded(query.value.trim());
    return shown.value && text.length >= SHORTEST ? text : '';
  });
  const standing = signal<Standing | null>(null);
  const bodies = signal<'none' | 'asking' | 'done' | 'cut'>('none');
  const calls = signal<ReadonlySet<string>>(new Set());
  const lent = signal<ReadonlySet<string>>(new Set());
  let tabs_before: Readonly<Record<string, string>> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const places = computed(() => (needle.value === '' ? [] : placesOf(store.state.value)));
  const hits = computed(() =>
    places.value.flatMap((place) => {
      // What the host found in a call beyond the piece that this page holds counts once.
      const beyond = place.trace_id !== null && calls.value.has(place.trace_id) ? 1 : 0;
      const count = Math.max(place.text.count(needle.value), beyond);
      return count === 0 ? [] : [{ place, count }];
    }),
  );
  const found = computed(() => hits.value.reduce((n, { count }) => n + count, 0));
  const number = computed(() => {
    const at = standing.value;
    if (!at) return 0;
    const index = hits.value.findIndex(({ place }) => place.id === at.place.id);
    const before = hits.value.slice(0, Math.max(index, 0));
    return index === -1 ? 0 : before.reduce((n, { count }) => n + count, 0) + at.nth + 1;
  });

  const goTo = (to: number): void => {
    let n = to;
    const hit = hits.peek().find(({ count }) => {
      if (n < count) return true;
      n -= count;
      return false;
    });
    if (!hit) return;
    const { place } = hit;
    const closed = place.opens.filter((id) => !opened.peek().has(id));
    if (closed.length > 0) lent.value = new Set([...lent.peek(), ...closed]);
    if (place.tab) {
      tabs_before ??= tabs.peek();
      tabs.value = { ...tabs.peek(), [place.tab.stage_id]: place.tab.execution_id };
    }
    standing.value = { place, nth: n };
    announce(UI_STRINGS.hits(to + 1, found.peek()));
  };
  const leave = (): void => {
    standing.value = null;
    lent.value = new Set();
    if (tabs_before) tabs.value = tabs_before;
    tabs_before = null;
  };
  const searchBodies = async (text: string): Promise<void> => {
    bodies.value = 'asking';
    try {
      const answer = await host.request('trace.search', { session_id, text, limit: BODY_HITS });
      if (query.peek().trim() !== text) return;
      calls.value = new Set(answer.ids);
      bodies.value = answer.complete ? 'done' : 'cut';
    } catch {
      // What the page holds was searched; that the rest was not is said beside the field.
      if (query.peek().trim() === text) bodies.value = 'cut';
    }
    if (number.peek() === 0) announce(UI_STRINGS.hits(0, found.peek()));
  };
  const search = (text: string): void => {
    query.value = text;
    calls.value = new Set();
    bodies.value = 'none';
    clearTimeout(timer);
    leave();
    const wanted = text.trim();
    if (wanted.length < SHORTEST) return;
    timer = setTimeout(() => void searchBodies(wanted), PAUSE_MS);
  };

  return {
    ...{ shown, query, needle, found, standing, number, bodies, lent, search },
    open(text) {
      shown.value = true;
      if (text !== '') search(text);
    },
    step(by) {
      const all = found.peek();
      if (all === 0) return;
      const at = number.peek() - 1;
      // Before the first step, forward begins at the first hit and back at the last.
      goTo(at < 0 ? (by === 1 ? 0 : all - 1) : (at + by + all) % all);
    },
    giveBack(id) {
      if (!lent.peek().has(id)) return false;
      lent.value = new Set([...lent.peek()].filter((other) => other !== id));
      return true;
    },
    close() {
      search('');
      shown.value = false;
    },
  };
}
