/**
 * Makes a plan for a change, has it attacked by two critics, corrects it, and cuts it into tasks.
 * Argument: the change as text, or { goal, rounds } with the number of corrections.
 */
export const workflow = {
  name: 'plan-verify',
  description:
    'Plans a change of this workspace, lets critics attack the plan against the real code, corrects it and cuts it into ordered tasks.',
  whenToUse:
    'Use it before a change that touches several files, or whose effects you cannot foresee.',
  phases: [
    { title: 'Plan', detail: 'A plan from the real code' },
    { title: 'Verify', detail: 'Two critics attack it, then it is corrected' },
    { title: 'Tasks', detail: 'Ordered tasks with a test each' },
  ],
  args: {
    type: 'object',
    properties: {
      goal: { type: 'string', description: 'What should be different afterwards' },
      rounds: {
        type: 'integer',
        minimum: 0,
        maximum: 3,
        description: 'Corrections at most; 1 by default',
      },
    },
    required: ['goal'],
  },

  async run(args) {
    const { goal, rounds } = readArgs(args);
    phase('Plan');
    let plan = await agent('plan', { prompt: planPrompt(goal), schema: PLAN, tools: LOOK });
    phase('Verify');
    let problems = [];
    let round = 0;
    for (;;) {
      problems = await attacked(goal, plan, round);
      const serious = problems.filter((problem) => problem.severity !== 'minor');
      log(`Critics: ${problems.length} problems, ${serious.length} of them serious`);
      if (serious.length === 0 || round >= rounds) break;
      round += 1;
      plan = await agent(`correct the plan ${round}`, {
        prompt: correctPrompt(goal, plan, problems),
        schema: PLAN,
        tools: LOOK,
      });
    }
    phase('Tasks');
    const { tasks } = await agent('tasks', {
      prompt: tasksPrompt(goal, plan, problems),
      schema: TASKS,
      tools: LOOK,
    });
    return report(goal, plan, problems, ordered(tasks));
  },
};

// These agents look, and change nothing.
const LOOK = ['list_files', 'read_file', 'grep', 'git_diff'];

const CRITICS = [
  {
    name: 'facts',
    focus: 'does the plan fit the code as it is',
    look: 'Open every file that the plan names. Does it exist, is it what the plan thinks, do the functions and interfaces behave as assumed? Is there something in the workspace already that the plan would build a second time? Who else calls or imports what the plan changes?',
  },
  {
    name: 'risk',
    focus: 'what breaks, what is forgotten, what is not needed',
    look: 'Think of data that exists already, of other callers, concurrency, errors half way, undoing, platforms, limits, security, tests and documentation. Which step cannot be tested? Which order of steps leaves the project broken in between? Which step serves no part of the goal?',
  },
];

const PLAN = {
  type: 'object',
  required: ['summary', 'steps', 'assumptions', 'open_questions'],
  properties: {
    summary: {
      type: 'string',
      description: 'The approach and why this one, three to six sentences',
    },
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: {
        type: 'object',
        required: ['title', 'detail', 'paths', 'test'],
        properties: {
          title: { type: 'string', maxLength: 140 },
          detail: { type: 'string', description: 'What changes, with the names of the code' },
          paths: {
            type: 'array',
            items: { type: 'string' },
            description: 'Files that exist or will be made',
          },
          test: { type: 'string', description: 'How one sees that the step works' },
        },
      },
    },
    assumptions: { type: 'array', items: { type: 'string' } },
    open_questions: {
      type: 'array',
      items: { type: 'string' },
      description: 'Only what the author must decide',
    },
  },
};

const CRITIQUE = {
  type: 'object',
  required: ['verdict', 'problems'],
  properties: {
    verdict: { enum: ['sound', 'needs changes', 'wrong approach'] },
    problems: {
      type: 'array',
      maxItems: 12,
      items: {
        type: 'object',
        required: ['step', 'severity', 'problem', 'evidence', 'change'],
        properties: {
          step: {
            type: 'integer',
            minimum: 0,
            description: 'The number of the step; 0 for the plan as a whole',
          },
          severity: { enum: ['minor', 'serious', 'fatal'] },
          problem: { type: 'string' },
          evidence: {
            type: 'string',
            description: 'path:line that shows it, or the situation in which it happens',
          },
          change: { type: 'string', description: 'What the plan should say instead' },
        },
      },
    },
  },
};

const TASKS = {
  type: 'object',
  required: ['tasks'],
  properties: {
    tasks: {
      type: 'array',
      minItems: 1,
      maxItems: 40,
      items: {
        type: 'object',
        required: ['number', 'title', 'detail', 'paths', 'after', 'done_when'],
        properties: {
          number: { type: 'integer', minimum: 1 },
          title: { type: 'string', maxLength: 140 },
          detail: { type: 'string' },
          paths: { type: 'array', items: { type: 'string' } },
          after: {
            type: 'array',
            items: { type: 'integer', minimum: 1 },
            description: 'Numbers of tasks that must be done before',
          },
          done_when: { type: 'string', description: 'A check that anyone can make' },
        },
      },
    },
  },
};

async function attacked(goal, plan, round) {
  const critiques = await parallel(
    CRITICS.map((critic) =>
      agent(`critic: ${critic.name}${round === 0 ? '' : ` ${round + 1}`}`, {
        prompt: criticPrompt(goal, plan, critic),
        schema: CRITIQUE,
        tools: LOOK,
      }),
    ),
  );
  return critiques.flatMap((critique) => critique.problems);
}

function readArgs(args) {
  const given = typeof args === 'string' ? { goal: args } : (args ?? {});
  const goal = typeof given.goal === 'string' ? given.goal.trim() : '';
  if (goal === '') {
    throw new Error('This workflow needs a goal, for example: Let users cancel an upload.');
  }
  const { rounds = 1 } = given;
  if (!Number.isInteger(rounds) || rounds < 0 || rounds > 3) {
    throw new Error('The number of rounds must be a whole number from 0 to 3.');
  }
  return { goal, rounds };
}

function planPrompt(goal) {
  return `Goal: ${goal}

Plan this change of the workspace. Do not carry it out.

1. Find out how the project is built, what it has already that serves the goal, which rules it follows (README, contributing guide, tests, configuration), and who uses what you would change. Read the code that the change touches.
2. Choose the smallest change that reaches the goal fully and fits the style of the project. Where there are two ways, say in the summary why you take this one.
3. Write the steps in an order in which the project works after each of them. Name functions, types and files as they are in the code. Each step says how one sees that it works.
State as assumption what you could not check, and as open question only what nobody but the author can decide.`;
}

function criticPrompt(goal, plan, critic) {
  return `Focus: ${critic.focus}

Somebody planned a change. Find what is wrong with the plan before anybody spends days on it. Assume that it has at least one serious mistake, and look until you have found it or can say where you looked.

Goal of the change: ${goal}

${planText(plan)}

${critic.look}

For each problem give the evidence: the line of code as path:line, or the exact situation in which it happens. fatal: the plan cannot reach the goal. serious: it would break something or leave part of the goal undone. minor: worth a change, would not hurt without. Do not report taste. If the plan is sound, say so and report nothing.`;
}

function correctPrompt(goal, plan, problems) {
  return `Goal: ${goal}

Correct this plan of a change.

${planText(plan)}

Critics say:
${problemText(problems)}

Check each point against the code. Change the plan where the critic is right; where he is not, leave it and state under assumptions why. Return the whole corrected plan, not the changes.`;
}

function tasksPrompt(goal, plan, problems) {
  return `Goal: ${goal}

Cut this plan into tasks for people who have not seen it.

${planText(plan)}

What critics said last:
${problemText(problems)}

Each task is one change that can be made, reviewed and tested by itself in half a day or less, and leaves the project working. Its text holds all that is needed: what, where, why, and the traps that the critics found. State in after which tasks must be finished first; tasks that do not depend on each other can be done side by side. done_when is a check with a yes or no, best a test by name.`;
}

function planText(plan) {
  const steps = plan.steps.map(
    (step, index) =>
      `${index + 1}. ${step.title}\n   ${step.detail}\n   Files: ${step.paths.join(', ')}\n   Test: ${step.test}`,
  );
  return [
    `Plan: ${plan.summary}`,
    ...steps,
    ...plan.assumptions.map((a) => `Assumed: ${a}`),
    ...plan.open_questions.map((q) => `Open: ${q}`),
  ].join('\n');
}

function problemText(problems) {
  if (problems.length === 0) return 'Nothing.';
  return problems
    .map(
      (p) => `- [${p.severity}] step ${p.step}: ${p.problem} (${p.evidence}) Instead: ${p.change}`,
    )
    .join('\n');
}

/** Tasks in an order in which each comes after what it needs; what points nowhere or in a circle is ignored. */
function ordered(tasks) {
  const known = new Map(tasks.map((task) => [task.number, task]));
  const done = new Set();
  const result = [];
  const visit = (task, path) => {
    if (done.has(task.number) || path.includes(task.number)) return;
    for (const number of task.after) {
      const before = known.get(number);
      if (before) visit(before, [...path, task.number]);
    }
    if (done.has(task.number)) return;
    done.add(task.number);
    result.push(task);
  };
  for (const task of known.values()) visit(task, []);
  return result;
}

function report(goal, plan, problems, tasks) {
  const position = new Map(tasks.map((task, index) => [task.number, index + 1]));
  const steps = plan.steps.map((step, index) => `${index + 1}. **${step.title}**: ${step.detail}`);
  const open = problems.map(
    (p) => `- **${p.severity}**, step ${p.step}: ${p.problem} (${p.evidence})`,
  );
  const rows = tasks.map((task, index) => {
    const after = [...new Set(task.after)]
      .map((n) => position.get(n))
      .filter((n) => n !== undefined && n < index + 1);
    const lines = [`### ${index + 1}. ${task.title}`, task.detail];
    if (task.paths.length > 0)
      lines.push(`Files: ${task.paths.map((path) => `\`${path}\``).join(', ')}`);
    if (after.length > 0) lines.push(`After: ${after.join(', ')}`);
    lines.push(`Done when: ${task.done_when}`);
    return lines.join('\n\n');
  });
  const list = (title, items) => (items.length > 0 ? [`## ${title}`, items.join('\n')] : []);
  return [
    `# Plan: ${goal}`,
    plan.summary,
    ...list('Steps', steps),
    ...list('What the critics still say', open),
    ...list(
      'Assumed',
      plan.assumptions.map((a) => `- ${a}`),
    ),
    ...list(
      'To decide',
      plan.open_questions.map((q) => `- ${q}`),
    ),
    '## Tasks',
    ...rows,
  ].join('\n\n');
}
