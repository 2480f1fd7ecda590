// The rows of form 1 of the script format, each with a test that names it. What runs is the whole way:
// file, parser, sandbox child, agents, offline server, store.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Played, WorkflowHouse, workflow } from '../fixtures/workflows/house.ts';

let house: WorkflowHouse;
beforeAll(async () => {
  house = await WorkflowHouse.open();
});
afterAll(() => house.close());
beforeEach(() => house.echo());

const play = (source: string, args?: unknown): Promise<Played> =>
  house.play(source, args, { fresh: true });
/** The budgets that agents shared, with what was spent of them. */
const limitsOf = (run: Played) =>
  run.snapshot.timeline.filter((e) => e.metadata.limit).map((e) => e.metadata.limit);
const names = (run: Played): string[] => run.snapshot.executions.map((e) => e.agent_name);
const phasesOf = (run: Played): (string | undefined)[] => {
  const titles = new Map(run.snapshot.stages.map((s) => [s.stage_id, s.title]));
  return run.snapshot.executions.map((e) => titles.get(e.stage_id ?? ''));
};
/** Requests of the server whose last user message is this. */
const requestOf = (prompt: string) =>
  house.server.requests.findLast(({ body }) =>
    body.messages.some((m) => m.role === 'user' && m.content === prompt),
  )?.body;

describe('form 1', () => {
  test('agent(id, {…}) defines lazily: it starts when awaited, not before, and only once', async () => {
    const run = await play(
      workflow(`
        const never = agent('never', { prompt: 'never' });
        const one = agent('one', { prompt: 'one' });
        const before = budget.spent();
        return [before, await one, await one, String(never)];`),
    );
    expect(run.result).toEqual([0, '[one]', '[one]', '[agent never, not awaited]']);
    expect(names(run)).toEqual(['one']);
  });

  test('agent options: prompt, model, tools, system and schema reach the model', async () => {
    house.server.script((request) =>
      request.tools?.some((tool) => tool.function.name === 'return_result')
        ? { tool_calls: [{ name: 'return_result', input: { ok: true } }] }
        : { text: 'plain' },
    );
    const run = await play(
      workflow(`
        const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
        return [
          await agent('a', { prompt: 'all options', system: 'Speak plainly.', model: 'other-model', tools: ['grep'] }),
          await agent('b', { prompt: 'with schema', schema, tools: [] }),
        ];`),
    );
    expect(run.result).toEqual(['plain', { ok: true }]);
    const request = requestOf('all options');
    expect(request?.model).toBe('other-model');
    expect(JSON.stringify(request?.messages[0])).toContain('Speak plainly.');
    expect(request?.tools?.map((tool) => tool.function.name)).toEqual(['grep']);
    expect(requestOf('with schema')?.tools?.map((tool) => tool.function.name)).toEqual([
      'return_result',
    ]);
  });

  test('agent options: timeout ends the agent, cache: false asks again, budget limits it', async () => {
    house.server.script((request) =>
      JSON.stringify(request.messages).includes('hangs')
        ? { fault: { kind: 'hang' } }
        : { text: 'answer' },
    );
    const source = workflow(`
      let late; try { await agent('late', { prompt: 'hangs', timeout: 50 }); } catch (error) { late = error.message; }
      let broke; try { await agent('broke', { prompt: 'x'.repeat(8000), budget: 10 }); } catch (error) { broke = error.message; }
      return [late, broke, await agent('again', { prompt: 'again', cache: false })];`);
    const first = await house.play(source);
    expect(first.result).toEqual([
      expect.stringContaining('time limit'),
      expect.stringMatching(
        /would pass the budget: its prompt alone has about .*, and 10 are left/,
      ),
      'answer',
    ]);
    const second = await house.play(source);
    expect(second.snapshot.executions.map((e) => [e.agent_name, e.cached_from != null])).toEqual([
      ['late', false],
      ['broke', false],
      ['again', false],
    ]);
    expect(first.snapshot.executions.find((e) => e.agent_name === 'broke')?.budget_tokens).toBe(10);
  });

  test('parallel([…], {budget}) runs all at once under one shared budget; results in order', async () => {
    house.settings = { ...house.settings, maxConcurrentAgents: 1 };
    const usage = { prompt_tokens: 900, completion_tokens: 100, total_tokens: 1000 };
    house.server.script(() => ({ text: 'answer', usage }));
    const run = await play(
      workflow(`
        const parts = ['a', 'b', 'c'].map((n) => agent(n, { prompt: n + ' ' + 'word '.repeat(200), tools: [] }));
        let shared; try { await parallel(parts, { budget: 1200 }); } catch (error) { shared = error.message; }
        return [shared, await parallel([agent('d', { prompt: 'd' }), agent('e', { prompt: 'e' })])];`),
    );
    house.settings = { ...house.settings, maxConcurrentAgents: 8 };
    expect(run.result).toEqual([
      expect.stringMatching(/^Agent "b" failed: The next model call would pass the budget/),
      ['answer', 'answer'],
    ]);
    expect(run.snapshot.executions.map((e) => [e.agent_name, e.status, e.model_calls])).toEqual([
      ['a', 'completed', 1],
      ['b', 'failed', 0],
      ['c', 'failed', 0],
      ['d', 'completed', 1],
      ['e', 'completed', 1],
    ]);
    expect(limitsOf(run)).toEqual([
      {
        ...{ of: 'parallel', phase: null, tokens: 1200, steps: null },
        ...{ spent_tokens: 1000, spent_steps: 1 },
      },
    ]);
    expect(run.log).toContain('info Budget of parallel(): 1,000 of 1,200 tokens');
  });

  test('pipeline([…]) is a chain; a handle is given the previous result as context', async () => {
    const run = await play(
      workflow(`return pipeline([
        agent('first', { prompt: 'start' }),
        agent('second', { prompt: 'go on' }),
        (previous) => previous.length,
        (n) => agent('third', { prompt: 'n is ' + n }),
      ]);`),
    );
    const second = '[go on\n\nResult of the previous step:\n[start]]';
    expect(run.result).toBe(`[n is ${second.length}]`);
  });

  test('phase(name, {agents, budget}) groups, runs and resolves to the results', async () => {
    const run = await play(
      workflow(`const results = await phase('Group', { agents: [agent('a', { prompt: 'A' }), agent('b', { prompt: 'B' })], budget: 100_000 });
        const outside = await agent('c', { prompt: 'C' });
        return [...results, outside];`),
    );
    expect(run.result).toEqual(['[A]', '[B]', '[C]']);
    expect(phasesOf(run)).toEqual(['Group', 'Group', undefined]);
    expect(run.snapshot.stages).toMatchObject([{ status: 'completed', budget_tokens: 100_000 }]);
    expect(limitsOf(run)).toMatchObject([
      { of: 'phase', phase: 'Group', tokens: 100_000, spent_steps: 2 },
    ]);
  });

  const twice = `[agent('a', { prompt: 'a ' + long, tools: [] }), agent('b', { prompt: 'b ' + long, tools: [] })]`;
  const alone = (budget: string): string =>
    `parallel([agent('a', { prompt: 'a ' + long, tools: [], budget: ${budget} })])`;
  test.each([
    ['tokens of phase()', `phase('P', { agents: ${twice}, budget: 1200 })`, 1],
    ['tokens of parallel()', `parallel(${twice}, { budget: { tokens: 1200 } })`, 1],
    ['tokens of an agent', alone('100'), 0],
    ['model calls of phase()', `phase('P', { agents: ${twice}, budget: { steps: 1 } })`, 1],
    ['model calls of parallel()', `parallel(${twice}, { budget: { steps: 1 } })`, 1],
    ['tokens of the run', `(budget(1200), parallel(${twice}))`, 1],
    ['model calls of the run', `(budget({ steps: 1 }), parallel(${twice}))`, 1],
  ])('a budget of %s is enforced before the call that would pass it', async (_, call, asked) => {
    house.settings = { ...house.settings, maxConcurrentAgents: 1 };
    const usage = { prompt_tokens: 900, completion_tokens: 100, total_tokens: 1000 };
    house.server.script(() => ({ text: 'answer', usage }));
    const before = house.server.requests.length;
    const run = await play(
      workflow(`const long = 'word '.repeat(200);
        try { return await ${call}; } catch (error) { return error.message; }`),
    );
    house.settings = { ...house.settings, maxConcurrentAgents: 8 };
    expect(run.result).toMatch(
      /^Agent "[ab]" (?:failed: The next model call would pass|was not started:|failed: .*budget)/,
    );
    expect(house.server.requests.length - before).toBe(asked);
  });

  test('an agent’s budget of one model call ends it at its first answer', async () => {
    house.server.script((request) =>
      request.messages.some((m) => m.role === 'tool')
        ? { text: 'a second call' }
        : { tool_calls: [{ name: 'list_files', input: {} }] },
    );
    const before = house.server.requests.length;
    await play(
      workflow(`return (await parallel([agent('a', { prompt: 'A', budget: { steps: 1 } })]))[0];`),
    );
    expect(house.server.requests.length - before).toBe(1);
  });

  test.each([
    ['a number of tokens', 'budget(1500)', { budget_tokens: 1500 }],
    [
      '{tokens, steps}',
      'budget({ tokens: 1e6, steps: 1 })',
      { budget_tokens: 1e6, budget_steps: 1 },
    ],
    ['{steps}', 'budget({ steps: 1 })', { budget_steps: 1 }],
  ])(
    'budget(limit) as %s: the next agent is refused once it is spent',
    async (_, call, session) => {
      const run = await play(
        workflow(`${call};
        const first = await agent('a', { prompt: 'word '.repeat(300) });
        try { await agent('b', { prompt: 'B' }); } catch (error) { return [first.length > 0, error.name, error.message]; }`),
      );
      expect(run.result).toEqual([
        true,
        'BudgetExceededError',
        expect.stringMatching(/^Agent "b" was not started: the budget around it is used up \(/),
      ]);
      expect(run.snapshot.session).toMatchObject(session);
      expect(run.snapshot.executions).toHaveLength(1);
    },
  );

  test('log(message) writes a line of the log: a text or a JSON value', async () => {
    const run = await play(workflow(`log('text'); log({ n: 1 }); log([1, 2]); log(undefined);`));
    expect(run.log).toEqual(['info text', 'info {"n":1}', 'info [1,2]', 'info undefined']);
  });
});
