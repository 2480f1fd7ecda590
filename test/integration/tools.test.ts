/** The read-only tools on a real workspace folder, through the registry as the agent loop uses them. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIMITS } from '../../src/tools/limits.ts';
import { createTools, toolSchema } from '../../src/tools/registry.ts';
import { ToolError } from '../../src/tools/tool.ts';
import { workspace } from './tools.house.ts';

const { place, put, use, text, lines } = workspace();

describe('what models are offered', () => {
  it('is the same bytes each time, in the same order', () => {
    const offered = () => JSON.stringify([...createTools().values()].map(toolSchema));
    expect(offered()).toBe(offered());
    expect([...createTools().keys()]).toEqual(['list_files', 'read_file', 'grep', 'git_diff']);
    const schema = [...createTools().values()].map(toolSchema)[2]?.inputSchema;
    expect(Object.keys(schema?.properties ?? {})).toEqual([
      'pattern',
      'path',
      'glob',
      'ignore_case',
      'context',
    ]);
    expect(schema).toMatchObject({ type: 'object', required: ['pattern'] });
    expect(offered()).not.toContain('$schema');
  });
});

describe('list_files', () => {
  it('lists nearest first, without what is ignored', async () => {
    await put({
      '.gitignore': 'dist\n',
      'z.md': '',
      'src/a.ts': '',
      'src/deep/b.ts': '',
      'src/.gitignore': '*.gen.ts\n',
      'src/x.gen.ts': '',
      'dist/out.js': '',
      '.git/config': '',
      'hidden/x': '',
    });
    place.exclude = ['hidden'];
    expect(await lines('list_files', {})).toEqual([
      '.gitignore',
      'z.md',
      'src/.gitignore',
      'src/a.ts',
      'src/deep/b.ts',
    ]);
    expect(await lines('list_files', { path: 'src', glob: 'deep/*.ts' })).toEqual([
      'src/deep/b.ts',
    ]);
    expect(await text('list_files', { glob: '*.py' })).toBe('(No files found.)');
  });

  it('says where it stopped and how to see the rest', async () => {
    await put({ 'a.ts': '', 'b/c.ts': '', 'b/d.ts': '', 'e/f.ts': '' });
    place.limits = { ...LIMITS, list_entries: 2 };
    const listed = await text('list_files', {});
    expect(listed).toMatch(/^a\.ts\nb\/c\.ts\n\(There are more than these 2 paths\.\)/);
    expect(listed).toContain('Not listed to the end: b/, e/');
    place.limits = { ...LIMITS, walk_entries: 3 };
    expect(await text('list_files', {})).toContain('(Stopped after 3 entries.)');
  });

  it('names links and where they lead, without following them', async () => {
    await put({ 'src/a.ts': '', '.gitignore': 'secret', secret: '' });
    await symlink('src', path.join(place.root, 'inside'));
    await symlink('..', path.join(place.root, 'outside'));
    await symlink('secret', path.join(place.root, 'to-ignored'));
    await symlink('.', path.join(place.root, 'src/around'));
    const listed = await lines('list_files', {});
    expect(listed).toContain('inside -> src');
    expect(listed).toContain('outside -> (outside of what tools may see)');
    expect(listed).toContain('to-ignored -> (outside of what tools may see)');
    expect(listed).toContain('src/around -> src');
    expect(listed).toContain('src/a.ts');
    expect(await lines('list_files', { path: 'inside' })).toContain('src/a.ts');
  });

  it.each([
    ['..', /outside the workspace/],
    ['nowhere', /does not exist/],
    ['a.ts', /is a file.*read_file/],
    ['.git', /kept from tools by \.git/],
  ])('refuses %s in words', async (asked, words) => {
    await put({ 'a.ts': '', '.git/config': '' });
    await expect(use('list_files', { path: asked })).rejects.toThrow(words);
  });
});

describe('read_file', () => {
  it('numbers lines and keeps a digest of the bytes', async () => {
    const bytes = '\uFEFFone\r\ntwo\r\n';
    await put({ 'a.txt': bytes });
    const output = await use('read_file', { path: './a.txt' });
    expect(output.text).toBe('1\tone\n2\ttwo');
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(output.reads).toEqual([{ path: 'a.txt', digest }]);
  });

  it('reads a file of 100,000 lines piece by piece', async () => {
    await put({
      'long.txt': Array.from({ length: 100_000 }, (_, i) => `line ${i + 1}\n`).join(''),
    });
    let next = 1;
    let pieces = 0;
    const seen: string[] = [];
    while (next <= 6000) {
      const given = await lines('read_file', { path: 'long.txt', start_line: next });
      const note = given.pop() ?? '';
      seen.push(...given);
      next = Number(/Use start_line (\d+) to go on/.exec(note)?.[1]);
      pieces += 1;
    }
    expect(seen.slice(0, 6000)).toEqual(
      Array.from({ length: 6000 }, (_, i) => `${i + 1}\tline ${i + 1}`),
    );
    expect(pieces).toBe(3);
    expect(await lines('read_file', { path: 'long.txt', start_line: 99_999 })).toEqual([
      '99999\tline 99999',
      '100000\tline 100000',
      '(Lines 99999 to 100000 of 100,000 are shown, as asked.)',
    ]);
  });

  it('cuts long lines and long answers, and says so', async () => {
    await put({ 'min.js': `${'x'.repeat(5000)}\nshort` });
    expect(await text('read_file', { path: 'min.js' })).toContain('… (3,000 characters left out)');
    place.limits = { ...LIMITS, output_chars: 100 };
    await put({ 'b.txt': 'y'.repeat(40).concat('\n').repeat(10) });
    expect(await lines('read_file', { path: 'b.txt' })).toEqual([
      `1\t${'y'.repeat(40)}`,
      `2\t${'y'.repeat(40)}`,
      '(Lines 1 to 2 of 10 are shown. Use start_line 3 to go on.)',
    ]);
  });

  it('shows invalid UTF-8 with a note', async () => {
    await put({ 'latin.txt': Buffer.from([0x63, 0x61, 0x66, 0xe9]) });
    expect(await text('read_file', { path: 'latin.txt' })).toMatch(
      /^1\tcaf\uFFFD\n\(.*not valid UTF-8/,
    );
  });

  it('tells an empty file from an error', async () => {
    await put({ empty: '' });
    expect(await text('read_file', { path: 'empty' })).toBe('(The file is empty.)');
  });

  it.each([
    [{ path: 'logo.png' }, /binary file of 8 bytes/],
    [{ path: 'src' }, /is a folder.*list_files/],
    [{ path: 'gone.ts' }, /"gone.ts" does not exist/],
    [{ path: 'a.ts', start_line: 9 }, /has 2 lines; line 9 does not exist/],
    [{ path: 'a.ts', start_line: 2, end_line: 1 }, /start_line 2 lies after end_line 1/],
    [{ path: 'big.txt' }, /more than the 1,000 that this tool opens/],
    [{ path: '.env' }, /kept from tools by \.gitignore/],
    [{ path: 'link' }, /kept from tools by \.gitignore/],
    [{ path: 'leak' }, /outside the workspace/],
    [{ path: '.git/config' }, /being part of \.git/],
  ])('refuses %j in words', async (input, words) => {
    place.limits = { ...LIMITS, read_bytes: 1000 };
    await writeFile(path.join(place.base, 'secret'), 'secret');
    await put({
      'logo.png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
      'src/x': '',
      'a.ts': 'one\ntwo\n',
      'big.txt': 'x'.repeat(1001),
      '.gitignore': '.env',
      '.env': 'KEY=1',
      '.git/config': '',
    });
    await symlink('.env', path.join(place.root, 'link'));
    await symlink(path.join(place.base, 'secret'), path.join(place.root, 'leak'));
    const refused = use('read_file', input);
    await expect(refused).rejects.toBeInstanceOf(ToolError);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.not.toThrow(place.base);
  });
});

describe('grep', () => {
  it('gives path, line and text, with context and in a stable order', async () => {
    await put({
      'b.ts': 'no\nneedle 1\nno\nx\nneedle 2\n',
      'a/c.ts': 'needle',
      'a/d.md': 'needle',
    });
    expect(await lines('grep', { pattern: 'needle' })).toEqual([
      'b.ts:2: needle 1',
      'b.ts:5: needle 2',
      'a/c.ts:1: needle',
      'a/d.md:1: needle',
    ]);
    expect(await lines('grep', { pattern: 'NEEDLE \\d', ignore_case: true, context: 1 })).toEqual([
      'b.ts-1- no',
      'b.ts:2: needle 1',
      'b.ts-3- no',
      'b.ts-4- x',
      'b.ts:5: needle 2',
    ]);
    expect(await lines('grep', { pattern: '^needle$', path: 'a', glob: '*.ts' })).toEqual([
      'a/c.ts:1: needle',
    ]);
    expect(await lines('grep', { pattern: '(?i)NEEDLE', path: 'a/d.md' })).toEqual([
      'a/d.md:1: needle',
    ]);
    expect(await text('grep', { pattern: 'nothing' })).toBe('(No matches in 3 files searched.)');
  });

  it('leaves out ignored, binary and too large files, and says what it left out', async () => {
    place.limits = { ...LIMITS, grep_bytes: 100 };
    await put({
      '.gitignore': 'ignored',
      ignored: 'needle',
      bin: Buffer.from('needle\0'),
      large: `needle${'x'.repeat(100)}`,
      a: 'needle',
    });
    const found = await lines('grep', { pattern: 'needle' });
    expect(found[0]).toBe('a:1: needle');
    expect(found).toContain('(1 binary files were left out.)');
    expect(found.join('\n')).toMatch(/Not searched: "large" has 106 bytes/);
    expect(found.join('\n')).not.toContain('ignored:');
  });

  it('stops at its limit of matches and says how to go on', async () => {
    place.limits = { ...LIMITS, grep_matches: 3 };
    await put({ 'a.txt': 'x\n'.repeat(5), 'b.txt': 'x\n' });
    const found = await lines('grep', { pattern: 'x' });
    expect(found.slice(0, 3)).toEqual(['a.txt:1: x', 'a.txt:2: x', 'a.txt:3: x']);
    expect(found[3]).toMatch(/^\(Stopped because 3 matching lines were reached; .*Narrow with/);
    place.limits = { ...LIMITS, output_chars: 10 };
    expect(await text('grep', { pattern: 'x' })).toContain('10 characters were reached');
  });

  it('tells an invalid pattern with the engine\u2019s words', async () => {
    await expect(use('grep', { pattern: '(' })).rejects.toThrow(/pattern cannot be used.*group/i);
  });

  it('ends a catastrophic pattern within its limit, while the host goes on', async () => {
    place.limits = { ...LIMITS, grep_file_ms: 200 };
    await put({ 'evil.txt': `${'a'.repeat(60)}!\n`, 'good.txt': 'aaa' });
    let turns = 0;
    let waiting = true;
    const turn = () => {
      turns += 1;
      if (waiting) setImmediate(turn);
    };
    turn();
    const search = use('grep', { pattern: '(a+)+$' });
    await expect(search).rejects.toThrow(/takes too long.*200 ms.*no repetition inside/);
    waiting = false;
    expect(turns).toBeGreaterThan(100);
  });

  it('ends at once when it is cancelled in the midst of a match', async () => {
    await put({ 'evil.txt': `${'a'.repeat(60)}!\n` });
    place.limits = { ...LIMITS, grep_file_ms: 600_000 };
    const controller = new AbortController();
    const search = use('grep', { pattern: '(a+)+$' }, controller.signal);
    // Late enough that the match has begun; the outcome is the same if it has not.
    let turns = 0;
    const turn = () => {
      turns += 1;
      if (turns < 5000) setImmediate(turn);
      else controller.abort(new Error('cancelled'));
    };
    turn();
    await expect(search).rejects.toThrow('cancelled');
  });
});

describe.skipIf(process.platform === 'win32')('special files', () => {
  let socket: Server;
  beforeEach(async () => {
    await put({ 'a.txt': 'needle', 'closed/b.txt': 'needle' });
    execFileSync('mkfifo', [path.join(place.root, 'pipe')]);
    socket = createServer();
    await new Promise<void>((resolve) => socket.listen(path.join(place.root, 'sock'), resolve));
  });
  afterEach(() => new Promise((resolve) => socket.close(resolve)));

  it('are refused or passed over, and nothing waits on them', async () => {
    await expect(use('read_file', { path: 'pipe' })).rejects.toThrow(/not a regular file/);
    await expect(use('read_file', { path: 'sock' })).rejects.toThrow(/not a regular file/);
    await expect(use('grep', { pattern: 'x', path: 'pipe' })).resolves.toMatchObject({
      text: expect.stringContaining('not a regular file'),
    });
    expect(await lines('list_files', {})).toEqual(['a.txt', 'closed/b.txt']);
    expect(await text('grep', { pattern: 'needle' })).toMatch(/^a\.txt:1: needle\nclosed/);
  });

  it.skipIf(process.getuid?.() === 0)('closed folders and files are named', async () => {
    await chmod(path.join(place.root, 'closed'), 0o000);
    await chmod(path.join(place.root, 'a.txt'), 0o000);
    try {
      expect(await text('list_files', {})).toContain('(These folders could not be read: closed)');
      expect(await text('grep', { pattern: 'x' })).toContain('"a.txt" cannot be read');
      await expect(use('read_file', { path: 'a.txt' })).rejects.toThrow(/file system denies/);
    } finally {
      await chmod(path.join(place.root, 'closed'), 0o700);
    }
  });
});
