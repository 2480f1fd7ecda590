/** Chooses which files are worth reading, and which of their lines are worth telling. */
import type { Evidence, Hit } from './evidence.ts';

export interface RankedFile {
  readonly path: string;
  /** Search hits in the file, in the order of its lines. */
  readonly hits: readonly Hit[];
  /** How many of the words it contains. */
  readonly words: number;
  /** How many of the words it defines, as far as a line can tell. */
  readonly defined: number;
}

const contains = (text: string, word: string) => text.toLowerCase().includes(word.toLowerCase());
/** Tests and generated files tell less about how a thing works. */
const SECONDARY = /(^|\/)(test|tests|__tests__|dist|fixtures)\/|\.(test|spec)\.|lock\b|CHANGELOG/i;

/** Scripts and agent types hold the words of the prompts that they send, and answer none of them. */
const INSTRUCTIONS = /(^|\/)\.(boocode|claude)\//;

const DEFINITION =
  /^\s*(?:export\s+)?(?:default\s+)?(?:async\s+)?(?:function|class|interface|type|enum|const|def|fn|func|struct|public|impl|module)\b|^#{1,3}\s/;

/** Most words contained and defined first, then most hits, then by path; the same evidence gives the same order. */
export function rankFiles(evidence: Evidence, words: readonly string[]): RankedFile[] {
  const byPath = Map.groupBy(evidence.hits, (hit) => hit.path);
  const files = [...byPath].map(([path, found]) => ({
    path,
    hits: found.toSorted((a, b) => a.line - b.line),
    words: words.filter((w) => contains(path, w) || found.some((h) => contains(h.text, w))).length,
    defined: words.filter((w) => found.some((h) => DEFINITION.test(h.text) && contains(h.text, w)))
      .length,
  }));
  const weight = (file: RankedFile) =>
    (file.words + file.defined) * 2 - (SECONDARY.test(file.path) ? 3 : 0);
  const answering = files.filter((file) => !INSTRUCTIONS.test(file.path));
  return (answering.length > 0 ? answering : files).sort(
    (a, b) =>
      weight(b) - weight(a) ||
      b.hits.length - a.hits.length ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0),
  );
}

/** Up to `count` lines: those with a word and a definition first, then with a word, then definitions. */
export function tellingLines(
  lines: readonly Hit[],
  words: readonly string[],
  count: number,
): Hit[] {
  const score = (line: Hit) =>
    (words.some((word) => contains(line.text, word)) ? 2 : 0) +
    (DEFINITION.test(line.text) ? 1 : 0);
  return lines
    .filter((line) => line.text.trim().length > 2)
    .map((line) => ({ line, score: score(line) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score || a.line.line - b.line.line)
    .slice(0, count)
    .map((entry) => entry.line)
    .sort((a, b) => a.line - b.line);
}
