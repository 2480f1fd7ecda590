/** The run pane as a whole: header, what stands in the way, result, steps, log. */
import { useMemo, useRef } from 'preact/hooks';
import type { Session } from '../../src/contracts/records.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { useScreen } from '../ui/context.ts';
import { Loading, NotLoaded } from '../ui/screen_state.tsx';
import { useAnnouncements } from './announcements.ts';
import { Budgets } from './budgets.tsx';
import { RunChanges } from './changes.tsx';
import { Run } from './context.ts';
import { Header } from './header.tsx';
import { Log } from './log.tsx';
import { createRunModel } from './model.ts';
import { Notices } from './notices.tsx';
import { Result } from './result.tsx';
import { Steps } from './steps.tsx';
import { STRINGS } from './strings.ts';

export function RunPane() {
  const screen = useScreen();
  const run = useMemo(() => createRunModel(screen), [screen]);
  const { store } = screen;
  const attachment = store.attachment.value;
  const { session } = store.state.value;
  useAnnouncements(session);
  if (attachment.phase === 'failed') {
    const { problem } = attachment;
    return (
      <NotLoaded
        title={STRINGS.not_loaded}
        problem={problem}
        onReload={() => void store.attach()}
      />
    );
  }
  if (!session) return <Loading text={STRINGS.loading} />;
  return (
    <Run.Provider value={run}>
      <Pane session={session} />
    </Run.Provider>
  );
}

function Pane(props: { readonly session: Session }) {
  const scroller = useRef<HTMLElement>(null);
  const { session } = props;
  // Once the run is over, what it left behind comes before how it came about.
  const ended = isTerminal(session.status);
  return (
    <div class="run-pane">
      <Header session={session} />
      <main class="scroller" ref={scroller}>
        <Notices session={session} />
        <Result session={session} />
        {ended ? <RunChanges /> : null}
        <Steps session={session} scroller={scroller} />
        {ended ? null : <RunChanges />}
        <Budgets />
        <Log />
      </main>
    </div>
  );
}
