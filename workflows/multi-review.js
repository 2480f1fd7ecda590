/**
 * Reviews a folder or file, or what changed, from three sides at once (code health, security,
 * standards), then has the findings merged, deduplicated and ranked. Argument: a path, or
 * { path, focus, diff }, where diff is true for what is not committed, or a branch or commit.
 */
export const workflow = {
  name: 'multi-review',
  description:
    'Reviews the workspace, a folder, a file or the changes since a commit for code health, security and standards in parallel, then merges, deduplicates and ranks the findings.',
  whenToUse: 'Use it before a release or a merge, or when you take over code that you do not know.',
  phases: [
    { title: 'Review', detail: 'Three reviewers in parallel' },
    { title: 'Merge', detail: 'Join duplicates, check, rank' },
  ],
  args: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'A folder or file of the workspace; empty: all of it' },
      focus: { type: 'string', description: 'What to look at in particular' },
      diff: {
        type: ['boolean', 'string'],
        description: 'Only changes: true for what is not committed, or a branch or commit',
      },
    },
  },

  async run(args) {
    const { path, focus, base } = readArgs(args);
    const place = path === '' ? 'the whole workspace' : path;
    const scope = base === '' ? place : `the changes since ${base} in ${place}`;

    const failures = [];
    phase('Review');
    const reviews = await parallel(
      LENSES.map((lens) => async () => {
        try {
          const review = await agent(`review: ${lens.name}`, {
            prompt: reviewPrompt(lens, { scope, path, base, focus }),
            schema: REVIEW,
            tools: LOOK,
          });
          return { lens, review };
        } catch (error) {
          failures.push(error);
          return null;
        }
      }),
    );
    const done = reviews.filter((one) => one !== null);
    // One reviewer less is a smaller review; none at all is a failed run, with the first reason.
    if (done.length === 0) throw failures[0];
    const missing = LENSES.filter((_, index) => reviews[index] === null);
    const findings = numbered(done);
    log(`${findings.length} findings from ${done.length} reviewers`);
    if (findings.length === 0) return report(scope, [], [], done, missing);

    phase('Merge');
    const merged = await agent('merge and rank', {
      prompt: mergePrompt(scope, findings),
      schema: MERGED,
      tools: LOOK,
    });
    const { issues, dropped } = applied(findings, merged);
    return report(scope, issues, dropped, done, missing);
  },
};

// These agents look, and change nothing.
const LOOK = ['list_files', 'read_file', 'grep', 'git_diff'];

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

const LENSES = [
  {
    name: 'health',
    focus: 'code health: correctness, error handling, complexity',
    look: `- Wrong results: conditions that are off by one or inverted, missing cases, wrong defaults, values that can be absent and are used as if they were there.
- Errors: swallowed, logged and ignored, or turned into a wrong result; promises nobody waits for; cleanup that is skipped when something throws.
- State: data that is shared and changed from several places, races between asynchronous steps, caches that are never emptied.
- Structure: code that is dead, doubled, or so entangled that a change in one place breaks another. Name the concrete harm, not the style.
- Tests: behaviour that matters and has no test, tests that cannot fail.`,
  },
  {
    name: 'security',
    focus: 'security: untrusted input, secrets, authorisation, injection',
    look: `- Follow untrusted input (requests, files, environment, command line, messages between processes) to where it is used: shell commands, queries, paths, templates, deserialisation, regular expressions, redirects.
- Authentication and authorisation: checks that are missing, made in the wrong place or on the wrong subject.
- Secrets in code, logs, error messages or test data. Weak or homemade cryptography, predictable tokens.
- Paths that leave their folder, also through links. Limits that are missing on size, depth, time or number.
- For each finding say who could use it, how, and what they would gain. A dangerous function that only ever sees constants is no finding.`,
  },
  {
    name: 'standards',
    focus: 'standards: consistency, naming, documentation, interfaces',
    look: `- First find out which rules this project sets itself: README, contributing guide, linter and formatter settings, types, the style of most of the code. Judge by these rules, not by your own.
- Where the code departs from them: other names for the same thing, other error handling, other layering, interfaces that break their own contract.
- Documentation that is wrong: comments, README, examples or types that say something else than the code does.
- Public interfaces that are hard to use correctly: unclear units, flags that exclude each other, silent fallbacks.
- Leave out what a formatter or linter would fix by itself.`,
  },
];

const REVIEW = {
  type: 'object',
  required: ['summary', 'looked_at', 'findings'],
  properties: {
    summary: {
      type: 'string',
      description: 'What state the code is in, seen from your side; two to four sentences',
    },
    looked_at: {
      type: 'array',
      items: { type: 'string' },
      maxItems: 60,
      description: 'Files that you read',
    },
    findings: {
      type: 'array',
      maxItems: 12,
      items: {
        type: 'object',
        required: ['title', 'path', 'line', 'severity', 'why', 'fix', 'confidence'],
        properties: {
          title: { type: 'string', maxLength: 140, description: 'What is wrong, in one line' },
          path: { type: 'string' },
          line: { type: 'integer', minimum: 1 },
          severity: { enum: SEVERITIES },
          why: {
            type: 'string',
            description: 'What happens because of it: the input or situation, and the result',
          },
          fix: { type: 'string', description: 'What to change, concretely' },
          confidence: { type: 'number', minimum: 0, maximum: 1 },
        },
      },
    },
  },
};

const MERGED = {
  type: 'object',
  required: ['issues', 'dropped'],
  properties: {
    issues: {
      type: 'array',
      description: 'Worst first',
      items: {
        type: 'object',
        required: ['numbers', 'title', 'severity', 'reason'],
        properties: {
          numbers: {
            type: 'array',
            items: { type: 'integer', minimum: 1 },
            minItems: 1,
            description: 'The findings that are this one issue',
          },
          title: { type: 'string', maxLength: 140 },
          severity: { enum: SEVERITIES },
          reason: { type: 'string', description: 'Why it stands at this place in the order' },
        },
      },
    },
    dropped: {
      type: 'array',
      items: {
        type: 'object',
        required: ['number', 'reason'],
        properties: { number: { type: 'integer', minimum: 1 }, reason: { type: 'string' } },
      },
    },
  },
};

function readArgs(args) {
  const given = typeof args === 'string' ? { path: args } : (args ?? {});
  const { path = '', focus = '', diff = false } = given;
  const fits = typeof diff === 'boolean' || typeof diff === 'string';
  if (typeof path !== 'string' || typeof focus !== 'string' || !fits) {
    throw new Error(
      'The arguments are a path, or { path, focus, diff } with texts; diff may be true.',
    );
  }
  const base = diff === true ? 'HEAD' : diff === false ? '' : diff.trim();
  return { path: path.trim().replace(/^\.\/?$/, ''), focus: focus.trim(), base };
}

function reviewPrompt(lens, { scope, path, base, focus }) {
  const overview =
    base === ''
      ? `List the files of ${scope} and find out what the code is for. In a large tree choose: entry points, code that handles input, code that much else depends on, code that is long or changes state. Say in looked_at what you read.`
      : `Call git_diff with base "${base}"${path === '' ? '' : ` and path "${path}"`}, and read new files too. Find out what the change is for, and read the changed files around it and who uses what changed. Report what the change brings in, makes worse or leaves unfinished, at the lines as they are now; old problems that it does not touch are no findings. Say in looked_at what you read.`;
  return `Focus: ${lens.focus}

Review ${scope} from this side only; others look at the rest.${focus === '' ? '' : `\nIn particular: ${focus}`}

1. ${overview}
2. Read before you judge. Search for the other users of what you doubt; much that looks wrong in one file is handled in another.
3. Look for:
${lens.look}

Each finding names the one line where it shows, what goes wrong in which situation, and what to change. critical: data loss, a breach or a crash in ordinary use. high: wrong behaviour that users will meet. medium: wrong in rare cases, or a trap for the next change. low: worth fixing in passing.
Report at most twelve, the ones that matter most, and none that you would not defend in front of the author. No findings is a correct result for good code.`;
}

function mergePrompt(scope, findings) {
  const list = findings
    .map(
      (f) =>
        `${f.number}. ${f.path}:${f.line} [${f.lens}, ${f.severity}, confidence ${f.confidence}] ${f.title}\n   Why: ${f.why}\n   Fix: ${f.fix}`,
    )
    .join('\n');
  return `Subject: review of ${scope}

Three reviewers looked at the same code from different sides. Make one list of their findings.

${list}

1. Open the cited lines of everything that is called critical or high, and of what you doubt. Drop what the code does not bear out, and say in one sentence why.
2. Join findings that one change would fix, also when they name different lines. Findings that only look alike stay apart.
3. Give each issue its true severity, which may differ from the reviewer's, and put the list in the order in which you would fix it: harm first, then how likely it is, then how cheap the fix.
Every number appears exactly once, in an issue or among the dropped.`;
}

function numbered(done) {
  const seen = new Set();
  const findings = [];
  for (const { lens, review } of done) {
    for (const finding of review.findings) {
      // The same reviewer may say the same thing of the same line twice.
      const key = JSON.stringify([finding.path, finding.line, finding.title.toLowerCase()]);
      if (seen.has(key)) continue;
      seen.add(key);
      findings.push({ ...finding, lens: lens.name, number: findings.length + 1 });
    }
  }
  return findings;
}

/** The merged list in terms of the findings themselves: nothing that a reviewer found gets lost. */
function applied(findings, merged) {
  const left = new Map(findings.map((finding) => [finding.number, finding]));
  const take = (number) => {
    const finding = left.get(number);
    left.delete(number);
    return finding;
  };
  const issues = [];
  for (const issue of merged.issues) {
    const members = issue.numbers.map(take).filter(Boolean);
    if (members.length > 0) issues.push({ ...issue, members });
  }
  const dropped = [];
  for (const { number, reason } of merged.dropped) {
    const finding = take(number);
    if (finding) dropped.push({ finding, reason });
  }
  for (const finding of left.values()) {
    issues.push({
      title: finding.title,
      severity: finding.severity,
      reason: 'Not ranked.',
      members: [finding],
    });
  }
  // The order within a severity is the merger's.
  issues.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
  return { issues, dropped };
}

function report(scope, issues, dropped, done, missing) {
  const counts = SEVERITIES.map((s) => [s, issues.filter((i) => i.severity === s).length]).filter(
    ([, n]) => n > 0,
  );
  const parts = [
    `# Review of ${scope}`,
    issues.length === 0
      ? 'No issues were found.'
      : `${issues.length} issue${issues.length === 1 ? '' : 's'}: ${counts.map(([s, n]) => `${n} ${s}`).join(', ')}.`,
    ...issues.map((issue, index) => {
      const places = [...new Set(issue.members.map((m) => `\`${m.path}:${m.line}\``))].join(', ');
      const sides = [...new Set(issue.members.map((m) => m.lens))].join(', ');
      const [first] = issue.members;
      return `## ${index + 1}. ${issue.title}\n\n**${issue.severity}** · ${sides} · ${places}\n\n${first.why}\n\n**Fix:** ${first.fix}\n\n*${issue.reason}*`;
    }),
    '## What the reviewers say',
    ...done.map(
      ({ lens, review }) =>
        `**${lens.name}** (${review.looked_at.length} files read): ${review.summary}`,
    ),
  ];
  if (dropped.length > 0) {
    const rows = dropped.map(
      ({ finding, reason }) => `- \`${finding.path}:${finding.line}\` ${finding.title}: ${reason}`,
    );
    parts.push(`## Looked at and dropped\n\n${rows.join('\n')}`);
  }
  if (missing.length > 0) {
    parts.push(
      `> Not reviewed, because the agent failed: ${missing.map((lens) => lens.name).join(', ')}.`,
    );
  }
  return parts.join('\n\n');
}
