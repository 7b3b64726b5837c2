/** One conversation: who it is with, what was said, and the answer being written. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { TimelineEntry } from '../../shared/timeline.ts';
import { ConversationHeader } from './conversation-header.tsx';
import { Composer } from './composer.tsx';
import { EmptyState } from './empty-state.tsx';
import { MessageLog } from './message-log.tsx';
import { SHOWN_PICTURE, urlOf } from './thread/attachments.tsx';
import { DropTarget } from './thread/drop-target.tsx';
import { Lightbox } from './thread/lightbox.tsx';
import type { MessageActions } from './thread/message-view.tsx';
import type { ConversationRow } from '../inbox-api.ts';
import { visitorName } from '../names.ts';
import { hrefOf, inboxRoute } from '../routes.ts';
import { copy } from '../state/copy.ts';
import { useLatencyReport } from '../state/latency.ts';
import { usePageTitle } from '../state/page-title.ts';
import { shownStatus } from '../state/shown-status.ts';
import { useAction } from '../state/use-action.ts';
import { useChosenFiles } from '../state/use-chosen-files.ts';
import { useStore } from '../state/use-store.ts';
import { useUnreadDivider } from '../state/use-unread-divider.ts';
import { useVisible } from '../state/use-visible.ts';
import { useWantedMessage } from '../state/use-wanted-message.ts';
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
  const wanted = useWantedMessage();
  const unreadAfter = useUnreadDivider(state, visible);
  const files = useChosenFiles(workspace.uploadRules);
  const [enlarged, setEnlarged] = useState<number | null>(null);
  const { sendKey } = useStore(workspace.preferences);
  const reopen = useAction(() => workspace.reopen(conversationId));
  useLatencyReport(session, state.entries);

  const status = shownStatus(row, state.view);
  const closed = status?.status === 'closed';
  const gone = state.phase === 'gone';
  const name = visitorName(state.view?.visitorName ?? row?.visitor_name, conversationId);
  usePageTitle(unreadConversations, name);

  // Where one types at once; on a touch screen the keyboard would cover what is to be read.
  useLayoutEffect(() => {
    if (wanted) return;
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

  const pictures = useMemo(() => picturesOf(state.entries), [state.entries]);
  const actions = useMemo(
    (): Omit<MessageActions, 'jump'> => ({
      quote: null,
      copyText: ({ message }) => void copy(workspace, message.message),
      copyLink: ({ message }) => void copy(workspace, `${location.origin}${hrefOf(inboxRoute(conversationId))}#message-${message.seq}`),
      edit: () => null,
      remove: () => null,
      enlarge: (url) => setEnlarged(pictures.findIndex((picture) => picture.url === url)),
      retry: (clientId) => session.retry(clientId),
      discard: (clientId) => void session.discard(clientId),
    }),
    [session, pictures],
  );
  const closeLightbox = useCallback(() => setEnlarged(null), []);

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
    <DropTarget class="conversation" label={name} onKeyDown={leave} onDrop={closed ? null : files.add}>
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
        notes={[]}
        visitor={name}
        own={workspace.agent}
        unreadAfter={unreadAfter}
        actions={actions}
        noteActions={NO_NOTES}
        wanted={wanted}
        onSeen={visible ? () => session.markRead() : null}
        onLeave={() => (composer.current ?? heading.current)?.focus()}
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
          mode="reply"
          onMode={() => {}}
          notes={false}
          notesOnly={false}
          draft={(mode) => workspace.drafts.get(conversationId, mode)}
          onDraft={(mode, draft) => {
            workspace.drafts.set(conversationId, draft, mode);
            session.setTyping(draft.trim() !== '');
          }}
          inputRef={composer}
          quote={null}
          onQuote={() => {}}
          correction={null}
          onCorrection={() => {}}
          files={files}
          accept={workspace.uploadRules?.accept ?? null}
          replies={{ list: [], context: { visitorName: null, agentName: '', widgetName: '', conversationId }, onWant: () => {} }}
          agents={[]}
          sendKey={sendKey}
          onSendKey={(chosen) => workspace.preferences.set({ sendKey: chosen })}
          onSend={(message, upload) => {
            session.send(message, upload);
            session.markRead();
          }}
          onNote={() => {}}
          onCorrect={() => {}}
          onEditLast={null}
        />
      )}
      {enlarged !== null && pictures[enlarged] && <Lightbox pictures={pictures} at={enlarged} onClose={closeLightbox} />}
    </DropTarget>
  );
}

const NO_NOTES = { edit: null, remove: () => {}, retry: () => {}, discard: () => {} };

function picturesOf(entries: readonly TimelineEntry[]): { url: string; name: string }[] {
  return entries.flatMap(({ message }) =>
    message.attachments.flatMap((attachment) => {
      const url = SHOWN_PICTURE.test(attachment.content_type) ? urlOf(attachment) : null;
      return url ? [{ url, name: attachment.name }] : [];
    }),
  );
}
