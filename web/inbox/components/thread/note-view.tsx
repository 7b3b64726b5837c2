/** A note at its place among the messages: only the team reads it, and it looks like nothing that a visitor could see. */

import { completeTime, timeOfDay } from '../../format-time.ts';
import type { ShownNote } from '../../state/conversation-notes.ts';
import { text } from '../../text.ts';
import { ClockIcon } from '../icons.tsx';
import { memo } from '../memo.tsx';
import { MessageText } from '../message-text.tsx';
import { NoteIcon, PencilIcon, TrashIcon } from './icons.tsx';

export interface NoteActions {
  /** Null: notes cannot be changed now. */
  edit: ((note: ShownNote) => void) | null;
  remove(note: ShownNote): void;
  retry(key: string): void;
  discard(key: string): void;
}

export interface NoteViewProps extends NoteActions {
  note: ShownNote;
  ownId: number;
  tabbable: boolean;
}

/** Drawn anew only when it is another. */
export const NoteView = memo<NoteViewProps>(DrawnNote);

function DrawnNote({ note, ownId, tabbable, edit, remove, retry, discard }: NoteViewProps) {
  const at = new Date(note.created_at);
  const own = note.agent.id === ownId;
  const tabIndex = tabbable ? 0 : -1;
  return (
    <div class={`note note--${note.delivery}`} role="article" tabIndex={tabIndex} data-thread-item={note.key} aria-label={text.thread.noteBy(own ? text.message.you : note.agent.name)}>
      <p class="note__head">
        <NoteIcon />
        <span class="note__kind">{text.thread.note}</span>
        <bdi class="note__name">{own ? text.message.you : note.agent.name}</bdi>
        <time dateTime={note.created_at} title={completeTime(at)}>
          {timeOfDay(at)}
        </time>
        {note.edited_at && <span>{text.thread.edited}</span>}
        {note.delivery === 'saving' && (
          <span class="mark" title={text.message.sending}>
            <ClockIcon />
            <span class="visually-hidden">{text.message.sending}</span>
          </span>
        )}
      </p>
      <MessageText text={note.body} markdown tabbable={tabbable} ownId={ownId} />
      {note.delivery === 'failed' && (
        <p class="message__failure" role="alert">
          <span>{text.thread.noteFailed}</span>
          <button class="text-button" type="button" onClick={() => retry(note.key)}>
            {text.message.retry}
          </button>
          <button class="text-button" type="button" onClick={() => discard(note.key)}>
            {text.message.discard}
          </button>
        </p>
      )}
      {own && note.delivery === 'saved' && edit && (
        <div class="message-actions" role="group" aria-label={text.thread.actions}>
          <button type="button" tabIndex={tabIndex} aria-label={text.thread.editNote} title={text.thread.editNote} onClick={() => edit(note)}>
            <PencilIcon />
          </button>
          <button type="button" tabIndex={tabIndex} aria-label={text.thread.deleteNote} title={text.thread.deleteNote} onClick={() => remove(note)}>
            <TrashIcon />
          </button>
        </div>
      )}
    </div>
  );
}
