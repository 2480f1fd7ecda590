import { describe, expect, test } from 'vitest';
import { parseScript, SCRIPT_LIMIT } from './parse.ts';
import { WorkflowError } from './workflow.ts';

const META = "export const meta = { name: 'a', description: 'd' };";

function refused(source: string): {
  message: string;
  line: number | undefined;
  column: number | undefined;
} {
  try {
    parseScript(source, 'file');
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    return { message: error.message, line: error.position?.line, column: error.position?.column };
  }
  throw new Error('The script was accepted.');
}

describe('form 1', () => {
  test('name, description and phases are read without running the script', () => {
    const script = parseScript(
      `const x = 1;
export const workflow = { name: 'one', description: 'what ' + 'it does', phases: [{ title: 'A' }], whenToUse: 'now', async run() {} };`,
      'file',
    );
    expect(script).toMatchObject({
      form: 1,
      name: 'one',
      description: 'what it does',
      when_to_use: 'now',
    });
    expect(script.phases).toEqual([{ title: 'A' }]);
  });

  test('what is not written out falls back to the file name', () => {
    const script = parseScript(
      "const n = 'x'; export const workflow = { name: n, run };\nfunction run() {}",
      'file',
    );
    expect(script).toMatchObject({ name: 'file', description: '' });
  });

  test('an exported local name is found', () => {
    const script = parseScript(
      "const w = { name: 'w', run() {} };\nexport { w as workflow };",
      'file',
    );
    expect(script.name).toBe('w');
    expect(script.code).toContain(';return w;');
  });

  test('other exports are taken out and every line and column stays', () => {
    const source = `#!/usr/bin/env boocode
export const help = 1;
export default { a: 1 };
export function f() {}
export const workflow = { run() {} };`;
    const { code } = parseScript(source, 'file');
    expect(code.split('\n').slice(1, 5)).toEqual([
      '       const help = 1;',
      'void           { a: 1 };',
      '       function f() {}',
      '       const workflow = { run() {} };',
    ]);
  });

  test('a workflow without run is refused', () => {
    expect(refused("export const workflow = { name: 'a' };")).toMatchObject({
      message: expect.stringContaining('has no "run" function'),
      line: 1,
    });
  });

  test('a return at the top level is refused', () => {
    expect(refused('export const workflow = { run() {} };\nreturn 1;')).toMatchObject({
      line: 2,
      column: 1,
    });
  });
});

describe('form 2', () => {
  test('meta is read as a literal, and the body may await and return', () => {
    const script = parseScript(
      `// comment first\nexport const meta = { name: \`a\`, "description": 'd', whenToUse: 'w', phases: [{ title: 'S', detail: 'x', model: 'haiku' }] };\nconst x = await 1;\nreturn x;`,
      'file',
    );
    expect(script).toMatchObject({ form: 2, name: 'a', description: 'd', when_to_use: 'w' });
    expect(script.phases).toEqual([{ title: 'S', detail: 'x', model: 'haiku' }]);
    expect(script.code.split('\n')[1]).toMatch(/^ {7}const meta/);
  });

  test.each([
    ['a variable', 'name: x', 'a variable'],
    ['a call', 'name: f()', 'a call'],
    ['a template with a value', 'name: `$' + '{x}`', 'a template with a value in it'],
    ['a spread', '...x', 'a spread'],
    ['a concatenation', "name: 'a' + 'b'", 'a computed value'],
    ['a getter', 'get name() { return 1 }', 'a getter or setter'],
    ['a method', 'name() {}', 'a function'],
    ['a computed key', '[x]: 1', 'a computed key'],
    ['a hole', 'phases: [,]', 'an array with a hole'],
  ])('%s in meta is an error that names the line', (_, field, what) => {
    expect(refused(`export const meta = {\n  description: 'd',\n  ${field} };`)).toMatchObject({
      message: expect.stringMatching(`^Line 3: "meta" must be a pure literal, and this is ${what}`),
      line: 3,
    });
  });

  test.each([
    ["export const meta = { description: 'd' };", /"meta" has no "name"\. It must be a text/],
    ["export const meta = { name: 'a' };", /has no "description"/],
    [
      "export const meta = { name: 'a', description: 'd', other: 1 };",
      /a field "other" that is not known/,
    ],
    [
      "export const meta = { name: 1, description: 'd' };",
      /"meta.name" is not valid: it must be a text, and is 1/,
    ],
    ["export const meta = { name: 'a', description: '' };", /it must be a text, and not empty/],
    [
      "const x = 1;\nexport const meta = { name: 'a', description: 'd' };",
      /must be the first statement/,
    ],
    [
      "export let meta = { name: 'a', description: 'd' };",
      /must be declared as "export const meta/,
    ],
    ['export const meta = make();', /with the object literal written out/],
    [`${META}\nexport const other = 1;`, /may export nothing else/],
  ])('%j is refused', (source, message) => {
    expect(refused(source).message).toMatch(message);
  });
});

describe('phases that do not fit', () => {
  test.each([
    ["'Scan'", /"meta\.phases\[1\]" is not valid: it must be \{ title: '…' \}.* and is "Scan"/],
    ["{ titel: 'B' }", /"meta\.phases\[1\]" has no "title"/],
    ["{ title: 'B', agents: 3 }", /a field "agents" .*Known are title, detail and model/],
    ["{ title: '' }", /"meta\.phases\[1\]\.title" is not valid: it must be a text, and not empty/],
  ])('%s is told at its own line', (phase, message) => {
    const found = refused(
      `export const meta = {\n  name: 'a', description: 'd',\n  phases: [\n    { title: 'A' },\n    ${phase},\n  ] };`,
    );
    expect(found.message).toMatch(message);
    expect(found.line).toBe(5);
  });
});

test.each([
  ['a byte order mark', '\uFEFF', ''],
  ['a byte order mark and a first line for the shell', '\uFEFF#!/usr/bin/env boocode\n', ''],
  ['Windows line ends', '', '\r'],
  ['comments before it', '// one\n/* two */\n', ''],
])('meta after %s', (_, before, end) => {
  const lines = [
    "export const meta = ({ 'name': 'a',",
    '  description: `d`, // said',
    '});',
    'return `x`',
  ];
  const script = parseScript(before + lines.map((line) => `${line}${end}`).join('\n'), 'file');
  expect(script).toMatchObject({ form: 2, name: 'a', description: 'd' });
});

describe('what no script may contain', () => {
  test.each([
    ["import fs from 'fs';\n", 1, 1, '"import" is not allowed'],
    ["\n  await import('fs');", 2, 9, '"import()" is not allowed'],
    ["\nfunction f() { return [require('fs')]; }", 2, 24, '"require()" is not allowed'],
    ["\nexport * from 'x';", 2, 1, '"export … from" is not allowed'],
    ['\nlog(import.meta.url);', 2, 5, '"import.meta" is not allowed'],
  ])('%j', (extra, line, column, message) => {
    const source = extra.startsWith('import')
      ? `${extra}export const workflow = { run() {} };`
      : `${META}${extra}`;
    const found = refused(source);
    expect(found).toMatchObject({ line, column });
    expect(found.message).toContain(message);
  });

  test('both forms at once', () => {
    expect(refused(`${META}\nexport const workflow = { run() {} };`)).toMatchObject({
      message: expect.stringContaining('exports both "workflow" and "meta"'),
      line: 2,
    });
  });

  test('no export, or one of another module system', () => {
    expect(refused('const a = 1;').message).toMatch(/exports neither "workflow" nor "meta"/);
    expect(refused('\nmodule.exports = { run() {} };')).toMatchObject({ line: 2 });
    expect(refused('').message).toMatch(/exports neither/);
  });

  test('a syntax error has its place, and TypeScript is named as the cause', () => {
    expect(refused(`${META}\nconst x = ;`)).toMatchObject({ line: 2, column: 11 });
    expect(refused(`${META}\nconst x: string = '';`).message).toMatch(
      /TypeScript syntax is not understood/,
    );
  });

  test.each([
    'interface A { b: number }',
    'const f = (a: string) => a;',
    'const m = new Map<string, number>();',
    'const x = args!.y;',
    'const x = args as string;',
    'const x = {} satisfies A;',
  ])('TypeScript is named as the cause: %s', (line) => {
    expect(refused(`${META}\n${line}`).message).toMatch(/TypeScript syntax is not understood/);
  });

  test('await in a function that is not async says what to write', () => {
    expect(refused(`${META}\n[1].forEach((x) => { await agent('x'); });`).message).toMatch(
      /line 2, column 22: .*Write async before the function around it/,
    );
  });

  test.each(['../x', 'a/b', 'a\\b', '..', 'a\nb', 'x'.repeat(101), '   '])(
    'the name %j',
    (name) => {
      expect(
        refused(`export const meta = { name: ${JSON.stringify(name)}, description: 'd' };`).message,
      ).toMatch(/cannot be used/);
    },
  );

  test('a file that is too large, and one that nests without end', () => {
    expect(refused(' '.repeat(SCRIPT_LIMIT + 1)).message).toMatch(/larger than 1024 KB/);
    expect(refused(`${META}\nreturn ${'['.repeat(100_000)}`).message).toMatch(
      /cannot be parsed|Syntax error/,
    );
  });
});
