/** Messages that one person wrote in a row, with their time and what became of them. */

import type { TimelineEntry } from '../../shared/timeline.ts';
import { completeTime, timeOfDay } from '../format-time.ts';
import { senderName } from '../names.ts';
import type { MessageGroup } from '../state/message-groups.ts';
import { text } from '../text.ts';
import { CheckIcon, ClockIcon, ReadIcon, WarningIcon } from './icons.tsx';
import { MessageView, type MessageActions } from './thread/message-view.tsx';

export interface MessageGroupProps {
  group: MessageGroup;
  visitor: string;
  ownName: string;
  /** Up to where the visitor has read. */
  readByVisitorSeq: number;
  /** Up to where the visitor's screens have the messages. */
  deliveredSeq: number;
  /** The key of the message that the Tab key reaches. */
  tabStop: string | null;
  actions: MessageActions;
}

export function MessageGroupView({ group, visitor, ownName, readByVisitorSeq, deliveredSeq, tabStop, actions }: MessageGroupProps) {
  const last = group.entries[group.entries.length - 1];
  if (!last) return null;
  const at = new Date(last.message.created_at);
  const outgoing = group.sender === 'employee' || group.sender === 'bot';
  const name = nameOf(group, visitor, ownName);
  return (
    <div class={`group group--${group.sender} ${outgoing ? 'group--outgoing' : ''}`}>
      {group.entries.map((entry) => (
        <MessageView key={entry.key} entry={entry} name={name} tabbable={entry.key === tabStop} actions={actions} />
      ))}
      <p class="group__meta">
        <bdi class="group__name">{name}</bdi>
        <time dateTime={at.toISOString()} title={completeTime(at)}>
          {timeOfDay(at)}
        </time>
        {group.sender === 'employee' && <DeliveryMark entry={last} readSeq={readByVisitorSeq} deliveredSeq={deliveredSeq} />}
      </p>
    </div>
  );
}

function nameOf(group: MessageGroup, visitor: string, ownName: string): string {
  if (group.sender === 'visitor') return visitor;
  const own = group.sender === 'employee' && group.name === ownName;
  return own ? text.message.you : senderName(group.sender, group.name);
}

/** Marks that are worth a word beside the icon. */
const WORDED = new Set<string>(['read', 'waiting']);

interface DeliveryMarkProps {
  entry: TimelineEntry;
  readSeq: number;
  deliveredSeq: number;
}

function DeliveryMark({ entry, readSeq, deliveredSeq }: DeliveryMarkProps) {
  const { delivery, message } = entry;
  const reached = message.seq <= readSeq ? 'read' : message.seq <= deliveredSeq ? 'delivered' : 'sent';
  const mark = delivery === 'sent' ? reached : delivery;
  const Icon = { read: ReadIcon, delivered: ReadIcon, sent: CheckIcon, sending: ClockIcon, waiting: ClockIcon, failed: WarningIcon }[mark];
  return (
    <span class={`mark mark--${mark}`} title={text.message[mark]}>
      <Icon />
      <span class={WORDED.has(mark) ? undefined : 'visually-hidden'}>{text.message[mark]}</span>
    </span>
  );
}
