/** The chat as a whole: header, conversation beside its timeline, what waits, input, figures. */
import { useEffect, useMemo } from 'preact/hooks';
import { useScreen } from '../ui/context.ts';
import { Problem } from '../ui/problem.tsx';
import { Loading, NotLoaded } from '../ui/screen_state.tsx';
import { useAnnouncements } from './announcements.ts';
import { Approvals } from './approvals.tsx';
import { Composer } from './composer.tsx';
import { Chat, useChat } from './context.ts';
import { Conversation } from './conversation.tsx';
import { closeFind, FindBar, useFindKeys } from './find_bar.tsx';
import { Footer } from './footer.tsx';
import { Header } from './header.tsx';
import { createChatModel } from './model.ts';
import { Queue } from './queue.tsx';
import { STRINGS } from './strings.ts';
import { Timeline } from './timeline.tsx';
import { useLostFocus } from './use_lost_focus.ts';

export function ChatScreen() {
  const screen = useScreen();
  const chat = useMemo(() => createChatModel(screen), [screen]);
  const attachment = screen.store.attachment.value;
  const { session } = screen.store.state.value;
  useAnnouncements();
  if (attachment.phase === 'failed') {
    const { problem } = attachment;
    return (
      <NotLoaded
        title={STRINGS.not_loaded}
        problem={problem}
        onReload={() => void screen.store.attach()}
      />
    );
  }
  if (!session) return <Loading text={STRINGS.loading} />;
  return (
    <Chat.Provider value={chat}>
      <Panel />
    </Chat.Provider>
  );
}

function Panel() {
  const chat = useChat();
  useFindKeys();
  useLostFocus('.composer textarea');
  useEffect(() => {
    const stop = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (chat.find.shown.peek()) closeFind(chat.find);
      else chat.escape();
    };
    document.addEventListener('keydown', stop);
    return () => document.removeEventListener('keydown', stop);
  }, [chat]);
  return (
    <div class="chat">
      <Header />
      <FindBar />
      <div class="chat-middle">
        <div class="chat-column">
          <Conversation />
          <div class="chat-bottom">
            <Problem />
            <Approvals />
            <Queue />
            <Composer />
            <Footer />
          </div>
        </div>
        {chat.timeline.value ? <Timeline /> : null}
      </div>
    </div>
  );
}
