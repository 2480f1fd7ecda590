/** Says why a script read a field of nothing, which its own error does not tell. */

const OF_NOTHING =
  /Cannot (?:read properties of|destructure property .* as it is) (undefined|null)/;

/** What a script was given that may have been nothing. */
export interface Given {
  /** The script's code. */
  readonly code: string;
  /** The run's arguments as JSON text; undefined where there were none. */
  readonly args: string | undefined;
  /** The name of an agent that gave null, because it died or was stopped; null where all gave a result. */
  readonly lost: string | null;
}

/**
 * @param message what the script threw.
 * @returns the message, with a sentence behind it where the arguments or a lost agent look like the cause.
 */
export function withNullHelp(message: string, { code, args, lost }: Given): string {
  const [, nothing] = OF_NOTHING.exec(message) ?? [];
  const help = nothing === 'null' ? lostHelp(lost) : nothing ? argsHelp(code, args) : null;
  return help ? `${message.replace(/\.$/, '')}. ${help}` : message;
}

function lostHelp(lost: string | null): string | null {
  return lost === null
    ? null
    : `An agent that dies or is stopped gives null, as ${lost} did: the log says why. Check for null before a result is used.`;
}

function argsHelp(code: string, args: string | undefined): string | null {
  if (args === undefined && /\bargs\b/.test(code)) {
    return 'The workflow was started without arguments, and the script reads "args".';
  }
  // Methods of texts are no fields.
  const fields = /\bargs\??\.(?!trim|split|slice|length|startsWith|match|replace)\w|\} = args\b/;
  return args?.startsWith('"') && fields.test(code)
    ? 'The arguments are a text here; where the script reads fields of "args", give JSON that starts with { or [.'
    : null;
}
