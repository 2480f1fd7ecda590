/**
 * The rows in view, in the order of the tree. Elements are used again in turn: what scrolls out
 * above comes in below, and a row that stays in view keeps its own.
 */
import { RowView, type ShownRow } from './row_view.ts';

/** Moving an element costs more than filling it anew: of the rows, at most this share is moved. */
const TURNED = 0.25;

export class RowWindow {
  readonly #views: RowView[] = [];
  #first = 0;

  /** @param rows what stands at `first` and the positions after it. */
  show(container: Element, first: number, rows: readonly ShownRow[]): void {
    this.#turn(container, first - this.#first);
    this.#first = first;
    for (const gone of this.#views.splice(rows.length)) gone.element.remove();
    for (const [i, row] of rows.entries()) {
      let view = this.#views[i];
      if (!view) {
        view = new RowView();
        this.#views.push(view);
      }
      view.show(row);
      if (view.element.parentNode === null) container.append(view.element);
    }
  }

  /** Moves what has left on one side to the other. */
  #turn(container: Element, by: number): void {
    const views = this.#views;
    if (by === 0 || Math.abs(by) > views.length * TURNED) return;
    if (by > 0) {
      const above = views.splice(0, by);
      views.push(...above);
      container.append(...above.map((view) => view.element));
    } else {
      const below = views.splice(by);
      views.unshift(...below);
      container.prepend(...below.map((view) => view.element));
    }
  }
}
