/**
 * Which rows of a tree are visible, and in what order, without ever writing the list down.
 * Every parent keeps the visible sizes of its children in a Fenwick tree, so that opening a
 * branch, appending a row and finding the row at a position cost the logarithm of the siblings,
 * at 100 rows as at 100,000.
 */
import { Fenwick } from './fenwick.ts';
import { byKey, type KeyOf, Leaves } from './leaves.ts';

export const ROOT = -1;

/** A quarter more at a time: of 100,000 rows, twice as many would mostly stay empty. */
const GROWTH = 1.25;

interface Branch {
  readonly children: number[];
  readonly sizes: Fenwick;
}

export class TreeOrder {
  #parent = new Int32Array(64);
  #slot = new Int32Array(64);
  #open = new Uint8Array(64);
  #shown = new Uint8Array(64);
  /** Visible rows of a row: itself and, while it is open, all beneath it. */
  #size = new Int32Array(64);
  readonly #branches = new Map<number, Branch>();
  #leaves: Leaves | null = null;
  readonly #root: Branch = { children: [], sizes: new Fenwick() };
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Number of visible rows. */
  get visible(): number {
    return this.#root.sizes.total;
  }

  parent(row: number): number {
    return this.#parent[row] ?? ROOT;
  }

  isOpen(row: number): boolean {
    return this.#open[row] === 1;
  }

  isShown(row: number): boolean {
    return this.#shown[row] === 1;
  }

  children(row: number): readonly number[] {
    return this.#branch(row)?.children ?? [];
  }

  hasChildren(row: number): boolean {
    return this.#branches.has(row) || this.#leavesOf(row) > 0;
  }

  /** Position among its siblings and their number; a filter hides rows without renumbering. */
  place(row: number): { readonly position: number; readonly of: number } {
    const of = this.children(this.parent(row)).length;
    return { position: (this.#slot[row] ?? 0) + 1, of };
  }

  /**
   * Adds a row, whose number is the count of rows so far.
   * @param at slot among its siblings; absent: the last.
   */
  append(parent: number, open: boolean, shown: boolean, at?: number): number {
    const row = this.#length++;
    this.#reserve(this.#length);
    this.#parent[row] = parent;
    this.#open[row] = open ? 1 : 0;
    this.#shown[row] = shown ? 1 : 0;
    this.#size[row] = 0;
    const branch = this.#branch(parent) ?? this.#newBranch(parent);
    if (at === undefined || at >= branch.children.length) {
      this.#slot[row] = branch.children.length;
      branch.children.push(row);
      // The new row is counted where it stands; its ancestors hear of it as of any change.
      branch.sizes.append(0);
    } else {
      branch.children.splice(at, 0, row);
      this.#refill(branch);
    }
    this.#resize(row, shown ? 1 : 0);
    return row;
  }

  /**
   * Adds rows, all shown, those marked in `open` open, each in its place among its siblings by `key`; linear in all
   * rows where they come in that order already.
   */
  appendMany(parents: Int32Array, key: ArrayLike<number>, open?: Uint8Array): void {
    const unsorted = new Set<Branch>();
    const first = this.#length;
    this.#reserve(this.#length + parents.length);
    for (const parent of parents) {
      const row = this.#length++;
      const branch = this.#branch(parent) ?? this.#newBranch(parent);
      const last = branch.children[branch.children.length - 1];
      if (last !== undefined && (key[last] ?? 0) > (key[row] ?? 0)) unsorted.add(branch);
      this.#parent[row] = parent;
      this.#shown[row] = 1;
      this.#open[row] = open?.[row - first] ?? 0;
      branch.children.push(row);
    }
    for (const branch of unsorted) {
      branch.children.sort((a, b) => (key[a] ?? 0) - (key[b] ?? 0) || a - b);
    }
    this.#recount(this.#root);
  }

  /**
   * Adds rows that have no children yet, all shown, each in its place by `key`. Their parents'
   * branches are made when someone looks into them: of most of many calls, nobody ever does.
   */
  appendLeaves(parents: Int32Array, key: KeyOf): void {
    this.#unpackAll();
    const first = this.#length;
    const end = first + parents.length;
    this.#reserve(end);
    this.#length = end;
    this.#parent.set(parents, first);
    this.#shown.fill(1, first, end);
    this.#size.fill(1, first, end);
    // Beside children of another sort, calls are few: they join them at once.
    const taken = new Uint8Array(first);
    for (const row of this.#branches.keys()) taken[row] = 1;
    const leaves = new Leaves(parents, first, key, taken);
    const joined = new Set<Branch>();
    for (const row of leaves.others) {
      const branch = this.#branch(this.parent(row)) ?? this.#root;
      branch.children.push(row);
      joined.add(branch);
    }
    for (const branch of joined) branch.children.sort(byKey(key));
    this.#leaves = leaves;
    this.#recount(this.#root);
  }

  setOpen(row: number, open: boolean): void {
    if (this.isOpen(row) === open) return;
    this.#open[row] = open ? 1 : 0;
    if (this.isShown(row)) this.#resize(row, 1 + (open ? this.#within(row) : 0));
  }

  setShown(row: number, shown: boolean): void {
    if (this.isShown(row) === shown) return;
    this.#shown[row] = shown ? 1 : 0;
    const inner = this.isOpen(row) ? this.#within(row) : 0;
    this.#resize(row, shown ? 1 + inner : 0);
  }

  /** Sets many flags at once; linear in the number of rows. A flag that is absent is kept. */
  reset(flags: {
    readonly open?: (row: number) => boolean;
    readonly shown?: (row: number) => boolean;
  }): void {
    if (flags.shown) this.#unpackAll();
    for (let row = 0; row < this.#length; row++) {
      if (flags.open) this.#open[row] = flags.open(row) ? 1 : 0;
      if (flags.shown) this.#shown[row] = flags.shown(row) ? 1 : 0;
    }
    this.#recount(this.#root);
  }

  /** Orders the children of one row, or of all rows. */
  sort(compare: (a: number, b: number) => number): void {
    this.#unpackAll();
    this.#root.children.sort(compare);
    for (const branch of this.#branches.values()) branch.children.sort(compare);
    this.#recount(this.#root);
  }

  /** Moves a row below another parent, in the last place there. Linear in the rows. */
  move(row: number, parent: number): void {
    const from = this.#branch(this.parent(row));
    from?.children.splice(from.children.indexOf(row), 1);
    this.#parent[row] = parent;
    (this.#branch(parent) ?? this.#newBranch(parent)).children.push(row);
    this.#recount(this.#root);
  }

  /** @returns the row at a visible position, or -1 beyond the end. */
  rowAt(position: number): number {
    let branch: Branch | undefined = this.#root;
    let rest = position;
    while (branch) {
      const { index, offset } = branch.sizes.find(rest);
      const row: number | undefined = branch.children[index];
      if (row === undefined) return -1;
      if (offset === 0) return row;
      rest = offset - 1;
      branch = this.#branch(row);
    }
    return -1;
  }

  /** @returns the visible position of a row, or -1 while it is hidden or inside a closed one. */
  positionOf(row: number): number {
    if (row < 0 || row >= this.#length || !this.isShown(row)) return -1;
    let position = 0;
    let at = row;
    while (at !== ROOT) {
      const parent = this.parent(at);
      if (parent !== ROOT && !(this.isOpen(parent) && this.isShown(parent))) return -1;
      position += this.#branch(parent)?.sizes.before(this.#slot[at] ?? 0) ?? 0;
      if (parent !== ROOT) position += 1;
      at = parent;
    }
    return position;
  }

  /** Opens everything above a row, so that it can be seen. */
  reveal(row: number): void {
    for (let at = this.parent(row); at !== ROOT; at = this.parent(at)) this.setOpen(at, true);
  }

  #sizeOf(row: number): number {
    return this.#size[row] ?? 0;
  }

  #branch(row: number): Branch | undefined {
    if (row === ROOT) return this.#root;
    return this.#branches.get(row) ?? (this.#leavesOf(row) > 0 ? this.#unpack(row) : undefined);
  }

  #leavesOf(row: number): number {
    return this.#leaves?.count(row) ?? 0;
  }

  /** Visible rows under a row while it is open. */
  #within(row: number): number {
    return this.#branches.get(row)?.sizes.total ?? this.#leavesOf(row);
  }

  #unpack(row: number): Branch {
    const branch = this.#newBranch(row);
    for (const leaf of this.#leaves?.take(row) ?? []) branch.children.push(leaf);
    this.#refill(branch);
    return branch;
  }

  #unpackAll(): void {
    const rows = this.#leaves?.parents ?? 0;
    for (let row = 0; row < rows; row++) this.#branch(row);
    this.#leaves = null;
  }

  #newBranch(row: number): Branch {
    const branch: Branch = { children: [], sizes: new Fenwick() };
    this.#branches.set(row, branch);
    return branch;
  }

  /** Changes the visible size of a row and of what stands above it. */
  #resize(row: number, size: number): void {
    const delta = size - this.#sizeOf(row);
    let at = row;
    while (delta !== 0 && at !== ROOT) {
      const parent = this.parent(at);
      // Before the size changes: a branch that is made only now adds up the sizes as they were.
      const branch = this.#branch(parent);
      this.#size[at] = this.#sizeOf(at) + delta;
      branch?.sizes.add(this.#slot[at] ?? 0, delta);
      if (parent === ROOT || !this.isOpen(parent) || !this.isShown(parent)) return;
      at = parent;
    }
  }

  #refill(branch: Branch): void {
    const sizes = new Int32Array(branch.children.length);
    for (let slot = 0; slot < sizes.length; slot++) {
      const row = branch.children[slot] ?? 0;
      this.#slot[row] = slot;
      sizes[slot] = this.#sizeOf(row);
    }
    branch.sizes.fill(sizes);
  }

  /** Recounts a branch and all beneath it, children before parents. */
  #recount(root: Branch): void {
    const order: Branch[] = [];
    const stack: Branch[] = [root];
    for (let branch = stack.pop(); branch; branch = stack.pop()) {
      order.push(branch);
      for (const row of branch.children) {
        const inner = this.#branches.get(row);
        if (inner) stack.push(inner);
      }
    }
    for (const branch of order.reverse()) {
      for (const row of branch.children) {
        const inner = this.isOpen(row) ? this.#within(row) : 0;
        this.#size[row] = this.isShown(row) ? 1 + inner : 0;
      }
      this.#refill(branch);
    }
  }

  #reserve(rows: number): void {
    if (rows <= this.#parent.length) return;
    const capacity = Math.max(rows, Math.ceil(this.#parent.length * GROWTH));
    const wide = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const next = new Int32Array(capacity);
      next.set(old);
      return next;
    };
    const bits = (old: Uint8Array): Uint8Array<ArrayBuffer> => {
      const next = new Uint8Array(capacity);
      next.set(old);
      return next;
    };
    this.#parent = wide(this.#parent);
    this.#slot = wide(this.#slot);
    this.#size = wide(this.#size);
    this.#open = bits(this.#open);
    this.#shown = bits(this.#shown);
  }
}
