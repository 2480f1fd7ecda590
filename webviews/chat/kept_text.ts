/** Folded texts and their counts, kept while the records that they come from stay the same. */
import { countOf, folded } from '../ui/find_text.ts';

export interface KeptText {
  /** How often the folded needle stands in the text; counted once per needle. */
  count(needle: string): number;
}

interface Entry extends KeptText {
  readonly beside: object | undefined;
}

const entries = new WeakMap<object, Map<string, Entry>>();

/**
 * @param owner the record; a changed record is another object.
 * @param part which of the record's texts.
 * @param make the text as the page shows it; called at the first count.
 * @param beside another record that the text is made from.
 */
export function textOf(owner: object, part: string, make: () => string, beside?: object): KeptText {
  const parts = entries.get(owner) ?? new Map<string, Entry>();
  entries.set(owner, parts);
  const known = parts.get(part);
  if (known && known.beside === beside) return known;
  let text: string | null = null;
  let last = '';
  let count = 0;
  const entry: Entry = {
    beside,
    count(needle) {
      text ??= folded(make());
      if (needle !== last) count = needle === '' ? 0 : countOf(text, needle);
      last = needle;
      return count;
    },
  };
  parts.set(part, entry);
  return entry;
}
