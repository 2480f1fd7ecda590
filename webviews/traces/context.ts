/** What every component of the trace screen may ask for without passing it down. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Host } from '../ui/host.ts';
import type { Details } from './details_store.ts';
import type { TraceStore } from './trace_store.ts';
import type { View } from './view.ts';

export interface TraceContext {
  readonly host: Host;
  readonly store: TraceStore;
  readonly view: View;
  readonly details: Details;
  readonly session_id: string;
  /** Read from a file: there is nothing to export, and nothing more to come. */
  readonly from_file: boolean;
}

export const TraceScreen = createContext<TraceContext | null>(null);

/** @throws {Error} outside of a mounted trace screen: a mistake in the code, not in the data. */
export function useTraces(): TraceContext {
  const context = useContext(TraceScreen);
  if (!context) throw new Error('useTraces() was called outside of the trace screen.');
  return context;
}
