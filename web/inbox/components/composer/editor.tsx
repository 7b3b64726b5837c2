/**
 * The text being written, with what helps to write it. One for each thing that is written (an answer, a note, a correction), so
 * that each has its own text and its own steps to undo.
 */

import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { parseMarkdown } from '../../../shared/markdown.ts';
import { findReplies, fillReply, tokenAt, type ReplyContext } from '../../state/canned-replies.ts';
import { continueList, format, type Format } from '../../state/formatting.ts';
import { findAgents, type Mentionable } from '../../state/mentions.ts';
import type { SendKey } from '../../state/preferences.ts';
import { applyEdit, replaceRange } from '../../state/text-field.ts';
import type { CannedReply } from '../../thread-api.ts';
import { text } from '../../text.ts';
import { SendIcon } from '../icons.tsx';
import { MessageText } from '../message-text.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { optionId, Suggestions } from './suggestions.tsx';
import { Toolbar } from './toolbar.tsx';

export interface EditorProps {
  initial: string;
  label: string;
  placeholder: string;
  inputRef: RefObject<HTMLTextAreaElement | null>;
  sendKey: SendKey;
  sendLabel: string;
  maxCharacters: number;
  /** Whether it can be sent without a text, such as files. */
  sendableEmpty: boolean;
  /** Null: none are offered. */
  replies: { list: readonly CannedReply[]; context: ReplyContext; onWant(): void } | null;
  /** Null: nobody is mentioned here. */
  agents: readonly Mentionable[] | null;
  onAttach: (() => void) | null;
  onRecord: (() => void) | null;
  /** Files that were pasted; answers whether they are taken. */
  onFiles(files: File[]): boolean;
  onChange(draft: string): void;
  /** Answers whether the text is done with. */
  onSend(words: string): boolean;
  /** ArrowUp in an empty field; answers whether it meant something. */
  onEditLast: (() => boolean) | null;
  /** Escape; answers whether it meant something. */
  onEscape(): boolean;
  foot: ComponentChildren;
}

/** The count appears when this few are left. */
const WARN_CHARACTERS = 500;
const LIST_ID = 'composer-suggestions';
const SIZES_ITSELF = globalThis.CSS?.supports('field-sizing', 'content') ?? false;
const KEYS: Record<string, Format> = { b: 'bold', i: 'italic', e: 'code' };
const SHIFTED: Record<string, Format> = { KeyK: 'link', Digit7: 'numbers', Digit8: 'bullets' };

export function Editor(props: EditorProps) {
  const { inputRef, replies, agents, sendKey } = props;
  const [draft, setDraft] = useState(props.initial);
  const [caret, setCaret] = useState(0);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState('');
  const [emojiOpen, setEmojiOpen] = useState(false);
  const trimmed = draft.trim();
  // Code points, as the server counts; only worth counting when it can matter.
  const length = trimmed.length > props.maxCharacters - WARN_CHARACTERS ? [...trimmed].length : trimmed.length;
  const left = props.maxCharacters - length;
  const sendable = (trimmed !== '' || props.sendableEmpty) && left >= 0;

  const write = (value: string) => {
    setDraft(value);
    props.onChange(value);
  };
  const follow = () => setCaret(inputRef.current?.selectionEnd ?? 0);

  const reset = () => {
    const field = inputRef.current;
    if (field) field.value = '';
    write('');
    setEmojiOpen(false);
  };
  const send = () => {
    if (!sendable) return;
    if (props.onSend(trimmed)) reset();
    inputRef.current?.focus();
  };

  // The field is as high as its text, up to the limit that the style sheet sets. Where the style sheet sees to all of it, nothing is measured.
  useLayoutEffect(() => {
    const field = inputRef.current;
    if (!field || SIZES_ITSELF) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + field.offsetHeight - field.clientHeight}px`;
  }, [draft]);

  const slash = replies ? tokenAt(draft, caret, '/') : null;
  const at = agents ? tokenAt(draft, caret, '@') : null;
  const token = slash ?? at;
  useLayoutEffect(() => {
    if (slash) replies?.onWant();
    setChosen(0);
  }, [slash === null, token?.query]);
  const isDismissed = token !== null && dismissed === draft.slice(0, token.from + 1);
  const found = token && !isDismissed ? (slash ? foundReplies(replies, slash.query) : foundAgents(agents ?? [], at?.query ?? '')) : [];
  const open = found.length > 0;

  const take = (index: number) => {
    const field = inputRef.current;
    const suggestion = found[index];
    if (!field || !suggestion || !token) return;
    replaceRange(field, token.from, caret, suggestion.insert);
    follow();
  };
  const type = (sign: string) => {
    const field = inputRef.current;
    if (!field) return;
    const { selectionStart: from, selectionEnd: to, value } = field;
    const space = from > 0 && !/\s/.test(value[from - 1] ?? '') ? ' ' : '';
    setDismissed('');
    replaceRange(field, from, to, space + sign);
    follow();
  };
  const edit = (kind: Format) => {
    const field = inputRef.current;
    if (!field) return;
    field.focus();
    applyEdit(field, format(kind, field.value, field.selectionStart, field.selectionEnd));
  };

  const keyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    // While an input method composes, its keys are its own.
    if (event.isComposing) return;
    const field = event.currentTarget;
    const act = actOf(event, field);
    if (!act) return;
    event.preventDefault();
    act();
  };
  const actOf = (event: KeyboardEvent, field: HTMLTextAreaElement): (() => void) | null => {
    const modified = event.ctrlKey || event.metaKey;
    if (open && !modified && !event.shiftKey) {
      if (event.key === 'ArrowDown') return () => setChosen((chosen + 1) % found.length);
      if (event.key === 'ArrowUp') return () => setChosen((chosen + found.length - 1) % found.length);
      if (event.key === 'Enter' || event.key === 'Tab') return () => take(chosen);
      if (event.key === 'Escape') return () => setDismissed(draft.slice(0, (token?.from ?? 0) + 1));
    }
    if (event.key === 'Escape') return props.onEscape() ? () => {} : null;
    if (event.key === 'ArrowUp' && draft === '' && !modified && !event.shiftKey && !event.altKey) return props.onEditLast?.() ? () => {} : null;
    if (modified && event.shiftKey && SHIFTED[event.code]) return () => edit(SHIFTED[event.code] as Format);
    if (modified && !event.shiftKey && !event.altKey && KEYS[event.key.toLowerCase()]) return () => edit(KEYS[event.key.toLowerCase()] as Format);
    if (event.key !== 'Enter' || event.altKey) return null;
    if (modified || (sendKey === 'enter' && !event.shiftKey)) return send;
    const continued = field.selectionStart === field.selectionEnd ? continueList(field.value, field.selectionStart) : null;
    return continued && (() => applyEdit(field, continued));
  };

  return (
    <>
      {open && <Suggestions id={LIST_ID} label={slash ? text.thread.cannedReplies : text.thread.colleagues} suggestions={found} active={chosen} onChoose={take} />}
      {slash && replies?.list.length === 0 && <p class="suggestions suggestions--none">{text.thread.noCannedReplies}</p>}
      {emojiOpen && (
        <EmojiPicker
          onPick={(emoji) => {
            const field = inputRef.current;
            if (field) replaceRange(field, field.selectionStart, field.selectionEnd, emoji);
            setEmojiOpen(false);
          }}
          onClose={() => {
            setEmojiOpen(false);
            inputRef.current?.focus();
          }}
        />
      )}
      <textarea
        id="composer"
        class="composer__input"
        ref={inputRef}
        rows={1}
        // Empty, it goes with the page, as its placeholder does.
        dir={draft ? 'auto' : undefined}
        aria-label={props.label}
        placeholder={props.placeholder}
        aria-describedby="composer-hint composer-count"
        aria-autocomplete="list"
        aria-controls={open ? LIST_ID : undefined}
        aria-activedescendant={open ? optionId(LIST_ID, chosen) : undefined}
        enterkeyhint={sendKey === 'enter' ? 'send' : 'enter'}
        value={draft}
        onInput={(event) => {
          write(event.currentTarget.value);
          follow();
        }}
        onKeyUp={follow}
        onClick={follow}
        onKeyDown={keyDown}
        onPaste={(event) => {
          const files = [...(event.clipboardData?.files ?? [])];
          if (files.length > 0 && props.onFiles(files)) event.preventDefault();
        }}
      />
      {isFormatted(draft) && (
        <div class="composer__preview" aria-hidden="true">
          <MessageText text={trimmed} markdown tabbable={false} />
        </div>
      )}
      <div class="composer__bar">
        <Toolbar
          onAttach={props.onAttach}
          onRecord={props.onRecord}
          onCanned={replies && (() => type('/'))}
          onMention={agents && (() => type('@'))}
          emojiOpen={emojiOpen}
          onEmoji={() => setEmojiOpen(!emojiOpen)}
          onFormat={edit}
        />
        <button class="composer__send" type="button" aria-disabled={!sendable} aria-label={props.sendLabel} title={props.sendLabel} onClick={send}>
          <SendIcon />
        </button>
      </div>
      <p class="composer__foot">
        {props.foot}
        <span id="composer-count" class={left < 0 ? 'composer__count composer__count--over' : 'composer__count'} role="status">
          {left < 0 && text.composer.charactersOver(-left)}
          {left >= 0 && left <= WARN_CHARACTERS && text.composer.charactersLeft(left)}
          {open && <span class="visually-hidden">{text.thread.suggestions(found.length)}</span>}
        </span>
      </p>
    </>
  );
}

function foundReplies(replies: EditorProps['replies'], query: string) {
  return findReplies(replies?.list ?? [], query).map((reply) => ({
    key: String(reply.id),
    insert: fillReply(reply.body, replies?.context as ReplyContext),
    label: (
      <>
        <code class="suggestions__shortcut">/{reply.shortcut}</code>
        <span class="suggestions__title">{reply.title}</span>
        <span class="suggestions__body" dir="auto">
          {reply.body}
        </span>
      </>
    ),
  }));
}

function foundAgents(agents: readonly Mentionable[], query: string) {
  return findAgents(agents, query).map(({ id, name }) => ({ key: String(id), insert: `@${name} `, label: <bdi>{name}</bdi> }));
}

/** Whether it will look different from how it is written. */
function isFormatted(draft: string): boolean {
  if (!/[*_`[\]\-•]|^\s{0,3}\d/m.test(draft)) return false;
  return parseMarkdown(draft.trim()).some((block) => block.kind !== 'text' || block.children.some((part) => typeof part !== 'string'));
}
