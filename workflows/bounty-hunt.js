/**
 * Hunts for vulnerabilities through several lenses at once; each finding is attacked by a sceptic
 * before it is reported. Argument: a path, or { path, lenses } with names of lenses.
 */
export const workflow = {
  name: 'bounty-hunt',
  description:
    'Looks for vulnerabilities through several lenses in parallel; every finding is attacked by a sceptic who reads the code, and only what survives is reported.',
  whenToUse:
    'Use it on code that takes input from others: servers, parsers, extensions, tools that run commands.',
  phases: [
    { title: 'Hunt', detail: 'One hunter per lens, in parallel' },
    { title: 'Attack', detail: 'A sceptic for each finding' },
  ],
  args: {
    type: 'object',
    properties: {
      path: { type: 'string', description: 'A folder or file of the workspace; empty: all of it' },
      lenses: {
        type: 'array',
        items: { enum: ['injection', 'access', 'secrets', 'files', 'parsing', 'resources'] },
        description: 'Only these lenses; empty: all of them',
      },
    },
  },

  async run(args) {
    const { path, lenses } = readArgs(args);
    const scope = path === '' ? 'the whole workspace' : path;

    const failures = [];
    const hunted = await pipeline(
      lenses,
      async (lens) => {
        try {
          return await agent(`hunt: ${lens.name}`, {
            phase: 'Hunt',
            prompt: huntPrompt(lens, scope),
            schema: HUNT,
            tools: LOOK,
          });
        } catch (error) {
          failures.push(error);
          throw error;
        }
      },
      async (hunt, lens) => {
        const findings = distinct(hunt.findings);
        log(`${lens.name}: ${findings.length} suspicions`);
        const verdicts = await parallel(
          findings.map(
            (finding) => () =>
              agent(`attack: ${lens.name}, ${short(finding.title)}`, {
                phase: 'Attack',
                prompt: attackPrompt(finding, lens),
                schema: VERDICT,
                tools: LOOK,
              }),
          ),
        );
        return {
          lens,
          hunt,
          judged: findings.map((finding, index) => ({
            ...finding,
            lens: lens.name,
            verdict: verdicts[index],
          })),
        };
      },
    );

    const done = hunted.filter((one) => one !== null);
    // One lens less is a smaller hunt; none at all is a failed run, with the first reason.
    if (done.length === 0) throw failures[0];
    const missing = lenses.filter((_, index) => hunted[index] === null);
    return report(scope, joined(done.flatMap((one) => one.judged)), done, missing);
  },
};

// These agents look, and change nothing.
const LOOK = ['list_files', 'read_file', 'grep', 'git_diff'];

const SEVERITIES = ['critical', 'high', 'medium', 'low'];

const LENSES = [
  {
    name: 'injection',
    focus: 'injection: commands, queries, templates, code from input',
    look: 'shell commands and process arguments, SQL and other query languages, eval and dynamic imports, HTML and templates, log and header injection, prompts that are put together from untrusted text',
  },
  {
    name: 'access',
    focus: 'access: authentication, authorisation, sessions, origin checks',
    look: 'routes and messages without a check, checks on what the caller says of himself, objects reached by a guessed id, tokens that never expire or are compared unsafely, missing origin checks, privileges that are kept too long',
  },
  {
    name: 'secrets',
    focus: 'secrets: keys, passwords, tokens, cryptography',
    look: 'secrets in code, tests, logs, errors, URLs, caches or files with open permissions; homemade or outdated cryptography; randomness that can be guessed; certificates that are not checked',
  },
  {
    name: 'files',
    focus: 'files: paths, links, uploads, archives, temporary files',
    look: 'paths from input that leave their folder, links that are followed, archives unpacked without checks, names that mean something else on another platform, checks that are made before the file is used, temporary files that others can replace',
  },
  {
    name: 'parsing',
    focus: 'parsing: untrusted data, deserialisation, prototypes, types',
    look: 'JSON, YAML, XML and binary data that is believed without validation, deserialisation that makes objects, prototype pollution by merging, numbers that overflow, encodings, messages between processes or frames',
  },
  {
    name: 'resources',
    focus: 'resources: denial of service, races, requests made for others',
    look: 'regular expressions that explode, sizes, depths and counts without limit, requests to addresses from input, redirects, races between check and use, locks that are not released, retries without end',
  },
];

const HUNT = {
  type: 'object',
  required: ['surface', 'findings'],
  properties: {
    surface: {
      type: 'string',
      description:
        'Where untrusted input enters the code, as far as this lens is concerned; two to five sentences',
    },
    findings: {
      type: 'array',
      maxItems: 8,
      items: {
        type: 'object',
        required: ['title', 'path', 'line', 'severity', 'input', 'flow', 'gain'],
        properties: {
          title: { type: 'string', maxLength: 140 },
          path: { type: 'string' },
          line: { type: 'integer', minimum: 1, description: 'The line where the harm is done' },
          severity: { enum: SEVERITIES },
          input: {
            type: 'string',
            description: 'Who controls what, and where it enters, as path:line',
          },
          flow: {
            type: 'string',
            description: 'The way from there to the line, step by step with path:line',
          },
          gain: { type: 'string', description: 'What the attacker gets' },
        },
      },
    },
  },
};

const VERDICT = {
  type: 'object',
  required: ['verdict', 'reasoning', 'conditions', 'severity', 'fix'],
  properties: {
    verdict: { enum: ['confirmed', 'plausible', 'refuted'] },
    reasoning: {
      type: 'string',
      description: 'What you read, with path:line, and what follows from it',
    },
    conditions: {
      type: 'string',
      description: 'What must be the case for the attack to work; empty if nothing',
    },
    severity: { enum: SEVERITIES },
    fix: { type: 'string', description: 'The smallest change that closes it' },
  },
};

function readArgs(args) {
  const given = typeof args === 'string' ? { path: args } : (args ?? {});
  const { path = '', lenses = [] } = given;
  if (typeof path !== 'string' || !Array.isArray(lenses)) {
    throw new Error('The arguments are a path, or { path, lenses } with a list of names.');
  }
  const names = LENSES.map((lens) => lens.name);
  const unknown = lenses.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no lens ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  }
  const chosen = LENSES.filter((lens) => lenses.length === 0 || lenses.includes(lens.name));
  return { path: path.trim().replace(/^\.\/?$/, ''), lenses: chosen };
}

function huntPrompt(lens, scope) {
  return `Focus: ${lens.focus}

Look for vulnerabilities in ${scope} through this lens only.

1. Find where untrusted input enters: network, files of others, command line, environment, messages, model output, names and contents in a workspace. Say who controls it.
2. Search for the places where harm is done: ${lens.look}.
3. Connect the two. Read every step between input and place, and note checks, encodings and limits on the way. A place that no untrusted input reaches is no finding. Neither is a missing best practice without an attack.

Each finding names the line where the harm is done, the way of the input with a path:line for each step, and what the attacker gains. Say in the severity what the worst realistic outcome is. Report at most eight, and only those that you would stake your name on; none is a correct result.`;
}

function attackPrompt(finding, lens) {
  return `Focus: ${lens.focus}

Somebody reports this vulnerability and wants a reward for it. Your task is to refute the report.

Reported: ${finding.title}
Place: ${finding.path}:${finding.line}
Input: ${finding.input}
Way: ${finding.flow}
Gain: ${finding.gain}
Claimed severity: ${finding.severity}

Read the code yourself, beginning at the place and going back to the input. Look for what breaks the chain: the input is not controlled by anyone else, a check or an encoding on the way, a type that does not allow it, a framework that handles it, a feature that is off by default, an attacker who would need the very rights that he would gain.

confirmed: you followed every step in the code and nothing breaks it. plausible: nothing breaks it, but a step depends on something outside of the workspace. refuted: a step does not hold; name it with its path:line. In doubt between confirmed and plausible say plausible. Give the severity that is right for what remains, and the smallest change that closes the hole.`;
}

function distinct(findings) {
  const seen = new Set();
  return findings.filter((finding) => {
    const key = `${finding.path}:${finding.line}:${finding.title.toLowerCase()}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Several lenses may see the same hole: one entry for each place, the strongest verdict first. */
function joined(judged) {
  const places = new Map();
  for (const finding of judged) {
    const key = `${finding.path}:${finding.line}`;
    places.set(key, [...(places.get(key) ?? []), finding]);
  }
  const rank = (finding) =>
    ['confirmed', 'plausible', undefined, 'refuted'].indexOf(finding.verdict?.verdict);
  const severity = (finding) => SEVERITIES.indexOf(finding.verdict?.severity ?? finding.severity);
  const order = (a, b) => rank(a) - rank(b) || severity(a) - severity(b);
  return [...places.values()]
    .map((group) => {
      const [first] = group.sort(order);
      return { ...first, lens: [...new Set(group.map((finding) => finding.lens))].join(', ') };
    })
    .sort(order);
}

function report(scope, findings, done, missing) {
  const of = (verdict) => findings.filter((finding) => finding.verdict?.verdict === verdict);
  const unjudged = findings.filter((finding) => !finding.verdict);
  const survived = [...of('confirmed'), ...of('plausible'), ...unjudged];
  const parts = [
    `# Vulnerabilities in ${scope}`,
    `${of('confirmed').length} confirmed, ${of('plausible').length} plausible, ${of('refuted').length} refuted by a sceptic${unjudged.length > 0 ? `, ${unjudged.length} not judged` : ''}.`,
    ...survived.map((finding, index) => {
      const { verdict } = finding;
      const lines = [
        `## ${index + 1}. ${finding.title}`,
        `**${verdict ? `${verdict.verdict}, ${verdict.severity}` : `not judged, ${finding.severity}`}** · ${finding.lens} · \`${finding.path}:${finding.line}\``,
        `**Input:** ${finding.input}`,
        `**Way:** ${finding.flow}`,
        `**Gain:** ${finding.gain}`,
      ];
      if (verdict) {
        lines.push(`**Checked:** ${verdict.reasoning}`);
        if (verdict.conditions) lines.push(`**Works when:** ${verdict.conditions}`);
        lines.push(`**Fix:** ${verdict.fix}`);
      }
      return lines.join('\n\n');
    }),
  ];
  const refuted = of('refuted');
  if (refuted.length > 0) {
    const rows = refuted.map((f) => `- \`${f.path}:${f.line}\` ${f.title}: ${f.verdict.reasoning}`);
    parts.push(`## Refuted\n\n${rows.join('\n')}`);
  }
  const surfaces = done.map(({ lens, hunt }) => `- **${lens.name}**: ${hunt.surface}`);
  parts.push(`## What was looked at\n\n${surfaces.join('\n')}`);
  if (missing.length > 0) {
    parts.push(
      `> Lenses that could not be applied, because the agent failed: ${missing.map((lens) => lens.name).join(', ')}.`,
    );
  }
  return parts.join('\n\n');
}

function short(title) {
  return title.length > 40 ? `${title.slice(0, 39)}…` : title;
}
