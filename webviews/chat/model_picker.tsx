/** Which model answers from the next turn on. */
import { useComputed } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { noticeOf, turnsOf } from '../../src/contracts/chat_select.ts';
import type { Result } from '../../src/contracts/requests.ts';
import type { SessionState } from '../../src/contracts/state.ts';
import { act, useScreen } from '../ui/context.ts';
import { Dropdown, LinkButton } from '../ui/controls.tsx';
import { STRINGS } from './strings.ts';

/** The option that follows the setting. */
const DEFAULT = '';

export function ModelPicker(props: { readonly images: boolean }) {
  const screen = useScreen();
  const { host, session_id, store } = screen;
  const [known, setKnown] = useState<Result<'chat.models'> | null>(null);
  const agent = store.state.value.agent?.state.provider;
  useEffect(() => {
    let gone = false;
    host.request('chat.models', {}).then(
      (answer) => !gone && setKnown(answer),
      // Without the list the chat works with the model of the settings.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [host, agent?.name]);
  if (!known) return null;
  const chosen = agent?.model ?? DEFAULT;
  const labelOf = (model: string): string =>
    known.models.find((m) => m.model === model)?.label ?? model;
  const listed = known.models.some((m) => m.model === chosen) || chosen === DEFAULT;
  const options = [
    { value: DEFAULT, label: STRINGS.default_model(labelOf(known.current)) },
    ...known.models.map(({ model, label }) => ({ value: model, label })),
    ...(listed ? [] : [{ value: chosen, label: chosen }]),
  ];
  const model = known.models.find((m) => m.model === (chosen || known.current));
  return (
    <>
      <Dropdown
        label={STRINGS.model}
        value={chosen}
        options={options}
        onChange={(value) =>
          void act(screen, 'chat.set_model', {
            session_id,
            model: value === DEFAULT ? null : value,
          })
        }
      />
      {!model || model.images ? null : props.images ? (
        <span class="note" role="status">
          {STRINGS.model_no_images}
        </span>
      ) : (
        <EarlierImages sees={known.models.find((m) => m.images)?.model ?? null} />
      )}
    </>
  );
}

/**
 * Where the chat holds images that the chosen model does not take: what will happen, and the ways
 * out. They stay in the chat, whichever is taken.
 */
function EarlierImages(props: {
  /** A model to choose that takes images. */
  readonly sees: string | null;
}) {
  const screen = useScreen();
  const { session_id, store } = screen;
  const count = useComputed(() => imagesOf(store.state.value)).value;
  const left_out = store.state.value.agent?.state.images_left_out === true;
  const { sees } = props;
  if (count === 0) return null;
  const leaveOut = (left: boolean): void =>
    void act(screen, 'chat.set_images', { session_id, left_out: left });
  return (
    <span class="earlier-images note" role="status">
      {left_out ? STRINGS.images_left_out(count) : STRINGS.images_not_taken(count)}{' '}
      <LinkButton onClick={() => leaveOut(!left_out)}>
        {left_out ? STRINGS.send_images : STRINGS.leave_images_out}
      </LinkButton>
      {sees === null || left_out ? null : (
        <>
          {' · '}
          <LinkButton
            onClick={() => void act(screen, 'chat.set_model', { session_id, model: sees })}
          >
            {STRINGS.use_model(sees)}
          </LinkButton>
        </>
      )}
    </span>
  );
}

/** Images of the shown branch that a request would carry: not those of turns in a summary. */
function imagesOf(state: SessionState): number {
  const turns = turnsOf(state);
  const summarised = new Set(
    turns.flatMap(({ items }) =>
      items.flatMap((item) => {
        const notice = noticeOf(item);
        return notice?.kind === 'compacted' ? notice.execution_ids : [];
      }),
    ),
  );
  return turns
    .filter(({ execution }) => !summarised.has(execution.execution_id))
    .flatMap(({ attachments }) => attachments)
    .filter(({ media_type }) => media_type.startsWith('image/')).length;
}
