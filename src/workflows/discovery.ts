/** Finds workflow files, nearest first, and says of each what it is or why it cannot run. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SCRIPT_LIMIT } from './parse.ts';
import { parsedOnce } from './parsed.ts';
import { type WorkflowEntry, WorkflowError, type WorkflowSource } from './workflow.ts';

export interface WorkflowFolders {
  /** Real path of the workspace folder, or null where none is open. */
  readonly workspace: string | null;
  readonly home: string;
  /** The folder of the built-in catalog. */
  readonly builtin: string;
}

interface Folder {
  readonly path: string;
  readonly source: WorkflowSource;
}

/** The folders that are searched, the nearest first: on a clash of names the first one wins. */
function workflowFolders(folders: WorkflowFolders): Folder[] {
  const own = (base: string, source: WorkflowSource): Folder[] => [
    { path: join(base, '.boocode', 'workflows'), source },
    { path: join(base, '.claude', 'workflows'), source },
  ];
  return [
    ...(folders.workspace === null ? [] : own(folders.workspace, 'workspace')),
    ...own(folders.home, 'home'),
    { path: folders.builtin, source: 'built-in' },
  ];
}

/** @returns every workflow file; hidden and broken ones too, marked as such. */
export async function discover(folders: WorkflowFolders): Promise<WorkflowEntry[]> {
  const files = await Promise.all(workflowFolders(folders).map(filesOf));
  const entries = await Promise.all(files.flat().map(readEntry));
  const nearest = new Map<string, WorkflowEntry>();
  return entries.map((entry) => {
    const winner = nearest.get(entry.name);
    if (winner) return { ...entry, hidden_by: winner.path };
    nearest.set(entry.name, entry);
    return entry;
  });
}

/** @returns the workflow that runs under this name; folders beyond its own are not read. */
export async function findNamed(
  folders: WorkflowFolders,
  name: string,
): Promise<WorkflowEntry | null> {
  for (const folder of workflowFolders(folders)) {
    const entries = await Promise.all((await filesOf(folder)).map(readEntry));
    const found = entries.find((entry) => entry.name === name);
    if (found) return found;
  }
  return null;
}

/** Reads one file as `discover` does; for a script that is named by its path. */
async function readEntry(file: {
  readonly path: string;
  readonly source: WorkflowSource;
}): Promise<WorkflowEntry> {
  const { path, source } = file;
  const fallback = basename(path, '.js');
  const base = { name: fallback, description: '', source, path, form: null, phases: [] };
  try {
    const script = parsedOnce(await readScript(path), fallback);
    return {
      name: script.name,
      description: script.description,
      source,
      path,
      form: script.form,
      phases: script.phases.map(({ title, detail }) =>
        detail === undefined ? { title } : { title, detail },
      ),
      ...(script.when_to_use ? { when_to_use: script.when_to_use } : {}),
      ...(script.args_schema ? { args_schema: script.args_schema } : {}),
    };
  } catch (error) {
    const position = error instanceof WorkflowError ? error.position : null;
    const message = error instanceof Error ? error.message : String(error);
    return { ...base, problem: { message, position } };
  }
}

/** @returns the file's text. @throws WorkflowError when it is too large or cannot be read. */
export async function readScript(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    // A character takes at most four bytes; the exact limit is checked on the text.
    if (size > SCRIPT_LIMIT * 4) {
      throw new WorkflowError(
        `The file has ${Math.round(size / 1024)} KB, and the limit for a workflow script is ${SCRIPT_LIMIT / 1024} KB.`,
        { path },
      );
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof WorkflowError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new WorkflowError(`The workflow file cannot be read: ${reason}`, { path, cause: error });
  }
}

async function filesOf(folder: Folder): Promise<{ path: string; source: WorkflowSource }[]> {
  // A folder that is missing or not readable holds no workflows; most places have none.
  const names = await readdir(folder.path).catch(() => []);
  return names
    .filter((name) => name.endsWith('.js'))
    .sort()
    .map((name) => ({ path: join(folder.path, name), source: folder.source }));
}
