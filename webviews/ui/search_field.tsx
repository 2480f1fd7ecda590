/** A field that searches what the screen shows: the text, how many hits, and the way through them. */
import { IconButton } from './controls.tsx';
import { Icon } from './icon.tsx';
import { UI_STRINGS } from './strings.ts';

export function SearchField(props: {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  /** Number of the hit that one stands on, from 1; 0 before the first step. */
  readonly standing: number;
  readonly found: number;
  /** Something is searched for: the number of hits is shown. */
  readonly searching: boolean;
  /** Shown behind the number of hits, such as that not all was searched. */
  readonly mark?: string;
  /** What the mark means. */
  readonly mark_title?: string | undefined;
  onText(text: string): void;
  onStep(by: 1 | -1): void;
  /** Escape. */
  onLeave(): void;
}) {
  const { found, onStep } = props;
  return (
    <div class="search-field">
      <Icon name="search" />
      <input
        type="search"
        id={props.id}
        placeholder={props.label}
        aria-label={props.label}
        value={props.text}
        onInput={(event) => props.onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') props.onLeave();
          else return;
          event.preventDefault();
        }}
      />
      {props.searching ? (
        <span class="note figure" title={props.mark_title}>
          {UI_STRINGS.hits(props.standing, found)}
          {props.mark}
        </span>
      ) : null}
      <IconButton
        icon="arrow-up"
        label={UI_STRINGS.previous_hit}
        disabled={found === 0}
        onClick={() => onStep(-1)}
      />
      <IconButton
        icon="arrow-down"
        label={UI_STRINGS.next_hit}
        disabled={found === 0}
        onClick={() => onStep(1)}
      />
    </div>
  );
}
