/**
 * Files of the workspace that agents changed: of the whole run and of one step, with the way back.
 * What an earlier run did that this one goes on with belongs to it, and is named.
 */
import { useEffect } from 'preact/hooks';
import type { RunChange } from '../../src/contracts/run_select.ts';
import { Collapsible } from '../ui/collapsible.tsx';
import { act, useScreen } from '../ui/context.ts';
import { Button, LinkButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { UI_STRINGS } from '../ui/strings.ts';
import { useRun } from './context.ts';
import { STRINGS } from './strings.ts';

interface ChangedFile {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly kind: RunChange['kind'];
  /** In a worktree of the agent's own. */
  readonly apart: boolean;
  readonly change: RunChange;
  /** Calls of the earlier run are among those that changed it; `only`: there are no others. */
  readonly earlier: 'none' | 'only' | 'too';
}

/** One line for each file, whatever number of calls changed it. */
function filesOf(
  changes: readonly RunChange[],
  before: readonly RunChange[] = [],
): readonly ChangedFile[] {
  const files = new Map<string, ChangedFile>();
  const of = (change: RunChange, earlier: boolean): void => {
    const { path, added, removed, apart = false } = change;
    const key = apart ? `${change.execution_id} ${path}` : path;
    const known = files.get(key);
    files.set(key, {
      ...{ path, apart, change },
      added: added + (known?.added ?? 0),
      removed: removed + (known?.removed ?? 0),
      kind: known?.kind === 'create' && change.kind === 'edit' ? 'create' : change.kind,
      earlier: earlier ? 'only' : known && known.earlier !== 'none' ? 'too' : 'none',
    });
  };
  for (const change of before) of(change, true);
  for (const change of changes) of(change, false);
  return [...files.values()];
}

/** The run's changes of the workspace, where there are any. */
export function RunChanges() {
  const run = useRun();
  const { host, session_id, store } = useScreen();
  const from = store.state.value.session?.resumed_from;
  const undone = run.undone.value;
  // An undo of this run is written down in the earlier ones too.
  useEffect(() => {
    if (!from) return;
    host.request('run.earlier', { session_id }).then(
      (earlier) => {
        run.earlier.value = earlier;
      },
      // Without it the list names this run's own files.
      () => undefined,
    );
  }, [host, run, session_id, from, undone]);
  const files = filesOf(
    run.changes.value.filter((change) => !change.apart),
    run.earlier.value.flatMap((earlier) => earlier.changes),
  );
  if (files.length === 0) return null;
  return (
    <Collapsible
      title={
        <>
          {STRINGS.changed_files}
          <span class="aside">{STRINGS.files(files.length)}</span>
        </>
      }
      actions={<Undo execution_id={null} />}
    >
      <Files files={files} execution_id={null} />
    </Collapsible>
  );
}

/** What one step changed, in the workspace or in its worktree. */
export function StepChanges(props: { readonly execution_id: string }) {
  const { execution_id } = props;
  const run = useRun();
  const files = filesOf(run.changes.value.filter((c) => c.execution_id === execution_id));
  if (files.length === 0) return null;
  const undoable = files.some((file) => !file.apart);
  return (
    <section>
      <div class="details-head">
        <h3>{STRINGS.changed_files}</h3>
        {undoable ? <Undo execution_id={execution_id} /> : null}
      </div>
      <Files files={files} execution_id={execution_id} />
    </section>
  );
}

function Files(props: {
  readonly files: readonly ChangedFile[];
  readonly execution_id: string | null;
}) {
  const screen = useScreen();
  const { session_id } = screen;
  const { execution_id } = props;
  const show = ({ path, apart, change }: ChangedFile): void => {
    const { event_id } = change;
    if (apart) void act(screen, 'chat.change', { session_id, event_id, path });
    else void act(screen, 'run.change', { session_id, execution_id, path });
  };
  return (
    <ul class="changes">
      {props.files.map((file) => (
        <li key={`${file.change.execution_id} ${file.path}`}>
          <Icon name="diff" />
          <LinkButton title={UI_STRINGS.approval.show_diff(file.path)} onClick={() => show(file)}>
            {file.path}
          </LinkButton>
          <span class="added">+{file.added}</span>
          <span class="removed">−{file.removed}</span>
          {file.kind === 'edit' ? null : (
            <span class="note">{file.kind === 'create' ? STRINGS.created : STRINGS.deleted}</span>
          )}
          {file.apart ? <span class="note">{STRINGS.in_worktree}</span> : null}
          {file.earlier === 'none' ? null : (
            <span class="note">
              {file.earlier === 'only' ? STRINGS.by_earlier : STRINGS.by_both}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Undo, or redo where everything is undone already; not while the run is at work. */
function Undo(props: { readonly execution_id: string | null }) {
  const { execution_id } = props;
  const screen = useScreen();
  const run = useRun();
  if (!run.ended.value) return null;
  const { session_id } = screen;
  const undone = run.undone.value;
  const mine = run.changes.value
    .filter(
      (change) => !change.apart && (execution_id ?? change.execution_id) === change.execution_id,
    )
    .map((change) => undone.has(change.execution_id));
  const before = execution_id === null ? run.earlier.value : [];
  const earlier = before.flatMap((e) => e.changes.map((c) => e.undone.includes(c.execution_id)));
  const back = [...mine, ...earlier].every(Boolean);
  const undo_hint = earlier.length > 0 ? STRINGS.undo_line_hint : STRINGS.undo_hint;
  const [method, icon] = back
    ? (['run.redo', 'redo'] as const)
    : (['run.undo', 'discard'] as const);
  return (
    <Button
      icon={icon}
      title={back ? STRINGS.redo_hint : undo_hint}
      onClick={() => void act(screen, method, { session_id, execution_id })}
    >
      {back ? STRINGS.redo : execution_id === null ? STRINGS.undo_run : STRINGS.undo_step}
    </Button>
  );
}
