/**
 * The sandbox child: a process of its own with one isolate for one run at a time. It holds no
 * secret and no handle beside its three pipes, and dies when the pipe from its parent closes.
 */
import { createRequire } from 'node:module';
import type * as Ivm from 'isolated-vm';
import { IsolateHost } from './isolate.ts';
import { LINE_LIMIT, WATCH } from './limits.ts';
import { lineReader, lineWriter } from './lines.ts';
import type { FromChild, ToChild } from './messages.ts';

const [, , addonPath] = process.argv;
// The prebuilt addon itself, by its path: finding it again here would need to read more folders.
const { ivm } = createRequire(import.meta.url)(addonPath ?? '') as { ivm: typeof Ivm };

const send = lineWriter<FromChild>(process.stdout);

// process.exit() waits for the isolate's thread, which a script may keep busy for ever.
function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

let host: IsolateHost | null = null;
/** Bytes of this process when the run began, and by how many it may grow. */
let before = 0;
let room = Number.POSITIVE_INFINITY;

function overgrown(): void {
  room = Number.POSITIVE_INFINITY;
  send({ type: 'broken', realm: 0, reason: 'memory', message: '', stack: '' }, die);
}

// What V8 allocates in one go (a string of 500 MB, say) passes the isolate's limit before the
// isolate notices; the script runs in a thread of its own, so this clock goes on meanwhile.
setInterval(() => {
  const grown = process.memoryUsage.rss() - before;
  if (grown > room) overgrown();
  else host?.watch(grown);
}, WATCH);

function take(message: ToChild): void {
  switch (message.type) {
    case 'open':
      if (!host?.isSpare(message.memory)) {
        host?.dispose();
        host = new IsolateHost(ivm, message.memory, send, overgrown);
      }
      before = process.memoryUsage.rss();
      room = (2 * message.memory + 64) * 1024 * 1024;
      return;
    case 'load':
      void host?.load(message);
      return;
    case 'reply':
      void host?.reply(message.realm, message.id, message.text);
      return;
    case 'unload':
      host?.unload(message.realm);
      return;
    case 'ping':
      if (host) void host.ping();
      else send({ type: 'pong', busy: 0, stalled: false });
      return;
    case 'close':
      host?.dispose();
      host = null;
      room = Number.POSITIVE_INFINITY;
      send({ type: 'closed' });
  }
}

process.stdin.on(
  'data',
  lineReader(LINE_LIMIT, (line) => take(JSON.parse(line) as ToChild), die),
);
process.stdin.on('end', die);
process.stdin.on('close', die);
process.stdout.on('error', die);
send({ type: 'ready' });
