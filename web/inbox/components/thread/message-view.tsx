/** One message: what it answers, its text, its files, what became of it, and what can be done with it. */

import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { memo } from '../memo.tsx';
import type { TimelineEntry } from '../../../shared/timeline.ts';
import type { QuickReply, ReplyTo } from '../../../shared/types.ts';
import { completeTime } from '../../format-time.ts';
import { useBefore } from '../../state/use-before.ts';
import { text } from '../../text.ts';
import { MessageText } from '../message-text.tsx';
import { Attachments, PendingUpload } from './attachments.tsx';
import { CopyIcon, LinkIcon, PencilIcon, QuoteIcon, TrashIcon } from './icons.tsx';

export interface MessageActions {
  /** Null: nothing can be sent now. */
  quote: ((entry: TimelineEntry) => void) | null;
  copyText(entry: TimelineEntry): void;
  copyLink(entry: TimelineEntry): void;
  /** Until when it can be edited and deleted, in milliseconds since 1970; 0: never. */
  changeableUntil(entry: TimelineEntry): number;
  edit(entry: TimelineEntry): void;
  remove(entry: TimelineEntry): void;
  jump(seq: number): void;
  enlarge(url: string): void;
  retry(clientId: string): void;
  discard(clientId: string): void;
}

export interface MessageViewProps {
  entry: TimelineEntry;
  /** Who wrote it, for those who hear the page. */
  name: string;
  /** Whether this is the message that the Tab key reaches. */
  tabbable: boolean;
  actions: MessageActions;
}

/** Drawn anew only when it is another. */
export const MessageView = memo<MessageViewProps>(DrawnMessage);

function DrawnMessage({ entry, name, tabbable, actions }: MessageViewProps) {
  const { message, delivery, upload, progress } = entry;
  // Most messages are only read: what can be done with one is drawn when somebody comes near it.
  const [near, setNear] = useState(false);
  const deleted = Boolean(message.deleted_at);
  const team = message.sender_type === 'employee' || message.sender_type === 'bot';
  const cancel = delivery === 'sending' || delivery === 'waiting' ? () => actions.discard(entry.key) : null;
  return (
    <div
      class={['message', delivery !== 'sent' && `message--${delivery}`, deleted && 'message--deleted'].filter(Boolean).join(' ')}
      role="article"
      id={message.seq > 0 ? `message-${message.seq}` : undefined}
      tabIndex={tabbable ? 0 : -1}
      onPointerEnter={() => setNear(true)}
      data-thread-item={entry.key}
    >
      <span class="visually-hidden">{name}: </span>
      {message.reply_to && <Quoted replyTo={message.reply_to} tabbable={tabbable} onJump={actions.jump} />}
      {deleted ? (
        <p class="message__text">{text.thread.deleted}</p>
      ) : (
        message.message && <MessageText text={message.message} markdown={team} tabbable={tabbable} />
      )}
      {upload ? (
        <PendingUpload upload={upload} progress={progress} onCancel={cancel} />
      ) : (
        <Attachments attachments={message.attachments} tabbable={tabbable} onEnlarge={actions.enlarge} />
      )}
      <Offered replies={message.quick_replies ?? []} />
      {message.edited_at && !deleted && (
        <span class="message__edited" title={completeTime(new Date(message.edited_at))}>
          {text.thread.edited}
        </span>
      )}
      {delivery === 'failed' && <Failed entry={entry} actions={actions} />}
      {(near || tabbable) && delivery === 'sent' && !deleted && message.sender_type !== 'system' && <Actions entry={entry} tabbable={tabbable} actions={actions} />}
    </div>
  );
}

function Quoted({ replyTo, tabbable, onJump }: { replyTo: ReplyTo; tabbable: boolean; onJump(seq: number): void }) {
  return (
    <button class="quoted" type="button" tabIndex={tabbable ? 0 : -1} onClick={() => onJump(replyTo.seq)}>
      <span class="visually-hidden">{text.thread.inAnswerTo} </span>
      {replyTo.sender_name && <bdi class="quoted__name">{replyTo.sender_name}</bdi>}
      <span class="quoted__text" dir="auto">
        {replyTo.excerpt || text.row.attachment}
      </span>
    </button>
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

function Actions({ entry, tabbable, actions }: Omit<MessageViewProps, 'name'>) {
  const { quote } = actions;
  const changeable = useBefore(actions.changeableUntil(entry));
  const group = useRef<HTMLDivElement>(null);
  const focused = group.current?.contains(document.activeElement) ?? false;
  // The message takes the focus from a button that goes.
  useLayoutEffect(() => {
    if (focused && !group.current?.contains(document.activeElement)) group.current?.closest<HTMLElement>('[data-thread-item]')?.focus();
  }, [changeable]);
  const offered = [
    quote && { label: text.thread.quote, Icon: QuoteIcon, run: () => quote(entry) },
    entry.message.message && { label: text.thread.copyText, Icon: CopyIcon, run: () => actions.copyText(entry) },
    { label: text.thread.copyLink, Icon: LinkIcon, run: () => actions.copyLink(entry) },
    changeable && entry.message.message && { label: text.thread.editMessage, Icon: PencilIcon, run: () => actions.edit(entry) },
    changeable && { label: text.thread.deleteMessage, Icon: TrashIcon, run: () => actions.remove(entry) },
  ];
  return (
    <div class="message-actions" role="group" ref={group} aria-label={text.thread.actions}>
      {offered.map(
        (action) =>
          action && (
            <button key={action.label} type="button" tabIndex={tabbable ? 0 : -1} aria-label={action.label} title={action.label} onClick={action.run}>
              <action.Icon />
            </button>
          ),
      )}
    </div>
  );
}

function Failed({ entry, actions }: { entry: TimelineEntry; actions: MessageActions }) {
  return (
    <p class="message__failure" role="alert">
      <span>
        {text.message.failed}
        {entry.error && `: ${entry.error}`}
      </span>
      <button class="text-button" type="button" onClick={() => actions.retry(entry.key)}>
        {text.message.retry}
      </button>
      <button class="text-button" type="button" onClick={() => actions.discard(entry.key)}>
        {text.message.discard}
      </button>
    </p>
  );
}
