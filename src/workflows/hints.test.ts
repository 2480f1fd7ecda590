import { describe, expect, it } from 'vitest';
import { hintsOf } from './hints.ts';

const META = `export const meta = { name: 'a', description: 'b' };\n`;

describe('hints', () => {
  it.each([
    ['const t = Date.now();', /Date\.now\(\) throws/],
    ['const t = new Date();', /new Date\(\) without arguments throws/],
    ['const r = Math.random() > 0.5;', /Math\.random\(\) throws/],
    ['await fetch("http://x");', /fetch does not exist/],
    ['setTimeout(() => {}, 10);', /setTimeout does not exist/],
    ['log(process.env.HOME);', /process does not exist/],
    ['const u = new URL("http://x");', /URL does not exist/],
    ['log(path.join("a"));', /path does not exist/],
    ['await Bash("ls");', /Bash does not exist .* ask for it in the prompt/],
    ['const r = agent("a"); log(r.text);', /"r" is a promise: the call in line 2 is not awaited/],
    ['const r = parallel([]); log(r[0]);', /"r" is a promise/],
  ])('warns of %s', (line, words) => {
    const hints = hintsOf(META + line);
    expect(hints).toHaveLength(1);
    expect(hints[0]?.message).toMatch(words);
    expect(hints[0]?.position.line).toBe(2);
    expect(hints[0]?.end.line).toBe(2);
  });

  it('points at the words themselves', () => {
    const line = 'const t = Date.now();';
    const [hint] = hintsOf(META + line);
    expect(hint && line.slice(hint.position.column - 1, hint.end.column - 1)).toBe('Date.now()');
  });

  it.each([
    'const t = new Date(0);',
    'const fetch = (x) => agent(x);\nawait fetch("a");',
    'const o = { fetch: 1 }; log(o.fetch);',
    'const a = ;',
    'const f = (path, { URL }) => path.split(URL.x);',
    'for (const path of [""]) log(path.length);',
    'const r = agent("a"); log((await r).text);',
    'const r = agent("a").then((x) => x); const q = agent("b"); await q.catch(() => null);',
    'let r = agent("a"); r = await r; log(r.text);',
    'const agent = (x) => x; const r = agent("a"); log(r.text);',
    'const f = (r) => r.text; const r = agent("a");',
  ])('is silent about %s', (line) => expect(hintsOf(META + line)).toEqual([]));
});
