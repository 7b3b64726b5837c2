/** Messages that one person wrote in a row, with their time and what became of them. */

import { completeTime, timeOfDay } from '../format-time.ts';
import { senderName } from '../names.ts';
import type { MessageGroup } from '../state/message-groups.ts';
import { text } from '../text.ts';
import { CheckIcon, ClockIcon, ReadIcon, WarningIcon } from './icons.tsx';
import { isShallowlySame, memo } from './memo.tsx';
import { MessageView, type MessageActions } from './thread/message-view.tsx';

/** What became of a message. */
export type Mark = 'sending' | 'waiting' | 'failed' | 'sent' | 'delivered' | 'read';

export interface MessageGroupProps {
  group: MessageGroup;
  visitor: string;
  ownName: string;
  /** Of its last message; null: it has none. */
  mark: Mark | null;
  /** The key of the message that the Tab key reaches; null when that is elsewhere. */
  tabStop: string | null;
  /** The same ones as long as they do the same. */
  actions: MessageActions;
}

/** Drawn anew only when it is another: a long conversation has hundreds, and each message that comes would draw them all. */
export const MessageGroupView = memo(DrawnGroup, (before: MessageGroupProps, after: MessageGroupProps) => {
  const [{ group: known, ...was }, { group, ...is }] = [before, after];
  return isSameGroup(known, group) && isShallowlySame(was, is);
});

/** Groups are arranged anew, of entries that stay. */
function isSameGroup(before: MessageGroup, after: MessageGroup): boolean {
  const { entries, sender, name } = after;
  return before.sender === sender && before.name === name && before.entries.length === entries.length && entries.every((entry, index) => before.entries[index] === entry);
}

function DrawnGroup({ group, visitor, ownName, mark, tabStop, actions }: MessageGroupProps) {
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
        {mark !== null && <DeliveryMark mark={mark} />}
      </p>
    </div>
  );
}

/** The mark of a group; `readSeq` and `deliveredSeq` say up to where the visitor has read and has got the messages. */
export function markOf(group: MessageGroup, readSeq: number, deliveredSeq: number): Mark | null {
  const last = group.entries[group.entries.length - 1];
  if (!last || group.sender !== 'employee') return null;
  const { delivery, message } = last;
  if (delivery !== 'sent') return delivery;
  return message.seq <= readSeq ? 'read' : message.seq <= deliveredSeq ? 'delivered' : 'sent';
}

function nameOf(group: MessageGroup, visitor: string, ownName: string): string {
  if (group.sender === 'visitor') return visitor;
  const own = group.sender === 'employee' && group.name === ownName;
  return own ? text.message.you : senderName(group.sender, group.name);
}

/** Marks that are worth a word beside the icon. */
const WORDED = new Set<Mark>(['read', 'waiting']);

function DeliveryMark({ mark }: { mark: Mark }) {
  const Icon = { read: ReadIcon, delivered: ReadIcon, sent: CheckIcon, sending: ClockIcon, waiting: ClockIcon, failed: WarningIcon }[mark];
  return (
    <span class={`mark mark--${mark}`} title={text.message[mark]}>
      <Icon />
      <span class={WORDED.has(mark) ? undefined : 'visually-hidden'}>{text.message[mark]}</span>
    </span>
  );
}
