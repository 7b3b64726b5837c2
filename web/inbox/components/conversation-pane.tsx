/** One conversation: who it is with, what was said, and the answer being written. */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { ConversationHeader } from './conversation-header.tsx';
import { Composer } from './composer.tsx';
import { EmptyState } from './empty-state.tsx';
import { MessageLog } from './message-log.tsx';
import type { ConversationRow } from '../inbox-api.ts';
import { visitorName } from '../names.ts';
import { useLatencyReport } from '../state/latency.ts';
import { usePageTitle } from '../state/page-title.ts';
import { shownStatus } from '../state/shown-status.ts';
import { useAction } from '../state/use-action.ts';
import { useStore } from '../state/use-store.ts';
import { useVisible } from '../state/use-visible.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';

export interface ConversationPaneProps {
  workspace: Workspace;
  conversationId: number;
  /** Null when the list does not know it. */
  row: ConversationRow | null;
  unreadConversations: number;
  onBack(): void;
}

export function ConversationPane(props: ConversationPaneProps) {
  const { workspace, conversationId, row, unreadConversations, onBack } = props;
  const session = workspace.conversations.get(conversationId);
  const state = useStore(session);
  const heading = useRef<HTMLHeadingElement>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const visible = useVisible();
  const reopen = useAction(() => workspace.reopen(conversationId));
  useLatencyReport(session, state.entries);

  const status = shownStatus(row, state.view);
  const closed = status?.status === 'closed';
  const gone = state.phase === 'gone';
  const name = visitorName(state.view?.visitorName ?? row?.visitor_name, conversationId);
  usePageTitle(unreadConversations, name);

  // Where one types at once; on a touch screen the keyboard would cover what is to be read.
  useLayoutEffect(() => {
    const typing = window.matchMedia('(pointer: fine)').matches;
    ((typing && composer.current) || heading.current)?.focus({ preventScroll: true });
  }, []);

  useEffect(() => workspace.wishes.on('compose', () => composer.current?.focus()), [workspace]);

  // The composer may leave while it has the focus; whoever uses the keyboard stays in the conversation.
  useEffect(() => {
    if (document.activeElement === document.body) (composer.current ?? heading.current)?.focus();
  }, [closed, gone]);

  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    onBack();
  };

  if (gone) {
    return (
      <section class="conversation" aria-label={name} onKeyDown={leave}>
        <ConversationHeader
          workspace={workspace}
          conversationId={conversationId}
          name={text.conversation.number(conversationId)}
          row={null}
          view={null}
          status={null}
          headingRef={heading}
          onBack={onBack}
        />
        <EmptyState title={text.conversation.gone} hint={text.conversation.goneHint} />
      </section>
    );
  }
  return (
    <section class="conversation" aria-label={name} onKeyDown={leave}>
      <ConversationHeader
        workspace={workspace}
        conversationId={conversationId}
        name={name}
        row={row}
        view={state.view}
        status={status}
        headingRef={heading}
        onBack={onBack}
      />
      <MessageLog
        session={session}
        state={state}
        visitor={name}
        ownName={workspace.agent.name}
        onSeen={visible ? () => session.markRead() : null}
      />
      {closed ? (
        <footer class="closed-bar">
          <p>{text.conversation.closedNotice}</p>
          <button class="button" type="button" aria-disabled={reopen.busy} onClick={reopen.run}>
            {text.conversation.reopen}
          </button>
          {reopen.error && <p role="alert">{reopen.error}</p>}
        </footer>
      ) : (
        <Composer
          initial={workspace.drafts.get(conversationId)}
          inputRef={composer}
          onChange={(draft) => {
            workspace.drafts.set(conversationId, draft);
            session.setTyping(draft.trim() !== '');
          }}
          onSend={(message) => {
            session.send(message);
            session.markRead();
          }}
        />
      )}
    </section>
  );
}
