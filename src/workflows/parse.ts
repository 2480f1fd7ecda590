/**
 * Reads a workflow file without running it: which of the two forms it is, its name, description
 * and phases, and what must be refused before a run starts. Every problem carries line and column.
 */
import { type AnyNode, type Options, type Program, parse as parseModule } from 'acorn';
import * as z from 'zod/mini';
import { exportsOf, withoutExports } from './exports.ts';
import { localName, staticFields } from './literal.ts';
import { ArgsSchema, Phase, readMeta } from './meta.ts';
import { problem } from './problem.ts';
import { refuseAmbient } from './refuse.ts';
import { WorkflowError } from './workflow.ts';

/** Characters of a script file; beyond it a file is listed with this as its problem. */
export const SCRIPT_LIMIT = 1024 * 1024;
const NAME_LIMIT = 100;

export interface PhaseInfo {
  readonly title: string;
  readonly detail?: string;
  readonly model?: string;
}

export interface ParsedScript {
  readonly form: 1 | 2;
  readonly name: string;
  readonly description: string;
  readonly phases: readonly PhaseInfo[];
  readonly when_to_use?: string;
  /** JSON Schema of the arguments, where the author gave one. */
  readonly args_schema?: Readonly<Record<string, unknown>>;
  /**
   * The body of an async function, line for line the file's: form 1's returns the exported
   * object, form 2's returns the run's result.
   */
  readonly code: string;
}

/**
 * @param text the file's; `fallbackName` the file name without `.js`.
 * @throws WorkflowError with the position of what cannot run.
 */
export function parseScript(text: string, fallbackName: string): ParsedScript {
  // A byte order mark is no part of the script, and editors do not count it.
  const source = text.replace(/^\uFEFF/, '');
  if (source.length > SCRIPT_LIMIT) {
    throw new WorkflowError(
      `The file is larger than ${SCRIPT_LIMIT / 1024} KB, which is the limit for a workflow script.`,
    );
  }
  const program = parsed(source);
  const exported = exportsOf(program);
  const workflow = exported.get('workflow');
  const meta = exported.get('meta');
  if (workflow && meta) {
    throw problem(
      'The script exports both "workflow" and "meta". It must be one form or the other: remove one of the two exports.',
      later(workflow, meta),
    );
  }
  if (!workflow && !meta) throw exportsNothing(program);
  refuseAmbient(program, meta !== undefined);
  return meta ? formTwo(source, program) : formOne(source, program, fallbackName);
}

function parsed(source: string): Program {
  const options: Options = {
    ecmaVersion: 'latest',
    sourceType: 'module',
    locations: true,
    allowReturnOutsideFunction: true,
    allowHashBang: true,
  };
  try {
    return parseModule(source, options);
  } catch (error) {
    throw syntaxProblem(source, error);
  }
}

function syntaxProblem(source: string, error: unknown): WorkflowError {
  const at = z.object({ loc: z.object({ line: z.number(), column: z.number() }) }).safeParse(error);
  const reason =
    error instanceof Error ? error.message.replace(/ \(\d+:\d+\)$/, '') : String(error);
  if (!at.success) {
    // acorn walks by recursion, so only nesting without end gets here.
    return new WorkflowError(`The script cannot be parsed: ${reason}.`, { cause: error });
  }
  const { line, column } = at.data.loc;
  const text = source.split('\n')[line - 1] ?? '';
  const typed =
    /\b(?:interface|type|enum|declare)\s+\w|[\w)]\s*\??:\s*[\w<>[\]{}| ]+|\b(?:as|satisfies)\s+\w|\w<[\w<>[\]{}|, ]+>\s*\(|[\w)\]]!\s*[.;,)[]/;
  let hint = '';
  if (/^(?:Unexpected token|The keyword)/.test(reason) && typed.test(text)) {
    hint = ' Workflow scripts are plain JavaScript: TypeScript syntax is not understood.';
  } else if (reason.startsWith("Cannot use keyword 'await'")) {
    hint =
      ' Write async before the function around it; to wait for each of a list, use for (… of …).';
  }
  return new WorkflowError(
    `Syntax error at line ${line}, column ${column + 1}: ${reason}.${hint}`,
    {
      position: { line, column: column + 1 },
      cause: error,
    },
  );
}

function exportsNothing(program: Program): WorkflowError {
  const commonJs = program.body.find(
    (node) =>
      node.type === 'ExpressionStatement' &&
      node.expression.type === 'AssignmentExpression' &&
      node.expression.left.type === 'MemberExpression' &&
      node.expression.left.object.type === 'Identifier' &&
      ['module', 'exports'].includes(node.expression.left.object.name),
  );
  return problem(
    'The script exports neither "workflow" nor "meta". Write "export const workflow = { name, description, run }", or start the file with "export const meta = { name, description }".',
    commonJs ?? program.body.find((node) => node.type === 'ExportDefaultDeclaration') ?? null,
  );
}

function formOne(source: string, program: Program, fallbackName: string): ParsedScript {
  const found = staticFields(program, 'workflow');
  if (found && !found.partial && !found.keys.has('run')) {
    throw problem(
      'The exported "workflow" has no "run" function. Add "async run(args) { … }" to it.',
      found.node,
    );
  }
  const values: Readonly<Record<string, unknown>> = found?.values ?? {};
  // What is not a literal is known only when the script runs; the list then shows the file's name.
  const text = (key: string): string => {
    const value = values[key];
    return typeof value === 'string' ? value : '';
  };
  const phases = z.array(Phase).safeParse(values.phases);
  const args = ArgsSchema.safeParse(values.args);
  return {
    form: 1,
    name: checkedName(text('name') || fallbackName, found?.node ?? null),
    description: text('description'),
    phases: phases.success ? phases.data.map(phaseInfo) : [],
    ...(text('whenToUse') ? { when_to_use: text('whenToUse') } : {}),
    ...(args.success && args.data ? { args_schema: args.data } : {}),
    code: `${withoutExports(source, program)}\n;return ${localName(program, 'workflow')};`,
  };
}

function formTwo(source: string, program: Program): ParsedScript {
  const [first] = program.body;
  const declaration =
    first?.type === 'ExportNamedDeclaration' && first.declaration?.type === 'VariableDeclaration'
      ? first.declaration
      : null;
  const [declared] = declaration?.declarations ?? [];
  const isMeta =
    declaration?.kind === 'const' &&
    declaration.declarations.length === 1 &&
    declared?.id.type === 'Identifier' &&
    declared.id.name === 'meta';
  if (!first || !isMeta || declared.init?.type !== 'ObjectExpression') {
    const at = exportsOf(program).get('meta') ?? first ?? null;
    const isFirst = at !== null && first !== undefined && at.start < first.end;
    throw problem(
      isFirst
        ? '"meta" must be declared as "export const meta = { … }", with the object literal written out.'
        : '"export const meta = { … }" must be the first statement of the script and an object literal. Move it to the top of the file.',
      at,
    );
  }
  const extra = program.body.find((node, index) => index > 0 && /^Export/.test(node.type));
  if (extra) {
    throw problem(
      'A script that exports "meta" may export nothing else: return its result.',
      extra,
    );
  }
  const meta = readMeta(declared.init);
  return {
    form: 2,
    name: checkedName(meta.name, declared.init),
    description: meta.description,
    phases: (meta.phases ?? []).map(phaseInfo),
    ...(meta.whenToUse ? { when_to_use: meta.whenToUse } : {}),
    ...(meta.args ? { args_schema: meta.args } : {}),
    code: withoutExports(source, program),
  };
}

function checkedName(name: string, at: AnyNode | null): string {
  const trimmed = name.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (trimmed === '' || /[/\\\u0000-\u001f]|^\.+$/.test(trimmed) || trimmed.length > NAME_LIMIT) {
    throw problem(
      `The name ${JSON.stringify(name.slice(0, NAME_LIMIT))} cannot be used: a workflow's name is 1 to ${NAME_LIMIT} characters without slashes or line breaks.`,
      at,
    );
  }
  return trimmed;
}

function phaseInfo(phase: z.infer<typeof Phase>): PhaseInfo {
  return {
    title: phase.title,
    ...(phase.detail === undefined ? {} : { detail: phase.detail }),
    ...(phase.model === undefined ? {} : { model: phase.model }),
  };
}

function later(a: AnyNode, b: AnyNode): AnyNode {
  return a.start > b.start ? a : b;
}
