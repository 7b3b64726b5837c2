/** Messages that one person wrote in a row, with their time and what became of them. */

import type { TimelineEntry } from '../../shared/timeline.ts';
import type { QuickReply } from '../../shared/types.ts';
import { completeTime, timeOfDay } from '../format-time.ts';
import { senderName } from '../names.ts';
import type { MessageGroup } from '../state/message-groups.ts';
import { text } from '../text.ts';
import { CheckIcon, ClockIcon, ReadIcon, WarningIcon } from './icons.tsx';
import { MessageText } from './message-text.tsx';

export interface MessageGroupProps {
  group: MessageGroup;
  visitor: string;
  ownName: string;
  /** Up to where the visitor has read. */
  readByVisitorSeq: number;
  /** Up to where the visitor's screens have the messages. */
  deliveredSeq: number;
  onRetry(clientId: string): void;
  onDiscard(clientId: string): void;
}

export function MessageGroupView({ group, visitor, ownName, readByVisitorSeq, deliveredSeq, ...failed }: MessageGroupProps) {
  const last = group.entries[group.entries.length - 1];
  if (!last) return null;
  const at = new Date(last.message.created_at);
  const outgoing = group.sender === 'employee' || group.sender === 'bot';
  return (
    <div class={`group group--${group.sender} ${outgoing ? 'group--outgoing' : ''}`}>
      {group.entries.map((entry) => (
        <div class={entry.delivery === 'sent' ? 'message' : `message message--${entry.delivery}`} key={entry.key}>
          <span class="visually-hidden">{nameOf(group, visitor, ownName)}: </span>
          <MessageText text={entry.message.message} />
          <Offered replies={entry.message.quick_replies ?? []} />
          {entry.delivery === 'failed' && <Failed entry={entry} {...failed} />}
        </div>
      ))}
      <p class="group__meta">
        <bdi class="group__name">{nameOf(group, visitor, ownName)}</bdi>
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

/** What the visitor may choose from; here it is only shown. */
function Offered({ replies }: { replies: readonly QuickReply[] }) {
  if (replies.length === 0) return null;
  return (
    <ul class="message__offered" aria-label={text.message.offered}>
      {replies.map(({ text: label, value, url }) => (
        <li key={label} title={url ?? value} dir="auto">
          {label}
        </li>
      ))}
    </ul>
  );
}

interface FailedProps {
  entry: TimelineEntry;
  onRetry(clientId: string): void;
  onDiscard(clientId: string): void;
}

function Failed({ entry, onRetry, onDiscard }: FailedProps) {
  return (
    <p class="message__failure" role="alert">
      <span>
        {text.message.failed}
        {entry.error && `: ${entry.error}`}
      </span>
      <button class="text-button" type="button" onClick={() => onRetry(entry.key)}>
        {text.message.retry}
      </button>
      <button class="text-button" type="button" onClick={() => onDiscard(entry.key)}>
        {text.message.discard}
      </button>
    </p>
  );
}
