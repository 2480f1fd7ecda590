/** Keeps at most one sandbox child warm, so that the next run does not wait for Node to start, nor for an isolate. */
import { realpath } from 'node:fs/promises';
import { type ChildPaths, SandboxChild } from './child_process.ts';
import { type FindNodeOptions, findAddon, findNode } from './node.ts';
import { Sandbox, type SandboxEvents } from './sandbox.ts';

export interface SandboxPlaces {
  readonly childPath: string;
  readonly extensionFolder: string;
}

/** Milliseconds in which a child must have thrown its isolate away to be kept. */
const CLOSING = 1000;

export class SandboxPool {
  readonly #places: SandboxPlaces;
  readonly #nodePath: () => string;
  readonly #live = new Set<SandboxChild>();
  #warm: { child: SandboxChild; key: string } | null = null;
  #paths: { key: string; paths: Promise<ChildPaths> } | null = null;
  /** Settles when the children that are on their way back have come: no other is started meanwhile. */
  #returning: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(places: SandboxPlaces, nodePath: () => string) {
    this.#places = places;
    this.#nodePath = nodePath;
  }

  /** Begins to start a child for a run that is about to come; what fails is met by that run. */
  async prepare(memory: number): Promise<void> {
    const paths = await this.#find().catch(() => null);
    await this.#returning;
    if (!paths || this.#warm?.child.alive || this.#closed) return;
    const child = new SandboxChild(paths);
    this.#live.add(child);
    this.#keep(child, paths, memory);
  }

  /** @throws NoNodeError when no Node can run scripts. */
  async open(memory: number, events: SandboxEvents): Promise<Sandbox> {
    const paths = await this.#find();
    await this.#returning;
    const warm = this.#warm;
    this.#warm = null;
    if (warm?.child.alive && warm.key === paths.node.path) {
      return new Sandbox(warm.child, memory, events);
    }
    warm?.child.kill('Another Node is used now.');
    for (const child of this.#live) if (!child.alive) this.#live.delete(child);
    const child = new SandboxChild(paths);
    this.#live.add(child);
    return new Sandbox(child, memory, events);
  }

  /** Takes a child back after its run; it is kept when none is, and killed otherwise. */
  release(sandbox: Sandbox): Promise<void> {
    const returned = this.#takeBack(sandbox);
    this.#returning = Promise.all([this.#returning, returned]);
    return returned;
  }

  async #takeBack(sandbox: Sandbox): Promise<void> {
    const child = sandbox.release();
    if (!child) return;
    const paths = await this.#find().catch(() => null);
    if (!paths || !(await emptied(child)) || this.#warm?.child.alive || this.#closed) {
      this.#live.delete(child);
      child.kill('No longer needed.');
      return;
    }
    this.#keep(child, paths, sandbox.memory);
  }

  #keep(child: SandboxChild, paths: ChildPaths, memory: number): void {
    child.send({ type: 'open', memory });
    this.#warm = { child, key: paths.node.path };
  }

  close(): void {
    this.#closed = true;
    this.#warm = null;
    for (const child of this.#live) child.kill('BooCode is closing.');
    this.#live.clear();
  }

  #find(): Promise<ChildPaths> {
    const options: FindNodeOptions = {
      nodePath: this.#nodePath(),
      extensionFolder: this.#places.extensionFolder,
      searchPath: process.env.PATH ?? '',
    };
    const key = `${options.nodePath}\n${options.searchPath}`;
    if (this.#paths?.key === key) return this.#paths.paths;
    const paths = this.#resolve(options);
    this.#paths = { key, paths };
    // A Node that is installed after a failure must be found by the next run.
    paths.catch(() => {
      if (this.#paths?.paths === paths) this.#paths = null;
    });
    return paths;
  }

  async #resolve(options: FindNodeOptions): Promise<ChildPaths> {
    const node = await findNode(options);
    const addon = await findAddon(options.extensionFolder, node);
    // Node's permission model refuses a path that leads through a link, as an extension folder may.
    return { node, addon: await realpath(addon), child: await realpath(this.#places.childPath) };
  }
}

function emptied(child: SandboxChild): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (empty: boolean): void => {
      clearTimeout(timer);
      child.listen(null);
      resolve(empty);
    };
    const timer = setTimeout(() => done(false), CLOSING);
    child.listen({
      onMessage: (message) => {
        if (message.type === 'closed') done(true);
      },
      onGone: () => done(false),
    });
    child.send({ type: 'close' });
  });
}
