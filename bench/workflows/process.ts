/**
 * The floor of any engine that keeps its scripts in a process of their own, started as the sandbox
 * has to be, and each result on disk before it goes on: a loop in a child, a line of JSON for each
 * call, a synced append for each result. No isolate, no trace, no checks, no database.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ask, type CreateEngine, type Job } from './engine.ts';

// isolated-vm cannot run beside Node's start-up snapshot.
const FLAGS = ['--no-node-snapshot', '--no-warnings', '--permission', '--no-opt', '--no-maglev'];
const SCRIPT = `
const say = (message) => process.stdout.write(JSON.stringify(message) + '\\n');
const waiting = new Map();
async function play({ key, steps, wide }) {
  for (let from = 0; from < steps; from += wide) {
    const count = Math.min(wide, steps - from);
    await Promise.all(Array.from({ length: count }, (_, n) => {
      const prompt = key + ' step ' + (from + n);
      say({ prompt });
      return new Promise((resolve) => waiting.set(prompt, resolve));
    }));
  }
  say({ prompt: null });
}
let text = '';
process.stdin.on('data', (chunk) => {
  const lines = (text + chunk).split('\\n');
  text = lines.pop();
  for (const message of lines.map((line) => JSON.parse(line))) {
    if (message.job) play(message.job);
    else waiting.get(message.prompt)(message.text);
  }
});`;

export const create: CreateEngine = async (url, folder) => {
  const file = openSync(join(folder, 'results.ndjson'), 'a');
  const kept = new Map<string, string>();
  let unsynced: (() => void)[] = [];
  const keep = (prompt: string, text: string): Promise<void> => {
    kept.set(prompt, text);
    writeSync(file, `${JSON.stringify({ prompt, text })}\n`);
    return new Promise((resolve) => {
      unsynced.push(resolve);
      if (unsynced.length === 1) setImmediate(sync);
    });
  };
  const sync = (): void => {
    const covered = unsynced;
    unsynced = [];
    fdatasyncSync(file);
    for (const resolve of covered) resolve();
  };
  const answered = async (prompt: string): Promise<string> => {
    const before = kept.get(prompt);
    if (before !== undefined) return before;
    const text = await ask(url, prompt);
    await keep(prompt, text);
    return text;
  };

  let child: ChildProcessWithoutNullStreams | null = null;
  let onEnd = (): void => {};
  const started = (): ChildProcessWithoutNullStreams => {
    const own = spawn(process.execPath, [...FLAGS, '-e', SCRIPT]);
    createInterface(own.stdout).on('line', async (line) => {
      const { prompt }: { prompt: string | null } = JSON.parse(line);
      if (prompt === null) onEnd();
      else own.stdin.write(`${JSON.stringify({ prompt, text: await answered(prompt) })}\n`);
    });
    return own;
  };
  const run = (job: Job): Promise<void> =>
    new Promise((resolve) => {
      onEnd = resolve;
      child ??= started();
      child.stdin.write(`${JSON.stringify({ job })}\n`);
    });
  return {
    run,
    again: run,
    beside: () => 0,
    close: async () => {
      child?.kill();
    },
  };
};
