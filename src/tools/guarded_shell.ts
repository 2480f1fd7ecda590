/**
 * A shell that does not outlive us: however this process ends, the command and its children end.
 * A guard beside it, in the same process group, waits for a line on a pipe that we hold. A line
 * lets the command's children go; the pipe's end, which comes with our death, has the guard kill
 * the group. Being a member itself, it can never hit another group that was given the same number.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Duplex } from 'node:stream';

/** The guard's end of the pipe, as a file descriptor of the shell. */
const PIPE = 3;
/**
 * The guard is no child of the command, which may wait for all its children. It outlives a polite
 * end of the group, since we may die between that and the forcible one.
 */
const GUARDED = [
  `((trap '' TERM INT HUP; read -r line || kill -KILL 0) <&${PIPE} >/dev/null 2>&1 &)`,
  `exec ${PIPE}<&-`,
  'exec /bin/sh -c "$1"',
].join('\n');

/** Starts a command line; its input is empty, its output comes through pipes. */
export function startShell(command: string, cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  if (process.platform === 'win32') {
    return spawn(command, {
      ...{ cwd, env, shell: true, windowsHide: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', command], {
    ...{ cwd, env },
    // A group of its own, so that the command's children can be reached.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // The guard may be killed before it reads.
  pipeOf(child)?.on('error', () => undefined);
  return child;
}

/** The command has ended by itself: what it left running on purpose may stay. */
export function letGo(child: ChildProcess): void {
  pipeOf(child)?.end('\n');
}

function pipeOf(child: ChildProcess): Duplex | null {
  const pipe = child.stdio[PIPE];
  return pipe instanceof Duplex ? pipe : null;
}
