/** Questions of the chat's agents that wait for the user, above the input. */
import type { Approval } from '../../src/contracts/chat.ts';
import { openApprovals } from '../../src/contracts/chat_select.ts';
import { STATUS_LOOK } from '../../src/contracts/status.ts';
import { ApprovalCard } from '../ui/approval_card.tsx';
import { act, useScreen } from '../ui/context.ts';
import { useChat } from './context.ts';
import { STRINGS } from './strings.ts';

export function Approvals() {
  const { store } = useScreen();
  const approvals = openApprovals(store.state.value);
  if (approvals.length === 0) return null;
  return (
    <section class="approvals" aria-label={STATUS_LOOK.awaiting_input.label}>
      {approvals.map((approval) => (
        <Question key={approval.approval_id} approval={approval} />
      ))}
    </section>
  );
}

function Question({ approval }: { readonly approval: Approval }) {
  const { approval_id, event_id } = approval;
  const screen = useScreen();
  const chat = useChat();
  const { session_id } = screen;
  return (
    <ApprovalCard
      asked={approval}
      busy={chat.answering.value.has(approval_id)}
      labels={{ once: STRINGS.allow_once, always: STRINGS.allow_always }}
      note={approval.interrupted ? STRINGS.asked_again : null}
      onDiff={(path) => void act(screen, 'chat.change', { session_id, event_id, path })}
      onAnswer={(decision, reason) => chat.approve(approval_id, decision, reason)}
    />
  );
}
