/** A process that opens a sandbox and says its child's pid; the test then kills it without warning. */
import { newPool, play } from './sandbox.house.ts';

const [, , body = ''] = process.argv;
const pool = newPool();
const say = (pid: number | undefined): void => void process.stdout.write(`${pid}\n`);
let pid: number | undefined;
const end = await play(pool, body, {
  // It is at work now, and goes on without an answer.
  answer: () => {
    say(pid);
    return null;
  },
  onLoaded: (sandbox) => {
    pid = sandbox.pid;
  },
});
// A script that has ended leaves its child warm; this process waits with it.
if (end.result !== undefined) {
  say(pid);
  process.stdin.resume();
}
