/**
 * Where answers and notes are written, each with its own draft. What is written is kept by `onDraft` until it is sent; a note
 * looks like nothing that goes to the visitor.
 */

import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { OutboxUpload } from '../../shared/outbox.ts';
import type { ReplyTo } from '../../shared/types.ts';
import type { ReplyContext } from '../state/canned-replies.ts';
import type { ComposerMode } from '../state/drafts.ts';
import { decodeMentions, type Mentionable } from '../state/mentions.ts';
import type { SendKey } from '../state/preferences.ts';
import type { ChosenFiles } from '../state/use-chosen-files.ts';
import type { CannedReply } from '../thread-api.ts';
import { text } from '../text.ts';
import { Editor } from './composer/editor.tsx';
import { FileTray } from './composer/file-tray.tsx';
import { VoiceRecorder } from './composer/voice-recorder.tsx';
import { CrossIcon, NoteIcon, QuoteIcon } from './thread/icons.tsx';

/** Something that was sent and is written anew. */
export interface Correction {
  of: 'message' | 'note';
  id: number;
  text: string;
}

export interface ComposerProps {
  mode: ComposerMode;
  onMode(mode: ComposerMode): void;
  /** Only notes can be written. */
  notesOnly: boolean;
  draft(mode: ComposerMode): string;
  onDraft(mode: ComposerMode, draft: string): void;
  inputRef: RefObject<HTMLTextAreaElement | null>;
  quote: ReplyTo | null;
  onQuote(quote: null): void;
  correction: Correction | null;
  onCorrection(correction: null): void;
  files: ChosenFiles;
  /** Content types for the dialog; null: no files can be sent. */
  accept: readonly string[] | null;
  replies: { list: readonly CannedReply[]; context: ReplyContext; onWant(): void };
  agents: readonly Mentionable[];
  sendKey: SendKey;
  onSendKey(sendKey: SendKey): void;
  onSend(message: string, upload: OutboxUpload | null): void;
  /** Mentions are as they were written. */
  onNote(words: string): void;
  onCorrect(correction: Correction, words: string): void;
  /** Answers whether there is one that may still be edited. */
  onEditLast(): boolean;
}

/** The server's limit, counted after trimming. */
const MAX_CHARACTERS = 5_000;

export function Composer(props: ComposerProps) {
  const { mode, inputRef, quote, correction, files } = props;
  const note = correction ? correction.of === 'note' : mode === 'note';
  const picker = useRef<HTMLInputElement>(null);
  const [recording, setRecording] = useState(false);
  const written = correction ? `${correction.of}-${correction.id}` : mode;
  const before = useRef(written);

  // Whoever changes what they write goes on writing.
  useLayoutEffect(() => {
    if (before.current === written) return;
    before.current = written;
    const field = inputRef.current;
    field?.focus();
    field?.setSelectionRange(field.value.length, field.value.length);
  }, [written]);
  useLayoutEffect(() => {
    if (quote) inputRef.current?.focus();
  }, [quote]);

  const withFiles = props.accept !== null && !note && !correction;
  const attach = (added: readonly File[]) => withFiles && files.add(added);
  const send = (words: string): boolean => {
    if (correction) props.onCorrect(correction, words);
    else if (note) props.onNote(words);
    else {
      const chosen = files.files.map((file) => ({ blob: file, name: file.name }));
      props.onSend(words, chosen.length > 0 ? { kind: 'file', files: chosen } : null);
      files.clear();
    }
    return correction === null;
  };
  const escape = (): boolean => {
    if (correction) props.onCorrection(null);
    else if (quote) props.onQuote(null);
    else return false;
    return true;
  };

  return (
    <div class={note ? 'composer composer--note' : 'composer'}>
      <div class="composer__frame">
        {correction ? (
          <Bar label={correction.of === 'note' ? text.thread.editingNote : text.thread.editingMessage} onCancel={() => props.onCorrection(null)} cancel={text.thread.cancelEditing} />
        ) : (
          <Modes mode={mode} notesOnly={props.notesOnly} onMode={props.onMode} />
        )}
        {quote && !note && !correction && (
          <Bar label={quote.sender_name ?? ''} excerpt={quote.excerpt || text.row.attachment} onCancel={() => props.onQuote(null)} cancel={text.thread.removeQuote} />
        )}
        {!note && !correction && <FileTray files={files.files} onRemove={files.remove} />}
        {files.problems.length > 0 && (
          <p class="composer__problem" role="alert">
            {files.problems.join(' ')}
          </p>
        )}
        {recording ? (
          <VoiceRecorder
            onDone={(recorded) => {
              setRecording(false);
              if (recorded) {
                const { blob, name, durationMs } = recorded;
                props.onSend('', { kind: 'voice', files: [{ blob, name }], durationMs });
              }
              requestAnimationFrame(() => inputRef.current?.focus());
            }}
            onUnavailable={() => {
              setRecording(false);
              files.report(text.thread.noMicrophone);
            }}
          />
        ) : (
          <Editor
            key={written}
            initial={correction ? (correction.of === 'note' ? decodeMentions(correction.text) : correction.text) : props.draft(mode)}
            label={note ? text.thread.noteLabel : text.composer.label}
            placeholder={note ? text.thread.notePlaceholder : text.composer.placeholder}
            inputRef={inputRef}
            sendKey={props.sendKey}
            sendLabel={correction ? text.thread.saveChange : note ? text.thread.addNote : text.composer.send}
            maxCharacters={MAX_CHARACTERS}
            sendableEmpty={withFiles && files.files.length > 0}
            replies={note || correction ? null : props.replies}
            agents={note ? props.agents : null}
            onAttach={withFiles ? () => picker.current?.click() : null}
            onRecord={withFiles ? () => setRecording(true) : null}
            onFiles={attach}
            onChange={(draft) => correction === null && props.onDraft(mode, draft)}
            onSend={send}
            onEditLast={note || correction ? null : props.onEditLast}
            onEscape={escape}
            foot={<SendHint sendKey={props.sendKey} onSendKey={props.onSendKey} />}
          />
        )}
      </div>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        accept={props.accept?.join(',') || undefined}
        onChange={({ currentTarget }) => {
          attach([...(currentTarget.files ?? [])]);
          currentTarget.value = '';
          inputRef.current?.focus();
        }}
      />
    </div>
  );
}

function Modes({ mode, notesOnly, onMode }: { mode: ComposerMode; notesOnly: boolean; onMode(mode: ComposerMode): void }) {
  const modes = notesOnly ? (['note'] as const) : (['reply', 'note'] as const);
  return (
    <div class="composer__modes" role="group" aria-label={text.thread.mode}>
      {modes.map((one) => (
        <button key={one} class="composer__mode" type="button" aria-pressed={one === mode} onClick={() => onMode(one)}>
          {one === 'note' && <NoteIcon />}
          {one === 'note' ? text.thread.note : text.thread.reply}
        </button>
      ))}
      {mode === 'note' && <span class="composer__only-team">{text.thread.onlyTeam}</span>}
    </div>
  );
}

interface BarProps {
  label: string;
  excerpt?: string;
  cancel: string;
  onCancel(): void;
}

function Bar({ label, excerpt, cancel, onCancel }: BarProps) {
  return (
    <div class="composer__context">
      {excerpt !== undefined && <QuoteIcon />}
      <p class="composer__context-text">
        <bdi class="composer__context-label">{label}</bdi>
        {excerpt !== undefined && (
          <span class="composer__excerpt" dir="auto">
            {excerpt}
          </span>
        )}
      </p>
      <button class="icon-button" type="button" aria-label={cancel} title={cancel} onClick={onCancel}>
        <CrossIcon />
      </button>
    </div>
  );
}

function SendHint({ sendKey, onSendKey }: { sendKey: SendKey; onSendKey(sendKey: SendKey): void }) {
  const other = sendKey === 'enter' ? 'ctrl-enter' : 'enter';
  return (
    <span id="composer-hint" class="composer__hint">
      {text.thread.sendKeys[sendKey]}
      <button class="text-button" type="button" onClick={() => onSendKey(other)}>
        {text.thread.changeSendKey[other]}
      </button>
    </span>
  );
}
