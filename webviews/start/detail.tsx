/** The chosen workflow: what it is, its arguments, what it would do, and how it went before. */

import type { WorkflowInfo } from '../../src/contracts/workflow_requests.ts';
import { act, useScreen } from '../ui/context.ts';
import { Button, LinkButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icon.tsx';
import { fileUri } from '../ui/links.ts';
import { UI_STRINGS } from '../ui/strings.ts';
import { useStart } from './context.ts';
import { Form } from './form.tsx';
import { basename } from './paths.ts';
import { Plan } from './plan.tsx';
import { Runs } from './runs.tsx';
import { STRINGS } from './strings.ts';

export function Detail(props: { readonly workflow: WorkflowInfo }) {
  const { workflow } = props;
  const screen = useScreen();
  return (
    <main class="detail" aria-label={workflow.name}>
      <div class="detail-head">
        <h2>{workflow.name}</h2>
        <span class="badge">{STRINGS.source[workflow.source]}</span>
        <LinkButton
          title={`${STRINGS.open_file}: ${workflow.path}`}
          onClick={() => void act(screen, 'link.open', { href: fileUri(workflow.path) })}
        >
          {basename(workflow.path)}
        </LinkButton>
      </div>
      {workflow.description ? <p class="about">{workflow.description}</p> : null}
      {workflow.when_to_use ? <p class="note">{workflow.when_to_use}</p> : null}
      <Refusal />
      {workflow.problem ? <Broken workflow={workflow} /> : <Runnable workflow={workflow} />}
    </main>
  );
}

function Refusal() {
  const { problem } = useScreen();
  if (problem.value === null) return null;
  return (
    <section class="notice notice-error" role="alert">
      <Icon name="error" />
      <div class="notice-body">
        <h3>{UI_STRINGS.request_failed}</h3>
        <p class="reason">{problem.value}</p>
      </div>
    </section>
  );
}

function Broken(props: { readonly workflow: WorkflowInfo }) {
  const { problem, path } = props.workflow;
  const screen = useScreen();
  if (!problem) return null;
  const line = problem.position?.line ?? 1;
  return (
    <section class="notice notice-error">
      <Icon name="error" />
      <div class="notice-body">
        <h3>{STRINGS.cannot_run}</h3>
        <p class="reason">{problem.message}</p>
        <div class="button-row">
          <Button
            icon="go-to-file"
            onClick={() => void act(screen, 'link.open', { href: fileUri(path, line) })}
          >
            {STRINGS.open_at_line(basename(path), line)}
          </Button>
        </div>
      </div>
    </section>
  );
}

function Runnable(props: { readonly workflow: WorkflowInfo }) {
  const { workflow } = props;
  const start = useStart();
  const wrong = Object.keys(start.problems.value).length;
  return (
    <>
      {workflow.hidden_by ? (
        <section class="notice notice-neutral">
          <Icon name="eye-closed" />
          <p>{STRINGS.hidden_by(workflow.hidden_by)}</p>
        </section>
      ) : null}
      {workflow.phases.length > 0 ? <Phases workflow={workflow} /> : null}
      <form
        class="start-form"
        aria-label={STRINGS.arguments}
        noValidate
        onSubmit={(event) => event.preventDefault()}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          // In a box of several lines Enter makes a new one.
          const line = event.target instanceof HTMLInputElement && event.target.type === 'text';
          if (!line && !event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          void start.run();
        }}
      >
        <Form />
        {wrong > 0 ? (
          <p class="form-wrong" role="alert">
            {STRINGS.correct_first(wrong)}
          </p>
        ) : null}
        <div class="button-row">
          <Button
            primary
            icon="play"
            disabled={start.starting.value}
            onClick={() => void start.run()}
          >
            {start.starting.value ? STRINGS.starting : STRINGS.run}
          </Button>
          <Button icon="beaker" title={STRINGS.dry_run_hint} onClick={() => void start.dryRun()}>
            {STRINGS.dry_run}
          </Button>
        </div>
      </form>
      <Plan workflow={workflow} />
      <Runs workflow={workflow} />
    </>
  );
}

function Phases(props: { readonly workflow: WorkflowInfo }) {
  return (
    <ol class="phases" aria-label={STRINGS.phases}>
      {props.workflow.phases.map(({ title, detail }, index) => (
        <li key={index} title={detail}>
          {title}
        </li>
      ))}
    </ol>
  );
}
