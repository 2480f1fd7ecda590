/** The built command line, as a user or a CI job calls it, with the offline model. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DryRun } from '../../src/contracts/dry_run.ts';
import { parseFrame } from '../../src/contracts/frames.ts';
import { decodeJson } from '../otlp.ts';

const CLI = resolve('dist/cli.mjs');
const SAMPLE = resolve('test/sample-workspace');
let home = '';

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'boocode-cli-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function boocode(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [CLI, ...args, '--workspace', SAMPLE], {
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
