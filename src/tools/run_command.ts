/** Runs a command line in the workspace: output as it comes, a time limit, no child left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import * as z from 'zod/mini';
import { confine } from './confine.ts';
import { letGo, startShell } from './guarded_shell.ts';
import { clip, count, LIMITS } from './limits.ts';
import { type Tool, type ToolContext, ToolError } from './tool.ts';

export interface CommandLimits {
  /** Milliseconds, where the call names none. */
  readonly timeout_ms: number;
  readonly longest_ms: number;
  /** How long a command may take to end after it was told to; then it is killed. Milliseconds. */
  readonly grace_ms: number;
  /** UTF-16 units of output that the model is given: the beginning and the end. */
  readonly output_chars: number;
  /** UTF-16 units that are shown live. */
  readonly shown_chars: number;
}

export const COMMAND_LIMITS: CommandLimits = {
  timeout_ms: 120_000,
  longest_ms: 30 * 60_000,
  grace_ms: 2_000,
  output_chars: LIMITS.output_chars,
  shown_chars: 256 * 1024,
};

const Input = z.strictObject({
  command: z
    .string()
    .check(z.minLength(1), z.describe('The command line, as typed in a shell: npm test')),
  folder: z.optional(
    z.string().check(z.describe('Where it runs, relative to the workspace. Default: its root.')),
  ),
  timeout_seconds: z.optional(z.number().check(z.positive())),
});

export function createRunCommand(limits: CommandLimits = COMMAND_LIMITS): Tool<typeof Input> {
  return {
    name: 'run_command',
    description: `Runs a command line in a shell in the workspace and gives its output and exit code. It gets no input and must end by itself; after ${limits.timeout_ms / 1000} seconds, or timeout_seconds, it is stopped.`,
    permission: 'execute',
    input: Input,
    activity: ({ command }) => `Running ${clip(command, 120)}`,
    question: ({ command, folder }) => (folder ? `${command} (in ${folder})` : command),
    async run(input, context) {
      const folder = await confine(context.root, input.folder);
      if (!(await stat(folder.absolute)).isDirectory()) {
        throw new ToolError(`"${folder.relative}" is not a folder.`);
      }
      const asked = (input.timeout_seconds ?? limits.timeout_ms / 1000) * 1000;
      const timeout = Math.min(asked, limits.longest_ms);
      return runShell(input.command, folder.absolute, timeout, context, limits);
    },
  };
}

async function runShell(
  command: string,
  cwd: string,
  timeout_ms: number,
  context: ToolContext,
  limits: CommandLimits,
) {
  const output = new Output(context, limits);
  const child = startShell(command, cwd, commandEnvironment());
  child.stdout?.setEncoding('utf8').on('data', (text: string) => output.add(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => output.add(text));
  let timedOut = false;
  const end = (): void => void endTree(child, limits.grace_ms);
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, timeout_ms);
  context.signal.addEventListener('abort', end, { once: true });
  if (context.signal.aborted) end();
  try {
    const code = await closed(child);
    context.signal.throwIfAborted();
    const how = timedOut
      ? `(Stopped after ${timeout_ms / 1000} s, the time limit.)`
      : `(Exit code ${code ?? 'none: it was killed'}.)`;
    const text = `${output.told()}${how}`;
    if (timedOut) throw new ToolError(text);
    return { text, metadata: { exit_code: code } };
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener('abort', end);
  }
}

/** What belongs to the editor and to BooCode itself is no business of the project's commands. */
const OWN = /^(?:VSCODE_|ELECTRON_|BOOCODE_|DEEPSEEK_API_KEY$|NODE_OPTIONS$)/;

/** Nobody answers questions or scrolls: commands are told so in the usual ways. */
function commandEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  const quiet = {
    CI: '1',
    NO_COLOR: '1',
    PAGER: 'cat',
    GIT_PAGER: 'cat',
    GIT_TERMINAL_PROMPT: '0',
  };
  return { ...Object.fromEntries(kept), ...quiet };
}

/** The exit code, or null where a signal ended it; waits for its output, but not for its children's. */
function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      reject(new ToolError(`The command could not be started: ${error.message}`));
    });
    child.on('exit', (code) => {
      letGo(child);
      // A background child may hold the pipes for ever; what is in them is read, then it is left.
      const late = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve(code);
      }, 500);
      child.on('close', () => {
        clearTimeout(late);
        resolve(code);
      });
    });
  });
}

/** Asks the whole group to end, then kills what is still there. */
async function endTree(child: ChildProcess, grace_ms: number): Promise<void> {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/t', '/f'], { stdio: 'ignore' });
    return;
  }
  signalGroup(child.pid, 'SIGTERM');
  const { pid } = child;
  const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), grace_ms);
  // The shell may be gone while a child of it ignores the signal: the group is asked once more.
  child.on('close', () => {
    clearTimeout(timer);
    signalGroup(pid, 'SIGKILL');
  });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone, which is what was wanted.
  }
}

/** Keeps the beginning and the end of what a command writes. */
class Output {
  readonly #context: ToolContext;
  readonly #limits: CommandLimits;
  #head = '';
  #tail = '';
  #size = 0;
  #shown = 0;

  constructor(context: ToolContext, limits: CommandLimits) {
    this.#context = context;
    this.#limits = limits;
  }

  add(text: string): void {
    const half = this.#limits.output_chars / 2;
    const room = Math.max(0, half - this.#head.length);
    this.#head += text.slice(0, room);
    this.#tail = (this.#tail + text.slice(room)).slice(-half);
    this.#size += text.length;
    this.#show(text);
  }

  #show(text: string): void {
    const room = this.#limits.shown_chars - this.#shown;
    if (room <= 0) return;
    this.#shown += text.length;
    const more = text.length > room ? '\n(More output is not shown.)' : '';
    this.#context.output?.(clip(text, room) + more);
  }

  told(): string {
    const left = this.#size - this.#head.length - this.#tail.length;
    const gap = left > 0 ? `\n(${count(left)} characters left out here.)\n` : '';
    const text = `${this.#head}${gap}${this.#tail}`;
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  }
}
