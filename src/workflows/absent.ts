/** Names that exist where scripts are usually written, and not here: what to do instead. */

const MODULES = 'A workflow script has no access to modules; agents read files and do the work.';
const FILES = 'An agent reads the workspace; pass anything else in as an argument.';
const WAITING = 'Agents are waited for with await.';
const SAME_PATH = 'A run that is repeated must take the same path.';
const TOOL = 'It is a tool: ask for it in the prompt of an agent.';

const ABSENT: Readonly<Record<string, string>> = {
  ...{ fetch: FILES, XMLHttpRequest: FILES, WebSocket: FILES },
  ...{ setTimeout: WAITING, setInterval: WAITING, setImmediate: WAITING, queueMicrotask: WAITING },
  process: 'Pass what you need in as an argument.',
  ...{ require: MODULES, module: MODULES, exports: MODULES, __dirname: MODULES, fs: MODULES },
  ...{ path: MODULES, os: MODULES, child_process: MODULES, Buffer: 'Texts need no Buffer here.' },
  performance: `${SAME_PATH} Pass the time in as an argument.`,
  crypto: `${SAME_PATH} Number by index instead.`,
  structuredClone: 'Use JSON.parse(JSON.stringify(value)).',
  ...{ URL: 'Take the text apart with split or a regular expression.' },
  ...{ TextEncoder: 'Texts have a length.', TextDecoder: 'Results of agents are texts already.' },
  AbortController: 'Cancel the run, or give an agent a timeout.',
  ...{ Bash: TOOL, Read: TOOL, Write: TOOL, Edit: TOOL, Grep: TOOL, Glob: TOOL, Task: TOOL },
  ...{ WebSearch: TOOL, WebFetch: TOOL },
  resumeFromRunId: 'A run is resumed where it is started: "boocode run --resume <run>".',
};

/** @returns what is said of a name that a script uses and does not have; null for any other name. */
export function absence(name: string): string | null {
  if (!Object.hasOwn(ABSENT, name)) return null;
  return `${name} does not exist in a workflow script. ${ABSENT[name]}`;
}

/** @returns a message of the engine with the sentence behind it, where it names what is not there. */
export function withAbsence(message: string): string {
  const [, name = ''] = /\b([A-Za-z_]+) is not defined/.exec(message) ?? [];
  const told = absence(name);
  return told ? `${message}. ${told}` : message;
}
