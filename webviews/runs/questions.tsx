/** What agents ask while the run works: on their step, and a line at the top that leads there. */
import type { OpenQuestion } from '../../src/contracts/run_select.ts';
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { ApprovalCard } from '../ui/approval_card.tsx';
import { act, useScreen } from '../ui/context.ts';
import { Button } from '../ui/controls.tsx';
import { Notice } from '../ui/notice.tsx';
import { useRun } from './context.ts';
import { STRINGS } from './strings.ts';

const LABELS = { once: STRINGS.allow_once, always: STRINGS.allow_in_run };

/** The questions of one step; nothing where it asks none. */
export function StepQuestions(props: { readonly execution_id: string }) {
  const mine = useRun().questions.value.filter((q) => q.execution_id === props.execution_id);
  if (mine.length === 0) return null;
  return (
    <div class="step-questions">
      {mine.map((question) => (
        <Question key={question.approval_id} question={question} />
      ))}
    </div>
  );
}

function Question({ question }: { readonly question: OpenQuestion }) {
  const screen = useScreen();
  const run = useRun();
  const { approval_id, event_id, cut_off } = question;
  const { session_id } = screen;
  return (
    <ApprovalCard
      asked={question}
      busy={run.answering.value.has(approval_id)}
      labels={LABELS}
      note={cut_off ? STRINGS.asked_before : null}
      onDiff={(path) => void act(screen, 'chat.change', { session_id, event_id, path })}
      onAnswer={(decision, reason) => run.approve(approval_id, decision, reason)}
    />
  );
}

/** Says that the run waits for its user, and brings the question into view. */
export function WaitingNotice() {
  const run = useRun();
  const { store } = useScreen();
  const questions = run.questions.value;
  const [first] = questions;
  if (!first) return null;
  const look = STATUS_LOOK.awaiting_input;
  const stage = store.state.value.top.executions[first.execution_id]?.stage_id ?? null;
  const words = first.cut_off ? STRINGS.waited_for_you : STRINGS.awaiting_input;
  return (
    <Notice look="attention" icon={look.icon}>
      <p class="waiting-what">
        <strong>{words}</strong>{' '}
        {questions.length === 1
          ? STRINGS.one_question(first.agent_name, first.title)
          : STRINGS.many_questions(questions.length)}
      </p>
      <Button onClick={() => run.showStep(first.execution_id, stage, false)}>
        {STRINGS.show_question}
      </Button>
    </Notice>
  );
}
