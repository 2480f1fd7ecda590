/** A command ends with the process that runs it, however that one ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const TOOL = pathToFileURL(path.join(import.meta.dirname, '../../src/tools/run_command.ts')).href;

let root = '';
let runner: ChildProcess | null = null;
beforeEach(async () => {
  root = await realpath(await mkdtemp(path.join(tmpdir(), 'boocode-orphans-')));
});
afterEach(async () => {
  runner?.kill('SIGKILL');
  for (const name of ['shell', 'child', 'soft']) {
    if (await alive(name)) process.kill(await pidIn(name), 'SIGKILL');
  }
  await rm(root, { recursive: true, force: true });
});

/** A process of its own that runs one command with the tool; `abort` cancels it on SIGUSR2. */
function run(command: string): ChildProcess {
  const script = `
    import { createRunCommand } from ${JSON.stringify(TOOL)};
    const stop = new AbortController();
    process.on('SIGUSR2', () => stop.abort(new Error('cancelled')));
    const context = { root: ${JSON.stringify(root)}, exclude: [], signal: stop.signal };
    const limits = { timeout_ms: 60_000, longest_ms: 60_000, grace_ms: 60_000, output_chars: 1000, shown_chars: 1000 };
    const ended = await createRunCommand(limits).run({ command: ${JSON.stringify(command)} }, context);
    process.stdout.write(ended.text);
  `;
  const args = ['--no-warnings', '--input-type=module', '-e', script];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function pidIn(name: string): Promise<number> {
  const file = path.join(root, name);
  await expect.poll(() => existsSync(file) && readFile(file, 'utf8')).toMatch(/\d+\n/);
  return Number(await readFile(file, 'utf8'));
}

/** Whether the process is there, and no mere entry that nobody has collected yet. */
async function alive(name: string): Promise<boolean> {
  if (!existsSync(path.join(root, name))) return false;
  const pid = await pidIn(name);
  try {
    process.kill(pid, 0);
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') S');
    return !/\) Z/.test(stat);
  } catch {
    return false;
  }
}

const STUBBORN = `sleep 60 & echo $! > soft; trap '' TERM; echo $$ > shell; sh -c 'trap "" TERM; echo $$ > child; while :; do sleep 1; done' & wait; sleep 60`;

describe.skipIf(process.platform === 'win32')('a command whose runner is gone', () => {
  it('is killed with its children when the runner is killed, also where they ignore SIGTERM', async () => {
    runner = run(STUBBORN);
    await pidIn('child');
    expect([await alive('shell'), await alive('child')]).toEqual([true, true]);
    runner.kill('SIGKILL');
    await expect.poll(() => alive('shell')).toBe(false);
    await expect.poll(() => alive('child')).toBe(false);
  });

  it('is killed when the runner dies between the polite end and the forcible one', async () => {
    runner = run(STUBBORN);
    await pidIn('child');
    runner.kill('SIGUSR2');
    // The group was told to end, as the one that heeds it shows.
    await expect.poll(() => alive('soft')).toBe(false);
    expect([await alive('shell'), await alive('child')]).toEqual([true, true]);
    runner.kill('SIGKILL');
    await expect.poll(() => alive('shell')).toBe(false);
    await expect.poll(() => alive('child')).toBe(false);
  });

  it('may leave a child running when it ends by itself, and its exit code is told', async () => {
    runner = run('(sleep 60 & echo $! > child) >/dev/null 2>&1; echo said; exit 3');
    let text = '';
    runner.stdout?.on('data', (data) => {
      text += data;
    });
    await new Promise((resolve) => runner?.on('close', resolve));
    expect(text).toBe('said\n(Exit code 3.)');
    expect(await alive('child')).toBe(true);
  });

  it('waits for nothing but its own children, and has no pipe of ours', async () => {
    runner = run('wait; [ -e /dev/fd/3 ] || echo free');
    let text = '';
    runner.stdout?.on('data', (data) => {
      text += data;
    });
    await new Promise((resolve) => runner?.on('close', resolve));
    expect(text).toBe('free\n(Exit code 0.)');
  });
});
