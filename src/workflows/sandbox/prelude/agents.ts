/**
 * Runs inside the isolate: `agent` in both readings, and who may start a lazily defined one.
 * Sent to the isolate as source text: it may use nothing but its own body and its arguments.
 */
import type { CallSite, Wire } from './wire.ts';

/** Where the agents that start now belong: a phase, and the budget shared around them. */
export interface Ambient {
  readonly phase: string | null;
  /** The number of a shared budget; 0 is the run's. */
  readonly scope: number;
}

export interface Agents {
  agent(first: unknown, options?: unknown): unknown;
  isHandle(value: unknown): boolean;
  /** Starts a lazily defined agent, once; a second start gives the first one's promise. */
  start(
    handle: unknown,
    around: Ambient,
    context: { given: boolean; value: unknown },
  ): Promise<unknown>;
  /** The ambient of what starts now, outside or inside of `within`. */
  here(): Ambient;
  /** Runs a function; what it starts before its first await belongs to `around`. */
  within<T>(around: Ambient, work: () => T): T;
  setPhase(title: string): void;
}

export function createAgents(wire: Wire): Agents {
  const PlainTypeError = TypeError;
  const PlainPromise = Promise;
  const { stringify } = JSON;
  const { isArray } = Array;
  let current: Ambient = { phase: null, scope: 0 };
  let phasesSet = 0;
  const known = [
    ...['prompt', 'label', 'phase', 'model', 'tools', 'budget', 'schema', 'system', 'timeout'],
    ...['cache', 'effort', 'isolation', 'agentType'],
  ];
  const reported: string[] = [];
  const suspected: string[] = [];
  const used: Record<string, number> = Object.create(null);

  /** Whether one letter too many, too few, another or swapped makes a known word of it. */
  const nearly = (word: string, meant: string): boolean => {
    const [a, b] = [word.toLowerCase(), meant.toLowerCase()];
    let start = 0;
    while (start < a.length && a[start] === b[start]) start += 1;
    let end = 0;
    while (end < a.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
    const left = a.slice(start, a.length - end);
    const right = b.slice(start, b.length - end);
    const swapped = left.length === 2 && left === `${right[1]}${right[0]}`;
    return swapped || (left.length <= 1 && right.length <= 1);
  };
  const reportOption = (key: string): void => {
    if (reported.includes(key)) return;
    reported.push(key);
    const meant = known.find((option) => nearly(key, option));
    const help = meant === undefined ? '' : ` Did you mean "${meant}"?`;
    const text = `The agent option "${key}" is not known and is ignored.${help}`;
    wire.send({ call: 'log', level: 'warn', text });
  };
  /** A promise or an object that was put into a prompt as text: the agent would not see what it holds. */
  const reportObjects = (prompt: string, site: CallSite): void => {
    const what = prompt.includes('[object Promise]')
      ? '[object Promise]": a promise was used as text. Put await before the call that gives it.'
      : prompt.includes('[object Object]')
        ? '[object Object]": an object was used as text. Write JSON.stringify(x) instead.'
        : '';
    const where = `${site.line}${what}`;
    if (what === '' || suspected.includes(where)) return;
    suspected.push(where);
    const line = site.line === null ? '' : ` in line ${site.line}`;
    wire.send({
      call: 'log',
      level: 'warn',
      text: `The prompt of the agent${line} holds "${what}`,
    });
  };
  const kindOf = (value: unknown): string => {
    if (value === undefined || value === null) return `${value}`;
    if (typeof value === 'object' && 'then' in value) return 'a promise (await it first)';
    if (isArray(value)) return 'an array (join it first)';
    return value === ''
      ? 'an empty one'
      : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
  };

  // Reads every option once, so that a getter cannot answer differently later. What is not known is
  // left out: it would otherwise stand in the call beside the fields that are not the script's.
  const optionsOf = (raw: unknown, label: string): Record<string, unknown> => {
    if (raw === undefined || raw === null) return {};
    if (typeof raw !== 'object') {
      throw new PlainTypeError(
        `The options of agent "${label}" must be an object, not ${kindOf(raw)}.${typeof raw === 'number' ? ' In map(), write (x) => agent(x).' : ''}`,
      );
    }
    const given: Record<string, unknown> = { ...raw };
    const options: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(given)) {
      // Scripts pass null for "no choice".
      if (known.includes(key) && given[key] !== null) options[key] = given[key];
      if (!known.includes(key)) reportOption(key);
    }
    return options;
  };

  const ask = (
    spec: { readonly label: string; readonly prompt: string; readonly lazy: boolean },
    options: Record<string, unknown>,
    around: Ambient,
    site: CallSite,
  ): Promise<unknown> => {
    const { phase, agentType, prompt: _, label: __, ...rest } = options;
    reportObjects(spec.prompt, site);
    const call = {
      ...rest,
      call: 'agent',
      ...spec,
      agent_type: agentType,
      phase: phase ?? around.phase,
      scope: around.scope,
      line: site.line,
    };
    return wire.ask(call, `The call of agent "${spec.label}"`, site);
  };

  class Handle {
    readonly #label: string;
    readonly #options: Record<string, unknown>;
    readonly #site: CallSite;
    #started: Promise<unknown> | null = null;

    constructor(label: string, options: Record<string, unknown>, site: CallSite) {
      this.#label = label;
      this.#options = options;
      this.#site = site;
    }
    static is(value: unknown): boolean {
      return typeof value === 'object' && value !== null && #label in value;
    }
    static start(value: unknown, around: Ambient, context: { given: boolean; value: unknown }) {
      if (!(typeof value === 'object' && value !== null && #label in value)) {
        throw new PlainTypeError('This is not an agent.');
      }
      const handle: Handle = value;
      handle.#started ??= handle.#run(around, context);
      return handle.#started;
    }
    #run(around: Ambient, context: { given: boolean; value: unknown }): Promise<unknown> {
      const { prompt } = this.#options;
      const before = context.given
        ? `\n\nResult of the previous step:\n${
            typeof context.value === 'string' ? context.value : stringify(context.value, null, 2)
          }`
        : '';
      const spec = { label: this.#label, prompt: `${prompt}${before}`, lazy: true };
      return ask(spec, this.#options, around, this.#site);
    }
    // biome-ignore lint/suspicious/noThenProperty: an agent starts when it is awaited
    then(done?: (value: unknown) => unknown, failed?: (error: unknown) => unknown) {
      return Handle.start(this, current, { given: false, value: null }).then(done, failed);
    }
    catch(failed: (error: unknown) => unknown) {
      return this.then(undefined, failed);
    }
    finally(last: () => void) {
      return Handle.start(this, current, { given: false, value: null }).finally(last);
    }
    toString(): string {
      return `[agent ${this.#label}, not awaited]`;
    }
  }

  const define = (id: unknown, options: Record<string, unknown>, site: CallSite): Handle => {
    if (typeof id !== 'string' || id === '') {
      throw new PlainTypeError('The first argument of agent(id, { prompt }) must be a name.');
    }
    if (typeof options.prompt !== 'string' || options.prompt === '') {
      throw new PlainTypeError(
        `The prompt of agent "${id}" must be a text, not ${kindOf(options.prompt)}.`,
      );
    }
    const count = (used[id] ?? 0) + 1;
    used[id] = count;
    if (count === 2) {
      const text = `The agent id "${id}" is used more than once; the later ones are numbered.`;
      wire.send({ call: 'log', level: 'warn', text });
    }
    return new Handle(count === 1 ? id : `${id} (${count})`, options, site);
  };

  const eager = (prompt: unknown, raw: unknown, site: CallSite): Promise<unknown> => {
    if (typeof prompt !== 'string' || prompt === '') {
      throw new PlainTypeError(
        `The first argument of agent(prompt) must be a text, not ${kindOf(prompt)}.`,
      );
    }
    const options = optionsOf(raw, prompt.slice(0, 40));
    const { label } = options;
    const spec = { label: typeof label === 'string' ? label : '', prompt, lazy: false };
    return ask(spec, options, current, site);
  };

  return {
    agent(first, options) {
      const site = wire.callSite();
      if (typeof options === 'object' && options !== null && 'prompt' in options) {
        return define(first, optionsOf(options, String(first)), site);
      }
      try {
        return eager(first, options, site);
      } catch (error) {
        return PlainPromise.reject(error);
      }
    },
    isHandle: Handle.is,
    start: Handle.start,
    here: () => current,
    within(around, work) {
      const outside = current;
      const before = phasesSet;
      current = around;
      try {
        return work();
      } finally {
        // A title that the work set itself stays, as it would outside of any group.
        const { phase } = phasesSet === before ? outside : current;
        current = { phase, scope: outside.scope };
      }
    },
    setPhase(title) {
      phasesSet += 1;
      current = { ...current, phase: title };
    },
  };
}
