/** What the store refuses or fails at, sorted by what the caller can do about it. */
export const STORE_ERROR_CODES = [
  /** The fact does not have the shape of its type. */
  'bad_fact',
  /** A call's parameters do not have their shape. */
  'bad_request',
  /** The session of the fact was never recorded. */
  'unknown_session',
  /** The parent execution does not exist in the same session and stage (acceptance 13). */
  'unknown_parent',
  /** A later fact names another parent, session or kind than the first one did (acceptance 1). */
  'immutable',
  'readonly',
  'closed',
  /** Another process took over the file before this fact was written; it is sent there. */
  'fenced',
  /** The disk is full and so is the memory that stands in for it. */
  'full',
  /** The database is damaged. */
  'damaged',
  /** Its caller wanted it to end. */
  'cancelled',
  /** The database engine failed. */
  'engine',
] as const;
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
    this.code = code;
  }
}

export const OVERTAKEN = 'Another process has taken over the store';

const DAMAGE = /malformed|not a database|malformed database schema/i;

/** Whether the engine says that its file is damaged. */
export function isDamage(error: unknown): boolean {
  return error instanceof Error && DAMAGE.test(error.message);
}

/** @returns the error as a StoreError; whatever is none is sorted by its words. */
export function asStoreError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = isDamage(error)
    ? 'damaged'
    : /disk is full|ENOSPC/.test(message)
      ? 'full'
      : /readonly|EROFS/.test(message)
        ? 'readonly'
        : 'engine';
  return new StoreError(code, message, { cause: error });
}
