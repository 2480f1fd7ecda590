/**
 * Runs inside the isolate: starts the script and reports its end.
 * Sent to the isolate as source text: it may use nothing but its own body and its arguments.
 */
import type { ToJson } from './json.ts';
import type { Post, Wire } from './wire.ts';

/** What the child process may call in the isolate. */
export interface Controls {
  /** Starts the script: the namespace of the module that wraps its body as the default export. */
  start(namespace: Record<string, unknown>): void;
  deliver(text: string): void;
  /** True when nothing is under way that could ever continue the script. */
  stalled(): boolean;
}

/** The whole prelude, as the child process calls it: see `source.ts`. */
export type Furnish = (host: Post, settingsText: string, argsText: string | undefined) => Controls;

export function createControls(
  host: Post,
  wire: Wire,
  toJson: ToJson,
  settings: { readonly form: number; readonly result: number },
  args: unknown,
): Controls {
  const PlainTypeError = TypeError;
  const { stringify } = JSON;
  const { apply: call } = Reflect;
  // The promise's own, taken before the script runs.
  const { then } = Promise.prototype;

  // The thrown value is the script's: reading it may throw or run the script's code.
  const text = (read: () => unknown): string => {
    try {
      const value = read();
      return typeof value === 'string' ? value.slice(0, 16_000) : '';
    } catch {
      return '';
    }
  };
  const fail = (thrown: unknown): void => {
    const error = Object(thrown);
    const said = text(() => error.message) || text(() => String(thrown)) || 'unknown error';
    // What another error is about: a rethrown one's cause, or the first of several.
    const cause = text(() => Object(error.cause).message) || text(() => error.errors[0].message);
    const message = cause === '' || said.includes(cause) ? said : `${said} (cause: ${cause})`;
    const name = stringify(text(() => error.name));
    const stack = stringify(text(() => error.errors[0].stack) || text(() => error.stack));
    // Put together from texts: an object would be asked for a `toJSON` that the script may define.
    host(0, `{"call":"failed","name":${name},"message":${stringify(message)},"stack":${stack}}`);
  };
  const body = async (namespace: Record<string, unknown>): Promise<unknown> => {
    const script = namespace.default;
    const value: unknown = typeof script === 'function' ? await script() : undefined;
    if (settings.form === 2) return value;
    const { run } = Object(value);
    if (typeof run !== 'function') {
      throw new PlainTypeError('The exported "workflow" has no function "run".');
    }
    return call(run, value, [args]);
  };

  return {
    start(namespace) {
      const done = (value: unknown): void => {
        try {
          const result = toJson(value, 'The result of the workflow', settings.result);
          host(0, result === undefined ? '{"call":"done"}' : `{"call":"done","result":${result}}`);
        } catch (error) {
          fail(error);
        }
      };
      // Not by its name: the script has run by now and may have replaced it.
      call(then, body(namespace), [done, fail]);
    },
    deliver: wire.deliver,
    stalled: () => wire.waiting() === 0,
  };
}
