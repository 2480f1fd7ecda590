/** A list of names and values; what is not known is left out or said to be unknown. */
import type { ComponentChildren } from 'preact';
import type { Execution, Trace, Usage } from '../../src/contracts/records.ts';
import {
  formatCost,
  formatDuration,
  formatTokens,
  promptTokens,
} from '../../src/contracts/select.ts';
import { Icon } from '../ui/icon.tsx';
import { StatusChip } from '../ui/status.tsx';
import { costText, selfText, tokensText, UNKNOWN } from './row_model.ts';
import { EXECUTION, type SpanTable } from './span_table.ts';
import { STRINGS } from './strings.ts';

const { fields } = STRINGS;

export type Fact = readonly [name: string, value: ComponentChildren | null];

export function Facts(props: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="facts">
      {props.facts.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

export function traceFacts(trace: Trace): Fact[] {
  return [
    [fields.status, <StatusChip key="status" status={trace.outcome} />],
    [fields.error, trace.error ? <ErrorText key="error" text={trace.error} /> : null],
    [fields.model, trace.kind === 'model' ? (trace.model ?? null) : null],
    [fields.provider, trace.provider ?? null],
    [fields.turn, String(trace.turn_number)],
    [fields.started, clock(trace.started_at)],
    [fields.finished, clock(trace.finished_at)],
    [fields.duration, duration(trace.latency_ms)],
    [fields.ttft, duration(trace.ttft_ms)],
    ...(trace.kind === 'model' ? usageFacts(trace) : []),
    ...(trace.kind === 'model' ? ([[fields.cost, formatCost(trace.cost ?? null)]] as const) : []),
    [fields.price, trace.price_version ?? null],
    [fields.attempts, trace.attempts && trace.attempts > 1 ? String(trace.attempts) : null],
    [fields.finish, trace.finish_reason ?? null],
    [fields.response_id, trace.response_id ? <code>{trace.response_id}</code> : null],
  ];
}

/** Metadata of an agent; own figures beside those that include its sub-agents. */
export function executionFacts(
  table: SpanTable,
  row: number,
  execution: Execution,
  now: number,
): Fact[] {
  const own = ownOf(table, row);
  return [
    [fields.agent, execution.agent_name],
    [fields.status, <StatusChip key="status" status={execution.status} />],
    [fields.error, execution.error ? <ErrorText key="error" text={execution.error} /> : null],
    [fields.task, execution.task ?? null],
    [fields.model, execution.model ?? null],
    [fields.started, clock(execution.started_at)],
    [fields.finished, clock(execution.finished_at)],
    [fields.duration, duration(execution.duration_ms)],
    [fields.self, selfFact(table, row, now)],
    [fields.tokens, ownAndRolled(own.tokens, tokensText(table, row), own.subs)],
    [fields.cost, ownAndRolled(own.cost, costText(table, row), own.subs)],
  ];
}

/** Only where it says more than the duration. */
function selfFact(table: SpanTable, row: number, now: number): ComponentChildren | null {
  if (!table.order.hasChildren(row)) return null;
  return <span title={STRINGS.self_title}>{selfText(table, row, now)}</span>;
}

function ownAndRolled(own: string, rolled: string, subs: boolean): string {
  if (!subs || rolled === UNKNOWN) return own;
  return `${own} ${STRINGS.own}, ${rolled} ${STRINGS.with_subs}`;
}

/** What an agent used without its sub-agents: from its calls, so that it grows while it works. */
function ownOf(table: SpanTable, row: number): { tokens: string; cost: string; subs: boolean } {
  const subs = table.order.children(row).filter((child) => table.kind(child) === EXECUTION);
  const int = (name: 'reported' | 'priced'): number =>
    subs.reduce((n, sub) => n - table.int(name, sub), table.int(name, row));
  const float = (name: 'sum_input' | 'sum_output' | 'sum_cost'): number =>
    subs.reduce((n, sub) => n - table.float(name, sub), table.float(name, row));
  const tokens =
    int('reported') > 0
      ? `${formatTokens(float('sum_input'))} / ${formatTokens(float('sum_output'))}`
      : formatTokens(null);
  const cost = formatCost(int('priced') > 0 ? Math.max(0, float('sum_cost')) : null);
  return { tokens, cost, subs: subs.length > 0 };
}

function ErrorText({ text }: { readonly text: string }) {
  return (
    <span class="call-error">
      <Icon name="error" /> {text}
    </span>
  );
}

function usageFacts(usage: Usage): Fact[] {
  const optional = (tokens: number | undefined): string | null =>
    tokens === undefined ? null : tokens.toLocaleString();
  const prompt = promptTokens(usage);
  return [
    [fields.prompt, prompt === null ? formatTokens(null) : prompt.toLocaleString()],
    [fields.cached, optional(usage.cache_tokens)],
    [fields.written, optional(usage.cache_write_tokens)],
    [fields.output, optional(usage.output_tokens) ?? formatTokens(null)],
    [fields.reasoning, optional(usage.reasoning_tokens)],
  ];
}

function clock(time: number | null | undefined): string | null {
  if (time === null || time === undefined) return null;
  const date = new Date(time);
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${date.toLocaleTimeString(undefined, { hour12: false })}.${ms}`;
}

function duration(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : formatDuration(ms);
}
