/** The columns of the trace tree: chosen, resized by mouse and by keys, kept, sorted by. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { f1 } from '../fixtures/acceptance.ts';
import { seriousFindings } from './axe.ts';
import { type Harness, type OpenScreen, startHarness } from './browser.ts';
import { press, row, showTraces } from './traces.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.close());

const heads = async (s: OpenScreen) =>
  (await s.page.locator('.trace-head').getByRole('columnheader').allInnerTexts()).map((text) =>
    text.trim(),
  );
const head = (s: OpenScreen, name: string) => s.page.getByRole('columnheader', { name });
const width = async (s: OpenScreen, name: string) =>
  Math.round((await head(s, name).boundingBox())?.width ?? 0);
const list = (s: OpenScreen) => s.page.getByRole('dialog', { name: 'Columns…' });

const ALL = [
  ...['Name', 'Time within the turn', 'Duration', 'Self', 'Tokens in / out'],
  ...['Cached', 'Cost', 'Status'],
];

test('are chosen by keyboard, keep their places, and are kept for the next trace', async () => {
  const s = await showTraces(harness, f1(), { width: 1_200 });
  expect(await heads(s)).toEqual(ALL);
  await s.page.getByRole('button', { name: 'Columns…' }).focus();
  await press(s, 'Enter');
  await list(s).waitFor();
  await list(s).getByLabel('Cached', { exact: true }).focus();
  await press(s, ' ');
  await list(s).getByLabel('Time', { exact: true }).focus();
  await press(s, ' ');
  const fewer = ALL.filter((name) => !/^(Cached|Time)/.test(name));
  await expect.poll(() => heads(s)).toEqual(fewer);
  // Each cell says which column it is of, whichever are hidden.
  const cells = row(s, 'Orchestrator').getByRole('gridcell');
  const indexes = await cells.evaluateAll((all) => all.map((c) => c.getAttribute('aria-colindex')));
  expect(indexes).toEqual(['1', '3', '4', '5', '7', '8']);
  expect(await list(s).getByLabel('Name', { exact: true }).isDisabled()).toBe(true);
  expect(await seriousFindings(s.page)).toEqual([]);
  await s.picture('trace-columns-dark');
  await press(s, 'Escape');
  await list(s).waitFor({ state: 'hidden' });
  await s.page.reload();
  await row(s, 'Orchestrator').waitFor();
  expect(await heads(s)).toEqual(fewer);
  await s.page.getByRole('button', { name: 'Columns…' }).click();
  await list(s).getByRole('button', { name: 'Show all in their own widths' }).click();
  await expect.poll(() => heads(s)).toEqual(ALL);
  expect(await s.complaints()).toEqual([]);
  await s.close();
});

test('are resized by drag and by keys, a double click gives the width back', async () => {
  const s = await showTraces(harness, f1(), { width: 1_200 });
  await row(s, 'Orchestrator').waitFor();
  const before = await width(s, 'Cost');
  const edge = head(s, 'Cost').locator('.column-edge');
  const box = await edge.boundingBox();
  if (!box) throw new Error('The column has no edge.');
  await s.page.mouse.move(box.x + 4, box.y + 8);
  await s.page.mouse.down();
  await s.page.mouse.move(box.x - 20, box.y + 8);
  await s.page.mouse.move(box.x - 36, box.y + 8);
  await s.page.mouse.up();
  await expect.poll(() => width(s, 'Cost')).toBe(before + 40);
  // Cells stand under their head, and a drag does not sort.
  const cell = row(s, 'Orchestrator').locator('.cell-cost');
  expect((await cell.boundingBox())?.width).toBe(before + 40);
  expect(await head(s, 'Cost').getAttribute('aria-sort')).toBeNull();
  await s.page.getByRole('button', { name: 'Columns…' }).click();
  const field = list(s).getByLabel('Width of Cost in pixels');
  expect(await field.inputValue()).toBe(String(before + 40));
  await field.focus();
  for (const wider of [44, 48]) {
    await press(s, 'ArrowUp');
    await expect.poll(() => width(s, 'Cost')).toBe(before + wider);
  }
  await press(s, 'Escape');
  await edge.dblclick();
  await expect.poll(() => width(s, 'Cost')).toBe(before);
  const names = await width(s, 'Name');
  const end = await head(s, 'Time within').locator('.column-edge').boundingBox();
  if (!end) throw new Error('The names have no edge.');
  await s.page.mouse.move(end.x + 4, end.y + 8);
  await s.page.mouse.down();
  await s.page.mouse.move(end.x + 64, end.y + 8);
  await s.page.mouse.up();
  await expect.poll(() => width(s, 'Name')).toBe(names + 60);
  await s.close();
});

test('by self time: an agent says what was its own, and the most comes first', async () => {
  const s = await showTraces(harness, f1(), { width: 1_200 });
  const self = (name: string) => row(s, name).locator('.cell-self').innerText();
  // Between its calls the agent thought; the sub-agent's time is not its own.
  expect(await self('Orchestrator')).toBe('220ms');
  expect(await self('LogAnalyzer')).not.toBe('');
  expect(await self('dispatch_agent')).toBe('');
  await head(s, 'Self').click();
  await expect.poll(() => head(s, 'Self').getAttribute('aria-sort')).toBe('descending');
  expect(await s.page.getByLabel('Sort by').inputValue()).toBe('self');
  await row(s, 'Orchestrator').click();
  expect(await s.page.locator('.trace-details .facts').first().innerText()).toMatch(
    /Self time\s+220ms/,
  );
  await s.close();
});

test('a narrow panel shows what fits, and the list says so', async () => {
  const s = await showTraces(harness, f1(), { width: 420, theme: 'light' });
  await row(s, 'Orchestrator').waitFor();
  expect(await heads(s)).toEqual(['Name', 'Time within the turn', 'Duration', 'Status']);
  await s.page.getByRole('button', { name: 'Columns…' }).click();
  expect(await list(s).getByText('when the panel is wider').count()).toBe(4);
  const box = await list(s).boundingBox();
  expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 0) <= 420).toBe(true);
  await s.picture('trace-columns-narrow-light');
  await s.close();
});
