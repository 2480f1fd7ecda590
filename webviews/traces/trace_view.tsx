/** The trace screen as a whole: what is shown, the tree, the details of the row in focus. */
import { signal } from '@preact/signals';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ShowTarget } from '../../src/contracts/requests.ts';
import { EMPTY_STATE } from '../../src/contracts/state.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { Screen as Kit } from '../ui/context.ts';
import type { Host } from '../ui/host.ts';
import { Icon } from '../ui/icon.tsx';
import { Loading, NotLoaded } from '../ui/screen_state.tsx';
import { TraceScreen, useTraces } from './context.ts';
import { DetailsPane } from './details.tsx';
import { createDetails } from './details_store.ts';
import { Grid } from './grid.tsx';
import { Overview } from './overview.tsx';
import { say } from './saying.ts';
import { STRINGS } from './strings.ts';
import { Toolbar } from './toolbar.tsx';
import type { TraceStore } from './trace_store.ts';
import { createView } from './view.ts';

export function TraceView(props: {
  readonly host: Host;
  readonly store: TraceStore;
  readonly session_id: string;
  readonly from_file: boolean;
}) {
  const { host, store, session_id, from_file } = props;
  const context = useMemo(
    () => ({
      host,
      store,
      session_id,
      from_file,
      view: createView(host, store, session_id),
      details: createDetails(host),
    }),
    [host, store, session_id, from_file],
  );
  // The shared components ask for the host and its clock; the session's state is not kept twice.
  const kit = useMemo(
    () => ({
      host,
      session_id,
      store: { ...store, state: signal(EMPTY_STATE) },
      problem: signal<string | null>(null),
    }),
    [host, store, session_id],
  );
  const { phase } = store.attachment.value;
  useEffect(() => {
    if (phase === 'ready') context.view.restore();
  }, [phase, context]);
  const [target, setTarget] = useState<ShowTarget | null>(null);
  useEffect(() => host.onShow(setTarget), [host]);
  // After what was kept is restored, and once: rows that come later move nothing.
  useEffect(() => {
    if (phase !== 'ready' || target === null) return;
    setTarget(null);
    const found = context.view.show(target);
    if (found === 'exact') context.view.details.value = true;
    else say(found === null ? STRINGS.target_gone : STRINGS.target_around, found === null);
  }, [phase, target, context]);
  return (
    <Kit.Provider value={kit}>
      <TraceScreen.Provider value={context}>
        <Screen />
      </TraceScreen.Provider>
    </Kit.Provider>
  );
}

function Screen() {
  const { store, view } = useTraces();
  const attachment = store.attachment.value;
  const session = store.session.value;
  if (attachment.phase === 'failed') {
    const { problem } = attachment;
    const reload = (): void => void store.attach();
    return <NotLoaded title={STRINGS.not_loaded} problem={problem} onReload={reload} />;
  }
  const empty = store.revision.value >= 0 && store.table.length === 0;
  // The tools and the empty tree are there before the data, which then only has to fill them.
  return (
    <div class="trace-screen" style={{ '--split': view.split.value }}>
      <Toolbar empty={session !== null && empty} />
      {session && empty ? null : <Overview />}
      <main class="trace-main">
        {session && empty ? <Empty done={isTerminal(session.status)} /> : <Grid />}
        {session ? <DetailsPane /> : <Loading text={STRINGS.loading} class="trace-loading" />}
      </main>
    </div>
  );
}

function Empty(props: { readonly done: boolean }) {
  return (
    <div class="empty-state">
      <Icon name="list-tree" class="tone-muted" />
      <h2>{STRINGS.empty}</h2>
      <p class="note">{props.done ? STRINGS.empty_done : STRINGS.empty_hint}</p>
    </div>
  );
}
