/** The edge before a column: dragged by mouse. The keyboard sets widths in the list of columns. */
import { withWidth } from './column_choice.ts';
import { type Column, placed } from './column_layout.ts';
import { useTraces } from './context.ts';

/** The edge before the bars is the end of the names; every other one widens what comes after it. */
export function Edge(props: { readonly column: Column }) {
  const { view } = useTraces();
  if (props.column === 'name') return null;
  const resized: Column = props.column === 'time' ? 'name' : props.column;
  const sign = resized === 'name' ? 1 : -1;
  const down = (event: PointerEvent): void => {
    const edge = event.currentTarget;
    if (!(edge instanceof HTMLElement) || event.button !== 0) return;
    const before = placed.peek().get(resized)?.width ?? 0;
    const to = (x: number, keep: boolean): void => {
      const width = before + sign * (x - event.clientX);
      view.setColumns(withWidth(view.columns.peek(), resized, width), keep);
    };
    const move = (next: PointerEvent): void => to(next.clientX, false);
    const done = (last: PointerEvent): void => {
      edge.removeEventListener('pointermove', move);
      edge.removeEventListener('pointerup', done);
      edge.removeEventListener('pointercancel', done);
      if (last.clientX !== event.clientX) to(last.clientX, true);
    };
    edge.setPointerCapture(event.pointerId);
    edge.addEventListener('pointermove', move);
    edge.addEventListener('pointerup', done);
    edge.addEventListener('pointercancel', done);
    event.preventDefault();
  };
  return (
    <span
      class="column-edge"
      aria-hidden="true"
      onPointerDown={down}
      // A press here must not sort by the column.
      onClick={(event) => event.stopPropagation()}
      onDblClick={() => view.setColumns(withWidth(view.columns.peek(), resized, null))}
    />
  );
}
