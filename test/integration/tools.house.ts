/** A workspace folder of its own for each test of a file, and the tools on it through the registry. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { LIMITS, type ToolLimits } from '../../src/tools/limits.ts';
import { createTools } from '../../src/tools/registry.ts';
import type { ToolContext, ToolOutput } from '../../src/tools/tool.ts';

export interface Place {
  /** The folder around the workspace. */
  base: string;
  /** The workspace. */
  root: string;
  exclude: string[];
  limits: ToolLimits;
}

/** Call it once in a test file. @returns what each of its tests finds anew. */
export function workspace() {
  const place: Place = { base: '', root: '', exclude: [], limits: LIMITS };
  beforeEach(async () => {
    place.base = await realpath(await mkdtemp(path.join(tmpdir(), 'boocode-tools-')));
    place.root = path.join(place.base, 'workspace');
    await mkdir(place.root);
    place.exclude = [];
    place.limits = LIMITS;
  });
  afterEach(() => rm(place.base, { recursive: true, force: true }));

  const put = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [name, data] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(place.root, name)), { recursive: true });
      await writeFile(path.join(place.root, name), data);
    }
  };
  const context = (signal = new AbortController().signal): ToolContext => {
    return { root: place.root, exclude: place.exclude, signal };
  };
  const use = async (name: string, input: object, signal?: AbortSignal): Promise<ToolOutput> => {
    const tool = createTools(place.limits).get(name);
    if (!tool) throw new Error(`no tool ${name}`);
    return tool.run(tool.input.parse(input), context(signal));
  };
  const text = async (name: string, input: object): Promise<string> => {
    return (await use(name, input)).text;
  };
  const lines = async (name: string, input: object): Promise<string[]> => {
    return (await text(name, input)).split('\n');
  };
  return { place, put, context, use, text, lines };
}
