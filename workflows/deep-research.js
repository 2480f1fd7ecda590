/**
 * Answers a question about the workspace: plans angles, researches each of them beside the others,
 * has a second agent check every claim against the lines it cites, and writes one answer.
 * Argument: the question as text, or { question, angles } with the number of angles.
 */
export const workflow = {
  name: 'deep-research',
  description:
    'Answers a question about this workspace with references to file and line: several angles are researched in parallel, every claim is checked against the source, then one answer is written.',
  whenToUse:
    'Use it for questions that one search cannot answer: how something works, where a behaviour comes from, what a change would touch.',
  phases: [
    { title: 'Plan', detail: 'Split the question into angles' },
    { title: 'Research', detail: 'One agent per angle, in parallel' },
    { title: 'Analyse', detail: 'Check each claim against the lines it cites' },
    { title: 'Synthesis', detail: 'Write the answer' },
  ],
  args: {
    type: 'object',
    properties: {
      question: { type: 'string', description: 'What you want to know about this workspace' },
      angles: { type: 'integer', minimum: 1, maximum: 8, description: 'At most this many angles' },
    },
    required: ['question'],
  },

  async run(args) {
    const { question, most } = readArgs(args);

    phase('Plan');
    const plan = await agent('plan', {
      prompt: planPrompt(question, most),
      schema: PLAN,
      tools: LOOK,
    });
    const angles = plan.angles.slice(0, most);
    log(`Angles: ${angles.map((angle) => angle.name).join('; ')}`);

    phase('Research');
    const studied = await pipeline(
      angles,
      (angle, _, index) =>
        agent(`research ${index + 1}: ${short(angle.name)}`, {
          prompt: researchPrompt(question, angle),
          schema: RESEARCH,
          tools: LOOK,
        }),
      async (research, angle, index) => {
        // Nothing was found, so there is nothing to check.
        if (research.findings.length === 0) return { angle, research, checks: [] };
        const analysis = await agent(`check ${index + 1}: ${short(angle.name)}`, {
          phase: 'Analyse',
          prompt: analysePrompt(question, angle, research),
          schema: ANALYSIS,
          tools: LOOK,
        });
        return { angle, research, checks: analysis.checks };
      },
    );

    const done = studied.filter((one) => one !== null);
    const lost = angles.filter((_, index) => studied[index] === null);
    if (done.length === 0) {
      throw new Error(
        'No angle could be researched. The log says why; the question was not answered.',
      );
    }

    phase('Synthesis');
    const answer = await agent('synthesis', {
      prompt: synthesisPrompt(question, done, lost),
      tools: ['read_file', 'grep'],
    });
    return [answer.trim(), sourceList(done), missingNote(lost)].filter(Boolean).join('\n\n');
  },
};

// These agents look, and change nothing.
const LOOK = ['list_files', 'read_file', 'grep', 'git_diff'];

const PLAN = {
  type: 'object',
  required: ['angles'],
  properties: {
    angles: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      items: {
        type: 'object',
        required: ['name', 'question', 'look_for'],
        properties: {
          name: { type: 'string', description: 'Two to five words' },
          question: { type: 'string', description: 'The question that this angle answers' },
          look_for: {
            type: 'array',
            items: { type: 'string' },
            maxItems: 8,
            description: 'Folders, file names, identifiers or words that are worth searching for',
          },
        },
      },
    },
  },
};

const RESEARCH = {
  type: 'object',
  required: ['summary', 'findings', 'not_found'],
  properties: {
    summary: {
      type: 'string',
      description: 'The answer to the question of this angle, two to five sentences',
    },
    findings: {
      type: 'array',
      maxItems: 15,
      items: {
        type: 'object',
        required: ['claim', 'path', 'line', 'quote'],
        properties: {
          claim: { type: 'string', description: 'One fact, in one or two sentences' },
          path: {
            type: 'string',
            description: 'The file that shows it, relative to the workspace',
          },
          line: { type: 'integer', minimum: 1 },
          quote: {
            type: 'string',
            maxLength: 300,
            description: 'The line itself, as it stands in the file',
          },
        },
      },
    },
    not_found: {
      type: 'array',
      items: { type: 'string' },
      description: 'What was looked for and is not in the workspace',
    },
  },
};

const ANALYSIS = {
  type: 'object',
  required: ['checks'],
  properties: {
    checks: {
      type: 'array',
      items: {
        type: 'object',
        required: ['number', 'verdict', 'note'],
        properties: {
          number: { type: 'integer', minimum: 1, description: 'The number of the claim' },
          verdict: { enum: ['supported', 'partly', 'unsupported'] },
          note: {
            type: 'string',
            description:
              'What the cited lines really say, with a better path:line where there is one',
          },
        },
      },
    },
  },
};

function readArgs(args) {
  const given = typeof args === 'string' ? { question: args } : (args ?? {});
  const question = typeof given.question === 'string' ? given.question.trim() : '';
  if (question === '') {
    throw new Error(
      'This workflow needs a question, for example: How does the program decide which files it reads?',
    );
  }
  const { angles = 4 } = given;
  if (!Number.isInteger(angles) || angles < 1 || angles > 8) {
    throw new Error('The number of angles must be a whole number from 1 to 8.');
  }
  return { question, most: angles };
}

function planPrompt(question, most) {
  return `Question: ${question}

You plan research in this workspace; others will carry it out, one for each angle, without seeing each other's work.

1. Get an overview first: list the files, and search for the main words of the question. Find out how this project names the things that the question asks about.
2. Split the question into at most ${most} angles that together answer it and overlap as little as possible. Good angles follow the structure of the code: where it starts, how data flows, where decisions are made, what configures it, what tests say about it, how it fails. One angle is enough for a narrow question.
3. Give each angle a question of its own that can be answered from files, and the folders, file names and identifiers that you saw and that are worth searching. Name only what exists here.

Do not answer the question yourself.`;
}

function researchPrompt(question, angle) {
  return `Question: ${angle.question}

This is one angle of a larger question: ${question}
Worth searching: ${angle.look_for.join(', ') || 'nothing in particular'}

Research this angle in the workspace.
- Search with several words, then read the code around the hits. Follow calls and imports until you know what really happens; a name or a comment is not proof.
- Each finding is one fact with the file and the line that shows it. Copy the line exactly as quote. Take the line that does the thing, not the one that mentions it.
- Prefer few findings that matter over many that do not. State what contradicts another place in the code.
- Say what you looked for and did not find. An empty list of findings is a correct result when the workspace holds nothing about this angle.`;
}

function analysePrompt(question, angle, research) {
  const claims = research.findings
    .map((f, index) => `${index + 1}. ${f.path}:${f.line} ${f.claim}\n   Quoted: ${f.quote}`)
    .join('\n');
  return `Question: ${angle.question}

Somebody else researched this angle of a larger question (${question}) and made the claims below. Check every one of them; assume that some are wrong.

${claims}

For each claim read the cited file around the cited line.
- supported: the lines show exactly this. partly: they show some of it, or it holds only under a condition. unsupported: they show something else, the line does not exist, or it is only a comment or a test that says so.
- In the note say what the lines really show, in one or two sentences. Where the right place is another one, name it as path:line.
- Look for the case that would make the claim false: another caller, a default, an early return, a platform.
Return one check for each number.`;
}

function synthesisPrompt(question, done, lost) {
  const parts = done.map(({ angle, research, checks }) => {
    const claims = research.findings.map((finding, index) => {
      const check = checks.find((c) => c.number === index + 1);
      const verdict = check ? `${check.verdict}; ${check.note}` : 'not checked';
      return `- ${finding.path}:${finding.line} ${finding.claim} (${verdict})`;
    });
    const missing = research.not_found.map((what) => `- not found: ${what}`);
    return [
      `Angle: ${angle.name}`,
      `Asked: ${angle.question}`,
      `Summary: ${research.summary}`,
      ...claims,
      ...missing,
    ].join('\n');
  });
  const gaps = lost.map((angle) => `Angle without result: ${angle.name} (${angle.question})`);
  return `Question: ${question}

Write the answer from the research below. Each claim carries the verdict of a check.

${[...parts, ...gaps].join('\n\n')}

How to write it
- Markdown. Begin with the answer in one short paragraph. Then the explanation in the order in which things happen, with headings only where they help.
- Every statement about the code carries its reference as path:line, in code font. Use the references above; open a file when two of them disagree or when a step between them is missing.
- Leave out what was found unsupported. Where something holds only partly, say under which condition.
- End with a short section on what could not be found out, if there is any.
- Explain it to a programmer who is new to this project. No praise, no repetition of the question.`;
}

function sourceList(done) {
  const places = new Map();
  for (const { research, checks } of done) {
    research.findings.forEach((finding, index) => {
      const check = checks.find((c) => c.number === index + 1);
      if (check?.verdict === 'unsupported') return;
      const lines = places.get(finding.path) ?? [];
      places.set(finding.path, [...lines, finding.line]);
    });
  }
  if (places.size === 0) return '';
  const rows = [...places]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, lines]) => {
      const sorted = [...new Set(lines)].sort((a, b) => a - b);
      return `- ${sorted.map((line) => `\`${path}:${line}\``).join(', ')}`;
    });
  return `## Sources\n\n${rows.join('\n')}`;
}

function missingNote(lost) {
  if (lost.length === 0) return '';
  return `> Not part of this answer, because their agents failed: ${lost.map((a) => a.name).join('; ')}.`;
}

function short(name) {
  return name.length > 40 ? `${name.slice(0, 39)}…` : name;
}
