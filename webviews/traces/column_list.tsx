/** The list of columns: which are shown, and how wide. It opens over the tree and closes by itself. */
import { useRef } from 'preact/hooks';
import { LinkButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { ALL_COLUMNS, NARROWEST, WIDEST, withShown, withWidth } from './column_choice.ts';
import { COLUMNS, type Column, placed } from './column_layout.ts';
import { useTraces } from './context.ts';
import { STRINGS } from './strings.ts';

const ID = 'trace-columns';
const STEP_PX = 4;

export function ColumnList() {
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  // Below the button, wherever the toolbar's lines have put it.
  const place = (): void => {
    const [of, from] = [list.current, button.current?.getBoundingClientRect()];
    if (!of || !from) return;
    of.style.setProperty('top', `${from.bottom + 4}px`);
    of.style.setProperty('right', `${Math.max(8, window.innerWidth - from.right)}px`);
  };
  return (
    <>
      <button
        type="button"
        class="columns-button"
        ref={button}
        popovertarget={ID}
        aria-label={STRINGS.columns}
        title={STRINGS.columns}
      >
        <Icon name="table" />
      </button>
      <div
        id={ID}
        class="column-list"
        popover="auto"
        role="dialog"
        aria-label={STRINGS.columns}
        ref={list}
        onBeforeToggle={place}
      >
        {COLUMNS.map((column) => (
          <Line key={column} column={column} />
        ))}
        <Reset />
      </div>
    </>
  );
}

function Line({ column }: { readonly column: Column }) {
  const { view } = useTraces();
  const choice = view.columns.value;
  const name = STRINGS.column_names[column];
  const shown = !choice.hidden.includes(column);
  const at = placed.value.get(column);
  // What the others leave is the bars', or the names' where no bars are shown.
  const rest = placed.value.has('time') ? 'time' : 'name';
  return (
    <div class="column-line">
      <label>
        <input
          type="checkbox"
          checked={shown}
          // A row without its name says nothing.
          disabled={column === 'name'}
          onChange={(event) =>
            view.setColumns(withShown(choice, column, event.currentTarget.checked))
          }
        />
        {name}
      </label>
      {shown && !at ? <span class="note">{STRINGS.column_narrow}</span> : null}
      {at && column !== rest ? (
        <input
          type="number"
          class="column-width"
          aria-label={STRINGS.column_width(name)}
          title={STRINGS.column_width(name)}
          min={NARROWEST}
          max={WIDEST}
          step={STEP_PX}
          value={Math.round(at.width)}
          onChange={(event) =>
            view.setColumns(withWidth(choice, column, event.currentTarget.valueAsNumber))
          }
        />
      ) : null}
    </div>
  );
}

function Reset() {
  const { view } = useTraces();
  const { hidden, widths } = view.columns.value;
  if (hidden.length === 0 && Object.keys(widths).length === 0) return null;
  return (
    <LinkButton onClick={() => view.setColumns(ALL_COLUMNS)}>{STRINGS.columns_reset}</LinkButton>
  );
}
