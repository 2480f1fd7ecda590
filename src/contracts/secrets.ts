/** What secrets look like: one list for everything that is stored, shown or logged. */

// Each pattern's group `s` is what gets masked; without the group it is the whole match.
export const SECRET_PATTERNS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])(?<s>(?:sk|pk|rk)-[A-Za-z0-9_-]{16,})/g,
  /\bBearer\s+(?<s>[A-Za-z0-9._~+/=-]{12,})/gi,
  /\b(?<s>gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  /\b(?<s>glpat-[A-Za-z0-9_-]{16,})/g,
  /\b(?<s>xox[abeoprs]-[A-Za-z0-9-]{10,})/g,
  /\b(?<s>(?:AKIA|ASIA)[0-9A-Z]{16})\b/g,
  /\b(?<s>AIza[0-9A-Za-z_-]{35})/g,
  /\b(?<s>npm_[A-Za-z0-9]{36})\b/g,
  /\b(?<s>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----(?<s>[\s\S]*?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /:\/\/[^\s/:@]+:(?<s>[^\s/@]+)@/g,
  // name=value as in URLs and .env files; values that only point at a secret are left alone.
  /\b(?:password|passwd|pwd|secret|token|api_?key|access_?key)=(?<s>[^\s&"'`$<{;,)\\]{6,})/gi,
  // "name": "value" as in JSON, YAML and code; the quotes may be escaped.
  /(?:password|passwd|secret|api[_-]?key|access[_-]?token|auth[_-]?token|private[_-]?key)\\?["']?\s*[:=]\s*\\?["'](?<s>[^"'\\\s$<{]{6,})/gi,
];

// Part of whatever any of the patterns finds: one quick look spares most texts all of the others.
const HINT =
  /[spr]k-|bearer|gh[pousr]_|github_pat_|glpat-|xox|a[ks]ia|aiza|npm_|eyj|private key|:\/\/|passw|pwd=|secret|(?:key|token)\\?["']?\s*[:=]/i;

/**
 * @param cover gives what stands in for a secret.
 * @returns the text with everything replaced that looks like a key, a token or a password.
 */
export function replaceSecrets(text: string, cover: (secret: string) => string): string {
  if (!HINT.test(text)) return text;
  let covered = text;
  for (const pattern of SECRET_PATTERNS) {
    covered = covered.replace(pattern, (match, ...rest) => {
      const groups: unknown = rest.at(-1);
      const secret =
        typeof groups === 'object' && groups !== null ? Reflect.get(groups, 's') : match;
      if (typeof secret !== 'string' || secret === '') return match;
      const at = match.lastIndexOf(secret);
      return match.slice(0, at) + cover(secret) + match.slice(at + secret.length);
    });
  }
  return covered;
}
