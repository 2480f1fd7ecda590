/** Finds a workflow's script by its name or its path, and parses it. */
import { realpath } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { discover, findNamed, readScript, type WorkflowFolders } from './discovery.ts';
import type { ParsedScript } from './parse.ts';
import { parsedOnce } from './parsed.ts';
import type { WorkflowCall } from './sandbox/calls.ts';
import { type WorkflowEntry, WorkflowError } from './workflow.ts';

export interface Script {
  readonly parsed: ParsedScript;
  readonly path: string;
}

export class Scripts {
  readonly #folders: WorkflowFolders;

  constructor(folders: WorkflowFolders) {
    this.#folders = folders;
  }

  list(): Promise<WorkflowEntry[]> {
    return discover(this.#folders);
  }

  get(name: string): Promise<WorkflowEntry | null> {
    return findNamed(this.#folders, name);
  }

  /** @throws WorkflowError for an unknown name or a script that cannot run. */
  async load(workflow: string | WorkflowEntry): Promise<Script> {
    return loaded(typeof workflow === 'string' ? await this.#pathOf(workflow) : workflow.path);
  }

  /** The script of a recorded run: its file, or what has its name where the file is gone. */
  async again(path: string | null, name: string): Promise<Script> {
    if (path !== null && (await realpath(path).catch(() => null)) !== null) return loaded(path);
    return this.load(name);
  }

  /** @throws WorkflowError for an unknown name, a path that is not allowed, or a broken script. */
  async nested(call: WorkflowCall): Promise<Script> {
    return loaded(
      call.name === undefined
        ? await this.#allowed(call.path ?? '')
        : await this.#pathOf(call.name),
    );
  }

  async #pathOf(name: string): Promise<string> {
    const found = await findNamed(this.#folders, name);
    if (found) return found.path;
    const entries = await this.list();
    const names = entries.filter((e) => !e.hidden_by && !e.problem).map((e) => e.name);
    const known = names.length > 0 ? ` There are: ${names.slice(0, 20).join(', ')}.` : '';
    throw new WorkflowError(`There is no workflow named "${name}".${known}`);
  }

  // A script may name a file of the workspace or of a workflow folder, and nothing else.
  async #allowed(path: string): Promise<string> {
    const { workspace, home, builtin } = this.#folders;
    const wanted = resolve(workspace ?? home, path);
    const real = await realpath(wanted).catch(() => wanted);
    const folders = [
      ...(workspace === null ? [] : [workspace]),
      join(home, '.boocode', 'workflows'),
      join(home, '.claude', 'workflows'),
      builtin,
    ];
    const roots = await Promise.all(folders.map((root) => realpath(root).catch(() => root)));
    if (real.endsWith('.js') && roots.some((root) => inside(root, real))) return real;
    throw new WorkflowError(
      `The workflow file ${path} cannot be run: it must be a .js file of the workspace or of a workflow folder.`,
    );
  }
}

function inside(root: string, path: string): boolean {
  const way = relative(root, path);
  return !isAbsolute(way) && way !== '..' && !way.startsWith(`..${sep}`);
}

async function loaded(path: string): Promise<Script> {
  try {
    return { parsed: parsedOnce(await readScript(path), basename(path, '.js')), path };
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const { message, position } = error;
    throw new WorkflowError(`${basename(path)}: ${message}`, { path, position, cause: error });
  }
}
