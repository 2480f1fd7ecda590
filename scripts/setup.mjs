// Brings a clone to where it runs: dependencies, the build, and on demand a VS Code and a browser.
// Needs nothing but Node 20 and npm. Each part is skipped when it is there already.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isBuilt } from './lib/built.mjs';
import { withLock } from './lib/lock.mjs';
import { findNode24 } from './lib/node24.mjs';
import { CACHE, ROOT } from './lib/paths.mjs';
import { capture, entry, explain, npm, SetupError } from './lib/run.mjs';

/** @param {boolean} beside other work goes on meanwhile and prints lines of its own */
async function step(text, work, beside = false) {
  const start = Date.now();
  const again = beside ? `• ${text}: ` : '';
  process.stderr.write(`• ${text} … ${beside ? '\n' : ''}`);
  try {
    const result = await work();
    process.stderr.write(`${again}${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return result;
  } catch (error) {
    process.stderr.write(`${again}failed\n`);
    throw error;
  }
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm writes its own record of what it
 * installed as its last act, so that an installation that was cut short does not count. Optional
 * packages are for other platforms, or are looked for when they are needed.
 */
function installed() {
  const packages = (file) => JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages;
  let present;
  try {
    present = packages('node_modules/.package-lock.json');
  } catch {
    return false;
  }
  return Object.entries(packages('package-lock.json')).every(
    ([path, wanted]) =>
      path === '' ||
      wanted.optional ||
      (present[path]?.version === wanted.version && present[path]?.integrity === wanted.integrity),
  );
}

async function buildAll() {
  const { code, output } = await capture(await findNode24(), ['esbuild.mjs'], { cwd: ROOT });
  if (code !== 0) throw explain('The build', output);
}

/**
 * Sets up what is asked for. Two of these at once take turns. Throws a SetupError.
 * @param {{vscode?: boolean, browser?: boolean, build?: boolean, beside?: boolean}} wanted `beside`
 * where other work goes on meanwhile
 * @returns {Promise<string>} the Node 24 to run the rest on
 */
export async function setup({
  vscode = false,
  browser = false,
  build = true,
  beside = false,
} = {}) {
  try {
    mkdirSync(CACHE, { recursive: true });
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
  } catch (error) {
    throw new SetupError(`${error.message}. Check who owns the project folder.`);
  }
  const waiting = (pid) =>
    console.error(`• Waiting for another set-up of this project (process ${pid}) …`);
  const work = async () => {
    if (!installed()) {
      await step('Installing dependencies (a minute or less)', () =>
        npm('Installing dependencies', ['ci'], ROOT),
      );
    }
    const node = await findNode24();
    if (build && !isBuilt()) await step('Building', buildAll);
    const { ensureVSCode, haveVSCode } = await import('./lib/vscode.mjs');
    if (vscode && !haveVSCode()) {
      const text = 'Fetching VS Code from the npm registry (about 100 MB, once)';
      await step(text, ensureVSCode, beside);
    }
    if (browser) await (await import('./lib/browser.mjs')).ensureBrowser();
    return node;
  };
  return withLock(join(ROOT, '.cache', 'setup.lock'), work, waiting);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await entry(async () => {
    await setup({
      vscode: process.argv.includes('--all'),
      browser: process.argv.includes('--all'),
    });
  });
}
