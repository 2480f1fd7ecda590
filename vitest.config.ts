import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes long: kills at random moments (those at each kind of moment are below vscode), load,
 * pictures, and a screen in VS Code whose parts are tested in the browser and across rooms.
 */
const LONG = {
  integration: ['test/integration/chat-kill.test.ts'],
  vscode: ['test/vscode/compare.test.ts'],
  webviews: [
    'test/webviews/chat_load.test.ts',
    'test/webviews/chat_look.test.ts',
    'test/webviews/traces_look.test.ts',
  ],
};

/** Many tests wait for processes of their own; one worker alone would leave a small machine idle. */
const WORKERS = Math.max(2, availableParallelism() - 1);

/** What the soak looks at in all themes, and the other tests in two. */
const LOOKS = ['runs_states', 'traces_overview', 'start'].map(
  (name) => `test/webviews/${name}.test.ts`,
);

/** Files of one test or two that take as long as a long file, most of it starting an editor. */
const LONGER_THAN_THEY_LOOK = ['run_workflow', 'activation', 'start', 'cli'].map(
  (name) => new RegExp(`/(vscode|integration)/${name}\\.test\\.ts$`),
);

/** The largest files first, as vitest does where nothing ran before, and these before them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const long = sorted.filter((f) => LONGER_THAN_THEY_LOOK.some((name) => name.test(f.moduleId)));
    return [...long, ...sorted.filter((f) => !long.includes(f))];
  }
}

// Four floors of tests: beside the code, across rooms, in a real browser, in a real VS Code. What
// takes minutes (`npm run test:soak`) stands beside them and is no part of `npm test`. A browser or
// an editor on a busy machine may lose a key press: those tests get a second attempt, and the last
// lines of `npm test` name each that needed it.
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: WORKERS,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'webviews/**/*.test.{ts,tsx}'],
          testTimeout: 60_000,
          // Nothing outlives the tests of a file: files share a process, which spares each of them
          // the time to load and warm up what it tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          // These wait the most.
          maxWorkers: WORKERS + 1,
          include: ['test/integration/**/*.test.ts'],
          exclude: LONG.integration,
          testTimeout: 120_000,
          hookTimeout: 60_000,
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'webviews',
          include: ['test/webviews/**/*.test.ts'],
          exclude: LONG.webviews,
          testTimeout: 60_000,
          isolate: false,
          hookTimeout: 120_000,
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'vscode',
          include: ['test/vscode/**/*.test.ts'],
          exclude: LONG.vscode,
          testTimeout: 120_000,
          isolate: false,
          hookTimeout: 300_000,
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: 'soak',
          include: [
            ...['test/soak/**/*.test.ts', 'test/integration/sandbox_exhaust.test.ts'],
            ...[...LONG.integration, ...LONG.webviews, ...LONG.vscode, ...LOOKS],
          ],
          env: { BOOCODE_SOAK: '1' },
          testTimeout: 3_600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
