/** The built command line, as a user or a CI job calls it, with the offline model. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DryRun } from '../../src/contracts/dry_run.ts';
import { parseFrame } from '../../src/contracts/frames.ts';
import { textOf } from '../../src/models/offline/request.ts';
import { type OfflineServer, startOfflineServer } from '../../src/models/offline/server.ts';
import { decodeJson } from '../otlp.ts';

const CLI = resolve('dist/cli.mjs');
const SAMPLE = resolve('test/sample-workspace');
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'boocode-cli-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}
const boocode = (...args: string[]): Promise<Said> => boocodeIn(SAMPLE, ...args);

function boocodeIn(workspace: string, ...args: string[]): Promise<Said> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CLI, ...args, '--workspace', workspace], {
      env: { PATH: process.env.PATH ?? '', HOME: home, BOOCODE_HOME: home },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString();
    });
    child.stderr.on('data', (data: Buffer) => {
      err += data.toString();
    });
    child.on('error', fail);
    child.on('close', (code) => done({ code, out, err }));
  });
}

describe('boocode on the command line', () => {
  it('runs deep-research to a result, says that replies are simulated, and replays it', async () => {
    const question = 'how are late fees computed?';
    const first = await boocode('run', 'deep-research', question);
    expect(first.err).toContain('replies are simulated');
    expect(first.err).toMatch(/✓ \S+/);
    expect(first.out.length).toBeGreaterThan(100);
    expect(first.code).toBe(0);

    const second = await boocode('run', 'deep-research', question);
    expect(second.code).toBe(0);
    expect(second.err).toContain('kept from an earlier run');
    expect(second.err).not.toMatch(/tokens/);
    expect(second.out).toBe(first.out);
  }, 60_000);

  it('streams frames as lines of JSON with a sequence that has no gap', async () => {
    const run = await boocode('run', 'multi-review', '--json', '--fresh');
    expect(run.code).toBe(0);
    const frames = run.out
      .trim()
      .split('\n')
      .map((line) => parseFrame(JSON.parse(line)));
    const seqs = frames.map((parsed) => ('frame' in parsed ? parsed.frame.seq : parsed.problem));
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
  }, 60_000);

  it('plans a run without a model, as text or as JSON', async () => {
    const text = await boocode('run', 'deep-research', 'how do loans work?', '--dry-run');
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/^deep-research: \d+ agents, about \S+ tokens/);
    expect(text.out).toContain('[Synthesis] synthesis (about ');
    const json = await boocode('run', 'multi-review', '--dry-run', '--json');
    expect(DryRun.parse(JSON.parse(json.out)).stopped).toBeNull();
    const stopped = await boocode('run', 'deep-research', '--dry-run');
    expect([stopped.code, stopped.out]).toEqual([1, expect.stringContaining('needs a question')]);
  }, 60_000);

  it('a failed run exits 1 and says how to go on; --resume goes on with it', async () => {
    const failed = await boocode('run', 'deep-research', '{"question": 7}');
    expect(failed.code).toBe(1);
    const [, id = ''] = /boocode run --resume (\S+)/.exec(failed.err) ?? [];
    const resumed = await boocode('run', '--resume', id);
    expect([resumed.code, resumed.err]).toEqual([1, expect.stringContaining('needs a question')]);

    const first = await boocode('run', 'hello', '--fresh');
    const file = join(home, 'result.txt');
    const last = await boocode('run', '--resume', 'last', '--json', '--output', file);
    expect(last.code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(first.out);
    const unknown = await boocode('run', '--resume', 'nobody');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('nobody')]);
  }, 60_000);

  it('exports the newest run as OTLP/JSON that others read, with content only when asked', async () => {
    await boocode('run', 'hello', '--fresh');
    const plain = await boocode('export', 'last', '--otlp', '--output', '-');
    expect(plain.code).toBe(0);
    const { spans } = decodeJson(plain.out);
    expect(spans.map((span) => span.name.split(' ')[0])).toEqual(
      expect.arrayContaining(['invoke_workflow', 'invoke_agent', 'chat']),
    );
    expect(plain.out).not.toContain('gen_ai.input.messages');
    const file = join(home, 'run.otlp.json');
    const whole = await boocode('export', 'last', '--otlp', '--content', '--output', file);
    expect(whole.err).toContain(file);
    expect(await readFile(file, 'utf8')).toContain('gen_ai.input.messages');
    const unknown = await boocode('export', 'nothing', '--otlp', '--output', file);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('nothing')]);
  }, 60_000);

  it('fails with the known names when the workflow is unknown', async () => {
    const run = await boocode('run', 'no-such-workflow');
    expect(run.code).toBe(1);
    expect(run.err).toContain('no-such-workflow');
    expect(run.err).toContain('deep-research');
  });

  it.each([
    [['run', 'deep-research', '{"broken":'], 'not valid JSON'],
    [['run'], 'Name a command'],
    [['fly'], 'Name a command'],
    [['run', '--resume', ''], '--resume needs the id'],
    [['run', 'hello', '--resume', 'x', '--dry-run'], 'does not go with --dry-run'],
    [['run', 'hello', '--allow', 'everything'], '--allow takes write and execute'],
    [['export', 'last'], '--otlp'],
    [['run', 'deep-research', '--unknown'], '--unknown'],
  ])('refuses wrong usage %j with exit code 2', async (args, words) => {
    const run = await boocode(...args);
    expect(run.code).toBe(2);
    expect(run.err).toContain(words);
    expect(run.err).toContain('Usage:');
  });

  it('lists workflows with where they come from', async () => {
    const run = await boocode('list');
    expect(run.code).toBe(0);
    expect(run.out).toMatch(/deep-research\tbuilt-in\t/);
    expect(run.out).toMatch(/hello\tworkspace\t/);
  });
});

describe('what agents may do on the command line', () => {
  let server: OfflineServer;
  let workspace = '';
  const made = (): string => join(workspace, 'made.txt');
  beforeAll(async () => {
    server = await startOfflineServer({ delay_ms: 0 });
    const calls = [
      { name: 'write_file', input: { path: 'made.txt', content: 'written\n' } },
      { name: 'run_command', input: { command: 'echo run >> made.txt' } },
    ];
    server.script((request) => {
      const told = request.messages.filter((m) => m.role === 'tool').map(textOf);
      const call = calls[told.length];
      return call ? { tool_calls: [call] } : { text: told.join('\n') };
    });
    workspace = await mkdtemp(join(tmpdir(), 'boocode-cli-acting-'));
    await mkdir(join(workspace, '.boocode', 'workflows'), { recursive: true });
    await writeFile(
      join(workspace, '.boocode', 'workflows', 'act.js'),
      "export const meta = { name: 'act', description: 'Writes and runs' };\nreturn agent('Make it', { label: 'maker' });\n",
    );
  });
  afterAll(async () => {
    await server.close();
    await rm(workspace, { recursive: true, force: true, maxRetries: 5 });
  });
  const act = (...flags: string[]): Promise<Said> =>
    boocodeIn(workspace, 'run', 'act', '--base-url', server.url, '--model', 'm', ...flags);

  it('without --allow nothing is written or run; the model, the log and the terminal say why', async () => {
    const run = await act();
    expect(run.code).toBe(0);
    expect(existsSync(made())).toBe(false);
    for (const kind of ['write', 'execute']) {
      const why = `It is permitted where the run is started with --allow ${kind}.`;
      expect(run.out).toContain(`This call is not permitted. Nobody can be asked`);
      expect(run.out).toContain(why);
      expect(run.err).toMatch(new RegExp(`\\| Agent "maker" was not permitted: .*--allow ${kind}`));
    }
    const frames = (await act('--json')).out.trim().split('\n');
    const lines = frames.filter((line) => line.includes('"level":"warn"'));
    expect(lines.filter((line) => line.includes('was not permitted'))).not.toEqual([]);
  }, 60_000);

  it('--allow write writes and still runs no command', async () => {
    const run = await act('--allow', 'write');
    expect([run.code, readFileSync(made(), 'utf8')]).toEqual([0, 'written\n']);
    expect(run.err).toContain('--allow execute');
    expect(run.err).not.toContain('--allow write');
    await rm(made());
  }, 60_000);

  it('--allow write,execute writes the file and runs the command', async () => {
    const run = await act('--allow', 'write,execute');
    expect([run.code, readFileSync(made(), 'utf8')]).toEqual([0, 'written\nrun\n']);
    expect(run.err).not.toContain('not permitted');
    expect(run.err).toContain('✓ maker');
  }, 60_000);
});
