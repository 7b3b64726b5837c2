/**
 * The messages of a conversation. Keeps to the newest one while the agent reads there, and stays put
 * while the agent reads further up.
 */

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ConversationSession, SessionState } from '../../shared/conversation-session.ts';
import { dayName } from '../format-time.ts';
import { arrange } from '../state/message-groups.ts';
import { useNow } from '../state/use-now.ts';
import { text } from '../text.ts';
import { DownIcon } from './icons.tsx';
import { MessageGroupView } from './message-group.tsx';

export interface MessageLogProps {
  session: ConversationSession;
  state: SessionState;
  visitor: string;
  ownName: string;
  /** Called while the newest message is in view; null while nobody can be looking. */
  onSeen: (() => void) | null;
}

/** Closer to the end than this counts as being there. */
const AT_END_PX = 48;
/** Earlier messages are asked for this long before the beginning comes into view. */
const NEAR_START_PX = 200;

export function MessageLog({ session, state, visitor, ownName, onSeen }: MessageLogProps) {
  const { entries, hasOlder, loadingOlder, unread, phase } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const heightBefore = useRef(0);
  const firstBefore = useRef<string | null>(null);
  const now = useNow();

  const toEnd = useCallback(() => {
    const element = scroller.current;
    if (element) element.scrollTop = element.scrollHeight;
    setAtEnd(true);
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const first = entries[0]?.key ?? null;
    const prepended = firstBefore.current !== null && first !== firstBefore.current && !atEnd;
    if (prepended) element.scrollTop += element.scrollHeight - heightBefore.current;
    else if (atEnd) element.scrollTop = element.scrollHeight;
    heightBefore.current = element.scrollHeight;
    firstBefore.current = first;
  }, [entries, state.typing !== null]);

  // What was just written is looked at, wherever the agent had been reading.
  const newestOwn = entries[entries.length - 1]?.delivery !== 'sent' ? entries[entries.length - 1]?.key : undefined;
  useLayoutEffect(() => {
    if (newestOwn !== undefined) toEnd();
  }, [newestOwn]);

  // A composer that grows, or a keyboard that comes up, must not push the newest message out of view.
  useEffect(() => {
    const element = scroller.current;
    if (!element || !atEnd) return;
    const observer = new ResizeObserver(() => (element.scrollTop = element.scrollHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [atEnd]);

  useEffect(() => {
    if (atEnd && unread > 0) onSeen?.();
  }, [atEnd, unread, onSeen !== null]);

  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PX);
    if (element.scrollTop < NEAR_START_PX && hasOlder && !loadingOlder) void session.loadOlder();
  };

  return (
    <div class="log-frame">
      <div class="log" ref={scroller} onScroll={scrolled} tabIndex={0} role="region" aria-label={text.conversation.messages}>
        {hasOlder && (
          <button
            class="button log__older"
            type="button"
            aria-disabled={loadingOlder}
            onClick={() => void session.loadOlder()}
          >
            {loadingOlder ? text.conversation.loadingOlder : text.conversation.loadOlder}
          </button>
        )}
        {phase === 'opening' && (
          <p class="loading">{state.error ? text.connection.explain.reconnecting : text.loading}</p>
        )}
        {phase === 'ready' && entries.length === 0 && <p class="log__empty">{text.conversation.empty}</p>}
        <div class="log__messages" role="log" aria-busy={loadingOlder || phase === 'opening'}>
          {arrange(entries).map((item) =>
            item.kind === 'day' ? (
              <p class="log__day" key={item.key}>
                <time dateTime={item.day.toISOString()}>{dayName(item.day, now)}</time>
              </p>
            ) : (
              <MessageGroupView
                key={item.key}
                group={item}
                visitor={visitor}
                ownName={ownName}
                readByVisitorSeq={state.view?.read.visitor_seq ?? 0}
                deliveredSeq={state.view?.delivered.visitor_seq ?? 0}
                onRetry={(clientId) => session.retry(clientId)}
                onDiscard={(clientId) => void session.discard(clientId)}
              />
            ),
          )}
        </div>
        <p class="log__typing" aria-live="polite">
          {state.typing && text.conversation.typing(state.typing.name ?? visitor)}
        </p>
      </div>
      {!atEnd && (
        <button class="log__to-end" type="button" onClick={toEnd}>
          <DownIcon />
          {unread > 0 ? text.conversation.newMessages(unread) : text.conversation.toNewest}
        </button>
      )}
    </div>
  );
}
