/** The headless runner: the same app without an editor. Progress goes to stderr, the result to stdout. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs as parseFlags } from 'node:util';
import { createApp } from '../app.ts';
import { parseSettings } from '../settings.ts';
import { parseArgs } from '../workflows/args.ts';
import { exportRun } from './export.ts';
import { printable } from './printable.ts';
import { runCommand } from './run.ts';

const USAGE = `Usage: boocode run <workflow> [arguments] [options]
       boocode run --resume <run> [options]
       boocode list
       boocode export <run> --otlp [--content] [--output <file>]

Arguments are plain text, or JSON when they start with { or [.

Options:
  --workspace <folder>   the folder to work on (default: the current one)
  --model <id>           the model to ask
  --base-url <address>   a server that speaks the OpenAI protocol
  --offline              let the offline model answer even if a key is set
  --fresh                ignore kept results of earlier runs
  --resume <run>         go on with a run that was cut off, cancelled or failed, without
                         repeating what it had finished; an id, or "last"
  --allow <kinds>        what agents may do besides reading: write (change files), execute
                         (run commands), or write,execute; what is not allowed is denied
  --dry-run              list phases, agents and estimated tokens; no model is asked
  --json                 print every frame as one line of JSON instead of progress
  --otlp                 export a run's traces as OpenTelemetry's OTLP/JSON; the run is
                         an id, or "last" for the newest run of the workspace
  --content              export prompts, answers, arguments and results too
  --output <file>        write the result there too; or the export (default:
                         <run>.otlp.json; - for stdout)

The key is read from BOOCODE_API_KEY or DEEPSEEK_API_KEY. Without one the offline model
answers, and its replies are simulated.

Traces are also sent while a run works where BOOCODE_OTLP_ENDPOINT names an OTLP/HTTP
receiver; BOOCODE_OTLP_HEADERS (name=value,...), BOOCODE_OTLP_PROTOCOL (http/protobuf or
http/json) and BOOCODE_OTLP_CONTENT=1 say how.

Exit codes: 0 completed, 1 failed or cancelled, 2 wrong usage.
`;

const FLAGS = {
  workspace: { type: 'string' },
  model: { type: 'string' },
  'base-url': { type: 'string' },
  offline: { type: 'boolean' },
  fresh: { type: 'boolean' },
  resume: { type: 'string' },
  allow: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  otlp: { type: 'boolean' },
  content: { type: 'boolean' },
  output: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

class UsageError extends Error {}

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = readFlags(argv);
  const [command, name, ...rest] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const resumes = command === 'run' && values.resume !== undefined;
  const named = (command === 'run' || command === 'export') && name;
  if (command !== 'list' && !named && !resumes) {
    throw new UsageError('Name a command: run <workflow>, list, or export <run>.');
  }
  if (resumes && (values['dry-run'] || values.resume === '')) {
    throw new UsageError('--resume needs the id of a run, and does not go with --dry-run.');
  }
  if (command === 'export' && !values.otlp) {
    throw new UsageError('Name the format of the export: --otlp.');
  }
  let args: unknown;
  try {
    args = parseArgs(rest.join(' '));
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const settings = settingsOf(values);
  const workspace = resolve(values.workspace ?? process.cwd());
  const app = await createApp({
    storeFolder: join(
      process.env.BOOCODE_HOME ?? join(homedir(), '.boocode'),
      'stores',
      createHash('sha256').update(workspace).digest('hex').slice(0, 16),
    ),
    workspace,
    home: homedir(),
    extensionFolder: dirname(dirname(fileURLToPath(import.meta.url))),
    settings: () => settings,
    exclude: () => [],
    trusted: () => true,
    attended: false,
    getKey: async () => process.env.BOOCODE_API_KEY ?? process.env.DEEPSEEK_API_KEY,
    getTraceHeaders: async () => process.env.BOOCODE_OTLP_HEADERS,
    log: { info: say, warn: say, error: say },
  });
  try {
    if (command === 'list') {
      for (const entry of await app.workflows.list()) {
        const note = entry.problem ? `cannot run: ${entry.problem.message}` : entry.description;
        process.stdout.write(printable(`${entry.name}\t${entry.source}\t${note}\n`));
      }
      return 0;
    }
    if (command === 'export') {
      const { content = false, output } = values;
      const written = await exportRun(app, name ?? '', { content, output });
      if (written) say(`Wrote ${written}`);
      return 0;
    }
    return await runCommand(app, name, args, values);
  } finally {
    await app.close();
  }
}

function readFlags(argv: string[]) {
  try {
    return parseFlags({ args: argv, options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function settingsOf(values: ReturnType<typeof readFlags>['values']) {
  const allowed = (values.allow ?? [])
    .flatMap((list) => list.split(','))
    .map((kind) => kind.trim());
  const unknown = allowed.filter((kind) => kind !== 'write' && kind !== 'execute');
  if (unknown.length > 0) {
    throw new UsageError(`--allow takes write and execute, not "${unknown.join(', ')}".`);
  }
  const { BOOCODE_OTLP_ENDPOINT, BOOCODE_OTLP_PROTOCOL, BOOCODE_OTLP_CONTENT } = process.env;
  return parseSettings({
    ...(values.offline ? { provider: 'offline' } : {}),
    ...(values['base-url'] && !values.offline
      ? { provider: 'openai-compatible', baseUrl: values['base-url'] }
      : {}),
    ...(values.model ? { model: values.model } : {}),
    ...(allowed.includes('write') ? { permissionsWrite: 'allow' } : {}),
    ...(allowed.includes('execute') ? { permissionsExecute: 'allow' } : {}),
    ...(BOOCODE_OTLP_ENDPOINT ? { traceExportEndpoint: BOOCODE_OTLP_ENDPOINT } : {}),
    ...(BOOCODE_OTLP_PROTOCOL ? { traceExportProtocol: BOOCODE_OTLP_PROTOCOL } : {}),
    traceExportContent: BOOCODE_OTLP_CONTENT === '1',
  }).settings;
}

function say(message: string): void {
  process.stderr.write(`${printable(message)}\n`);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    if (error instanceof UsageError) say(`\n${USAGE}`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
