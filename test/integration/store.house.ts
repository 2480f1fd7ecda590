/** A fresh folder for each test of a file, and the stores that it opens there. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openStore, type StoreOptions } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';

export interface StoreHouse {
  /** Absolute; made before each test, and removed after it with all that is in it. */
  readonly folder: string;
  /** Opens a store there, in this thread unless told otherwise; it is closed after the test. */
  opened(options?: Partial<StoreOptions>): Promise<Store>;
}

/** To be called where the hooks of a file stand: those that come after it undo their part before. */
export function storeHouse(defaults: Partial<StoreOptions> = { inline: true }): StoreHouse {
  let folder = '';
  let open: Store[] = [];
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'store-'));
  });
  afterEach(async () => {
    await Promise.all(open.map((store) => store.close()));
    open = [];
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return {
    get folder() {
      return folder;
    },
    async opened(options = {}) {
      const store = await openStore({ folder, ...defaults, ...options });
      open.push(store);
      return store;
    },
  };
}

/** Whether this process may mount a disk of its own, which can be full. */
export const CAN_MOUNT = ((): boolean => {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'mount-'));
  const ok = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', target]).status === 0;
  if (ok) spawnSync('umount', [target]);
  fs.rmSync(target, { recursive: true, force: true });
  return ok;
})();
