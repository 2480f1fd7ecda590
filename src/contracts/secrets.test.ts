/** The quick look that spares most texts a search must never keep a secret from being found. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceSecrets, SECRET_PATTERNS } from './secrets.ts';

const letters = (n: number): string => 'aB3'.repeat(n).slice(0, n);
const SAMPLES = [
  `sk-${letters(20)}`,
  `pk-${letters(20)}`,
  `rk-${letters(20)}`,
  `BEARER ${letters(14)}`,
  ...['p', 'o', 'u', 's', 'r'].map((kind) => `gh${kind}_${letters(24)}`),
  `github_pat_${letters(22)}`,
  `glpat-${letters(18)}`,
  `xoxb-${letters(12)}`,
  'AKIAABCDEFGH12345678',
  'ASIAABCDEFGH12345678',
  `AIza${letters(35)}`,
  `npm_${letters(36)}`,
  `eyJ${letters(9)}.eyJ${letters(9)}.${letters(9)}`,
  '-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----',
  'https://me:word@host/',
  ...[
    'password',
    'Passwd',
    'pwd',
    'secret',
    'token',
    'apiKey',
    'api_key',
    'accessKey',
    'ACCESS_KEY',
  ].map((name) => `${name}=opensesame`),
  ...[
    'password',
    'passwd',
    'secret',
    'apiKey',
    'api_key',
    'api-key',
    'Access_Token',
    'accessToken',
  ].map((name) => `"${name}": "opensesame"`),
  ...['access-token', 'authToken', 'auth_token', 'auth-token', 'privateKey', 'private_key'].map(
    (name) => `\\"${name}\\": \\"opensesame\\"`,
  ),
  "private-key: 'opensesame'",
];

const cover = (secret: string): string => '*'.repeat(secret.length);

test.each(SAMPLES)('%s is masked', (sample) => {
  expect(replaceSecrets(`before ${sample} after`, cover)).not.toBe(`before ${sample} after`);
});

test('a text is masked as if every pattern had been tried on it', () => {
  const everyPattern = (text: string): string =>
    SECRET_PATTERNS.reduce(
      (masked, pattern) =>
        masked.replace(pattern, (...found) => {
          const match = String(found[0]);
          const secret = String(Reflect.get(Object(found.at(-1)), 's'));
          const at = match.lastIndexOf(secret);
          return secret === ''
            ? match
            : match.slice(0, at) + cover(secret) + match.slice(at + secret.length);
        }),
      text,
    );
  const piece = fc.oneof(
    fc.constantFrom(...SAMPLES),
    fc.constantFrom(' ', '\n', '"', ': ', '=', 'İ', 'K', 'ſ'),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), fc.boolean(), (pieces, upper) => {
      const text = upper ? pieces.join('').toUpperCase() : pieces.join('');
      expect(replaceSecrets(text, cover)).toBe(everyPattern(text));
    }),
    { numRuns: 500 },
  );
});
