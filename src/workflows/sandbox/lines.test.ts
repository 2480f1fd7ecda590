import { Writable } from 'node:stream';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineReader, lineWriter } from './lines.ts';

test('lines arrive whole, wherever the stream is cut', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(50)), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const got: string[] = [];
      const read = lineReader(
        1_000_000,
        (text) => got.push(text),
        () => expect.fail('too long'),
      );
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        read(bytes.subarray(at, at + cut));
        at += cut;
      }
      expect(got).toEqual(lines.map((text) => Buffer.from(text).toString()));
    }),
  );
});

test('a line beyond the limit is reported once, and nothing after it is read', () => {
  const got: string[] = [];
  let overflows = 0;
  const read = lineReader(
    4,
    (text) => got.push(text),
    () => {
      overflows += 1;
    },
  );
  read(Buffer.from('ab\nabc'));
  read(Buffer.from('de'));
  read(Buffer.from('\nx\n'));
  expect({ got, overflows }).toEqual({ got: ['ab'], overflows: 1 });
});

test('the messages of one turn go as one write, in their order, and each says when it is gone', async () => {
  const writes: string[] = [];
  const stream = new Writable({
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  const send = lineWriter<{ n: number }>(stream);
  send({ n: 1 });
  await Promise.resolve();
  await new Promise<void>((resolve) => send({ n: 2 }, resolve));
  send({ n: 3 });
  await new Promise((resolve) => setImmediate(resolve));
  expect(writes).toEqual(['{"n":1}\n{"n":2}\n', '{"n":3}\n']);
});
