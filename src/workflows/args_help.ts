/** Says that a script failed for want of its arguments, which its own error does not tell. */

const READS_NOTHING = /Cannot (?:read properties of|destructure property .* of .*) /;

/**
 * @param message what the script threw.
 * @param code the script's.
 * @param args the run's arguments as JSON text; undefined where there were none.
 * @returns the message, with a sentence behind it where the arguments look like the cause.
 */
export function withArgsHelp(message: string, code: string, args: string | undefined): string {
  if (!READS_NOTHING.test(message) || !/\bargs\b/.test(code)) return message;
  const end = message.endsWith('.') ? '' : '.';
  if (args === undefined) {
    return `${message}${end} The workflow was started without arguments, and the script reads "args".`;
  }
  if (!args.startsWith('"')) return message;
  return `${message}${end} The arguments are a text here; where the script reads fields of "args", give JSON that starts with { or [.`;
}
