/** A chat with a sub-agent and approvals: every call has its row, and turns become traces. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compare } from '../../src/contracts/compare.ts';
import type { Trace } from '../../src/contracts/records.ts';
import { isTerminal } from '../../src/contracts/status.ts';
import type { Answer } from '../../src/models/offline/script.ts';
import { saveExport } from '../../src/telemetry/export.ts';
import { Exporter } from '../../src/telemetry/exporter.ts';
import { createChatTools } from '../../src/tools/acting.ts';
import { decodeJson, type PlainSpan } from '../otlp.ts';
import { ChatBench, call } from './chat.house.ts';
import { Receiver } from './telemetry_receiver.ts';

const tools = [...createChatTools(undefined).values()].slice(3);
let bench: ChatBench;
let chat: string;
beforeEach(async () => {
  bench = await ChatBench.open({ tools });
  chat = await bench.chats.create();
  await bench.put({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
});
afterEach(() => bench.close());

/** The chat's own agent follows the list; the sub-agent greps and answers. */
function script(...own: readonly Answer[]): void {
  const left = [...own];
  bench.server.script(({ messages }) => {
    const sub = JSON.stringify(messages[0]).includes('Find out what you are asked');
    if (!sub) return left.shift() ?? { text: 'done' };
    const looked = messages.some((message) => message.role === 'tool');
    return looked
      ? { text: 'It is in a.txt:1.' }
      : { tool_calls: [call('grep', { pattern: 'one' })] };
  });
}

async function twoTurns(): Promise<void> {
  script(
    { tool_calls: [call('dispatch_agent', { name: 'explorer', task: 'Where is one?' })] },
    { text: 'I wait.' },
    { text: 'It is in a.txt.' },
  );
  await bench.ask(chat, 'Where is one?');
  const edit = (name: string, from: string) =>
    call('edit_file', { path: name, old_text: from, new_text: 'new' });
  script({ tool_calls: [edit('a.txt', 'one'), edit('b.txt', 'two')] }, { text: 'Done.' });
  await bench.send(chat, 'Change both.');
  const state = await bench.until(
    chat,
    (s) => s.agent?.status === 'awaiting_input' && s.agent.state.approvals.length === 2,
  );
  const approvals = state.agent?.state.approvals ?? [];
  await bench.chats.approve(chat, approvals[0]?.approval_id ?? '', 'once');
  await bench.chats.approve(chat, approvals[1]?.approval_id ?? '', 'deny', 'Not that one.');
  await bench.idle(chat);
}

async function rows(): Promise<Trace[]> {
  const page = await bench.store.traces({ session_id: chat, limit: 1_000 });
  const whole = await Promise.all(page.traces.map(({ id }) => bench.store.trace(id)));
  return whole.filter((trace) => trace !== null);
}

async function exported(): Promise<readonly PlainSpan[]> {
  const file = path.join(bench.folder, 'chat.json');
  const options = { version: '1', content: false, now: Date.now() };
  await saveExport(bench.store, chat, file, options);
  return decodeJson(await readFile(file, 'utf8')).spans;
}

describe('a chat', () => {
  it('has one ended row for every request and every tool call, sub-agents and refusals included', async () => {
    await twoTurns();
    const all = await rows();
    const models = all.filter((t) => t.kind === 'model');
    expect(models.reduce((n, t) => n + (t.attempts ?? 0), 0)).toBe(bench.server.requests.length);
    expect(models.map((t) => t.input).toSorted()).toEqual(
      bench.server.requests.map((r) => r.text).toSorted(),
    );
    expect(all.filter((t) => !isTerminal(t.outcome) || t.finished_at == null)).toEqual([]);
    const toolRows = all.filter((t) => t.kind === 'tool');
    expect(toolRows.map((t) => [t.tool_name, t.outcome]).toSorted()).toEqual([
      ['dispatch_agent', 'completed'],
      ['edit_file', 'completed'],
      ['edit_file', 'denied'],
      ['grep', 'completed'],
    ]);
    // What the sub-agent did hangs on it, and it hangs on the turn.
    const grep = toolRows.find((t) => t.tool_name === 'grep');
    expect(grep?.parent_execution_id).toBe(
      toolRows.find((t) => t.tool_name === 'dispatch_agent')?.execution_id,
    );
    expect(new Set(all.map((t) => t.turn_number))).toEqual(new Set([1, 2]));
    expect(new Set(all.map((t) => t.chat_id))).toEqual(new Set([chat]));
    expect(new Set(models.map((t) => t.response_id)).size).toBe(models.length);
  });

  it('is one trace per turn, the sub-agent below the call that dispatched it', async () => {
    await twoTurns();
    const spans = await exported();
    const roots = spans.filter((span) => span.parent === '');
    expect(roots.map((span) => span.name.split(' ')[0])).toEqual(['invoke_agent', 'invoke_agent']);
    expect(new Set(roots.map((span) => span.trace)).size).toBe(2);
    expect(new Set(spans.map((span) => span.trace)).size).toBe(2);
    expect(new Set(spans.map((span) => span.attributes['gen_ai.conversation.id']))).toEqual(
      new Set([chat]),
    );
    const byId = new Map(spans.map((span) => [span.id, span]));
    for (const span of spans) {
      if (span.parent === '') continue;
      expect([span.name, byId.get(span.parent)?.trace]).toEqual([span.name, span.trace]);
    }
    const above = (span: PlainSpan | undefined): string[] =>
      span ? [span.name, ...above(byId.get(span.parent))] : [];
    const grep = spans.find((span) => span.name === 'execute_tool grep');
    expect(above(grep).slice(0, 3)).toEqual([
      'execute_tool grep',
      'invoke_agent explorer',
      'execute_tool dispatch_agent',
    ]);
    const denied = spans.filter((span) => span.attributes['error.type'] !== undefined);
    expect(denied.map((span) => span.attributes['boocode.outcome'])).toEqual(['denied']);
  });

  it('says the same live', async () => {
    const receiver = await Receiver.open();
    const exporter = new Exporter({
      store: bench.store,
      version: '1',
      config: () => ({ endpoint: receiver.url, protocol: 'http/protobuf', content: false }),
      headers: async () => undefined,
      log: { info: () => undefined, warn: () => undefined },
      limits: { delay_ms: 1 },
    });
    const stop = bench.store.subscribe((frame) => exporter.take(frame));
    await twoTurns();
    stop();
    await exporter.close();
    const key = (span: PlainSpan) => `${span.trace} ${span.id} ${span.parent} ${span.name}`;
    expect(receiver.spans.map(key).toSorted()).toEqual((await exported()).map(key).toSorted());
    await receiver.close();
  });

  it('lets two of its turns be compared', async () => {
    script({ tool_calls: [call('read_file', { path: 'a.txt' })] }, { text: 'one' });
    await bench.ask(chat, 'Read it.');
    script({ tool_calls: [call('read_file', { path: 'b.txt' })] }, { text: 'two' });
    await bench.ask(chat, 'Read the other.');
    const snapshot = await bench.store.snapshot(chat);
    if (!snapshot) throw new Error('no chat');
    const sides = snapshot.stages.map(({ stage_id }) => ({
      side: { session_id: chat, stage_id },
      snapshot,
    }));
    const [a, b] = sides;
    if (!a || !b) throw new Error('no two turns');
    const rows = compare(a, b).rows;
    expect(rows[0]?.flags).toEqual(expect.arrayContaining(['input', 'result']));
    expect(rows.find((row) => row.name === 'read_file')?.flags).toEqual(
      expect.arrayContaining(['input', 'result']),
    );
    expect(rows.flatMap((row) => row.flags)).not.toContain('added');
  });
});
