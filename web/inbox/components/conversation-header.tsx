/** Who the conversation is with, its state, and what can be done with it. */

import type { Ref } from 'preact';
import type { ConversationView } from '../../shared/conversation-view.ts';
import { completeTime } from '../format-time.ts';
import type { ConversationRow } from '../inbox-api.ts';
import type { ShownStatus } from '../state/shown-status.ts';
import type { ConversationChanges } from '../state/use-conversation-changes.ts';
import type { Workspace } from '../state/workspace.ts';
import { text } from '../text.ts';
import { Avatar } from './avatar.tsx';
import { BackIcon } from './icons.tsx';
import { StatusChip } from './status-chip.tsx';
import { HeaderActions, Marks } from './thread/header-actions.tsx';
import { PanelIcon } from './thread/icons.tsx';

export interface ConversationHeaderProps {
  workspace: Workspace;
  conversationId: number;
  name: string;
  row: ConversationRow | null;
  view: ConversationView | null;
  /** Null as long as it is not known; then nothing can be done either. */
  status: ShownStatus | null;
  changes: ConversationChanges;
  /** Null where this agent may only read. */
  mayAnswer: boolean;
  headingRef: Ref<HTMLHeadingElement>;
  onBack(): void;
  /** Null: there is no panel. */
  panel: { shown: boolean; toggle(): void } | null;
}

export function ConversationHeader(props: ConversationHeaderProps) {
  const { workspace, conversationId, name, row, view, status, changes, mayAnswer, headingRef, onBack, panel } = props;
  const until = changes.pending.snoozed_until ?? row?.snoozed_until;
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
          {status?.status === 'snoozed' && until && <span>{text.thread.until(completeTime(new Date(until)))}</span>}
          {row && <Marks workspace={workspace} row={row} changes={changes} />}
          {row && <bdi class="conversation-header__widget">{row.widget_name}</bdi>}
        </p>
      </div>
      {status && mayAnswer && <HeaderActions workspace={workspace} conversationId={conversationId} status={status} row={row} changes={changes} />}
      {panel && (
        <button class="icon-button" type="button" aria-label={text.thread.visitorPanel} title={text.thread.visitorPanel} aria-expanded={panel.shown} onClick={panel.toggle}>
          <PanelIcon />
        </button>
      )}
    </header>
  );
}
