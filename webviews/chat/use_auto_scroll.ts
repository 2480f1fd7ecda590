/** Binds the rules of following to a scroller: what the person does, what grows, what ends. */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { AFTER_END_MS, AT_END, type AutoScroll } from './auto_scroll.ts';
import { useChat } from './context.ts';

const SCROLL_KEYS = new Set([
  'ArrowUp',
  'ArrowDown',
  'PageUp',
  'PageDown',
  'Home',
  'End',
  ' ',
  'Tab',
]);
const UP_KEYS = new Set(['ArrowUp', 'PageUp', 'Home']);

export interface Following {
  /** The end is out of view. */
  readonly behind: ReadonlySignal<boolean>;
  follow(): void;
  leave(): void;
}

/** @param extent changes whenever the content may have grown. */
export function useAutoScroll(
  scroller: { readonly current: HTMLElement | null },
  auto: AutoScroll,
  live: boolean,
  extent: number,
): Following {
  const { to_end } = useChat();
  const behind = useSignal(false);

  const look = (): void => {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    behind.value = scrollHeight - scrollTop - clientHeight > AT_END * 2;
  };
  const stick = (): void => {
    const element = scroller.current;
    if (element && auto.active(performance.now())) element.scrollTop = element.scrollHeight;
    look();
  };
  const follow = (): void => {
    auto.follow();
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
    look();
  };

  useLayoutEffect(() => auto.live(live, performance.now()), [auto, live]);
  // Runs when the content has grown.
  useLayoutEffect(stick, [extent]);
  // Runs when a message was sent.
  useLayoutEffect(follow, [to_end.value]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const now = (): number => performance.now();
    const wheel = (event: WheelEvent): void => auto.intend(now(), event.deltaY < 0);
    const touch = (): void => auto.intend(now(), false);
    const key = (event: KeyboardEvent): void => {
      const typing = event.target instanceof HTMLTextAreaElement;
      if (typing || !SCROLL_KEYS.has(event.key)) return;
      const here = event.target === element;
      auto.intend(now(), here && UP_KEYS.has(event.key));
    };
    // A press on the scroller itself, not on what is in it, is a press on its scroll bar.
    const press = (event: PointerEvent): void => {
      if (event.target === element) auto.hold(true, now());
    };
    const release = (): void => auto.hold(false, now());
    const moved = (): void => {
      const { scrollTop: top, scrollHeight: height, clientHeight: view } = element;
      auto.moved({ top, height, view }, now());
      look();
    };
    const resize = new ResizeObserver(stick);
    resize.observe(element);
    element.addEventListener('wheel', wheel, { passive: true });
    element.addEventListener('touchmove', touch, { passive: true });
    element.addEventListener('keydown', key);
    element.addEventListener('pointerdown', press);
    window.addEventListener('pointerup', release);
    element.addEventListener('scroll', moved, { passive: true });
    // A finished chat opens at its end, whose rows are measured in the first moments.
    const settle = setTimeout(look, AFTER_END_MS);
    return () => {
      clearTimeout(settle);
      resize.disconnect();
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('touchmove', touch);
      element.removeEventListener('keydown', key);
      element.removeEventListener('pointerdown', press);
      window.removeEventListener('pointerup', release);
      element.removeEventListener('scroll', moved);
    };
  }, [scroller, auto]);

  return { behind, follow, leave: () => auto.leave() };
}
