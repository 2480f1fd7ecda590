import { describe, expect, test } from 'vitest';
import { createEditFile } from '../tools/edit_file.ts';
import { createReadFile } from '../tools/read_file.ts';
import { createRunCommand } from '../tools/run_command.ts';
import type { GateRequest } from './gate.ts';
import { decide, type PolicyState, ruleOf } from './policy.ts';

const request = (tool: GateRequest['tool'], title: string, interrupted = false): GateRequest => ({
  ...{ tool, title, interrupted, changes: [] },
  call: { id: 'c', name: tool.name, input: '{}' },
  ...{ execution_id: 'e', agent_name: 'a', event_id: 'v', trace_id: 't' },
});
const state = (fields: Partial<PolicyState> = {}): PolicyState => ({
  trusted: true,
  permissions: { write: 'ask', execute: 'ask', allowedCommands: ['npm test', 'git log *'] },
  allowed: [],
  ...fields,
});
const command = (title: string) => decide(request(createRunCommand(), title), state());

test('reading is always allowed, also where nothing is trusted', () => {
  expect(decide(request(createReadFile(), 'x'), state({ trusted: false }))?.allowed).toBe(true);
});

test('trust comes before everything that allows', () => {
  const all = { write: 'allow', execute: 'allow', allowedCommands: ['npm test'] } as const;
  const verdict = decide(
    request(createEditFile(), 'Change a'),
    state({ trusted: false, permissions: all, allowed: ['write'] }),
  );
  expect(verdict).toMatchObject({ allowed: false });
});

test('a denial of the settings comes before "always"', () => {
  const permissions = { write: 'deny', execute: 'deny', allowedCommands: ['npm test'] } as const;
  const denied = state({ permissions, allowed: ['write', 'run_command:npm test'] });
  expect(decide(request(createEditFile(), 'Change a'), denied)?.allowed).toBe(false);
  expect(decide(request(createRunCommand(), 'npm test'), denied)?.allowed).toBe(false);
});

describe('listed commands', () => {
  test.each(['npm test', 'git log --oneline', 'git log '])('%s runs', (title) => {
    expect(command(title)?.allowed).toBe(true);
  });
  test.each([
    'npm test2',
    'npm test && rm x',
    'git log; rm x',
    'git log | sh',
    'git log $(rm x)',
    'git log `rm x`',
    'git log > file',
    'git log\nrm x',
    'git log & rm x',
    'sudo npm test',
  ])('%s is asked', (title) => expect(command(title)).toBeNull());
});

test('"always" for a change holds for all changes, for a command for that one alone', () => {
  const edit = request(createEditFile(), 'Change a');
  expect(
    decide(request(createEditFile(), 'Change b'), state({ allowed: [ruleOf(edit).rule] })),
  ).toMatchObject({ by: 'always' });
  const ls = ruleOf(request(createRunCommand(), 'ls')).rule;
  expect(decide(request(createRunCommand(), 'ls'), state({ allowed: [ls] }))?.allowed).toBe(true);
  expect(decide(request(createRunCommand(), 'ls -a'), state({ allowed: [ls] }))).toBeNull();
});

test('a call that had begun is asked again whatever was allowed', () => {
  const permissions = { write: 'allow', execute: 'allow', allowedCommands: [] } as const;
  expect(
    decide(request(createEditFile(), 'x', true), state({ permissions, allowed: ['write'] })),
  ).toBeNull();
});
