import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replySummary, toolSummary } from './summary.ts';

describe('a tool call is told by its first text', () => {
  it.each([
    ['{"pattern":"late|fee","path":"src"}', 'late|fee'],
    ['{"limit":3,"command":"npm test\\n  --silent"}', 'npm test --silent'],
    ['{"path":"","glob":"**/*.ts"}', '**/*.ts'],
    ['{"limit":3}', null],
    ['{}', null],
    ['["a"]', 'a'],
    ['null', null],
    ['{"path":', null],
  ])('%s', (input, summary) => expect(toolSummary(input)).toBe(summary));
});

describe('a model call is told by its reply', () => {
  it('by the tools that it asks for, each once', () => {
    const calls = ['grep', 'read_file', 'grep'].map((name) => ({ name }));
    expect(replySummary({ text: 'I look.', tool_calls: calls })).toBe('→ grep ×2, read_file');
  });
  it('else by its text, on one line', () => {
    expect(replySummary({ text: '\n# Fees\n\nThey are low.' })).toBe('# Fees They are low.');
  });
  it('and not at all where there is neither', () => {
    expect(replySummary({ text: ' \n' })).toBeNull();
    expect(replySummary({})).toBeNull();
  });
});

it('any text becomes one short, well-formed line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1000 }), (text) => {
      for (const said of [replySummary({ text }), toolSummary(JSON.stringify({ text }))]) {
        expect(said ?? '').toMatch(/^[^\n\r\t]{0,120}$/u);
        expect((said ?? '').isWellFormed() || !text.isWellFormed()).toBe(true);
      }
    }),
  );
});
