/** Tells those who listen to the page that somebody wrote in a conversation that is not on screen. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { visitorName } from '../names.ts';
import type { ConversationList } from '../state/conversation-list.ts';
import { text } from '../text.ts';

export interface AnnouncerProps {
  list: ConversationList;
  selectedId: number | null;
}

export function Announcer({ list, selectedId }: AnnouncerProps) {
  const [words, setWords] = useState('');
  const selected = useRef(selectedId);
  selected.current = selectedId;
  useEffect(
    () =>
      list.events.on('incoming', (row) => {
        if (row.id === selected.current) return;
        setWords(text.inbox.newMessageFrom(visitorName(row.visitor_name, row.id)));
      }),
    [list],
  );
  return (
    <p class="visually-hidden" role="status">
      {words}
    </p>
  );
}
