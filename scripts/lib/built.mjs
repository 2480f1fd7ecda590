// Whether dist/ is what the sources would be built to. The stamp holds a digest of everything that
// went into the build, since times lie after a copy or a checkout.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';

const STAMP = join(ROOT, 'dist', 'built.json');
/** What shapes the build without being a part of it; the lock file stands for the packages. */
const RECIPE = ['esbuild.mjs', 'package-lock.json', 'scripts/lib/screen_bundle.mjs'];

/** @param {readonly string[]} sources */
function digestOf(sources) {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`);
  for (const path of sources) hash.update(`\0${path}\0`).update(readFileSync(join(ROOT, path)));
  // A new file may be one more entry point.
  for (const folder of ['src', 'webviews']) {
    hash.update(readdirSync(join(ROOT, folder), { recursive: true }).sort().join('\0'));
  }
  return hash.digest('hex');
}

/** Call before anything of a build is written: one that fails leaves what no sources would make. */
export function forgetBuilt() {
  rmSync(STAMP, { force: true });
}

/**
 * Notes that a build is complete.
 * @param {readonly string[]} inputs paths below the root, those of packages too
 * @param {readonly string[]} outputs what was bundled and what was copied
 * @param {number} begun when the build began to read, epoch milliseconds
 */
export function noteBuilt(inputs, outputs, begun) {
  const sources = [...RECIPE, ...inputs.filter((path) => !path.includes('node_modules/'))];
  const changed = sources.some((path) => statSync(join(ROOT, path)).mtimeMs >= begun);
  if (changed) return;
  writeFileSync(STAMP, JSON.stringify({ sources, outputs, digest: digestOf(sources) }));
}

/** Whether a build would make what is there. */
export function isBuilt() {
  try {
    const { sources, outputs, digest } = JSON.parse(readFileSync(STAMP, 'utf8'));
    return outputs.every((path) => existsSync(join(ROOT, path))) && digestOf(sources) === digest;
  } catch {
    return false;
  }
}
