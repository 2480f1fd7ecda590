// `npm test`: sets up what is missing, then runs the check and every project of tests. The last
// line says how many passed and failed; `npm test -- unit vscode` runs only these parts.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, TEST_RESULTS } from './lib/paths.mjs';
import { entry, run, SetupError } from './lib/run.mjs';
import { setup } from './setup.mjs';

const PROJECTS = ['unit', 'integration', 'webviews', 'vscode'];
/** The parts of `npm run check`, each counted as one. */
const CHECKS = [
  ['types', 'typescript/bin/tsc', '-p', '.'],
  ['types of webviews', 'typescript/bin/tsc', '-p', 'webviews'],
  ['lint', '@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  ['layers', '../scripts/check-layers.mjs'],
];

/** @typedef {{name: string, passed: number, failed: number, skipped: number, failures: string[], repeated: string[]}} Part */

/** @returns {Promise<Part>} */
async function check(node) {
  const failures = [];
  for (const [name, script, ...args] of CHECKS) {
    const path = join(ROOT, 'node_modules', script);
    if ((await run(node, [path, ...args], { cwd: ROOT })) !== 0) failures.push(name);
  }
  const failed = failures.length;
  const passed = CHECKS.length - failed;
  return { name: 'check', passed, failed, skipped: 0, failures, repeated: [] };
}

/** Runs one project of vitest. What vitest could not even load or collect counts as failed, too. */
async function project(node, name) {
  const report = join(TEST_RESULTS, `${name}.json`);
  rmSync(report, { force: true });
  const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const args = [vitest, 'run', '--project', name, '--passWithNoTests', ...reporters];
  const code = await run(node, args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
  let result = { numPassedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  try {
    result = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // Written only when there are tests and vitest came to its end; the exit code tells.
  }
  const failures = [];
  const repeated = [];
  for (const file of result.testResults) {
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    const path = file.name.slice(ROOT.length + 1);
    for (const test of failed) failures.push(`${path}: ${test.fullName}`);
    for (const { status, failureMessages, fullName } of file.assertionResults) {
      if (status === 'passed' && failureMessages.length > 0) repeated.push(`${path}: ${fullName}`);
    }
    if (file.status === 'failed' && failed.length === 0) failures.push(`${path} as a whole`);
  }
  if (code !== 0 && failures.length === 0) failures.push(`vitest ended with ${code}, see above`);
  const skipped = result.numPendingTests + result.numTodoTests;
  const failed = failures.length;
  return { name, passed: result.numPassedTests, failed, skipped, failures, repeated };
}

await entry(async () => {
  const wanted = process.argv.slice(2);
  const unknown = wanted.find((name) => name !== 'check' && !PROJECTS.includes(name));
  if (unknown) {
    throw new SetupError(`There is no part "${unknown}": check, ${PROJECTS.join(', ')}.`);
  }
  const has = (name) => wanted.length === 0 || wanted.includes(name);
  const node = await setup();
  mkdirSync(TEST_RESULTS, { recursive: true });
  // The first parts need neither, and both come over the network.
  const shown = ['webviews', 'vscode'].some(has);
  const screens = setup({ vscode: has('vscode'), browser: shown, build: false, beside: true });
  screens.catch(() => {});
  /** @type {Part[]} */
  const parts = [];
  if (has('check')) parts.push(await check(node));
  for (const name of PROJECTS.filter(has)) {
    if (name === 'webviews' || name === 'vscode') await screens;
    console.log(`\n${name}`);
    parts.push(await project(node, name));
  }
  console.log('\nSummary');
  for (const { name, passed, failed, skipped, failures, repeated } of parts) {
    console.log(`  ${name.padEnd(12)} ${passed} passed, ${failed} failed, ${skipped} skipped`);
    for (const failure of failures) console.log(`    failed: ${failure}`);
    for (const test of repeated) console.log(`    passed at the second attempt: ${test}`);
  }
  const sum = (key) => parts.reduce((total, part) => total + part[key], 0);
  const skipped = sum('skipped');
  const tail = skipped > 0 ? `, ${skipped} skipped` : '';
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${tail}`);
  return sum('failed') > 0 ? 1 : 0;
});
