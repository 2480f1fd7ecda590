/** What a script may use. Each limit that is passed gives an error in words, never a silent cut. */
export const SCRIPT_LIMITS = {
  /** Characters of JSON of one call: a prompt with its options. */
  call: 1024 * 1024,
  /** Characters of calls that wait for an answer, and of those that the host holds at once. */
  held: 32 * 1024 * 1024,
  flight: 2 * 1024 * 1024,
  /** Calls of all kinds in one run. */
  calls: 20_000,
  /** Items of one `parallel` or `pipeline`. */
  items: 4096,
  log_lines: 10_000,
  /** Characters of one line (scripts log whole answers of agents), and of all lines of one run. */
  log_line: 128 * 1024,
  log_volume: 4 * 1024 * 1024,
  /** Calls of `phase()` in one run, and of what sets a budget. */
  phases: 1000,
  /** Characters of a phase's title. */
  phase_title: 200,
  budgets: 5000,
  /** Levels of arrays and objects in a call or a result. */
  nesting: 200,
  /** Characters of all different schemas of one run: compiling them occupies the host. */
  schemas: 128 * 1024,
  /** Characters of JSON of a workflow's arguments and of its result. */
  args: 4 * 1024 * 1024,
  result: 2 * 1024 * 1024,
} as const;

/** Characters of one line on the pipe between parent and child: the largest message and its quotes. */
export const LINE_LIMIT = 32 * 1024 * 1024;

/** Milliseconds of CPU time that a script may take without yielding; the child ends it then. */
export const BUSY_LIMIT = 1200;
/** The same, after which the parent kills a child that should have ended it long ago. */
export const BUSY_KILL = 2000;
/** Milliseconds on the clock that one entry into the script may take, on however loaded a computer. */
export const ENTRY_LIMIT = 60_000;
/** Milliseconds between heartbeats, without an answer until the child counts as dead, and for its start. */
export const HEARTBEAT = 200;
export const SILENCE_LIMIT = 10_000;
export const START_LIMIT = 60_000;
/** Milliseconds between two looks of the child at its own memory and CPU time. */
export const WATCH = 20;
