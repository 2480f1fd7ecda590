/**
 * `npm run bench -- workflows [--no-peers]`: what our workflow engine costs above a bare loop of
 * requests, beside other engines with their persistence on, in one run on one machine; and beside
 * the least that a process of its own for the script costs, which the others do without. Absolute
 * numbers depend on the machine; the ratios are what to compare.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured } from './workflows/measure.ts';

const run = promisify(execFile);
const HERE = import.meta.dirname;
const OURS = 'boocode';
const FLOOR = 'fetch';
/** What a process for the script and results on disk cost alone; see the file. */
const PROCESS = 'process';
/** Milliseconds for one engine. */
const LONGEST = 240_000;
const PEERS = ['langgraph', 'openworkflow'];

interface Row {
  readonly title: string;
  readonly goal: string;
  /** Smaller is better, except for a rate. */
  readonly rate?: true;
  value(measured: Measured, floor: Measured): number | null;
}
const ROWS: readonly Row[] = [
  { title: 'overhead of a step, ms', goal: '1', value: (m, floor) => m.step - floor.step },
  { title: 'steps a second, 100 at once', goal: '', rate: true, value: (m) => m.rate },
  { title: 'first request, cold, ms', goal: '100', value: (m) => m.cold },
  { title: 'first request, warm, ms', goal: '10', value: (m) => m.warm },
  { title: '1,000 kept steps, ms', goal: '150', value: (m) => m.kept },
  { title: 'peak memory, MB', goal: '', value: (m) => m.host },
  { title: 'peak memory beside it, MB', goal: '', value: (m) => m.beside || null },
];

/** Measures and prints; needs a build, and installs the peers into `bench/` when they are missing. */
export async function bench(args: readonly string[]): Promise<void> {
  const root = join(HERE, '..');
  await run(process.execPath, ['esbuild.mjs'], { cwd: root });
  const peers = args.includes('--no-peers') ? [] : await installed();
  const folder = await mkdtemp(join(tmpdir(), 'boocode-bench-'));
  const server = node('model_server.ts');
  try {
    const url = `http://127.0.0.1:${(await said(server)).trim()}`;
    const results = new Map<string, Measured>();
    for (const name of [FLOOR, OURS, PROCESS, ...peers]) {
      const own = await mkdtemp(join(folder, `${name}-`));
      const measured = await measure(name, url, own);
      if (measured) results.set(name, measured);
    }
    print(results);
  } finally {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function installed(): Promise<readonly string[]> {
  if (existsSync(join(HERE, 'node_modules'))) return PEERS;
  console.log('Installing the other engines into bench/node_modules …');
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  try {
    const windows = process.platform === 'win32';
    await run(windows ? 'npm.cmd' : 'npm', options, { cwd: HERE, shell: windows });
    return PEERS;
  } catch (error) {
    console.log(`They cannot be installed, so they are left out: ${String(error).split('\n')[0]}`);
    return [];
  }
}

function node(file: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', join(HERE, 'workflows', file), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function said(child: ChildProcess): Promise<string> {
  if (!child.stdout) return '';
  const [chunk]: unknown[] = await once(child.stdout, 'data');
  return String(chunk);
}

async function measure(name: string, url: string, folder: string): Promise<Measured | null> {
  console.log(`Measuring ${name} …`);
  const child = node('measure.ts', name, url, folder);
  const late = setTimeout(() => child.kill(), LONGEST);
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  const [code]: unknown[] = await once(child, 'close');
  clearTimeout(late);
  if (code === 0) return JSON.parse(text.trim().split('\n').at(-1) ?? 'null');
  console.log(`${name} could not be measured (it ended with ${code}).`);
  return null;
}

function print(results: ReadonlyMap<string, Measured>): void {
  const floor = results.get(FLOOR);
  const ours = results.get(OURS);
  if (!floor || !ours) return;
  const names = [...results.keys()].filter((name) => name !== FLOOR);
  const cell = (text: string): string => text.padStart(22);
  const plain = `A bare loop: ${floor.step.toFixed(2)} ms a step, ${floor.rate.toFixed(0)} steps a second, ${floor.host.toFixed(0)} MB.`;
  console.log(
    `\n${plain}\nIn parentheses: how many times ours it is; below 1 means better than ours.\n`,
  );
  console.log(`${''.padEnd(30)}${'goal'.padStart(6)}${names.map(cell).join('')}`);
  for (const row of ROWS) {
    const own = row.value(ours, floor);
    const cells = names.map((name) => {
      const measured = results.get(name);
      const value = measured ? row.value(measured, floor) : null;
      if (value === null || own === null) return cell('–');
      // Of a rate the inverse, so that below 1 is better in every row.
      const ratio = row.rate ? own / value : value / own;
      return cell(`${value.toFixed(value < 10 ? 2 : 0)} (×${ratio.toFixed(2)})`);
    });
    console.log(`${row.title.padEnd(30)}${row.goal.padStart(6)}${cells.join('')}`);
  }
}
