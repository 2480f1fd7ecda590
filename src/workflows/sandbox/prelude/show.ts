/**
 * Runs inside the isolate: any value as text for the log. A log line is for people, so nothing
 * that a script can hand over makes it fail: what JSON cannot say is described in brackets.
 * Sent to the isolate as source text: it may use nothing but its own body and its arguments.
 */

export type Show = (value: unknown) => string;

export function showing(): Show {
  // Taken now: a script may replace the globals, which must change nothing for the engine.
  const { stringify } = JSON;
  const { from } = Array;
  const PlainString = String;
  const PlainError = Error;
  const PlainMap = Map;
  const PlainSet = Set;
  const PlainPromise = Promise;

  const errorText = (error: Error): string => {
    const name = PlainString(error.name);
    const message = PlainString(error.message);
    return message === '' ? name : `${name}: ${message}`;
  };
  /** What stands for a value that is no JSON; the value itself where it is. */
  const described = (item: unknown): unknown => {
    if (typeof item === 'function') return `[function ${PlainString(item.name)}]`;
    if (typeof item === 'symbol' || typeof item === 'bigint') return PlainString(item);
    if (typeof item !== 'object' || item === null) return item;
    if (item instanceof PlainPromise) return '[a promise that was not awaited]';
    if (item instanceof PlainError) return errorText(item);
    if (item instanceof PlainMap) return { Map: from(item) };
    if (item instanceof PlainSet) return { Set: from(item) };
    if ('then' in item && typeof item.then === 'function') return PlainString(item);
    return item;
  };
  const json = (value: unknown): string => {
    // The objects around the one that is being written: one that is among them contains itself.
    const around: unknown[] = [];
    let depth = 0;
    const text: unknown = stringify(value, function step(this: unknown, _key, raw: unknown) {
      while (depth > 0 && around[depth - 1] !== this) depth -= 1;
      const item = described(raw);
      if (typeof item !== 'object' || item === null) return item;
      for (let at = 0; at < depth; at += 1) if (around[at] === item) return '[circular]';
      around[depth] = item;
      depth += 1;
      return item;
    });
    return typeof text === 'string' ? text : PlainString(value);
  };

  return (value) => {
    try {
      const plain = described(value);
      return typeof plain === 'string' ? plain : json(value);
    } catch {
      // A getter, a proxy or a toJSON of the script's own that throws.
      return '[a value that cannot be shown]';
    }
  };
}
