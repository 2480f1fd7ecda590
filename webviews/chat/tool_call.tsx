/** A tool call: one line with its state; opened, its input, its output and what it changed. */
import { useComputed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { FileChange } from '../../src/contracts/chat.ts';
import type { TimelineEvent, Trace } from '../../src/contracts/records.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import { CallBody } from '../ui/call_body.tsx';
import { act, useScreen } from '../ui/context.ts';
import { IconButton, LinkButton } from '../ui/controls.tsx';
import { Duration } from '../ui/figures.tsx';
import { Icon } from '../ui/icon.tsx';
import { StatusIcon } from '../ui/status.tsx';
import { Disclosure } from './disclosure.tsx';
import type { ItemRow } from './rows.ts';
import { STRINGS } from './strings.ts';
import { type ToolFacts, toolFacts } from './tool_facts.ts';

export function ToolCall(props: { readonly row: ItemRow }) {
  const { event, output, open } = props.row;
  const screen = useScreen();
  const trace = useTrace(event);
  const facts = toolFacts(event, trace);
  const { session_id } = screen;
  return (
    <Disclosure
      id={event.event_id}
      open={open}
      head={
        <>
          <StatusIcon status={facts.outcome} />
          <Icon name={facts.icon} />
          <span class="tool-name">{facts.tool}</span>
          <span class="disclosure-preview" title={facts.title}>
            {facts.title}
          </span>
          <Marks facts={facts} />
          {trace ? (
            <Duration
              start={trace.started_at}
              end={trace.finished_at ?? (isTerminal(facts.outcome) ? trace.started_at : null)}
              measured={trace.latency_ms ?? null}
            />
          ) : null}
        </>
      }
      actions={
        <IconButton
          icon="list-tree"
          label={STRINGS.open_in_trace}
          onClick={() =>
            void act(screen, 'trace.open', {
              session_id,
              ...(facts.trace_id ? { trace_id: facts.trace_id } : {}),
              ...(event.execution_id ? { execution_id: event.execution_id } : {}),
              ...(event.stage_id ? { stage_id: event.stage_id } : {}),
            })
          }
        />
      }
      below={
        <>
          {facts.denied ? <p class="tool-note">{facts.denied}</p> : null}
          {facts.error && facts.outcome !== 'denied' && facts.outcome !== 'cancelled' ? (
            <p class="tool-note error">{facts.error}</p>
          ) : null}
          <Changes event={event} changes={facts.changes} />
        </>
      }
    >
      {() => <Details id={facts.trace_id} ended={isTerminal(facts.outcome)} live={output} />}
    </Disclosure>
  );
}

/** The call's trace as frames brought it; its bodies are previews. */
function useTrace(event: TimelineEvent): Trace | undefined {
  const { store } = useScreen();
  const id = event.metadata.trace_id;
  // A new frame repaints the call only where it changes its trace.
  return useComputed(() => (typeof id === 'string' ? store.state.value.traces.get(id) : undefined))
    .value;
}

function Marks({ facts }: { readonly facts: ToolFacts }) {
  const { exit_code } = facts;
  if (facts.tool !== 'run_command' || exit_code === undefined || exit_code === 0) return null;
  return (
    <span class="badge">{exit_code === null ? STRINGS.killed : STRINGS.exit_code(exit_code)}</span>
  );
}

function Changes(props: {
  readonly event: TimelineEvent;
  readonly changes: readonly FileChange[];
}) {
  const screen = useScreen();
  if (props.changes.length === 0) return null;
  const { session_id } = screen;
  const { event_id } = props.event;
  return (
    <ul class="changes">
      {props.changes.map((change) => (
        <li key={change.path}>
          <Icon
            name={
              change.kind === 'create'
                ? 'diff-added'
                : change.kind === 'delete'
                  ? 'diff-removed'
                  : 'diff-modified'
            }
          />
          <LinkButton
            title={STRINGS.show_diff(change.path)}
            onClick={() =>
              void act(screen, 'chat.change', { session_id, event_id, path: change.path })
            }
          >
            {change.path}
          </LinkButton>
          {change.kind === 'delete' ? null : <span class="added">+{change.added}</span>}
          {change.kind === 'create' ? null : <span class="removed">−{change.removed}</span>}
          {change.kind === 'edit' ? null : (
            <span class="note">{change.kind === 'create' ? STRINGS.created : STRINGS.deleted}</span>
          )}
        </li>
      ))}
    </ul>
  );
}

type Loaded =
  | { readonly phase: 'loading' }
  | { readonly phase: 'ready'; readonly trace: Trace }
  | { readonly phase: 'failed'; readonly problem: string };

/** Input and output, fetched when the call is opened, and again when it has ended. */
function Details(props: {
  readonly id: string | null;
  readonly ended: boolean;
  readonly live: TimelineEvent | null;
}) {
  const { id, ended, live } = props;
  const { host } = useScreen();
  const [loaded, setLoaded] = useState<Loaded>({ phase: 'loading' });
  // The end brings the output.
  useEffect(() => {
    if (id === null) return;
    let gone = false;
    host
      .request('trace.detail', { id })
      .then((trace) => !gone && setLoaded({ phase: 'ready', trace }))
      .catch((error: unknown) => {
        const problem = error instanceof Error ? error.message : String(error);
        if (!gone) setLoaded({ phase: 'failed', problem });
      });
    return () => {
      gone = true;
    };
  }, [host, id, ended]);
  if (loaded.phase === 'failed') {
    return (
      <p class="note" role="alert">
        {STRINGS.tool_failed_load} {loaded.problem}
      </p>
    );
  }
  if (loaded.phase === 'loading') return <p class="note">{STRINGS.tool_loading}</p>;
  const { trace } = loaded;
  return (
    <>
      <CallBody
        label={STRINGS.tool_input}
        text={trace.input}
        bytes={trace.input_bytes}
        truncated={trace.truncated}
      />
      {ended || !live ? (
        <CallBody
          label={STRINGS.tool_output}
          text={trace.output}
          bytes={trace.output_bytes}
          truncated={trace.truncated}
        />
      ) : (
        <CallBody label={STRINGS.tool_live} text={live.content} />
      )}
    </>
  );
}
