/**
 * The store's thread. The database works here so that neither its pages nor its syncs ever
 * hold up the extension host; the other side of the port is `thread.ts`.
 */
import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod/mini';
import { asStoreError } from './errors.ts';
import { Gather } from './gather.ts';
import { type FromWorker, type ToWorker, toWire } from './messages.ts';
import { Seat } from './seat.ts';

/** What the host passes when it starts the thread. */
const WorkerData = z.object({
  folder: z.string(),
  wasmPath: z.optional(z.string()),
  client: z.string(),
  seen: z.array(z.tuple([z.string(), z.number()])),
  requests: z.number(),
});

const port = parentPort;
if (port) {
  const outgoing = new Gather<FromWorker>((messages) => port.postMessage(messages));
  const post = (message: FromWorker): void => outgoing.add(message);
  const data = WorkerData.parse(workerData);
  let seat: Seat | null = null;

  const receive = (message: ToWorker): void => {
    if (!seat) return;
    if (message.kind === 'secrets') {
      seat.addSecrets(message.secrets);
    } else if (message.kind === 'close') {
      seat.close().then(
        () => {
          post({ kind: 'closed' });
          // Nothing is left that keeps the thread: it ends by itself, after this message has gone.
          setImmediate(() => port.close());
        },
        (error: unknown) => post({ kind: 'failed', error: toWire(asStoreError(error)) }),
      );
    } else {
      const { id, method, params } = message;
      seat.request(method, params).then(
        (result) => post({ kind: 'reply', id, result }),
        (error: unknown) => post({ kind: 'error', id, error: toWire(asStoreError(error)) }),
      );
    }
  };
  port.on('message', (messages: readonly ToWorker[]) => messages.forEach(receive));

  Seat.take(data, {
    frames: (frames) => post({ kind: 'frames', frames }),
    health: (health) => post({ kind: 'health', health }),
    log: (message) => post({ kind: 'log', message }),
  }).then(
    (taken) => {
      seat = taken;
      post({ kind: 'ready' });
    },
    (error: unknown) => post({ kind: 'failed', error: toWire(asStoreError(error)) }),
  );
}
