/** What the offline server answers: the rules write it, and tests write it by hand. */
import type { ChatRequest, RecordedRequest } from './request.ts';

export interface ScriptedCall {
  readonly name: string;
  /** A value, or text that is sent as it is (also text that is no JSON). */
  readonly input: unknown;
  /** Absent: derived from the request, so the same request gives the same id. */
  readonly id?: string;
}

/**
 * What goes wrong. `after` counts the content chunks that are sent before it. Where it is not said
 * that the connection ends, it stays open until the client leaves.
 */
export type Fault =
  /** An HTTP error; `body` is sent as JSON unless it is text. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Accepts the request and sends nothing, not even headers. */
  | { readonly kind: 'hang' }
  /** Sends headers and keep-alive comments, but no content. */
  | { readonly kind: 'hang_first_chunk' }
  /** Cuts the connection. */
  | { readonly kind: 'close'; readonly after: number }
  /** Ends the response in good order, without a finish reason. */
  | { readonly kind: 'end'; readonly after: number }
  | { readonly kind: 'broken_json'; readonly after: number }
  /** An `{"error": …}` object inside the stream. */
  | {
      readonly kind: 'error_chunk';
      readonly after: number;
      readonly error: Readonly<Record<string, unknown>>;
    }
  /** Sends only keep-alive comments from then on. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Repeats the reply's text until the client leaves. */
  | { readonly kind: 'endless' };

export interface Pause {
  readonly after: number;
  readonly until: Promise<unknown>;
}

export interface Answer {
  readonly reasoning?: string;
  readonly text?: string;
  readonly tool_calls?: readonly ScriptedCall[];
  /** Absent: `tool_calls` where there are any, otherwise `stop`. */
  readonly finish_reason?: string;
  /** Replaces the computed usage; `null` sends none. */
  readonly usage?: Readonly<Record<string, unknown>> | null;
  /** Nothing is sent, not even headers, until this settles. */
  readonly before_headers?: Promise<unknown>;
  /** Headers and a keep-alive comment are sent, content only when this settles. */
  readonly before_content?: Promise<unknown>;
  /** Sends this many content chunks, then waits; once or several times. */
  readonly pause?: Pause | readonly Pause[];
  readonly fault?: Fault;
}

/** @returns the answer, or undefined to let the rules answer this request. */
export type ScriptHandler = (
  request: ChatRequest,
  record: RecordedRequest,
) => Answer | undefined | Promise<Answer | undefined>;
