/**
 * In the child: where a script is that does not give control back. V8's inspector interrupts it and
 * logs one line in the isolate's own context, which no script can reach; the log tells the stack.
 */
import type * as Ivm from 'isolated-vm';

/** Milliseconds to wait for an answer: some built-in functions cannot be interrupted. */
const PATIENCE = 250;
/** V8 numbers contexts from 1, and registers only the isolate's own with the inspector. */
const OWN_CONTEXT = 1;

interface Logged {
  readonly method: string;
  readonly params: {
    readonly stackTrace?: {
      readonly callFrames: readonly {
        readonly functionName: string;
        readonly url: string;
        /** Both count from 0. */
        readonly lineNumber: number;
        readonly columnNumber: number;
      }[];
    };
  };
}

/**
 * @param isolate made with `inspector: true`.
 * @returns the script's frames as in the stack of an error; empty where it cannot be interrupted.
 */
export async function stackOfRunning(isolate: Ivm.Isolate): Promise<string> {
  const told = Promise.withResolvers<string>();
  const timer = setTimeout(() => told.resolve(''), PATIENCE);
  const session = isolate.createInspectorSession();
  session.onResponse = () => {};
  session.onNotification = (text) => {
    const { method, params } = JSON.parse(text) as Logged;
    if (method !== 'Runtime.consoleAPICalled') return;
    const frames = params.stackTrace?.callFrames ?? [];
    told.resolve(
      frames
        .map((f) => `    at ${f.functionName} (${f.url}:${f.lineNumber + 1}:${f.columnNumber + 1})`)
        .join('\n'),
    );
  };
  const ask = { expression: 'console.log(0)', contextId: OWN_CONTEXT };
  session.dispatchProtocolMessage(JSON.stringify({ id: 1, method: 'Runtime.enable' }));
  session.dispatchProtocolMessage(
    JSON.stringify({ id: 2, method: 'Runtime.evaluate', params: ask }),
  );
  const stack = await told.promise;
  clearTimeout(timer);
  return stack;
}
