/** Scripts that never end or never have enough, for the tests and for the bench: what it is, and its body. */
type Attack = readonly [name: string, body: string];

/** Each must be ended for not giving control back. */
export const ENDLESS: readonly Attack[] = [
  ['a loop', `for (;;);`],
  ['a loop after an await', `await null; for (;;);`],
  ['a loop after an agent', `await agent('x'); for (;;);`],
  ['a loop inside of parallel', `await parallel([() => { for (;;); }]);`],
  [
    'a loop that catches everything',
    `for (;;) try { while (true); } catch {} finally { continue; }`,
  ],
  ['a loop in a finally', `try { return 1; } finally { for (;;); }`],
  ['await in a loop', `for (;;) await null;`],
  [
    'two chains of microtasks',
    `const spin = async () => { for (;;) await 0; }; await Promise.all([spin(), spin()]);`,
  ],
  [
    'an asynchronous generator',
    `for await (const _ of (async function* () { for (;;) yield 1; })());`,
  ],
  [
    'a thenable that resolves to itself',
    `const loop = { then(done) { done(loop); } }; return loop;`,
  ],
  [
    'microtasks left behind by a script that returned',
    `(async () => { for (;;) await 0; })(); await agent('x'); return 1;`,
  ],
  ['a regular expression', `return /^(a+)+$/.test('a'.repeat(40) + '!');`],
  ['another regular expression', `return /^(\\w+\\s?)*$/.test('a'.repeat(40) + '!');`],
  ['a comparison of a sort', `[2, 1].sort(() => { for (;;); });`],
  ['a getter of the result', `return { get x() { for (;;); } };`],
  ['a proxy as result', `return new Proxy({}, { ownKeys() { for (;;); } });`],
  ['toJSON of an option', `await agent('x', { schema: { toJSON() { for (;;); } } });`],
  ['the stack of what is thrown', `throw { get message() { for (;;); } };`],
  [
    'the preparation of a stack',
    `Error.prepareStackTrace = () => { for (;;); }; await agent('x');`,
  ],
  [
    'the text of a label',
    `await agent({ toString() { for (;;); } }, { prompt: { toString() { for (;;); } }, get label() { for (;;); } });`,
  ],
  [
    'an iterator of items',
    `await parallel(Object.assign([1], { [Symbol.iterator]: function* () { yield agent; for (;;); } }));`,
  ],
  ['multiplication', `let n = 3n; for (;;) n = n * n % (2n ** 60000n);`],
  [
    'compilation',
    `for (let i = 0; ; i += 1) new Function('return ' + '('.repeat(500) + i + ')'.repeat(500));`,
  ],
];

/** Each must be ended for the memory that it takes. */
export const HUNGRY: readonly Attack[] = [
  ['numbers', `const all = []; for (;;) all.push(new Array(1e5).fill(1.5));`],
  [
    'texts',
    `const all = []; for (let i = 0; ; i += 1) all.push(JSON.stringify(['x'.repeat(1e6) + i]));`,
  ],
  [
    'one text of 500 MB',
    `const text = 'x'.repeat(2 ** 29 - 30); return text.charCodeAt(5) + JSON.stringify(text).length;`,
  ],
  [
    'asynchronous calls',
    `await Promise.all(Array.from({ length: 5e6 }, async () => { await null; }));`,
  ],
  [
    'symbols',
    `const all = []; for (let i = 0; ; i += 1) all.push(Symbol.for('x'.repeat(2000) + i));`,
  ],
  [
    'closures',
    `const all = []; for (;;) { const held = new Array(1000).fill(0); all.push(() => held); }`,
  ],
];

/** The same, but each takes its memory so slowly that its time may be over first. */
export const NIBBLING: readonly Attack[] = [
  ['objects', `const all = []; for (;;) all.push({ a: { b: {} } });`],
  ['a map', `const all = new Map(); for (let i = 0; ; i += 1) all.set(i, { i });`],
  [
    'a list joined',
    `return new Array(2 ** 27).join('xyz').length + JSON.stringify(new Array(2 ** 27)).length;`,
  ],
  ['promises', `const all = []; for (;;) all.push(new Promise(() => {}));`],
  [
    'a microtask for each microtask',
    `const grow = () => Promise.resolve().then(grow).then(grow); grow(); await new Promise(() => {});`,
  ],
  ['errors', `const all = []; for (;;) all.push(new Error('x'.repeat(1000) + all.length));`],
  [
    'a parsed text',
    `const text = '[' + '{},'.repeat(3e6) + '{}]'; return JSON.parse(text).length;`,
  ],
];
