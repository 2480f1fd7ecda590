// `npm run package [-- file.vsix]`: the extension as a .vsix for this platform.
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from './lib/paths.mjs';
import { capture, entry, explain } from './lib/run.mjs';
import { setup } from './setup.mjs';

/** Where everything that ships is; .vscodeignore names what in there does. */
const SHIPPED = [
  ...['package.json', '.vscodeignore', 'README.md', 'CHANGELOG.md', 'LICENSE'],
  ...['dist', 'media', 'workflows'],
];

/**
 * Packages what dist/ holds, and the Node that the sandbox runs on where VS Code is no plain Node.
 * Throws a SetupError with what vsce says.
 * @param {string} node the Node 24 to run it on and to pack
 * @param {string} path absolute path of the file to write
 */
export async function packageVsix(node, path) {
  // In a folder of its own: vsce looks at every file beside the manifest, tens of thousands here.
  const folder = mkdtempSync(join(tmpdir(), 'boocode-package-'));
  try {
    for (const name of SHIPPED) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    mkdirSync(join(folder, 'bin'));
    copyFileSync(node, join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node'));
    return await callVsce(node, folder, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function callVsce(node, folder, path) {
  rmSync(path, { force: true });
  const vsce = join(ROOT, 'node_modules', '@vscode', 'vsce', 'vsce');
  const target = `${process.platform}-${process.arch}`;
  const flags = ['--no-dependencies', '--allow-missing-repository', '--no-rewrite-relative-links'];
  const args = ['package', ...flags, '--target', target, '--out', path];
  // vsce asks questions on a terminal; without one it says what is missing.
  const result = await capture(node, [vsce, ...args], { cwd: folder });
  if (result.code !== 0) throw explain('Packaging the extension', result.output);
  return result.output;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await entry(async () => {
    const node = await setup();
    const name = `boocode-${process.platform}-${process.arch}.vsix`;
    console.log(await packageVsix(node, resolve(process.argv[2] ?? join(ROOT, name))));
  });
}
