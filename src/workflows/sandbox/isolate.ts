/** One isolate inside the child: compiles scripts into contexts, carries calls and replies. */
import type * as Ivm from 'isolated-vm';
import { BusyClock } from './busy_clock.ts';
import { BUSY_LIMIT, ENTRY_LIMIT, SCRIPT_LIMITS } from './limits.ts';
import type { Broken, FromChild, ToChild } from './messages.ts';
import { Outbox } from './outbox.ts';
import type { Controls, Furnish } from './prelude/main.ts';
import { PRELUDE, PRELUDE_FILE } from './prelude/source.ts';
import { stackOfRunning } from './stack_probe.ts';

type Load = Extract<ToChild, { type: 'load' }>;

// The same function seen from here: the callback becomes its first argument's function.
type FurnishThere = (host: Ivm.Callback, settings: string, args?: string) => ReturnType<Furnish>;

/** What the script sends: the number of its call, and the call as text. */
type Post = (id: unknown, text: unknown) => void;

/** Characters of a reason: it may be the script's own words. */
const REASON = 16_000;
/** An isolate that had no script for so long has the time to rehearse. Milliseconds. */
const IDLE = 50;
/** Asks for an agent, as most scripts do first; nobody hears it. */
const REHEARSAL: Load = {
  ...{ type: 'load', realm: -1, form: 1, file: 'rehearsal.js', spent: 0, total: null },
  code: "await agent('A task');",
};

/** A context in which nothing of a script has run yet. */
interface Blank {
  readonly context: Ivm.Context;
  readonly furnish: Ivm.Reference<FurnishThere>;
}

interface Realm {
  readonly context: Ivm.Context;
  readonly start: Ivm.Reference<Controls['start']>;
  readonly deliver: Ivm.Reference<Controls['deliver']>;
  readonly stalled: Ivm.Reference<Controls['stalled']>;
}

export class IsolateHost {
  readonly #isolate: Ivm.Isolate;
  readonly #ivm: typeof Ivm;
  readonly #send: (message: FromChild) => void;
  readonly #realms = new Map<number, Realm>();
  readonly #memory: number;
  /** Made ahead of time for the first script; null once that one has come. */
  #blank: Promise<Blank> | null;
  #prelude: Promise<Ivm.Script> | null = null;
  readonly #outbox: Outbox;
  /** The realms of entries that have not returned: while there are any, nothing is stalled. */
  readonly #entries: number[] = [];
  readonly #clock = new BusyClock();
  #probing = false;
  #pinging = false;
  #broken = false;

  /** @param onLost V8 gave the isolate up, for want of memory: its thread never comes back. */
  constructor(
    ivm: typeof Ivm,
    memory: number,
    send: (message: FromChild) => void,
    onLost: () => void,
  ) {
    this.#ivm = ivm;
    this.#send = send;
    this.#outbox = new Outbox((realm, text) => send({ type: 'call', realm, text }));
    this.#isolate = new ivm.Isolate({
      memoryLimit: memory,
      // Asked once, where a script does not yield. No context of a script is known to it.
      inspector: true,
      onCatastrophicError: onLost,
    });
    this.#memory = memory;
    this.#blank = this.#newBlank();
    // Met again by the script that waits for it.
    this.#blank.catch(() => {});
    setTimeout(() => void this.#rehearse().catch(() => {}), IDLE).unref();
  }

  /** Whether it waits for its first script, with that many megabytes. */
  isSpare(memory: number): boolean {
    return this.#blank !== null && this.#memory === memory && !this.#broken;
  }

  async load(load: Load): Promise<void> {
    await this.#entering(load.realm, async () => {
      const blank = this.#blank ?? this.#newBlank();
      this.#blank = null;
      const realm = await this.#furnish(await blank, load, (id, text) =>
        this.#called(load.realm, id, text),
      );
      const module = await this.#compile(realm, load);
      this.#realms.set(load.realm, realm);
      await module.evaluate();
      await this.#continuing(load.realm, () => startIn(realm, module));
    });
  }

  /**
   * Plays the beginning of a script in a context that is thrown away. V8 compiles a function when
   * it is first called, and keeps what it made: the script that comes need not wait for that, half
   * of the time until its first call.
   */
  async #rehearse(): Promise<void> {
    const blank = this.#blank && (await this.#newBlank());
    if (!blank || !this.#blank || this.#broken) return;
    const realm = await this.#furnish(blank, REHEARSAL, () => {});
    const module = await this.#compile(realm, REHEARSAL);
    await module.evaluate();
    await startIn(realm, module);
    module.release();
    release(realm);
  }

  async #compile({ context }: Realm, { code, file }: Load): Promise<Ivm.Module> {
    // The wrapper has a line of its own, counted as line 0: the script's lines stay the file's.
    const module = await this.#isolate.compileModule(`export default async () => {\n${code}\n}`, {
      filename: file,
      lineOffset: -1,
    });
    await module.instantiate(context, () => {
      throw new Error('A workflow script cannot import.');
    });
    return module;
  }

  async #newBlank(): Promise<Blank> {
    const context = await this.#isolate.createContext();
    this.#prelude ??= this.#isolate.compileScript(PRELUDE, { filename: PRELUDE_FILE });
    const prelude = await this.#prelude;
    return { context, furnish: await prelude.run(context, { reference: true }) };
  }

  async #furnish({ context, furnish }: Blank, load: Load, post: Post): Promise<Realm> {
    const { form, file, spent, total } = load;
    const settings = JSON.stringify({ ...SCRIPT_LIMITS, form, file, spent, total });
    // A Callback becomes a plain function there; a Reference would carry its class with it.
    const call = new this.#ivm.Callback(post, { ignored: true });
    const controls = await furnish.apply(undefined, [call, settings, load.args], {
      result: { reference: true },
    });
    const [start, deliver, stalled] = await Promise.all([
      controls.get('start', { reference: true }),
      controls.get('deliver', { reference: true }),
      controls.get('stalled', { reference: true }),
    ]);
    return { context, start, deliver, stalled };
  }

  #called(realm: number, id: unknown, text: unknown): void {
    if (this.#broken || this.#outbox.put(realm, id, text)) return;
    this.#break(realm, 'flood', 'The script sent more than the sandbox lets through.', '');
  }

  async reply(realm: number, id: number, text: string): Promise<void> {
    this.#outbox.answered(realm, id);
    await this.#entering(realm, () =>
      this.#continuing(realm, async () => {
        await this.#realms.get(realm)?.deliver.apply(undefined, [text]);
      }),
    );
  }

  /** A nested script has ended; its context goes, so that a thousand of them fit. */
  unload(realm: number): void {
    const gone = this.#realms.get(realm);
    this.#realms.delete(realm);
    if (gone) release(gone);
  }

  /**
   * To be called every `WATCH` milliseconds: ends a script that does not give control back. The
   * engine's own time limits would set a timer for each of a run's thousand entries.
   * @param grown bytes by which the process has grown since the run began.
   */
  watch(grown: number): void {
    // A ping enters, too.
    const realm = this.#entries[0] ?? (this.#pinging ? 0 : undefined);
    if (realm === undefined || this.#probing || this.#broken) return;
    const looked = this.#clock.look();
    if (this.#clock.busy() > BUSY_LIMIT) void this.#stuck(realm, grown);
    else if (looked > ENTRY_LIMIT) this.#break(realm, 'held', '', '');
  }

  // Entries are served in their order, so the oldest is the one that does not return.
  async #stuck(realm: number, grown: number): Promise<void> {
    this.#probing = true;
    const stack = await stackOfRunning(this.#isolate).catch(() => '');
    this.#break(realm, 'stuck', '', stack.slice(0, REASON), grown);
  }

  /** Answers at once how long the script has been busy; then asks it, which tells when it yields. */
  async ping(): Promise<void> {
    const busy = this.#broken || this.#entries.length === 0 ? 0 : this.#clock.busy();
    if (this.#pinging || this.#broken) {
      this.#send({ type: 'pong', busy, stalled: false });
      return;
    }
    if (this.#entries.length === 0) this.#clock.yielded();
    this.#pinging = true;
    const stalled = await this.#stalled();
    this.#pinging = false;
    // Thrown away meanwhile: the child may serve another run by now.
    if (!this.#broken) this.#send({ type: 'pong', busy, stalled });
  }

  // While this waits for a busy isolate, later pings are answered by the first branch of `ping`.
  async #stalled(): Promise<boolean> {
    const idle = this.#entries.length === 0;
    try {
      const answers = await Promise.all(
        [...this.#realms.values()].map((realm) =>
          realm.stalled.apply(undefined, [], { result: { copy: true } }),
        ),
      );
      return idle && this.#entries.length === 0 && answers.length > 0 && answers.every(Boolean);
    } catch (error) {
      this.#fail(0, error);
      return false;
    }
  }

  dispose(): void {
    this.#broken = true;
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  async #entering(realm: number, enter: () => Promise<void>): Promise<void> {
    if (this.#entries.length === 0) this.#clock.yielded();
    this.#entries.push(realm);
    try {
      await enter();
    } catch (error) {
      this.#fail(realm, error);
    } finally {
      this.#entries.splice(this.#entries.indexOf(realm), 1);
      // An entry that returned has given control back, whatever else is waiting to enter.
      this.#clock.yielded();
    }
  }

  /**
   * Runs what lets a started script go on. That never throws by itself: what comes is a promise
   * that was rejected while nothing waited for it. The script may wait for it later, as one does
   * that starts an agent, does something else and then awaits it; so it is told, and no end.
   */
  async #continuing(realm: number, go: () => Promise<unknown>): Promise<void> {
    try {
      await go();
    } catch (error) {
      const { message, stack } = wordsOf(error);
      if (reasonOf(message) !== 'script') throw error;
      if (!this.#broken) this.#send({ type: 'unheard', realm, message, stack });
    }
  }

  #fail(realm: number, error: unknown): void {
    const { message, stack } = wordsOf(error);
    this.#break(realm, reasonOf(message), message, stack);
  }

  #break(realm: number, reason: Broken, message: string, stack: string, grown?: number): void {
    if (this.#broken) return;
    // A script's own exception ends its realm; the others leave nothing to go on with.
    if (reason !== 'script') this.#broken = true;
    this.#send({ type: 'broken', realm, reason, message, stack, grown });
  }
}

function startIn({ start }: Realm, module: Ivm.Module): Promise<unknown> {
  return start.apply(undefined, [module.namespace.derefInto()]);
}

function release(realm: Realm): void {
  for (const part of [realm.start, realm.deliver, realm.stalled, realm.context]) part.release();
}

function wordsOf(error: unknown): { message: string; stack: string } {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  return { message: message.slice(0, REASON), stack: stack.slice(0, REASON) };
}

function reasonOf(message: string): Broken {
  const memory = /memory limit|Isolate (?:is|was) disposed|Array buffer allocation failed/;
  return memory.test(message) ? 'memory' : 'script';
}
