/** One conversation: who it is with, what was said, and what is being written; beside it, what is known of the visitor. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { toApiError } from '../../shared/api.ts';
import { plainText } from '../../shared/markdown.ts';
import type { TimelineEntry } from '../../shared/timeline.ts';
import type { ReplyTo } from '../../shared/types.ts';
import type { Agent, ConversationRow } from '../inbox-api.ts';
import { visitorName } from '../names.ts';
import type { Router } from '../router.ts';
import { hrefOf, inboxRoute } from '../routes.ts';
import { copy } from '../state/copy.ts';
import type { ShownNote } from '../state/conversation-notes.ts';
import type { ComposerMode } from '../state/drafts.ts';
import { useLatencyReport } from '../state/latency.ts';
import { encodeMentions } from '../state/mentions.ts';
import { usePageTitle } from '../state/page-title.ts';
import { may } from '../state/permissions.ts';
import { shownStatus } from '../state/shown-status.ts';
import { useChosenFiles } from '../state/use-chosen-files.ts';
import { useConversationChanges } from '../state/use-conversation-changes.ts';
import { useEntries } from '../state/use-entries.ts';
import { usePresence } from '../state/use-presence.ts';
import { useStore } from '../state/use-store.ts';
import { useUnreadDivider } from '../state/use-unread-divider.ts';
import { useVisible } from '../state/use-visible.ts';
import { useVisitorPanel } from '../state/use-visitor-panel.ts';
import { useWantedMessage } from '../state/use-wanted-message.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { ConversationHeader } from './conversation-header.tsx';
import { Composer, type Correction } from './composer.tsx';
import { EmptyState } from './empty-state.tsx';
import { memo } from './memo.tsx';
import { MessageLog } from './message-log.tsx';
import { SHOWN_PICTURE, urlOf } from './thread/attachments.tsx';
import { DropTarget } from './thread/drop-target.tsx';
import { Lightbox, type LightboxPicture } from './thread/lightbox.tsx';
import type { MessageActions } from './thread/message-view.tsx';
import type { NoteActions } from './thread/note-view.tsx';
import { PresenceBanner } from './thread/presence-banner.tsx';
import { VisitorPane } from './thread/visitor-pane.tsx';

export interface ConversationPaneProps {
  workspace: Workspace;
  conversationId: number;
  router: Router;
  /** Null when the list does not know it. */
  row: ConversationRow | null;
  onBack(): void;
}

/** As much of a message as is shown where it is answered. */
const EXCERPT_CHARACTERS = 140;

/** Drawn anew only for what is its own: the list beside it changes with every other conversation. */
export const ConversationPane = memo(DrawnPane);

function DrawnPane(props: ConversationPaneProps) {
  const { workspace, conversationId, router, row, onBack } = props;
  const { agent } = workspace;
  const session = workspace.conversations.get(conversationId);
  const notes = workspace.notes.get(conversationId);
  const state = useStore(session);
  const entries = useEntries(state.entries);
  const { notes: shownNotes } = useStore(notes);
  const agents = useStore(workspace.agents);
  const cannedReplies = useStore(workspace.cannedReplies);
  const { sendKey } = useStore(workspace.preferences);
  const heading = useRef<HTMLHeadingElement>(null);
  const composer = useRef<HTMLTextAreaElement>(null);
  const visible = useVisible();
  const wanted = useWantedMessage();
  const unreadAfter = useUnreadDivider(state, visible);
  const files = useChosenFiles(workspace.uploadRules);
  const changes = useConversationChanges(workspace);
  const { colleagues, setAnswering } = usePresence(workspace, conversationId);
  const panel = useVisitorPanel();
  const [mode, setMode] = useState<ComposerMode>('reply');
  const [quote, setQuote] = useState<ReplyTo | null>(null);
  const [correction, setCorrection] = useState<Correction | null>(null);
  const [enlarged, setEnlarged] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<Correction | null>(null);
  useLatencyReport(session, entries);

  const mayAnswer = may(agent.role, 'answer');
  const known = shownStatus(row, state.view);
  const status = known && {
    status: changes.pending.status ?? known.status,
    assignedTo: changes.pending.assigned_to !== undefined ? changes.pending.assigned_to : known.assignedTo,
  };
  const shownRow = row && { ...row, ...changes.pending };
  const closed = status?.status === 'closed';
  const gone = state.phase === 'gone';
  const name = visitorName(state.view?.visitorName ?? row?.visitor_name, conversationId);
  usePageTitle(workspace, name);

  // Where one types at once; on a touch screen the keyboard would cover what is to be read.
  useLayoutEffect(() => {
    if (wanted) return;
    const typing = window.matchMedia('(pointer: fine)').matches;
    ((typing && composer.current) || heading.current)?.focus({ preventScroll: true });
  }, []);

  // The composer may leave while it has the focus; whoever uses the keyboard stays in the conversation.
  useEffect(() => {
    if (document.activeElement === document.body) (composer.current ?? heading.current)?.focus();
  }, [closed, gone]);

  // Erased while nobody here was told: the row is not shown any longer.
  useEffect(() => {
    if (gone && state.error?.status === 404) workspace.list.forget(conversationId);
  }, [gone]);

  useEffect(
    () =>
      workspace.wishes.on('compose', (wish) => {
        setMode(wish);
        requestAnimationFrame(() => composer.current?.focus());
      }),
    [],
  );

  const leave = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
    event.preventDefault();
    // Out of the text first, so that single keys act on the conversation.
    if (event.target === composer.current) heading.current?.focus();
    else onBack();
  };

  useEffect(() => {
    if (mode === 'note') workspace.agents.want();
  }, [mode]);
  /** Right after a reload, a draft may be quicker than the names that are mentioned in it. */
  const withAgents = (run: (all: readonly Agent[]) => void) => (agents.length > 0 ? run(agents) : void workspace.agents.ready().then(run));

  const failed = (thrown: unknown) => {
    const { offline, status: code, message } = toApiError(thrown);
    workspace.toasts.show(offline ? text.unreachable : code === 409 || code === 422 ? message : text.conversation.actionFailed, { tone: 'error' });
  };
  const changeableUntil = ({ message }: TimelineEntry) =>
    mayAnswer && message.sender_type === 'employee' && message.sender_name === agent.name ? Date.parse(message.created_at) + workspace.editMs : 0;
  const editMessage = ({ message }: TimelineEntry) => setCorrection({ of: 'message', id: message.id, text: message.message });
  /** Answers whether there was one. */
  const editLast = (): boolean => {
    const isChangeable = (entry: TimelineEntry) =>
      entry.delivery === 'sent' && !entry.message.deleted_at && entry.message.message !== '' && Date.now() < changeableUntil(entry);
    const lastOwn = [...entries].reverse().find(isChangeable);
    if (lastOwn) editMessage(lastOwn);
    return lastOwn !== undefined;
  };

  const pictures = useMemo(() => picturesOf(entries), [entries]);
  const mayQuote = mayAnswer && !closed;
  const actions = useMemo<Omit<MessageActions, 'jump'>>(
    () => ({
      quote: mayQuote
        ? ({ message }) => {
            setMode('reply');
            setQuote({ seq: message.seq, sender_name: message.sender_name ?? (message.sender_type === 'visitor' ? name : null), excerpt: excerptOf(message.message) });
          }
        : null,
      copyText: ({ message }) => void copy(workspace, message.message),
      copyLink: ({ message }) => void copy(workspace, `${location.origin}${hrefOf(inboxRoute(conversationId))}#message-${message.seq}`),
      changeableUntil,
      edit: editMessage,
      remove: (entry) => setDeleting({ of: 'message', id: entry.message.id, text: '' }),
      enlarge: setEnlarged,
      retry: (clientId) => session.retry(clientId),
      discard: (clientId) => workspace.conversations.discard(conversationId, clientId),
    }),
    [workspace, conversationId, session, mayAnswer, mayQuote, name],
  );
  const noteActions = useMemo<NoteActions>(
    () => ({
      edit: mayAnswer ? (note: ShownNote) => setCorrection({ of: 'note', id: note.id, text: note.body }) : null,
      remove: (note) => setDeleting({ of: 'note', id: note.id, text: '' }),
      retry: (key) => notes.retry(key),
      discard: (key) => notes.discard(key),
    }),
    [notes, mayAnswer],
  );
  const correct = ({ of, id, text: before }: Correction, words: string) => {
    setCorrection(null);
    const change = (to: string): Promise<unknown> => (of === 'note' ? notes.edit(id, to) : workspace.thread.editMessage(id, to));
    withAgents((all) => {
      const after = of === 'note' ? encodeMentions(words, all) : words;
      if (after === before) return;
      change(after).then(
        () => workspace.toasts.show(text.saved, { undo: () => void change(before).catch(failed) }),
        failed,
      );
    });
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
          changes={changes}
          mayAnswer={false}
          headingRef={heading}
          onBack={onBack}
          panel={null}
        />
        <EmptyState title={text.conversation.gone} hint={text.conversation.goneHint} />
      </section>
    );
  }
  return (
    <div class="conversation-frame">
      <DropTarget class="conversation" label={name} onKeyDown={leave} onDrop={closed || !mayAnswer || mode === 'note' ? null : files.add}>
        <ConversationHeader
          workspace={workspace}
          conversationId={conversationId}
          name={name}
          row={shownRow}
          view={state.view}
          status={status}
          changes={changes}
          mayAnswer={mayAnswer}
          headingRef={heading}
          onBack={onBack}
          panel={row?.visitor_id !== undefined ? panel : null}
        />
        <MessageLog
          session={session}
          state={state}
          entries={entries}
          notes={shownNotes}
          visitor={name}
          own={agent}
          unreadAfter={unreadAfter}
          actions={actions}
          noteActions={noteActions}
          wanted={wanted}
          onSeen={visible && mayAnswer ? () => session.markRead() : null}
          onLeave={() => (composer.current ?? heading.current)?.focus()}
        />
        <PresenceBanner colleagues={colleagues} />
        {closed && <p class="closed-bar">{text.conversation.closedNotice}</p>}
        {mayAnswer && (
          <Composer
            mode={closed ? 'note' : mode}
            onMode={setMode}
            notesOnly={closed}
            draft={(of) => workspace.drafts.get(conversationId, of)}
            onDraft={(of, draft) => {
              workspace.drafts.set(conversationId, draft, of);
              if (of === 'note') return;
              session.setTyping(draft.trim() !== '');
              setAnswering(draft.trim() !== '');
            }}
            inputRef={composer}
            quote={quote}
            onQuote={setQuote}
            correction={correction}
            onCorrection={setCorrection}
            files={files}
            accept={workspace.uploadRules?.accept ?? null}
            replies={{
              list: cannedReplies,
              context: { visitorName: state.view?.visitorName ?? null, agentName: agent.name, widgetName: row?.widget_name ?? '', conversationId },
              onWant: () => workspace.cannedReplies.want(),
            }}
            agents={agents}
            sendKey={sendKey}
            onSendKey={(chosen) => workspace.preferences.set({ sendKey: chosen })}
            onSend={(message, upload) => {
              session.send(message, upload, quote);
              setQuote(null);
              setAnswering(false);
              session.markRead();
            }}
            onNote={(words) => withAgents((all) => notes.add(encodeMentions(words, all), lastSeqOf(entries)))}
            onCorrect={correct}
            onEditLast={editLast}
          />
        )}
        {enlarged !== null && <Lightbox pictures={pictures} at={Math.max(0, pictures.findIndex(({ url }) => url === enlarged))} onClose={() => setEnlarged(null)} />}
        {deleting && (
          <ConfirmDialog
            title={deleting.of === 'note' ? text.thread.deleteNoteTitle : text.thread.deleteMessageTitle}
            explanation={deleting.of === 'note' ? text.thread.deleteNoteExplanation : text.thread.deleteMessageExplanation}
            confirm={text.delete}
            dangerous
            onConfirm={() => (deleting.of === 'note' ? notes.remove(deleting.id) : workspace.thread.deleteMessage(deleting.id))}
            onClose={() => setDeleting(null)}
          />
        )}
      </DropTarget>
      {panel.shown && row?.visitor_id !== undefined && (
        <VisitorPane workspace={workspace} router={router} conversationId={conversationId} visitorId={row.visitor_id} name={name} view={state.view} mayAnswer={mayAnswer} panel={panel} />
      )}
    </div>
  );
}

function picturesOf(entries: readonly TimelineEntry[]): LightboxPicture[] {
  return entries.flatMap(({ message }) =>
    message.attachments.flatMap((attachment) => {
      const url = SHOWN_PICTURE.test(attachment.content_type) ? urlOf(attachment) : null;
      return url ? [{ url, name: attachment.name }] : [];
    }),
  );
}

function lastSeqOf(entries: readonly TimelineEntry[]): number {
  return entries.reduce((last, { message }) => Math.max(last, message.seq), 0);
}

function excerptOf(message: string): string {
  return [...plainText(message).replace(/\s+/g, ' ')].slice(0, EXCERPT_CHARACTERS).join('');
}
