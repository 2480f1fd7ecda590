/** Starts a screen: connects to the host, attaches to the page's session, and shows the root. */
import './no_eval.ts';
import { signal } from '@preact/signals';
import { type ComponentChildren, type ComponentType, render } from 'preact';
import * as z from 'zod/mini';
import { Screen } from './context.ts';
import { ErrorBoundary } from './error_boundary.tsx';
import { connectHost, type Host } from './host.ts';
import { LiveRegion } from './live_region.tsx';
import { createSessionStore } from './session_store.ts';
import { registerControls } from './toolkit.ts';

export const STATE_VERSION = 1;
/** What every screen keeps over a reload of the window; each may add its own view state. */
const Kept = z.looseObject({ version: z.literal(STATE_VERSION), session_id: z.string() });

/**
 * Connects to the host and names the session: by the page's `data-session-id`, or by the kept
 * state where the page names none.
 */
export function openPage(): { readonly host: Host; readonly session_id: string } {
  registerControls();
  const host = connectHost();
  const kept = host.getState(Kept);
  const session_id = document.body.dataset.sessionId || kept?.session_id || '';
  const same = kept?.session_id === session_id ? kept : {};
  host.setState({ ...same, version: STATE_VERSION, session_id });
  return { host, session_id };
}

/** Shows `content` in `#root`; `onReload` is what a person may try after it has failed. */
export function showPage(content: ComponentChildren, onReload: () => void): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('The page has no #root element.');
  render(
    <>
      <ErrorBoundary onReload={onReload}>{content}</ErrorBoundary>
      <LiveRegion />
    </>,
    root,
  );
}

/** Mounts `Root`. A screen of no session asks for what it shows by itself. */
export function mountScreen(Root: ComponentType, options: { session?: false } = {}): void {
  const { host, session_id } = openPage();
  const store = createSessionStore(host, session_id);
  const load = (): void => {
    if (options.session !== false) void store.attach();
  };
  load();
  showPage(
    <Screen.Provider value={{ host, store, session_id, problem: signal(null) }}>
      <Root />
    </Screen.Provider>,
    load,
  );
}
