// Looks at a script that keeps its thread as often as the child does in a minute, all at once: as on
// a computer that has hardly any time for it. Prints what the isolate says.
import { createRequire } from 'node:module';
import type * as Ivm from 'isolated-vm';
import { IsolateHost } from '../../src/workflows/sandbox/isolate.ts';
import { ENTRY_LIMIT, WATCH } from '../../src/workflows/sandbox/limits.ts';

const { ivm } = createRequire(import.meta.url)(process.argv[2] ?? '') as { ivm: typeof Ivm };
const end = (said: unknown): void => {
  console.log(JSON.stringify(said));
  process.kill(process.pid, 'SIGKILL');
};
const host = new IsolateHost(ivm, 32, end, () => {});
const script = { type: 'load', realm: 3, form: 2, file: 'held.js', spent: 0, total: null } as const;
void host.load({ ...script, code: 'for (;;);' });
for (let looks = 0; looks < ENTRY_LIMIT / WATCH; looks += 1) host.watch(0);
console.log('"not yet"');
host.watch(0);
