/** The store's thread, but it fails when it is told to record a session with a certain title. */
import fs from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { NodeDisk } from '../../src/store/disk.ts';
import '../../src/store/worker.ts';

const mark = path.join(workerData.folder, 'failed-once');
// Where the test says so, nothing reaches the disk until the thread has failed.
if (fs.existsSync(path.join(workerData.folder, 'no-sync')) && !fs.existsSync(mark)) {
  NodeDisk.prototype.syncLater = () => new Promise(() => {});
}
parentPort?.on('message', (messages) => {
  for (const message of messages) {
    const title = message.params?.facts?.[0]?.session?.title;
    if (title === 'fail always') throw new Error('failing on demand');
    if (title !== 'fail once' || fs.existsSync(mark)) continue;
    fs.writeFileSync(mark, '');
    throw new Error('failing on demand');
  }
});
