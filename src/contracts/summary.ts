/**
 * What a call is about, in a few words: beside its name in a list, where its body is not. A tool
 * call is told by its first argument that is text, since tools name what they act on first; a
 * model call by its reply.
 */

/** UTF-16 units. */
const LONGEST = 120;

/** @param input JSON text of the arguments; what is no object with a text in it has no summary. */
export function toolSummary(input: string): string | null {
  const fields = objectOf(input);
  const about = Object.values(fields).find((value) => typeof value === 'string' && value.trim());
  return typeof about === 'string' ? line(about) : null;
}

/** The tools that a reply asks for, else the beginning of its text. */
export function replySummary(reply: {
  readonly text?: string | undefined;
  readonly tool_calls?: readonly { readonly name: string }[] | undefined;
}): string | null {
  const asked = new Map<string, number>();
  for (const { name } of reply.tool_calls ?? []) asked.set(name, (asked.get(name) ?? 0) + 1);
  const names = [...asked].map(([name, times]) => (times > 1 ? `${name} ×${times}` : name));
  if (names.length > 0) return line(`→ ${names.join(', ')}`);
  return line(reply.text ?? '') || null;
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function line(text: string): string {
  // Cut first: an argument may be megabytes long.
  const one = text
    .slice(0, 4 * LONGEST)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return one.length > LONGEST ? `${one.slice(0, LONGEST - 1).toWellFormed()}…` : one;
}
