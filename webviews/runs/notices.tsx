/** What must be seen first: why a run ended early, what it waits for, that replies are simulated. */
import type { Session } from '../../src/contracts/records.ts';
import { formatDuration } from '../../src/contracts/select.ts';
import { isFailed, STATUS_LOOK } from '../../src/contracts/status.ts';
import { act, useScreen } from '../ui/context.ts';
import { Button } from '../ui/controls.tsx';
import { fileUri } from '../ui/links.ts';
import { Notice } from '../ui/notice.tsx';
import { Problem } from '../ui/problem.tsx';
import { NEXT_STEP, UI_STRINGS } from '../ui/strings.ts';
import { endOf } from './axis.ts';
import { useRun } from './context.ts';
import { fileName, placeOf } from './place.ts';
import { WaitingNotice } from './questions.tsx';
import { STRINGS } from './strings.ts';

export function Notices(props: { readonly session: Session }) {
  const { session } = props;
  return (
    <>
      <Problem />
      <WaitingNotice />
      <Ending session={session} />
      {session.simulated ? <Simulated /> : null}
    </>
  );
}

function Ending(props: { readonly session: Session }) {
  const { session } = props;
  if (isFailed(session.status)) return <Failure session={session} />;
  const look = STATUS_LOOK[session.status];
  if (session.status === 'cancelled') {
    const end = endOf(session) ?? session.updated_at;
    const time = formatDuration(Math.max(0, end - (session.started_at ?? session.created_at)));
    return (
      <Notice look="neutral" icon={look.icon} title={STRINGS.cancelled}>
        <p>{STRINGS.cancelled_after(time)}</p>
      </Notice>
    );
  }
  if (session.status === 'interrupted') {
    return (
      <Notice look="attention" icon={look.icon} title={STRINGS.interrupted}>
        <p>{session.error || STRINGS.interrupted_why}</p>
      </Notice>
    );
  }
  return null;
}

function Failure(props: { readonly session: Session }) {
  const { session } = props;
  const screen = useScreen();
  const { store } = screen;
  const run = useRun();
  const reason = session.error || STRINGS.no_reason;
  const kind = session.error_kind ?? null;
  const place = placeOf(reason, session.workflow_path ?? null);
  const failed = Object.values(store.state.value.top.executions).find((e) => isFailed(e.status));
  const title = session.status === 'timed_out' ? STRINGS.timed_out : STRINGS.failed;
  return (
    <Notice look="error" icon={STATUS_LOOK[session.status].icon} title={title} alert>
      <p class="reason">{reason}</p>
      {kind ? <p class="next-step">{NEXT_STEP[kind]}</p> : null}
      <div class="button-row">
        {place ? (
          <Button
            icon="go-to-file"
            onClick={() => void act(screen, 'link.open', { href: fileUri(place.path, place.line) })}
          >
            {STRINGS.open_at_line(fileName(place.path), place.line)}
          </Button>
        ) : null}
        {failed ? (
          <Button onClick={() => run.showStep(failed.execution_id, failed.stage_id)}>
            {STRINGS.show_failed_step}
          </Button>
        ) : null}
        {kind === 'no_key' || kind === 'wrong_key' ? (
          <Button icon="key" onClick={() => void act(screen, 'key.set', {})}>
            {UI_STRINGS.set_key}
          </Button>
        ) : null}
      </div>
    </Notice>
  );
}

function Simulated() {
  const screen = useScreen();
  return (
    <Notice look="info" icon="beaker">
      <p>{STRINGS.simulated}</p>
      <Button onClick={() => void act(screen, 'key.set', {})}>{UI_STRINGS.set_key}</Button>
    </Notice>
  );
}
