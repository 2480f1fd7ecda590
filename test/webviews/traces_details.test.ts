/** The details of the trace screen in a real browser: conversations, places, widths, marks, order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { f1, opened } from '../fixtures/acceptance.ts';
import type { Log } from '../fixtures/log.ts';
import { deepLog } from '../fixtures/traces.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const row = (s: OpenScreen, name: string) =>
  s.page.locator('.trace-rows [role=row]').filter({ hasText: name }).first();
const active = (s: OpenScreen) => s.page.locator('.trace-row.active .row-name').innerText();

/** One model call as an agent records it: a request body, and a reply with all its parts. */
function conversationLog(messages: number): Log {
  const log = opened();
  log.start('O', { name: 'Orchestrator' });
  const asked = [
    { role: 'system', content: 'You answer questions about **this** project.' },
    ...Array.from({ length: messages }, (_, i) => ({ role: 'user', content: `question ${i}` })),
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'I should look first.',
      tool_calls: [
        { id: '1', type: 'function', function: { name: 'grep', arguments: '{"pattern":"fee"}' } },
      ],
    },
    { role: 'tool', tool_call_id: '1', content: 'src/fees.ts:12: export function fee()' },
  ];
  log.model('O', {
    input: JSON.stringify({
      model: 'deepseek-v4-flash',
      messages: asked,
      tools: [{ type: 'function', function: { name: 'grep', parameters: {} } }],
    }),
    output: JSON.stringify({
      text: 'Fees are in `src/fees.ts`.',
      reasoning: 'Only one file matches.',
      tool_calls: [{ id: '2', name: 'read_file', input: '{"path":"src/fees.ts"}' }],
    }),
    usage: { input_tokens: 300, cache_tokens: 700, output_tokens: 50 },
  });
  log.end('O');
  return log;
}

describe('a model call', () => {
  test('reads as a conversation, and as it was sent', async () => {
    const s = await showTraces(harness, conversationLog(2), { height: 1_000 });
    await row(s, 'deepseek').click();
    const input = s.page.getByRole('region', { name: 'Input' });
    await input.getByText('Tools offered: grep').waitFor();
    const titles = await input.locator('.said-title').allInnerTexts();
    expect(titles.map((t) => t.replace(/\s+/g, ' '))).toEqual([
      'System You answer questions about **this** project.',
      'User question 0',
      'User question 1',
      'Model grep',
      'Tool result src/fees.ts:12: export function fee()',
    ]);
    // Only the last message is open: closed ones are not rendered.
    expect(await input.locator('.collapsible-body').count()).toBe(1);
    await input.getByRole('button', { name: 'System' }).click();
    await input.locator('strong').getByText('this').waitFor();
    const output = s.page.getByRole('region', { name: 'Output' });
    await output.getByText('Fees are in').waitFor();
    await output.getByText('read_file').waitFor();
    await output.getByRole('button', { name: 'Reasoning' }).click();
    await output.getByText('Only one file matches.').waitFor();
    expect(await s.page.locator('.token-bar').innerText()).toMatch(
      /700 cached\s+300 new\s+50 answered/,
    );
    expect(await s.page.locator('.trace-details .facts').innerText()).toMatch(
      /Reply id\s+reply-trace-/,
    );
    expect(await seriousFindings(s.page)).toEqual([]);
    await s.picture('trace-conversation-dark');
    await input.getByRole('button', { name: 'As sent' }).click();
    await input.locator('.json-tree').getByText('messages:').waitFor();
    await s.close();
  });

  test('a long conversation is listed from its end', async () => {
    const s = await showTraces(harness, conversationLog(60));
    await row(s, 'deepseek').click();
    const titles = s.page.locator('.said-title');
    await titles.first().waitFor();
    expect(await titles.count()).toBe(20);
    await s.page.getByRole('button', { name: 'Show 43 earlier messages' }).click();
    expect(await titles.count()).toBe(63);
    await s.close();
  });
});

describe('the place of a row', () => {
  test('breadcrumbs lead to each agent above', async () => {
    const s = await showTraces(harness, deepLog(6));
    await s.page.getByRole('button', { name: 'Expand all' }).click();
    await row(s, 'Level 4').click();
    const path = s.page.getByRole('navigation', { name: 'Place in the trace' });
    expect((await path.innerText()).split(/\s*\n\s*/).filter(Boolean)).toEqual([
      'Investigate',
      'Orchestrator',
      'Level 1',
      'Level 2',
      'Level 3',
    ]);
    await path.getByRole('button', { name: 'Level 2' }).click();
    expect(await active(s)).toBe('Level 2');
    await s.close();
  });
});

describe('the width of the details', () => {
  test('is moved with the keys and the mouse, and kept', async () => {
    const s = await showTraces(harness, f1());
    await row(s, 'Orchestrator').click();
    const edge = s.page.getByRole('separator');
    const value = async () => Number(await edge.getAttribute('aria-valuenow'));
    expect(await value()).toBe(42);
    await edge.focus();
    await s.page.keyboard.press('ArrowLeft');
    expect(await value()).toBe(46);
    const box = await edge.boundingBox();
    if (!box) throw new Error('The edge is not shown.');
    await s.page.mouse.move(box.x + 2, box.y + 100);
    await s.page.mouse.down();
    await s.page.mouse.move(box.x - 100, box.y + 100);
    await s.page.mouse.up();
    expect(await value()).toBeGreaterThan(50);
    const [width, kept] = [await value(), await s.kept()];
    await s.close();
    const again = await showTraces(harness, f1(), { kept });
    await again.page.locator('.trace-details').waitFor();
    expect(Number(await again.page.getByRole('separator').getAttribute('aria-valuenow'))).toBe(
      width,
    );
    expect(await active(again)).toBe('Orchestrator');
    await again.close();
  });
});

test('the searched text is marked in the details', async () => {
  const s = await showTraces(harness, conversationLog(1));
  await s.page.locator('#trace-search').fill('FEES');
  await s.page.locator('#trace-search').press('Enter');
  await row(s, 'deepseek').click();
  await s.page.getByRole('region', { name: 'Output' }).waitFor();
  const marks = () => s.page.evaluate(`CSS.highlights.get('search-hit')?.size ?? 0`);
  await expect.poll(marks).toBeGreaterThan(1);
  await s.page.locator('#trace-search').fill('');
  await expect.poll(marks).toBe(0);
  await s.close();
});

test('a press on a column sorts by it, another gives the order of time back', async () => {
  const s = await showTraces(harness, f1());
  const names = () => s.page.locator('.trace-rows .row-name').allInnerTexts();
  const before = await names();
  const head = s.page.getByRole('columnheader', { name: 'Duration' });
  await head.click();
  expect(await head.getAttribute('aria-sort')).toBe('descending');
  expect((await names())[2]).toBe('LogAnalyzer');
  await head.click();
  expect(await names()).toEqual(before);
  await s.close();
});
