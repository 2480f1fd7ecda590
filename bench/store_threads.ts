/** The threads of the two whole stores: ours as it is shipped, and the same one on node:sqlite. */
import path from 'node:path';
import { build } from 'esbuild';

const ROOT = path.join(import.meta.dirname, '..');

export const SHIPPED = path.join(ROOT, 'dist', 'store-worker.cjs');
/** Beside the shipped one, and for the bench alone. */
export const ON_NODE = path.join(ROOT, 'node_modules', '.cache', 'bench', 'store-worker.cjs');

/** Bundles our sources as `esbuild.mjs` does, with `store_node_sql.ts` in the place of `sql.ts`. */
export async function buildOnNode(): Promise<void> {
  const other = path.join(import.meta.dirname, 'store_node_sql.ts');
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/store/worker.ts'],
    outfile: ON_NODE,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    minifyWhitespace: true,
    minifySyntax: true,
    // Where the wasm file lies is always told.
    define: { 'import.meta.url': '""' },
    plugins: [
      {
        name: 'node:sqlite in the place of sql.js',
        setup: ({ onResolve }) => onResolve({ filter: /\/sql\.ts$/ }, () => ({ path: other })),
      },
    ],
  });
}
