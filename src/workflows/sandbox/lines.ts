/** Messages as lines of a byte stream: read with a limit for each, written a turn at a time. */
import type { Writable } from 'node:stream';

/**
 * @param limit bytes of one line; `onOverflow` is called once, and nothing after it.
 * @returns a function that takes the stream's chunks.
 */
export function lineReader(
  limit: number,
  onLine: (line: string) => void,
  onOverflow: () => void,
): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let held = 0;
  let closed = false;
  return (chunk) => {
    let rest = chunk;
    while (!closed) {
      const end = rest.indexOf(10);
      const piece = end < 0 ? rest : rest.subarray(0, end);
      held += piece.length;
      if (held > limit) {
        closed = true;
        parts = [];
        onOverflow();
        return;
      }
      parts.push(piece);
      if (end < 0) return;
      // Decoded only when whole: a character may be split between two chunks.
      const line =
        parts.length === 1 ? piece.toString('utf8') : Buffer.concat(parts).toString('utf8');
      parts = [];
      held = 0;
      rest = rest.subarray(end + 1);
      onLine(line);
    }
  };
}

/**
 * @returns a function that writes a message as a line of JSON. All lines of one turn of the event
 * loop go as one write: a script may call a hundred agents in it, and as many may end.
 */
export function lineWriter<T>(stream: Writable): (message: T, sent?: () => void) => void {
  let gathering = false;
  return (message, sent) => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      setImmediate(() => {
        gathering = false;
        stream.uncork();
      });
    }
    stream.write(`${JSON.stringify(message)}\n`, sent);
  };
}
