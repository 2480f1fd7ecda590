/**
 * One run's sandbox, seen from the host: loads scripts, hands their calls on, and keeps the clock.
 * A script that does not yield, or a child that does not answer, is killed from here.
 */
import { parseCall, type ScriptCall } from './calls.ts';
import type { SandboxChild } from './child_process.ts';
import { type ScriptFailure, scriptFailure } from './failure.ts';
import { BUSY_KILL, ENTRY_LIMIT, HEARTBEAT, SILENCE_LIMIT, START_LIMIT } from './limits.ts';
import type { FromChild } from './messages.ts';
import { Meter } from './meter.ts';

export interface SandboxScript {
  readonly form: 1 | 2;
  readonly code: string;
  /** The name in stacks and messages: the file's base name. */
  readonly file: string;
  /** JSON text; absent: undefined. */
  readonly args?: string;
}

/** The host's answer to a numbered call. */
export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string; readonly kind?: string } };

export interface SandboxEvents {
  onCall(realm: number, call: ScriptCall): void;
  /** The script of a realm ended by an exception or cannot be compiled. */
  onFailed(realm: number, failure: ScriptFailure): void;
  /** Nothing runs any more in this sandbox. Called once at most. */
  onFatal(failure: ScriptFailure): void;
  /** What the script should know with each answer: tokens spent, and the limit where there is one. */
  spending(): { spent: number; total: number | null };
}

export class Sandbox {
  readonly #child: SandboxChild;
  readonly #events: SandboxEvents;
  /** Megabytes that the script may use. */
  readonly memory: number;
  readonly #files = new Map<number, string>();
  readonly #meter = new Meter();
  readonly #clock: NodeJS.Timeout;
  #unanswered = 0;
  #stalls = 0;
  #over = false;

  /** @param memory megabytes that the script may use. */
  constructor(child: SandboxChild, memory: number, events: SandboxEvents) {
    this.#child = child;
    this.#events = events;
    this.memory = memory;
    child.listen({
      onMessage: (message) => this.#take(message),
      onGone: (why) => this.#fatal('internal', this.#crash(why)),
    });
    child.send({ type: 'open', memory });
    this.#clock = setInterval(() => this.#tick(), HEARTBEAT);
  }

  /** The process that the script runs in. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  load(realm: number, script: SandboxScript): void {
    this.#files.set(realm, script.file);
    this.#stalls = 0;
    const { form, code, file, args } = script;
    this.#child.send({
      type: 'load',
      realm,
      form,
      code,
      file,
      ...(args === undefined ? {} : { args }),
      ...this.#events.spending(),
    });
  }

  unload(realm: number): void {
    this.#files.delete(realm);
    this.#child.send({ type: 'unload', realm });
  }

  answer(realm: number, id: number, answer: Answer): void {
    if (this.#over) return;
    this.#stalls = 0;
    const text = JSON.stringify({ id, ...answer, ...this.#events.spending() });
    this.#child.send({ type: 'reply', realm, id, text });
  }

  /** Ends the run's use of the child. @returns the child when it can serve another run, else null. */
  release(): SandboxChild | null {
    if (this.#over) return null;
    this.#stop();
    return this.#child.alive ? this.#child : null;
  }

  kill(): void {
    if (this.#over) return;
    this.#stop();
    this.#child.kill('The run has ended.');
  }

  #stop(): void {
    this.#over = true;
    clearInterval(this.#clock);
    this.#child.listen(null);
  }

  #take(message: FromChild): void {
    if (message.type === 'call') this.#called(message.realm, message.text);
    else if (message.type === 'ready') this.#unanswered = 0;
    else if (message.type === 'pong') this.#pong(message.busy, message.stalled);
    else if (message.type === 'unheard') this.#unheard(message);
    else if (message.type === 'broken') this.#broke(message);
  }

  #called(realm: number, text: string): void {
    this.#stalls = 0;
    const parsed = parseCall(text);
    if (parsed.call) this.#handOn(realm, parsed.call);
    else if (parsed.id !== null) {
      this.answer(realm, parsed.id, { error: { name: 'TypeError', message: parsed.problem } });
    } else this.#fatal('script', parsed.problem);
  }

  #handOn(realm: number, call: ScriptCall): void {
    const passed = this.#meter.passed(call);
    if (passed === null) this.#events.onCall(realm, call);
    else this.#fatal('limit', `${passed}, which is the limit.`);
  }

  // Unanswered beats are counted, not time: a computer that slept would otherwise kill its runs.
  #tick(): void {
    this.#unanswered += 1;
    const { ready } = this.#child;
    const limit = ready ? SILENCE_LIMIT : START_LIMIT;
    if (this.#unanswered * HEARTBEAT > limit) {
      const what = ready ? 'answer' : 'start';
      this.#fatal(
        'limit',
        `The sandbox did not ${what} for ${limit / 1000} seconds and was stopped.`,
      );
      return;
    }
    this.#child.send({ type: 'ping' });
  }

  #pong(busy: number, stalled: boolean): void {
    this.#unanswered = 0;
    if (busy > BUSY_KILL) {
      this.#fatal('limit', STUCK);
      return;
    }
    this.#stalls = stalled ? this.#stalls + 1 : 0;
    if (this.#stalls < 3) return;
    this.#fatal(
      'script',
      'The script waits for something that never comes: no agent is at work, and nothing else can continue it. Look for a promise that is never resolved.',
    );
  }

  // A line of the script's log, and counted as one.
  #unheard({ realm, message, stack }: Extract<FromChild, { type: 'unheard' }>): void {
    const file = this.#files.get(realm) ?? '';
    const failure = scriptFailure('script', withoutPlace(message, file), stack, file);
    const told = failure.message.slice(0, 2000);
    const text = `A promise failed while nothing waited for it: ${told}. Put await before it, or add catch().`;
    this.#handOn(realm, { call: 'log', level: 'warn', text });
  }

  #broke(message: Extract<FromChild, { type: 'broken' }>): void {
    const file = this.#files.get(message.realm) ?? '';
    if (message.reason === 'script') {
      const kind = 'script';
      this.#events.onFailed(
        message.realm,
        scriptFailure(kind, withoutPlace(message.message, file), message.stack, file),
      );
      return;
    }
    const words = {
      stuck: this.#stuck(message.grown ?? 0),
      held: `The script did not give control back for ${ENTRY_LIMIT / 1000} seconds and was stopped, although it had hardly any of the computer's time. Run it again when the computer is less busy.`,
      memory: `The script used more than its ${this.memory} MB of memory and was stopped. The setting boocode.sandbox.memoryLimit raises the limit.`,
      flood: message.message,
      internal: message.message,
    };
    const kind = message.reason === 'internal' ? 'internal' : 'limit';
    this.#fatal(kind, words[message.reason], message.stack, file);
  }

  // Which limit such a script meets first depends on the computer.
  #stuck(grown: number): string {
    const megabytes = Math.round(grown / 1024 / 1024);
    if (megabytes < this.memory / 2) return STUCK;
    return `${STUCK} It took ${megabytes} MB of memory so far: does the loop keep what it makes?`;
  }

  #crash(why: string): string {
    const [signal] = /SIG(?:ABRT|TRAP|ILL|SEGV|BUS)|code 13[0-9]/.exec(why) ?? [];
    if (!signal) return `The sandbox ended while the script was running. ${why}`;
    return `The sandbox process crashed (${signal}). Most likely the script used more than its ${this.memory} MB of memory; if it did not, run it again.`;
  }

  #fatal(kind: ScriptFailure['kind'], message: string, stack = '', file = ''): void {
    if (this.#over) return;
    this.#stop();
    this.#child.kill(message);
    this.#events.onFatal(scriptFailure(kind, message, stack, file));
  }
}

const STUCK =
  'The script ran for more than a second without giving control back and was stopped. Look for an endless loop.';

// V8 puts the place in front of a syntax error's text, and the failure says it in its own words.
function withoutPlace(message: string, file: string): string {
  const place = message.lastIndexOf(` [${file}:`);
  return place < 0 ? message : message.slice(0, place);
}
