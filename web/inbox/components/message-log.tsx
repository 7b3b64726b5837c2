/**
 * The messages of a conversation, and the team's notes among them. Keeps to the newest one while the agent reads there, and
 * stays put while the agent reads further up. One of its items is reached with the Tab key; the arrow keys move between them.
 */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ConversationSession, SessionState } from '../../shared/conversation-session.ts';
import type { TimelineEntry } from '../../shared/timeline.ts';
import { dayName } from '../format-time.ts';
import { afterPaint } from '../state/after-paint.ts';
import type { ShownNote } from '../state/conversation-notes.ts';
import { arrange } from '../state/message-groups.ts';
import { useNow } from '../state/use-now.ts';
import { text } from '../text.ts';
import { DownIcon } from './icons.tsx';
import { markOf, MessageGroupView } from './message-group.tsx';
import type { MessageActions } from './thread/message-view.tsx';
import { NoteView, type NoteActions } from './thread/note-view.tsx';

export interface MessageLogProps {
  session: ConversationSession;
  state: SessionState;
  entries: readonly TimelineEntry[];
  notes: readonly ShownNote[];
  visitor: string;
  own: { id: number; name: string };
  /** Messages of the visitor beyond this `seq` were unread when the agent came; null: none were. */
  unreadAfter: number | null;
  /** These and those of notes are the same ones as long as they do the same: what is drawn stays as it is with them. */
  actions: Omit<MessageActions, 'jump'>;
  noteActions: NoteActions;
  /** The message to go to: by a link, or by a search. */
  wanted: { seq: number } | null;
  /** Called while the newest message is in view; null while nobody can be looking. */
  onSeen: (() => void) | null;
  /** The Escape key, which leaves the messages for the answer. */
  onLeave(): void;
}

/** Closer to the end than this counts as being there. */
const AT_END_PX = 48;
/** Earlier messages are asked for this long before the beginning comes into view. */
const NEAR_START_PX = 200;
/** On the way to a message far back, pages are as large as they may be, and no more than these. */
const JUMP_LIMIT = 200;
const MAX_JUMP_PAGES = 50;

export function MessageLog(props: MessageLogProps) {
  const { session, state, entries, notes, visitor, own, unreadAfter, actions, noteActions, wanted, onSeen, onLeave } = props;
  const { hasOlder, loadingOlder, unread, phase, view } = state;
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(wanted === null);
  const [active, setActive] = useState<string | null>(null);
  const topBefore = useRef(0);
  const firstBefore = useRef<string | null>(null);
  const now = useNow();

  // Earlier messages must not move those that are looked at. The height is read while they are not in the page yet, when it is known.
  const first = entries[0]?.key ?? null;
  const prepended = firstBefore.current !== null && first !== firstBefore.current && !atEnd;
  const heightBefore = prepended ? (scroller.current?.scrollHeight ?? 0) : 0;
  useLayoutEffect(() => {
    firstBefore.current = first;
    const element = scroller.current;
    if (element && prepended) element.scrollTop += element.scrollHeight - heightBefore;
  }, [first]);

  // Keeps to the end, whatever grows: the messages, a picture, the composer, a keyboard that comes up. The observer tells of it between
  // layout and paint, so nothing has to be measured out of turn.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !atEnd) return;
    const observer = new ResizeObserver(() => (element.scrollTop = element.scrollHeight));
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [atEnd, hasOlder, phase]);

  const toEnd = useCallback(() => setAtEnd(true), []);
  // What was just written is looked at, wherever the agent had been reading.
  const newest = entries[entries.length - 1];
  const newestOwn = newest && newest.delivery !== 'sent' ? newest.key : notes.find(({ delivery }) => delivery === 'saving')?.key;
  useLayoutEffect(() => {
    if (newestOwn !== undefined) toEnd();
  }, [newestOwn]);

  // That a message was seen is drawn and told when it is on the screen, and does not keep it from there.
  useEffect(() => (atEnd && unread > 0 && onSeen ? afterPaint(onSeen) : undefined), [atEnd, unread, onSeen !== null]);

  const jump = useCallback(
    async (seq: number) => {
      const find = () => document.getElementById(`message-${seq}`);
      for (let page = 0; !find() && page < MAX_JUMP_PAGES && session.state.hasOlder; page += 1) {
        const before = session.state.entries.length;
        await session.loadOlder(JUMP_LIMIT);
        if (session.state.entries.length === before && !session.state.loadingOlder) break;
        await drawn();
      }
      const target = find();
      if (!target) return;
      setAtEnd(false);
      target.scrollIntoView({ block: 'center' });
      target.focus({ preventScroll: true });
      target.classList.remove('message--found');
      // Restarts the animation of one that is found again.
      void target.offsetWidth;
      target.classList.add('message--found');
    },
    [session],
  );

  useEffect(() => {
    if (wanted && phase === 'ready') void jump(wanted.seq);
  }, [wanted, phase === 'ready']);

  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    // Only who scrolls up leaves the end: a message may have come since it was scrolled to.
    const up = scrollTop < topBefore.current;
    topBefore.current = scrollTop;
    setAtEnd((before) => scrollHeight - scrollTop - clientHeight < AT_END_PX || (before && !up));
    if (scrollTop < NEAR_START_PX && hasOlder && !loadingOlder) void session.loadOlder();
  };

  const items = useMemo(() => arrange(entries, { notes, unreadAfter, hasOlder }), [entries, notes, unreadAfter, hasOlder]);
  const keys = useMemo(
    () => items.flatMap((item) => (item.kind === 'group' ? item.entries.map(({ key }) => key) : item.kind === 'note' ? [item.key] : [])),
    [items],
  );
  const tabStop = active !== null && keys.includes(active) ? active : (keys[keys.length - 1] ?? null);

  const allActions = useMemo<MessageActions>(() => ({ ...actions, jump: (seq) => void jump(seq) }), [actions, jump]);

  const keyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      onLeave();
      return;
    }
    const all = [...(scroller.current?.querySelectorAll<HTMLElement>('[data-thread-item]') ?? [])];
    const at = all.indexOf(event.target as HTMLElement);
    if (at < 0) return;
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, to))]?.focus();
  };

  return (
    <div class="log-frame">
      <div
        class="log"
        ref={scroller}
        onScroll={scrolled}
        onKeyDown={keyDown}
        onFocusIn={({ target }) => setActive((target as Element).closest<HTMLElement>('[data-thread-item]')?.dataset['threadItem'] ?? null)}
        // Without anything in it that takes the focus, it is scrolled by itself.
        tabIndex={keys.length === 0 ? 0 : -1}
        role="region"
        aria-label={text.conversation.messages}
      >
        {hasOlder && (
          <button class="button log__older" type="button" aria-disabled={loadingOlder} onClick={() => void session.loadOlder()}>
            {loadingOlder ? text.conversation.loadingOlder : text.conversation.loadOlder}
          </button>
        )}
        {phase === 'opening' && <p class="loading">{state.error ? text.connection.explain.reconnecting : text.loading}</p>}
        {phase === 'ready' && keys.length === 0 && <p class="log__empty">{text.conversation.empty}</p>}
        <div class="log__messages" role="log" aria-busy={loadingOlder || phase === 'opening'}>
          {items.map((item) => {
            switch (item.kind) {
              case 'day':
                return (
                  <p class="log__day" key={item.key}>
                    <time dateTime={item.day.toISOString()}>{dayName(item.day, now)}</time>
                  </p>
                );
              case 'unread':
                return (
                  <p class="log__unread" key={item.key}>
                    <span>{text.thread.unread}</span>
                  </p>
                );
              case 'note':
                return <NoteView key={item.key} note={item.note} ownId={own.id} tabbable={item.key === tabStop} {...noteActions} />;
              case 'group':
                return (
                  <MessageGroupView
                    key={item.key}
                    group={item}
                    visitor={visitor}
                    ownName={own.name}
                    mark={markOf(item, view?.read.visitor_seq ?? 0, view?.delivered.visitor_seq ?? 0)}
                    tabStop={item.entries.some(({ key }) => key === tabStop) ? tabStop : null}
                    actions={allActions}
                  />
                );
            }
          })}
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

/** Resolves when what was changed is on the page. */
function drawn(): Promise<void> {
  return new Promise((resolve) => requestAnimationFrame(() => resolve()));
}
