/** Compiles the JSON Schema of an agent's result; what cannot be used is found before any call. */
import vm from 'node:vm';
import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import { Ajv, type Options, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { contradiction } from './contradiction.ts';
import { AgentFailure } from './failure.ts';

/** Characters: a validator is compiled in the host, which takes some milliseconds for each KB. */
const LARGEST_SCHEMA = 32 * 1024;
/** What a pattern may take at its first try, and at a second: the machine may have been busy. */
const PATTERN_MS = [100, 500] as const;

export interface CompiledSchema {
  readonly validate: ValidateFunction;
  /** The schema as a model is told it: without its dialect, with `type: object` at its root. */
  readonly offered: LanguageModelV4FunctionTool['inputSchema'];
}

const OPTIONS: Options = {
  allErrors: true,
  // Authors write annotations that validators do not know; those are no mistakes.
  strict: false,
  validateFormats: false,
  logger: false,
  code: { regExp: Object.assign(guardedRegex, { code: 'guardedRegex' }) },
};

/** @throws AgentFailure of kind `script`, which says what is wrong with the schema and where. */
export function compileSchema(schema: Readonly<Record<string, unknown>>): CompiledSchema {
  const text = JSON.stringify(schema);
  if (text.length > LARGEST_SCHEMA) {
    throw unusable(`it has ${text.length} characters; ${LARGEST_SCHEMA} are allowed`);
  }
  const { $schema, ...offered } = JSON.parse(text);
  if (offered.type === undefined && ('properties' in offered || 'required' in offered)) {
    offered.type = 'object';
  }
  if (offered.type !== 'object') throw unusable('its root must have "type": "object"');
  const older = typeof $schema === 'string' && /draft-0[467]/.test($schema);
  const ajv = older ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
  try {
    const validate = ajv.compile(offered);
    const found = contradiction(offered, (part, value) => ajv.validate(part, value));
    if (found) throw unusable(`it contradicts itself: ${found}`);
    return { validate, offered };
  } catch (error) {
    if (error instanceof AgentFailure) throw error;
    throw unusable(error instanceof Error ? error.message : String(error), error);
  }
}

function unusable(why: string, cause?: unknown): AgentFailure {
  return new AgentFailure('script', `The schema of the result cannot be used: ${why}.`, { cause });
}

interface Matcher {
  readonly scope: vm.Context;
  readonly script: vm.Script;
}
// One for all patterns: a scope takes 2 ms and 200 KB, and a schema may have thousands of patterns.
let matcher: Matcher | null = null;

function newMatcher(): Matcher {
  return {
    scope: vm.createContext({ regex: /./, text: '' }),
    script: new vm.Script('regex.test(text)'),
  };
}

interface GuardedRegex {
  test(text: string): boolean;
  toString(): string;
}

/**
 * A pattern of the schema, run with a time limit: it comes from a script and is matched against
 * what a model wrote, so it could otherwise block the host for good.
 */
function guardedRegex(pattern: string, flags: string): GuardedRegex {
  const regex = new RegExp(pattern, flags);
  return {
    // The validator tells patterns apart by this.
    toString: () => String(regex),
    test(text) {
      matcher ??= newMatcher();
      Object.assign(matcher.scope, { regex, text });
      let cause: unknown;
      for (const timeout of PATTERN_MS) {
        try {
          return matcher.script.runInContext(matcher.scope, { timeout }) === true;
        } catch (error) {
          cause = error;
        }
      }
      throw new AgentFailure(
        'script',
        `The schema of the result cannot be used: the pattern ${pattern} takes more than ${PATTERN_MS[1]} ms to match. Use a simpler one.`,
        { cause },
      );
    },
  };
}
