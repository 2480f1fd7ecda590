/**
 * Runs inside the isolate: parallel, pipeline, phase, budget, workflow, log and console.
 * Sent to the isolate as source text: it may use nothing but its own body and its arguments.
 */
import type { Agents, Ambient } from './agents.ts';
import type { Show } from './show.ts';
import type { Wire } from './wire.ts';

export interface ApiLimits {
  /** Items of one `parallel` or `pipeline`. */
  readonly items: number;
  /** Log lines of one run, and characters of one line and of all. */
  readonly log_lines: number;
  readonly log_line: number;
  readonly log_volume: number;
  /** Characters. */
  readonly phase_title: number;
}

export function createApi(
  wire: Wire,
  agents: Agents,
  shown: Show,
  limits: ApiLimits,
): Record<string, unknown> {
  const PlainTypeError = TypeError;
  const PlainRangeError = RangeError;
  const { isArray } = Array;
  const { stringify } = JSON;
  let scopes = 0;
  let lines = 0;
  let volume = 0;

  // A line of the log about a failure must never be what fails: `parallel` does not reject.
  const reasonOf = (error: unknown): string => {
    try {
      const told =
        typeof error === 'object' && error !== null && 'message' in error ? error.message : error;
      return shown(told).slice(0, 2000);
    } catch {
      return 'an error that cannot be read';
    }
  };
  const log = (level: string, text: string): void => {
    lines += 1;
    if (lines > limits.log_lines) {
      throw new PlainRangeError(
        `The script logged more than ${limits.log_lines} lines, which is the limit.`,
      );
    }
    if (text.length > limits.log_line) {
      throw new PlainRangeError(
        `A log line has ${text.length} characters, and the limit is ${limits.log_line}.`,
      );
    }
    volume += text.length;
    if (volume > limits.log_volume) {
      throw new PlainRangeError(
        `The script logged more than ${limits.log_volume} characters, which is the limit.`,
      );
    }
    wire.send({ call: 'log', level, text });
  };
  const listHelp = (value: unknown, what: string): string => {
    if (typeof value === 'function') return `Put [ ] around what it runs: ${what}([() => …]).`;
    if (typeof value === 'object' && value !== null) {
      if (Symbol.iterator in value) return 'Write [...x] to make an array of it.';
      if ('then' in value) return 'Put await before what gives the array.';
    }
    return value === undefined
      ? 'It was given undefined: look where the array should come from.'
      : `It was given ${clipped(value)}.`;
  };
  const list = (value: unknown, what: string): readonly unknown[] => {
    if (!isArray(value)) {
      throw new PlainTypeError(`${what} needs an array. ${listHelp(value, what)}`);
    }
    if (value.length > limits.items) {
      throw new PlainRangeError(
        `${what} was given ${value.length} items, and the limit is ${limits.items}.`,
      );
    }
    return [...value];
  };
  const budgetOf = (value: unknown, what: string): { tokens?: number; steps?: number } => {
    const positive = (n: unknown): n is number =>
      typeof n === 'number' && n > 0 && n < Number.POSITIVE_INFINITY;
    const given = typeof value === 'number' ? { tokens: value } : Object(value);
    const limit: { tokens?: number; steps?: number } = {};
    if (given.tokens !== undefined) limit.tokens = given.tokens;
    if (given.steps !== undefined) limit.steps = given.steps;
    const all = Object.values(limit);
    if (all.length === 0 || !all.every(positive)) {
      throw new PlainRangeError(
        `${what} must be a positive number of tokens, or { tokens, steps } with positive numbers.`,
      );
    }
    return limit;
  };
  const scope = (budget: unknown, of: 'parallel' | 'phase', phase: string | null): number => {
    if (budget === undefined) return agents.here().scope;
    scopes += 1;
    wire.send({
      call: 'scope',
      scope: scopes,
      parent: agents.here().scope,
      ...{ of, phase },
      ...budgetOf(budget, `The budget of ${of}()`),
    });
    return scopes;
  };

  const clipped = (value: unknown): string => shown(value).slice(0, 60);
  const fits = (element: unknown): boolean =>
    typeof element === 'function' ||
    (typeof element === 'object' && element !== null && 'then' in element);
  const wrong = (element: unknown, index: number): string =>
    `Item ${index + 1} is ${clipped(element)}; it must be an agent, a promise or a function.`;

  /** Runs all at once. A handle's failure is thrown when all have ended; any other gives null. */
  const together = async (elements: readonly unknown[], around: Ambient, what: string) => {
    const failures: unknown[] = [];
    const one = async (element: unknown, index: number): Promise<unknown> => {
      if (agents.isHandle(element)) {
        try {
          return await agents.start(element, around, { given: false, value: null });
        } catch (error) {
          failures.push(error);
          return null;
        }
      }
      if (!fits(element)) {
        // `condition && (() => agent(…))` leaves false where nothing is to be done.
        if (element !== null && element !== undefined && element !== false) {
          log('warn', `${what}: ${wrong(element, index)} It gives null.`);
        }
        return null;
      }
      try {
        const started =
          typeof element === 'function' ? agents.within(around, () => element()) : element;
        return await started;
      } catch (error) {
        log('warn', `${what}: item ${index + 1} failed and gives null: ${reasonOf(error)}`);
        return null;
      }
    };
    const results = await Promise.all(elements.map(one));
    if (failures.length > 0) throw failures[0];
    return results;
  };
  const accepted = (elements: readonly unknown[], what: string): void => {
    elements.forEach((element, index) => {
      if (!fits(element)) throw new PlainTypeError(`${what}: ${wrong(element, index)}`);
    });
  };

  const chain = async (elements: readonly unknown[]): Promise<unknown> => {
    accepted(elements, 'pipeline');
    let previous: unknown;
    for (const [index, element] of elements.entries()) {
      if (agents.isHandle(element)) {
        previous = await agents.start(element, agents.here(), {
          given: index > 0,
          value: previous,
        });
      } else {
        previous = await (typeof element === 'function' ? element(previous) : element);
      }
    }
    return previous;
  };
  const perItem = (items: readonly unknown[], stages: readonly unknown[]): Promise<unknown[]> => {
    const wrong = stages.findIndex((stage) => typeof stage !== 'function');
    if (wrong >= 0) {
      const help = isArray(stages[wrong])
        ? 'Give the stages one after another, without an array around them.'
        : 'Write (previous, item, index) => … before what it does.';
      throw new PlainTypeError(`Stage ${wrong + 1} of pipeline must be a function. ${help}`);
    }
    const around = agents.here();
    const through = async (item: unknown, index: number): Promise<unknown> => {
      let value = await item;
      const original = value;
      for (const [position, stage] of stages.entries()) {
        try {
          if (typeof stage !== 'function') return null;
          const previous = value;
          const here = { scope: around.scope, phase: agents.here().phase ?? around.phase };
          const started: unknown = agents.within(here, () => stage(previous, original, index));
          value = await started;
        } catch (error) {
          log(
            'warn',
            `pipeline: item ${index + 1} failed at stage ${position + 1} and gives null: ${reasonOf(error)}`,
          );
          return null;
        }
      }
      return value;
    };
    return Promise.all(items.map(through));
  };

  const phase = (title: unknown, options?: unknown): unknown => {
    if (typeof title !== 'string' || title === '') {
      throw new PlainTypeError('phase() needs a title.');
    }
    if (title.length > limits.phase_title) {
      throw new PlainRangeError(
        `A title of phase() has ${title.length} characters, and the limit is ${limits.phase_title}.`,
      );
    }
    if (typeof options === 'function') {
      throw new PlainTypeError(
        `phase() runs no function. Call phase(${stringify(title)}) and then the agents; they are grouped under it.`,
      );
    }
    const given = Object(options);
    if (given.agents === undefined) {
      if (given.budget !== undefined) {
        throw new PlainTypeError('A budget of phase() needs { agents: [...] } beside it.');
      }
      agents.setPhase(title);
      wire.send({ call: 'phase', title, ended: false });
      return undefined;
    }
    const elements = list(given.agents, 'phase');
    accepted(elements, 'phase');
    const what = 'The budget of phase()';
    const { tokens } = given.budget === undefined ? {} : budgetOf(given.budget, what);
    wire.send({ call: 'phase', title, ended: false, tokens });
    const around = { phase: title, scope: scope(given.budget, 'phase', title) };
    return together(elements, around, `phase "${title}"`).finally(() =>
      wire.send({ call: 'phase', title, ended: true }),
    );
  };

  const budget = (value: unknown): void => {
    const limit = budgetOf(value, 'budget()');
    if (limit.tokens !== undefined) wire.limitTo(limit.tokens);
    wire.send({ call: 'budget', ...limit });
  };
  Object.defineProperties(budget, {
    total: { get: wire.total, enumerable: true },
    spent: { value: wire.spent, enumerable: true },
    remaining: {
      enumerable: true,
      value: () => {
        const total = wire.total();
        return total === null ? Number.POSITIVE_INFINITY : Math.max(0, total - wire.spent());
      },
    },
  });

  const workflow = async (target: unknown, ...rest: unknown[]): Promise<unknown> => {
    const site = wire.callSite();
    const path = Object(target).scriptPath;
    if (typeof target !== 'string' && typeof path !== 'string') {
      throw new PlainTypeError('workflow() needs a name or { scriptPath }.');
    }
    const here = agents.here();
    const call = {
      call: 'workflow',
      scope: here.scope,
      phase: here.phase,
      ...(typeof target === 'string' ? { name: target } : { path }),
      ...(rest[0] === undefined ? {} : { args: rest[0] }),
    };
    return wire.ask(call, 'The call of workflow()', site);
  };

  const silent = (): void => {};
  const print =
    (level: string) =>
    (...values: unknown[]) =>
      log(level, values.map((value) => shown(value)).join(' '));
  return {
    agent: agents.agent,
    parallel: async (elements: unknown, options?: unknown) => {
      const all = list(elements, 'parallel');
      const { phase: here } = agents.here();
      const around = {
        phase: here,
        scope: scope(Object(options).budget, 'parallel', here),
      };
      return together(all, around, 'parallel');
    },
    pipeline: async (items: unknown, ...stages: unknown[]) => {
      const all = list(items, 'pipeline');
      return stages.length === 0 ? chain(all) : perItem(all, stages);
    },
    phase,
    budget,
    workflow,
    log: print('info'),
    console: {
      log: print('info'),
      info: print('info'),
      debug: print('info'),
      warn: print('warn'),
      error: print('error'),
      trace: print('info'),
      dir: (value: unknown) => log('info', shown(value)),
      table: (value: unknown) => log('info', shown(value)),
      group: print('info'),
      groupCollapsed: print('info'),
      assert: (fits: unknown, ...values: unknown[]) => {
        if (!fits) print('error')('Assertion failed', ...values);
      },
      ...{ groupEnd: silent, count: silent, countReset: silent, clear: silent },
      // The time would differ in a run that is repeated.
      ...{ time: silent, timeEnd: silent, timeLog: silent },
    },
  };
}
