/** Texts as the page will show them, so that a search counts what can be seen. */
import { formOf } from '../ui/body_form.ts';
import { markdownText as inPieces } from '../ui/markdown.tsx';

/** Stands between texts that are not read as one; nobody types it. */
export const APART = '\u0001';

export function markdownText(text: string): string {
  return inPieces(text).join(APART);
}

/** @returns the input or output of a call, JSON line by line as its tree shows it. */
export function bodyText(text: string | null | undefined): string {
  if (!text) return '';
  return formOf(text) === 'json' ? jsonLines('', JSON.parse(text)).join(APART) : text;
}

function jsonLines(name: string, value: unknown): string[] {
  const label = name === '' ? '' : `${name}: `;
  if (typeof value !== 'object' || value === null) return [`${label}${String(value)}`];
  return [label, ...Object.entries(value).flatMap(([key, inner]) => jsonLines(key, inner))];
}
