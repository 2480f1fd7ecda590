/** A question that waits for the user: who asks, what exactly would happen, and the answers. */
import { useState } from 'preact/hooks';
import type { Decision } from '../../src/contracts/chat.ts';
import { Button, LinkButton, TextField } from './controls.tsx';
import { Icon } from './icon.tsx';
import { UI_STRINGS } from './strings.ts';

const ICONS = { read: 'eye', write: 'edit', execute: 'terminal' } as const;
const STRINGS = UI_STRINGS.approval;

export interface Asked {
  readonly approval_id: string;
  readonly agent_name: string;
  readonly tool_name: string;
  readonly permission: 'read' | 'write' | 'execute';
  /** The whole of what would happen. */
  readonly title: string;
  /** Files that would change. */
  readonly paths: readonly string[];
  /** What "always" would allow, as a sentence. */
  readonly always: string;
}

export function ApprovalCard(props: {
  readonly asked: Asked;
  /** An answer is on its way. */
  readonly busy: boolean;
  /** How yes and "always" are called here. */
  readonly labels: { readonly once: string; readonly always: string };
  /** Something to know before one answers. */
  readonly note?: string | null;
  readonly onDiff: (path: string) => void;
  readonly onAnswer: (decision: Decision, reason?: string) => void;
}) {
  const { asked, busy, onAnswer } = props;
  const [reason, setReason] = useState('');
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not of form fields.
    <div class="approval" role="group" aria-label={asked.title} data-approval={asked.approval_id}>
      <p class="approval-head">
        <Icon name="bell-dot" class="tone-attention" />
        <strong>{STRINGS.asks(asked.agent_name)}</strong>
        <span class="note">
          <Icon name={ICONS[asked.permission]} /> {STRINGS.permission[asked.permission]} ·{' '}
          {asked.tool_name}
        </span>
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard. */}
      <pre class="approval-title" tabIndex={0}>
        {asked.title}
      </pre>
      {asked.paths.length > 0 ? (
        <ul class="changes">
          {asked.paths.map((path) => (
            <li key={path}>
              <Icon name="diff" />
              <LinkButton title={STRINGS.show_diff(path)} onClick={() => props.onDiff(path)}>
                {path}
              </LinkButton>
            </li>
          ))}
        </ul>
      ) : null}
      {props.note ? <p class="approval-again">{props.note}</p> : null}
      <div class="button-row">
        <Button primary disabled={busy} onClick={() => onAnswer('once')}>
          {props.labels.once}
        </Button>
        <Button
          disabled={busy}
          title={STRINGS.always_hint(props.labels.always, asked.always)}
          onClick={() => onAnswer('always')}
        >
          {props.labels.always}
        </Button>
        <Button disabled={busy} onClick={() => onAnswer('deny', reason.trim())}>
          {STRINGS.deny}
        </Button>
        <TextField
          hidden_label
          label={STRINGS.deny_reason}
          placeholder={STRINGS.deny_reason}
          value={reason}
          onInput={setReason}
        />
      </div>
      <p class="note approval-always">{STRINGS.always_hint(props.labels.always, asked.always)}</p>
    </div>
  );
}
