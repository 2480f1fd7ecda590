/** The chat under load F10: how much is in the page, what is parsed, and what stays behind. */
import type { CDPSession } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { f1 } from '../fixtures/acceptance.ts';
import { asChat } from '../fixtures/conversations.ts';
import { f10 } from '../fixtures/load.ts';
import { Log } from '../fixtures/log.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { chatAnswers } from './chat.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const number = async (screen: OpenScreen, script: string) =>
  z.number().parse(await screen.page.evaluate(script));
const nodes = (screen: OpenScreen) => number(screen, 'document.querySelectorAll("*").length');
const PAINTED = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))';

/** The beginning of a log, as a host knows it before the rest has happened. */
function beginning(log: Log, count: number): Log {
  const part = new Log(log.session_id);
  for (const { fact, ts } of log.facts.slice(0, count)) {
    part.now = ts;
    part.add(fact);
  }
  return part;
}

/** What lives in the page after a collection: bytes of objects, and nodes, detached ones too. */
async function memory(cdp: CDPSession): Promise<{ heap: number; nodes: number }> {
  await cdp.send('HeapProfiler.collectGarbage');
  const { metrics } = await cdp.send('Performance.getMetrics');
  const of = (name: string): number => metrics.find((m) => m.name === name)?.value ?? 0;
  return { heap: of('JSHeapUsedSize'), nodes: of('Nodes') };
}

test('acceptance 117: ten thousand items of eight agents, all cards open, keep the page small', async () => {
  const log = asChat(f10());
  const half = Math.floor(log.facts.length / 2);
  const opened = Array.from({ length: 8 }, (_, n) => `S${n + 1}`);
  const screen = await harness.open({
    screen: 'chat',
    log: beginning(log, half),
    answers: chatAnswers(),
    kept: { version: 1, session_id: log.session_id, opened },
  });
  await screen.page.locator('.inside').first().waitFor();
  expect(await nodes(screen)).toBeLessThan(6_000);
  const rest = log.frames().slice(half);
  const posts = 20;
  const size = Math.ceil(rest.length / posts);
  await screen.page.evaluate(`{
    window.__touched = 0;
    const touch = (records) => { for (const r of records) window.__touched += r.addedNodes.length; };
    new MutationObserver(touch).observe(document.body, { childList: true, subtree: true });
  }`);
  for (let at = 0; at < rest.length; at += size) {
    await screen.push(rest.slice(at, at + size));
    await screen.page.evaluate(PAINTED);
    expect(await nodes(screen)).toBeLessThan(6_000);
  }
  await screen.page.getByText('Completed').first().waitFor({ state: 'attached' });
  // A post paints what is in view, not what has come.
  expect(await number(screen, `window.__touched / ${posts}`)).toBeLessThan(400);

  const cdp = await screen.page.context().newCDPSession(screen.page);
  await cdp.send('Performance.enable');
  const wander = async (rounds: number): Promise<void> => {
    for (let n = 0; n < rounds; n += 1) {
      const place = `document.querySelector('.scroller').scrollTop = ${(n % 10) * 20_000}; 0`;
      await screen.page.evaluate(place);
      await screen.page.evaluate(PAINTED);
    }
  };
  await wander(10);
  const before = await memory(cdp);
  await wander(60);
  const after = await memory(cdp);
  expect(after.heap / before.heap).toBeLessThan(1.2);
  expect(after.nodes / before.nodes).toBeLessThan(1.2);
  expect(await screen.complaints()).toEqual([]);
  await screen.close();
});

test('acceptance 92: under the same load the first paint with closed cards is small', async () => {
  const screen = await harness.open({ screen: 'chat', log: asChat(f10()), answers: chatAnswers() });
  await screen.page.locator('[data-card="S8"]').waitFor();
  expect(await nodes(screen)).toBeLessThan(3_000);
  expect(await screen.page.locator('.inside').count()).toBe(0);
  await screen.close();
});

test('acceptance 118: what is closed is not parsed; opening parses that alone, a new frame what it changed', async () => {
  const log = asChat(f1());
  const start = log.facts.findIndex(
    ({ fact }) => fact.type === 'execution.status' && fact.execution.execution_id === 'S1',
  );
  const screen = await harness.open({
    screen: 'chat',
    log: beginning(log, start),
    answers: chatAnswers(),
  });
  await screen.page.locator('.item-thinking').waitFor();
  // Every parse ends in one cleaning, which parses the result once.
  await screen.page.evaluate(`{
    window.__parsed = 0;
    const parse = DOMParser.prototype.parseFromString;
    DOMParser.prototype.parseFromString = function (...args) {
      window.__parsed += 1;
      return parse.apply(this, args);
    };
  }`);
  const parsed = () => number(screen, 'window.__parsed');
  const all = log.frames().slice(start);
  const conclusion = all.findIndex(
    (f) =>
      f.type === 'timeline.created' &&
      f.event.event_type === 'final' &&
      !f.event.parent_execution_id,
  );
  await screen.push(all.slice(0, conclusion));
  await screen.page.locator('[data-card="S1"]').getByText('Completed').waitFor();
  expect(await parsed()).toBe(0);
  // The answer is open by itself: at most a parse for each of its frames.
  await screen.push(all.slice(conclusion));
  await screen.page.getByText('The cause is line 42.').waitFor();
  const answer = await parsed();
  expect(answer).toBeGreaterThan(0);
  expect(answer).toBeLessThanOrEqual(2);
  await screen.page.locator('.item-thinking .disclosure-button').first().click();
  await screen.page.locator('.item-thinking .markdown').waitFor();
  expect(await parsed()).toBe(answer + 1);
  // The card's own answer and text are open in it; its reasoning stays closed.
  await screen.page.locator('[data-card="S1"] .agent-button').click();
  await screen.page.locator('.inside .item-final').waitFor();
  expect(await parsed()).toBe(answer + 3);
  expect(await screen.page.locator('.inside .markdown').count()).toBe(2);
  await screen.close();
});
