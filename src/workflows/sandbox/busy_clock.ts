/**
 * In the child: how long a script has kept its thread. Measured is CPU time of the process, so that
 * a script on a loaded computer is not taken for one that never ends.
 */
import { WATCH } from './limits.ts';

export class BusyClock {
  #cpu = 0;
  #wall = 0;
  #looks = 0;

  constructor() {
    this.yielded();
  }

  /** The script has given control back, or is about to be entered. */
  yielded(): void {
    this.#cpu = cpuTime();
    this.#wall = performance.now();
    this.#looks = 0;
  }

  /**
   * To be called every `WATCH` milliseconds. @returns for how many of them it was looked at since
   * then. Looks are counted, not time: a computer that slept would otherwise end its scripts.
   */
  look(): number {
    this.#looks += 1;
    return this.#looks * WATCH;
  }

  /**
   * Milliseconds of CPU time since then. Helper threads of the garbage collector count too, so it
   * is never more than has passed on the clock.
   */
  busy(): number {
    return Math.min(cpuTime() - this.#cpu, performance.now() - this.#wall);
  }
}

// Of the isolate's thread and V8's helpers. `isolate.cpuTime` would be of that thread alone, but
// while the isolate runs it is read from the clock on the wall.
function cpuTime(): number {
  const all = process.cpuUsage();
  const own = process.threadCpuUsage();
  return (all.user + all.system - own.user - own.system) / 1000;
}
