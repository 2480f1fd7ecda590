/** What ran beside what: steps as blocks in lanes on the common time axis, with the load above them. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import { formatDuration } from '../../src/contracts/select.ts';
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { useScreen } from '../ui/context.ts';
import { memo } from '../ui/memo.tsx';
import { StatusIcon } from '../ui/status.tsx';
import type { Axis } from './axis.ts';
import { AxisTicks } from './axis_head.tsx';
import { useRun } from './context.ts';
import { type Band, type Block, type LaneView, laneView } from './lanes.ts';
import { StepQuestions } from './questions.tsx';
import { stepRow } from './rows.ts';
import { StepDetails } from './step_details.tsx';
import { STRINGS } from './strings.ts';

/** Blocks below this share of the width hold no words. */
const SMALL = 0.012;

export function Lanes(props: { readonly axis: Axis; readonly now: number }) {
  const { axis, now } = props;
  const { store } = useScreen();
  const state = store.state.value;
  const { executions } = state.top;
  // Streamed text changes the state many times a second, and nothing of this picture.
  const view = useMemo(
    () => laneView(state, axis, now),
    [executions, state.stages, axis.start, axis.span, now],
  );
  const [selected, setSelected] = useState<string | null>(null);
  const select = useCallback((id: string) => setSelected((was) => (was === id ? null : id)), []);
  const blocks = view.bands.flatMap((band) => band.blocks);
  // One tab stop: the block that was used last, else the first.
  const stop = blocks.find((b) => b.execution.execution_id === selected) ?? blocks[0];
  if (blocks.length === 0) return <p class="note lanes-empty">{STRINGS.lanes_empty}</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys belong to the blocks inside.
    <div class="lanes" onKeyDown={moveFocus}>
      <p class="lanes-sum">{sumText(view, now)}</p>
      <div class="lanes-head" aria-hidden="true">
        <AxisTicks axis={axis} />
      </div>
      <Load view={view} axis={axis} />
      {view.bands.map((band) => (
        <BandView
          key={band.key}
          band={band}
          axis={axis}
          selected={selected}
          stop={stop?.execution.execution_id ?? null}
          onSelect={select}
        />
      ))}
      {view.omitted > 0 ? <p class="note">{STRINGS.lanes_omitted(view.omitted)}</p> : null}
    </div>
  );
}

function sumText(view: LaneView, now: number): string {
  const work = formatDuration(view.work * 1000);
  return view.peak > 1
    ? STRINGS.lanes_sum(view.peak, work, formatDuration(now * 1000))
    : STRINGS.lanes_sum_alone(work);
}

/** How many steps were at work at each time, as a stepped area; the sum above says the most. */
function Load(props: { readonly view: LaneView; readonly axis: Axis }) {
  const { load, peak } = props.view;
  const { span } = props.axis;
  const x = (at: number): number => (at / span) * 1000;
  const y = (count: number): number => 20 - (count / Math.max(1, peak)) * 18;
  const path = load.map((l) => `H${x(l.at).toFixed(2)}V${y(l.count).toFixed(2)}`).join('');
  return (
    <svg class="lanes-load" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
      <path d={`M0 20${path}V20Z`} />
    </svg>
  );
}

function BandView(props: {
  readonly band: Band;
  readonly axis: Axis;
  readonly selected: string | null;
  readonly stop: string | null;
  readonly onSelect: (id: string) => void;
}) {
  const { band, axis, selected } = props;
  const { store } = useScreen();
  const mine = band.blocks.some((b) => b.execution.execution_id === selected);
  const row = mine && selected ? stepRow(store.state.value, selected) : null;
  const title = band.title ?? STRINGS.no_phase;
  return (
    <section class="band" aria-label={title}>
      <h3>{title}</h3>
      <ul class="band-lanes" style={{ '--count': band.lanes }}>
        {band.blocks.map((block) => {
          const id = block.execution.execution_id;
          return (
            <BlockView
              key={id}
              block={block}
              selected={id === selected}
              tab_stop={id === props.stop}
              small={block.to !== null && (block.to - block.from) / axis.span < SMALL}
              onSelect={props.onSelect}
            />
          );
        })}
      </ul>
      {row ? (
        <div class="band-details" style={{ '--level': 1 }}>
          <h4>{row.execution.agent_name}</h4>
          <StepQuestions execution_id={row.key} />
          <StepDetails id={`lane-${row.key}`} row={row} axis={axis} />
        </div>
      ) : null}
    </section>
  );
}

const BlockView = memo(function BlockView(props: {
  readonly block: Block;
  readonly selected: boolean;
  readonly tab_stop: boolean;
  /** Too narrow for words: a thousand of them would only make the picture slow. */
  readonly small: boolean;
  readonly onSelect: (id: string) => void;
}) {
  const { execution, from, to, lane, beside } = props.block;
  const work = useRun().work.value.get(execution.execution_id);
  const look = STATUS_LOOK[execution.status];
  const start = formatDuration(from * 1000);
  const when =
    to === null ? STRINGS.bar_live(start) : STRINGS.bar(start, formatDuration((to - from) * 1000));
  const words = [execution.agent_name, look.label, work, when, STRINGS.beside(beside)];
  return (
    <li
      class="block-place"
      style={{ '--from': from, '--lane': lane, ...(to === null ? {} : { '--to': to }) }}
    >
      <button
        type="button"
        class={`block bar-${look.tone}`}
        data-block={execution.execution_id}
        aria-label={words.filter(Boolean).join(', ')}
        aria-expanded={props.selected}
        title={words.slice(1).filter(Boolean).join(', ')}
        tabIndex={props.tab_stop ? 0 : -1}
        onClick={() => props.onSelect(execution.execution_id)}
      >
        {props.small ? null : (
          <>
            <StatusIcon status={execution.status} />
            <span class="name">{execution.agent_name}</span>
          </>
        )}
      </button>
    </li>
  );
});

/** Arrows go through the blocks in the order of their start, from phase to phase. */
function moveFocus(event: KeyboardEvent): void {
  const root = event.currentTarget;
  const from = event.target instanceof HTMLElement ? event.target : null;
  if (!(root instanceof HTMLElement) || from?.dataset.block === undefined) return;
  const all = [...root.querySelectorAll<HTMLElement>('[data-block]')];
  const index = all.indexOf(from);
  const to = {
    ArrowRight: all[index + 1],
    ArrowDown: all[index + 1],
    ArrowLeft: all[index - 1],
    ArrowUp: all[index - 1],
    Home: all[0],
    End: all.at(-1),
  }[event.key];
  if (!to) return;
  event.preventDefault();
  to.focus();
}
