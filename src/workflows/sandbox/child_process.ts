/** The parent's end of one sandbox child: starts it, frames its lines, kills it. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import * as z from 'zod/mini';
import { compiled } from '../../store/compiled.ts';
import { LINE_LIMIT } from './limits.ts';
import { lineReader, lineWriter } from './lines.ts';
import { FromChild, type ToChild } from './messages.ts';
import type { NodeForSandbox } from './node.ts';

export interface ChildPaths {
  readonly node: NodeForSandbox;
  readonly addon: string;
  /** The child's script: `child.ts` from sources, `sandbox-child.mjs` when bundled. */
  readonly child: string;
}

export interface ChildEvents {
  onMessage(message: FromChild): void;
  /** The child is gone, or spoke what is no message and was killed for it. Called once. */
  onGone(why: string): void;
}

export class SandboxChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #tell: (message: ToChild) => void;
  #events: ChildEvents | null = null;
  #gone: string | null = null;
  #ready = false;
  #errors = '';

  constructor(paths: ChildPaths) {
    const flags = [
      // isolated-vm cannot run beside Node's start-up snapshot.
      '--no-node-snapshot',
      '--no-warnings',
      '--max-old-space-size=256',
      // Most ways out of V8 led through its optimising compilers; a script that orchestrates
      // agents does not need them.
      '--no-opt',
      '--no-maglev',
      '--permission',
      '--allow-addons',
      `--allow-fs-read=${dirname(paths.child)}`,
      `--allow-fs-read=${dirname(paths.addon)}`,
    ];
    this.#process = spawn(paths.node.path, [...flags, paths.child, paths.addon], {
      // Windows cannot start a process without knowing its system folder.
      env: process.platform === 'win32' ? { SystemRoot: process.env.SystemRoot } : {},
      cwd: dirname(paths.child),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    const { stdin, stdout, stderr } = this.#process;
    this.#tell = lineWriter(stdin);
    const overflow = (): void => this.kill('The sandbox sent a message that is too large.');
    stdout.on(
      'data',
      lineReader(LINE_LIMIT, (line) => this.#take(line), overflow),
    );
    stderr.on('data', (chunk: Buffer) => {
      this.#errors = `${this.#errors}${chunk.toString('utf8')}`.slice(-2000);
    });
    stdin.on('error', () => {});
    this.#process.on('error', (error) => this.#end(`The sandbox did not start: ${error.message}`));
    this.#process.on('close', (code, signal) => {
      const said = this.#errors.trim();
      this.#end(`The sandbox ended with ${signal ?? `code ${code}`}.${said ? ` ${said}` : ''}`);
    });
  }

  get alive(): boolean {
    return this.#gone === null;
  }

  /** It has started, and answers from now on. */
  get ready(): boolean {
    return this.#ready;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Who hears the child from now on; a child that is gone already says so at once. */
  listen(events: ChildEvents | null): void {
    this.#events = events;
    if (this.#gone !== null) events?.onGone(this.#gone);
  }

  send(message: ToChild): void {
    if (this.alive) this.#tell(message);
  }

  kill(why: string): void {
    this.#process.kill('SIGKILL');
    this.#end(why);
  }

  #take(line: string): void {
    if (!this.alive) return;
    let parsed: ReturnType<typeof FromChild.safeParse> | null = null;
    try {
      parsed = z.safeParse(compiled(FromChild), JSON.parse(line));
    } catch {
      // Falls through to the refusal below.
    }
    if (parsed?.success) {
      if (parsed.data.type === 'ready') this.#ready = true;
      this.#events?.onMessage(parsed.data);
    } else this.kill('The sandbox sent something that is no message.');
  }

  #end(why: string): void {
    if (this.#gone !== null) return;
    this.#gone = why;
    this.#events?.onGone(why);
  }
}
