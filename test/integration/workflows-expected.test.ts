// In a file of its own: it counts the processes that its thread has started.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());

test('the sandbox of an expected run starts while the user still chooses', async () => {
  const processes = (): number =>
    process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
  const manager = house.manager();
  const before = processes();
  house.trusted = false;
  manager.expectRun();
  house.trusted = true;
  manager.expectRun();
  manager.expectRun();
  await expect.poll(processes).toBe(before + 1);
  expect(await house.play(workflow('return 1;'), undefined, { manager })).toMatchObject({
    result: 1,
  });
  expect(processes()).toBe(before + 1);
  await manager.close();
  await expect.poll(processes).toBe(before);
  manager.expectRun();
  await new Promise((resolve) => setImmediate(resolve));
  expect(processes()).toBe(before);
});
