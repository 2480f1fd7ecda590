// Builds dist/: the extension host's bundle, its worker threads, the sandbox's child process, the
// terminal program, and one script and style sheet per screen. `--watch` repeats it on changes.
import { cpSync, existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build, context } from 'esbuild';
import { forgetBuilt, noteBuilt } from './scripts/lib/built.mjs';
import { SCREEN_BUNDLE } from './scripts/lib/screen_bundle.mjs';

const require = createRequire(import.meta.url);
const ROOT = import.meta.dirname;
const DIST = join(ROOT, 'dist');
const watch = process.argv.includes('--watch');

const common = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  // Stack traces and `Error.name` stay readable in a user's report.
  keepNames: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  metafile: true,
  logLevel: watch ? 'info' : 'warning',
};
const node = { ...common, platform: 'node', target: 'node22' };
// CommonJS has no import.meta.url; code that finds its neighbours by it works in both forms.
const cjs = {
  ...node,
  format: 'cjs',
  define: { 'import.meta.url': '__moduleUrl' },
  banner: { js: "const __moduleUrl=require('node:url').pathToFileURL(__filename).href;" },
};
const esm = {
  ...node,
  format: 'esm',
  // Bundled CommonJS packages call require(), which an ES module has to make for itself.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
};

/** One bundle for each entry point that exists. */
const bundles = [
  { ...cjs, in: 'src/extension.ts', out: 'extension.cjs', external: ['vscode'] },
  {
    ...cjs,
    in: 'src/store/worker.ts',
    out: 'store-worker.cjs',
    // Kept names cost a call for each closure that is made: a quarter of the time of a write.
    // Names that stay as written need no keeping.
    keepNames: false,
    minify: false,
    minifyWhitespace: true,
    minifySyntax: true,
  },
  ...globSync('src/tools/**/*{.,-,_}worker.ts', { cwd: ROOT }).map((path) => ({
    ...cjs,
    in: path,
    out: `${basename(path, '.ts').replace(/[._]/g, '-')}.cjs`,
  })),
  {
    ...esm,
    in: 'src/workflows/sandbox/child.ts',
    out: 'sandbox-child.mjs',
    external: ['isolated-vm'],
    // The prelude travels into the isolate as the text of its functions, so they must stay as written.
    minify: false,
    keepNames: false,
  },
  { ...esm, in: 'src/cli/main.ts', out: 'cli.mjs', external: ['vscode'] },
  ...globSync('webviews/*/main.tsx', { cwd: ROOT }).map((path) => ({
    ...common,
    ...SCREEN_BUNDLE,
    in: path,
    out: `webviews/${basename(dirname(path))}.js`,
  })),
].filter((bundle) => existsSync(join(ROOT, bundle.in)));

/**
 * What cannot be bundled: a WebAssembly module, and a native module with this platform's binaries.
 * @returns the copies, as paths below the root
 */
function copyAssets() {
  const wasm = require.resolve('sql.js/dist/sql-wasm-debug.wasm');
  cpSync(wasm, join(DIST, basename(wasm)));
  const copies = [`dist/${basename(wasm)}`];
  // The sandbox loads the binary that fits its Node by itself; the package's loader is not needed.
  const from = dirname(require.resolve('isolated-vm/package.json'));
  const to = join(DIST, 'isolated-vm');
  for (const name of ['LICENSE', `prebuilds/${process.platform}-${process.arch}`]) {
    if (!existsSync(join(from, name))) continue;
    cpSync(join(from, name), join(to, name), { recursive: true });
    copies.push(`dist/isolated-vm/${name}`);
  }
  return copies;
}

async function main() {
  const begun = Date.now();
  forgetBuilt();
  mkdirSync(DIST, { recursive: true });
  const copies = copyAssets();
  const all = bundles.map(({ in: entry, out, ...options }) => ({
    ...options,
    entryPoints: [entry],
    outfile: join(DIST, out),
  }));
  if (watch) {
    for (const options of all) await (await context(options)).watch();
    console.log(`Watching ${all.length} bundles; Ctrl+C ends.`);
    return;
  }
  const results = await Promise.all(all.map((options) => build(options)));
  const inputs = Object.assign({}, ...results.map((result) => result.metafile.inputs));
  const outputs = Object.assign({}, ...results.map((result) => result.metafile.outputs));
  for (const [path, { bytes }] of Object.entries(outputs)) {
    if (path.endsWith('.map')) continue;
    console.log(`${(bytes / 1024).toFixed(1).padStart(9)} KB  ${path}`);
  }
  // For the benches, and for whoever asks what a bundle is made of.
  writeFileSync(join(DIST, 'meta.json'), JSON.stringify({ inputs, outputs }));
  noteBuilt(Object.keys(inputs), [...Object.keys(outputs), ...copies], begun);
}

// esbuild has printed its errors by then, each with its place in the source.
await main().catch((error) => {
  if (!error.errors) console.error(error);
  process.exitCode = 1;
});
