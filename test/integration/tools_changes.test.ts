/** What tells an agent, and the step cache, that files have changed: digests of readings, and `git_diff`. */
import { execFileSync } from 'node:child_process';
import { rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/tools/limits.ts';
import { currentDigest } from '../../src/tools/reads.ts';
import { createTools } from '../../src/tools/registry.ts';
import { ToolError } from '../../src/tools/tool.ts';
import { workspace } from './tools.house.ts';

const { place, put, context, use, text } = workspace();

describe('what was read', () => {
  it('is told to be stale exactly when it changed', async () => {
    await put({ 'a.ts': 'needle', 'b.ts': 'other' });
    const tools = createTools();
    const reads = [
      await use('read_file', { path: 'a.ts' }),
      await use('list_files', { glob: '*.ts' }),
      await use('grep', { pattern: 'needle', ignore_case: true }),
    ].flatMap((output) => output.reads ?? []);
    expect(reads.map((r) => r.path)).toEqual([
      'a.ts',
      'list_files {"glob":"*.ts"}',
      'grep {"ignore_case":true,"pattern":"needle"}',
    ]);
    const stale = async () => {
      const now = await Promise.all(reads.map((r) => currentDigest(r, tools, context())));
      return reads.map((r, i) => r.digest !== now[i]);
    };
    expect(await stale()).toEqual([false, false, false]);
    await put({ 'b.ts': 'changed, but not found by the search' });
    expect(await stale()).toEqual([false, false, false]);
    await put({ 'c.md': 'needle' });
    expect(await stale()).toEqual([false, false, true]);
    await rm(path.join(place.root, 'a.ts'));
    expect(await stale()).toEqual([true, true, true]);
  });
});

describe('git_diff', () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@t', ...args], {
      cwd: place.base,
    });

  /** A repository around the workspace, with a change in it and one outside of it. */
  async function repository(): Promise<void> {
    git('init', '-q', '-b', 'main');
    await put({ 'a.txt': 'one\n', 'sub/b.txt': 'two\n', 'secret/c.txt': 'three\n' });
    await writeFile(path.join(place.base, 'outside.txt'), 'outside\n');
    git('add', '.');
    git('commit', '-q', '-m', 'first');
    await put({ 'a.txt': 'one changed\n', 'sub/b.txt': 'two changed\n', 'new.txt': 'new\n' });
    await put({ 'secret/c.txt': 'three changed\n' });
    await writeFile(path.join(place.base, 'outside.txt'), 'outside changed\n');
    await writeFile(path.join(place.base, 'outside-new.txt'), 'x');
  }

  it('shows what changed since a commit, and new files; nothing outside of the workspace', async () => {
    await repository();
    place.exclude = ['secret/**'];
    const all = await text('git_diff', {});
    expect(all).toContain('-one\n+one changed');
    expect(all).toContain('New files, unknown to git:\nnew.txt');
    expect(all).not.toMatch(/outside|three/);
    const one = await text('git_diff', { base: 'main', path: 'sub' });
    expect(one).toContain('+two changed');
    expect(one).not.toContain('one changed');
    git('commit', '-q', '-a', '-m', 'second');
    expect(await text('git_diff', { path: 'sub' })).toBe('(Nothing changed since HEAD.)');
    expect(await text('git_diff', { base: 'HEAD~1', path: 'a.txt' })).toContain('+one changed');
  });

  it('says where it was cut, and what is not shown', async () => {
    await repository();
    place.limits = { ...LIMITS, output_chars: 200 };
    const cut = await text('git_diff', {});
    expect(cut).toMatch(/Cut here: 200 of [\d,]+ characters.*sub\/b\.txt\. Use path/);
  });

  it('the same call again tells whether it is stale', async () => {
    await repository();
    const { reads = [] } = await use('git_diff', {});
    const [read] = reads;
    if (!read) throw new Error('no read');
    expect(await currentDigest(read, createTools(), context())).toBe(read.digest);
    await put({ 'a.txt': 'changed again\n' });
    expect(await currentDigest(read, createTools(), context())).not.toBe(read.digest);
  });

  it.each(['../outside.txt', '/etc', 'C:\\x', 'sub/../../outside.txt'])(
    'refuses the path %s',
    async (wrong) => {
      await repository();
      await expect(use('git_diff', { path: wrong })).rejects.toThrow(/outside of the workspace/);
    },
  );

  it('refuses what is no commit, and says when there is no repository', async () => {
    await put({ 'a.txt': 'x' });
    await expect(use('git_diff', {})).rejects.toThrow(ToolError);
    await repository();
    await expect(use('git_diff', { base: 'no-such-branch' })).rejects.toThrow(/Git says: fatal/);
    for (const wrong of ['--output=/tmp/x', '-p', '']) {
      await expect(use('git_diff', { base: wrong })).rejects.toThrow();
    }
  });

  it('starts no program that the repository names', async () => {
    await repository();
    const marker = path.join(place.base, 'ran');
    git('config', 'diff.external', `touch ${marker}`);
    git('config', 'diff.evil.textconv', `touch ${marker}; cat`);
    git('config', 'core.fsmonitor', `touch ${marker}`);
    await put({ '.gitattributes': '*.txt diff=evil\n' });
    expect(await text('git_diff', {})).toContain('+one changed');
    await expect(stat(marker)).rejects.toThrow(/ENOENT/);
  });
});
