/** Who the conversation is with, its state, and what can be done with it. */

import type { Ref } from 'preact';
import type { ConversationView } from '../../shared/conversation-view.ts';
import type { ConversationRow } from '../inbox-api.ts';
import type { ShownStatus } from '../state/shown-status.ts';
import { useAction } from '../state/use-action.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { BackIcon } from './icons.tsx';
import { StatusChip } from './status-chip.tsx';

export interface ConversationHeaderProps {
  workspace: Workspace;
  conversationId: number;
  name: string;
  row: ConversationRow | null;
  view: ConversationView | null;
  /** Null as long as it is not known; then nothing can be done either. */
  status: ShownStatus | null;
  headingRef: Ref<HTMLHeadingElement>;
  onBack(): void;
}

export function ConversationHeader(props: ConversationHeaderProps) {
  const { conversationId, name, row, view, status, headingRef, onBack } = props;
  const email = view?.visitorEmail ?? row?.visitor_email ?? null;
  const phone = view?.visitorPhone ?? row?.visitor_phone ?? null;
  return (
    <header class="conversation-header">
      <button class="icon-button conversation-header__back" type="button" onClick={onBack}>
        <BackIcon />
        <span class="visually-hidden">{text.conversation.back}</span>
      </button>
      <Avatar name={view?.visitorName ?? row?.visitor_name ?? null} id={conversationId} />
      <div class="conversation-header__who">
        <h1 class="conversation-header__name line" tabIndex={-1} ref={headingRef}>
          <bdi>{name}</bdi>
        </h1>
        <p class="conversation-header__facts">
          {status && <StatusChip status={status.status} />}
          {status && <span>{assigneeText(status, props.workspace.agent.id)}</span>}
          {email && <a href={`mailto:${email}`}>{email}</a>}
          {phone && <a href={`tel:${phone.replace(/[^+\d]/g, '')}`}>{phone}</a>}
          {row && <bdi class="conversation-header__widget">{row.widget_name}</bdi>}
        </p>
      </div>
      {status && <Actions {...props} status={status} />}
    </header>
  );
}

function Actions({ workspace, conversationId, status }: ConversationHeaderProps & { status: ShownStatus }) {
  const closed = status.status === 'closed';
  const mine = status.assignedTo?.id === workspace.agent.id;
  const assign = useAction(() => workspace.assign(conversationId, mine ? null : workspace.agent.id));
  const turn = useAction(() => (closed ? workspace.reopen(conversationId) : workspace.close(conversationId)));
  const error = assign.error ?? turn.error;
  return (
    <div class="conversation-header__actions">
      <button class="button" type="button" aria-disabled={assign.busy} onClick={assign.run}>
        {mine ? text.conversation.unassign : text.conversation.assignToMe}
      </button>
      <button class="button" type="button" aria-disabled={turn.busy} onClick={turn.run}>
        {closed ? text.conversation.reopen : text.conversation.close}
      </button>
      {error && (
        <p class="conversation-header__error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function assigneeText({ assignedTo }: ShownStatus, ownId: number): string {
  if (!assignedTo) return text.row.unassigned;
  return text.conversation.assignedTo(assignedTo.id === ownId ? text.conversation.me : assignedTo.name);
}
