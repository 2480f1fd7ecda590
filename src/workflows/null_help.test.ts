import { expect, test } from 'vitest';
import { withNullHelp } from './null_help.ts';

const OF_UNDEFINED = "TypeError: Cannot read properties of undefined (reading 'map')";
const OF_NULL = "TypeError: Cannot read properties of null (reading 'found')";
const ask = (message: string, code: string, args: string | undefined, lost: string | null = null) =>
  withNullHelp(message, { code, args, lost }).slice(message.length);

test.each([
  ['no arguments', OF_UNDEFINED, 'args.files.map(f)', undefined, /started without arguments/],
  ['a text', OF_UNDEFINED, 'args.files.map(f)', '"x"', /arguments are a text here/],
  ['a text, taken apart', OF_UNDEFINED, 'const { a } = args; a.map(f)', '"x"', /are a text here/],
])('%s is told', (_, message, code, args, words) => {
  expect(ask(message, code, args)).toMatch(words);
});

test('an agent that gave null is named', () => {
  expect(ask(OF_NULL, 'plan.found', '{}', '"plan" in line 3')).toMatch(
    /gives null, as "plan" in line 3 did/,
  );
});

test.each([
  ['null, and no agent gave it', OF_NULL, 'args.files.map(f)', undefined],
  ['fields, and there are some', OF_UNDEFINED, 'args.files.map(f)', '{"a":1}'],
  ['a text that the script reads as one', OF_UNDEFINED, 'args.trim(); x.map(f)', '"x"'],
  ['a script without arguments', OF_UNDEFINED, 'x.map(f)', undefined],
  ['another error', 'RangeError: too long', 'args.files', undefined],
])('%s: nothing is guessed', (_, message, code, args) => {
  expect(ask(message, code, args)).toBe('');
});
