/**
 * The log of messages. Elements are kept by key and only changed where something changed, so that a
 * message that was sent is the same element it was while sending.
 *
 * It is one tab stop: arrows, Home and End go from message to message, Enter goes to what can be
 * pressed in it, Escape back to the text field. What is new is read out by the `Announcer`.
 *
 * Many messages are drawn in slices, each in a task of its own, so that no task is a long one.
 */

import { nextTask } from '../shared/task.ts';
import type { Delivery, TimelineEntry } from '../shared/timeline.ts';
import type { OutboxUpload } from '../shared/outbox.ts';
import type { Message, SenderType } from '../shared/types.ts';
import { renderAttachment, renderUpload } from './attachments.ts';
import { element, icon, setText } from './dom.ts';
import { formatDay, formatTime, isSameDay } from './format.ts';
import type { Spoken } from './locale.ts';
import { plainText } from '../shared/markdown.ts';
import { renderMarkdown, renderPlain } from './markdown.ts';
import { QuickReplies } from './quick-replies.ts';
import { nextSlice } from './slices.ts';
import { needStyles } from './styles.ts';
import attachmentsCss from './styles/attachments.css';
import messagesCss from './styles/messages.css';
import { fill } from './texts.ts';

const DOWN_ICON = 'M12 5v14m0 0 6-6m-6 6-6-6';
const TICK_ICON = 'm4 12.500 5 5L20 6.500';
const TICKS_ICON = 'm1.500 12.500 5 5 11-11M11.500 16l1.500 1.500 9.500-11';
const CLOCK_ICON = 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2';
/** Messages of one sender this close together are one group. */
const GROUP_MS = 5 * 60_000;
/** Closer to the end than this counts as reading the end. */
const NEAR_END_PX = 80;
/** Messages that are drawn in one task: on a slow phone this many take some 20 ms. */
const SLICE = 6;

export interface MessageListOptions {
  spoken: Spoken;
  /** Relative addresses of attachments are below it. */
  baseUrl: string;
  onRetry(clientId: string): void;
  onDiscard(clientId: string): void;
  onOlder(): void;
  /** A suggested reply was chosen. */
  onReply(text: string): void;
  /** Escape: back to the text field. */
  onLeave(): void;
  /** The end of the list came into view. */
  onReachEnd(): void;
}

export interface MessageListView {
  entries: readonly TimelineEntry[];
  welcome: string | null;
  /** Suggested before the visitor has written anything. */
  quickReplies: readonly string[];
  hasOlder: boolean;
  loadingOlder: boolean;
  /** Up to which `seq` the other side has read, and has got the messages on a screen. */
  seenSeq: number;
  deliveredSeq: number;
  /** Whether sending again could help; in a chat that has ended it cannot. */
  canRetry: boolean;
  typing: string | null;
}

interface Row {
  root: HTMLElement;
  day: HTMLElement;
  bubble: HTMLElement;
  meta: HTMLElement;
  /** What was rendered, to tell whether it is still true: all that went in, the bubble's part of it, and the classes. */
  inputs: readonly unknown[];
  content: string;
  classes: string;
  /** Of a message that failed: which buttons it has. */
  actions: 'all' | 'discard' | null;
  replies: QuickReplies | null;
}

export class MessageList {
  readonly root: HTMLElement;
  private readonly log: HTMLElement;
  private readonly scroller: HTMLElement;
  private readonly welcome = element('div', { class: 'row other first last', hidden: true });
  private readonly older: HTMLButtonElement;
  private readonly typing = element('div', { class: 'typing', hidden: true });
  private readonly toEnd: HTMLButtonElement;
  private readonly rows = new Map<string, Row>();
  private readonly welcomeReplies: QuickReplies;
  private active: HTMLElement | null = null;
  private nextId = 1;
  private followEnd = true;
  private view: MessageListView | null = null;
  private drawing = false;

  constructor(private readonly options: MessageListOptions) {
    needStyles(messagesCss, attachmentsCss);
    const { texts } = options.spoken;
    this.older = element('button', { class: 'quiet older', type: 'button', onclick: () => options.onOlder() }, texts.older);
    this.log = element('div', { class: 'log', role: 'log', 'aria-live': 'off', 'aria-label': texts.messages });
    const dots = element('span', { class: 'dots', 'aria-hidden': 'true' }, element('i'), element('i'), element('i'));
    this.typing.append(dots, element('span', { class: 'who' }));
    // Focusable, because a keyboard must be able to scroll it.
    this.scroller = element(
      'div',
      {
        class: 'scroller',
        tabindex: 0,
        role: 'group',
        'aria-label': texts.messages,
        onscroll: () => this.scrolled(),
        onkeydown: (event: KeyboardEvent) => this.keyDown(event),
        onblur: () => this.activate(null),
      },
      this.log,
      this.typing,
    );
    this.welcomeReplies = this.newReplies();
    this.log.append(this.older, this.welcome, this.welcomeReplies.root);
    this.toEnd = element(
      'button',
      { class: 'to-end', type: 'button', hidden: true, onclick: () => this.showEnd() },
      icon(DOWN_ICON),
      texts.newMessages,
    );
    this.root = element('div', { class: 'list' }, this.scroller, this.toEnd);
    // A growing text field, a keyboard or a turned phone: what was at the end stays at the end.
    new ResizeObserver(() => this.followEnd && this.scrollToEnd()).observe(this.scroller);
  }

  get atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  render(view: MessageListView): void {
    this.view = view;
    if (!this.draw(view)) void this.drawRest();
  }

  /** Slice after slice of the latest view, until all of it is there. */
  private async drawRest(): Promise<void> {
    if (this.drawing) return;
    this.drawing = true;
    do await nextTask();
    while (this.view && this.root.isConnected && !this.draw(this.view));
    this.drawing = false;
  }

  /** Draws a view as far as one slice goes; answers whether it is complete. */
  private draw(view: MessageListView): boolean {
    const before = this.rows.size;
    const { scrollTop } = this.scroller;
    const anchor = this.firstRow();
    const anchorTop = anchor?.offsetTop ?? 0;
    const newest = this.log.lastElementChild;
    if (!view.hasOlder && this.older.matches(':focus')) this.scroller.focus({ preventScroll: true });
    this.older.hidden = !view.hasOlder;
    this.older.setAttribute('aria-busy', String(view.loadingOlder));
    this.renderWelcome(view.hasOlder ? null : view.welcome);
    this.welcomeReplies.render(view.hasOlder ? [] : view.quickReplies.map((text) => ({ text })), firstAnswer(view.entries, -1));
    const complete = this.renderRows(view);
    this.typing.hidden = view.typing === null;
    setText(this.typing.lastChild as HTMLElement, view.typing ?? '');

    const last = view.entries[view.entries.length - 1];
    const sendsNow = this.rows.size > before && last?.message.seq === 0;
    if (this.followEnd || sendsNow) this.scrollToEnd();
    else {
      // What is being read stays where it is, whatever came or went above it.
      const moved = anchor?.isConnected ? anchor.offsetTop - anchorTop : 0;
      if (moved !== 0) this.scroller.scrollTop = scrollTop + moved;
      if (this.log.lastElementChild !== newest) this.toEnd.hidden = false;
    }
    return complete;
  }

  scrollToEnd(): void {
    this.followEnd = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.toEnd.hidden = true;
  }

  private showEnd(): void {
    // The button that has the focus disappears.
    this.scroller.focus({ preventScroll: true });
    this.scrollToEnd();
  }

  /** By pages, for the keys of an empty text field. */
  scrollPage(direction: 1 | -1): void {
    this.scroller.scrollBy({ top: direction * this.scroller.clientHeight * 0.85 });
  }

  private keyDown(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.key === 'Escape') {
      this.options.onLeave();
    } else if (target !== this.scroller) {
      return;
    } else if (event.key === 'Enter') {
      this.active?.querySelector<HTMLElement>('a, button')?.focus();
    } else {
      const rows = [...this.log.querySelectorAll<HTMLElement>('.row:not([hidden])')];
      const at = this.active ? rows.indexOf(this.active) : rows.length;
      const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: rows.length - 1 }[event.key];
      if (to === undefined) return;
      this.activate(rows[Math.max(0, Math.min(rows.length - 1, to))] ?? null);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private activate(row: HTMLElement | null): void {
    this.active?.classList.remove('active');
    this.active = row;
    row?.classList.add('active');
    if (!row) {
      this.scroller.removeAttribute('aria-activedescendant');
      return;
    }
    row.id ||= `chat-row-${this.nextId++}`;
    this.scroller.setAttribute('aria-activedescendant', row.id);
    row.scrollIntoView({ block: 'nearest' });
  }

  private newReplies(): QuickReplies {
    return new QuickReplies(this.options.spoken.texts, (text) => this.options.onReply(text));
  }

  private scrolled(): void {
    // A hidden panel reports a size of zero, which says nothing about what is read.
    if (this.scroller.clientHeight === 0) return;
    this.followEnd = this.atEnd;
    if (!this.followEnd) return;
    this.toEnd.hidden = true;
    this.options.onReachEnd();
  }

  private firstRow(): HTMLElement | null {
    return this.welcomeReplies.root.nextElementSibling as HTMLElement | null;
  }

  private renderWelcome(welcome: string | null): void {
    this.welcome.hidden = welcome === null;
    if (welcome === null || this.welcome.dataset['text'] === welcome) return;
    this.welcome.dataset['text'] = welcome;
    this.welcome.replaceChildren(element('div', { class: 'bubble', dir: 'auto' }, ...renderMarkdown(welcome)));
    this.welcome.setAttribute('role', 'article');
    this.welcome.setAttribute('aria-label', plainText(welcome));
  }

  /** Answers whether there is a row for everything. */
  private renderRows(view: MessageListView): boolean {
    const { entries } = view;
    const wanted = new Set(entries.map((entry) => entry.key));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.root.remove();
      this.rows.delete(key);
    }
    const isDrawn = (at: number) => this.rows.has(entries[at]?.key ?? '');
    for (const at of nextSlice(entries.length, isDrawn, SLICE)) this.rows.set(entries[at]!.key, newRow());
    const lastOwn = entries.reduce((found, { message }, index) => (message.sender_type === 'visitor' ? index : found), -1);
    const today = new Date().setHours(0, 0, 0, 0);
    let place: Element = this.welcomeReplies.root;
    entries.forEach((entry, index) => {
      const row = this.rows.get(entry.key);
      if (!row) return;
      this.updateRow(row, entry, {
        previous: entries[index - 1]?.message ?? null,
        next: entries[index + 1]?.message ?? null,
        isLastOwn: index === lastOwn,
        state: stateOf(entry, view),
        canRetry: view.canRetry,
        answer: entry.message.quick_replies?.length ? firstAnswer(entries, index) : null,
        today,
      });
      if (place.nextElementSibling !== row.root) place.after(row.root);
      place = row.root;
    });
    return this.rows.size === entries.length;
  }

  private updateRow(row: Row, entry: TimelineEntry, context: RowContext): void {
    const { message, delivery } = entry;
    const inputs = [message, delivery, entry.error, entry.progress, entry.upload, ...Object.values(context)];
    if (inputs.every((input, index) => input === row.inputs[index])) return;
    row.inputs = inputs;
    const { texts, locale } = this.options.spoken;
    const date = new Date(message.created_at);
    const startsDay = !context.previous || !isSameDay(new Date(context.previous.created_at), date);
    const first = startsDay || !inOneGroup(context.previous, message);
    const last = !inOneGroup(message, context.next);
    const marks = { first, last, failed: delivery === 'failed', named: first && message.sender_type !== 'visitor' };
    const classes = ['row', sideOf(message.sender_type), ...Object.entries(marks).flatMap(([name, on]) => (on ? name : []))].join(' ');
    // Setting the same ones again would have the browser look at every style of the row again.
    if (row.classes !== classes) row.root.className = this.active === row.root ? `${classes} active` : classes;
    row.classes = classes;
    row.day.hidden = !startsDay;
    if (startsDay) setText(row.day, formatDay(date, new Date(context.today), texts, locale));
    const content = contentOf(message, entry.upload);
    if (row.content !== content) {
      // What somebody listens to is not taken from their ears: more that is known of it is shown when they are done.
      if (isListenedTo(row.bubble)) row.inputs = [];
      else {
        this.renderBubble(row, message, entry.upload);
        row.content = content;
      }
    }
    this.renderMeta(row, entry, context, date, last);
    this.renderReplies(row, entry, context.answer, context.canRetry);
  }

  private renderReplies(row: Row, { message }: TimelineEntry, answer: string | null, canAnswer: boolean): void {
    const replies = (canAnswer || answer !== null) && message.quick_replies || [];
    if (replies.length === 0 && !row.replies) return;
    if (!row.replies) row.root.append((row.replies = this.newReplies()).root);
    row.replies.render(replies, answer);
  }

  private renderBubble(row: Row, message: Message, upload: OutboxUpload | null): void {
    const author = this.authorOf(message);
    const isOwn = message.sender_type === 'visitor';
    const name = element('span', { class: isOwn ? 'hidden-text' : 'name' }, isOwn ? `${author}: ` : author);
    const { baseUrl, spoken } = this.options;
    const attachments = upload
      ? renderUpload(upload, spoken)
      : message.attachments.map((attachment) => renderAttachment(attachment, baseUrl, spoken));
    // What visitors write is shown as they wrote it.
    const nodes = isOwn ? renderPlain(message.message) : renderMarkdown(message.message);
    const text = message.message ? element('div', { class: 'text', dir: 'auto' }, ...nodes) : null;
    row.root.setAttribute('aria-label', this.spokenText(message));
    row.bubble.replaceChildren(name, ...(text ? [text] : []), ...attachments);
    if (message.reply_to || message.edited_at || message.deleted_at) void this.annotate(row.bubble, message);
  }

  private async annotate(bubble: HTMLElement, message: Message): Promise<void> {
    const { firstChild } = bubble;
    const { annotate } = await import('./annotations.ts');
    // Drawn anew meanwhile, which has asked for it again.
    if (bubble.firstChild === firstChild) annotate(bubble, message, this.options.spoken.texts);
  }

  private spokenText(message: Message): string {
    const isOwn = message.sender_type === 'visitor';
    const files = message.attachments.map(({ name }) => name || this.options.spoken.texts.attachment);
    const { texts } = this.options.spoken;
    const words = message.deleted_at ? texts.removed : isOwn ? message.message : plainText(message.message);
    const time = formatTime(new Date(message.created_at), this.options.spoken.locale);
    return [this.authorOf(message), words, ...files, time].filter(Boolean).join(', ');
  }

  private renderMeta(row: Row, entry: TimelineEntry, context: RowContext, date: Date, last: boolean): void {
    const { texts, locale } = this.options.spoken;
    const { delivery } = entry;
    if (delivery === 'failed') {
      delete row.meta.dataset['shown'];
      const actions = context.canRetry ? 'all' : 'discard';
      if (row.actions !== actions) row.meta.replaceChildren(...this.failureActions(entry, context.canRetry));
      row.actions = actions;
      row.meta.hidden = false;
      return;
    }
    row.actions = null;
    const state = context.state as Exclude<RowContext['state'], 'failed'>;
    const time = delivery === 'sent' ? formatTime(date, locale) : '';
    const percent = entry.progress === null ? '' : fill(texts.uploading, { n: Math.round(entry.progress * 100) });
    const shown = `${time}|${state}|${context.isLastOwn}|${percent}`;
    if (row.meta.dataset['shown'] !== shown) {
      row.meta.dataset['shown'] = shown;
      const icons = { sending: CLOCK_ICON, waiting: CLOCK_ICON, sent: TICK_ICON, delivered: TICKS_ICON, seen: TICKS_ICON };
      // In words below the last one; the earlier ones have the sign, and the words for readers.
      const words = state && element('span', context.isLastOwn || delivery !== 'sent' ? {} : { class: 'hidden-text' }, percent || texts[state]);
      const sign = state && element('span', { class: `tick ${state}` }, icon(icons[state]));
      row.meta.replaceChildren(...[time && element('span', {}, time), words, sign].filter((node) => node instanceof Node));
    }
    row.meta.hidden = !(last || delivery !== 'sent' || context.isLastOwn);
  }

  private failureActions(entry: TimelineEntry, canRetry: boolean): HTMLElement[] {
    const { onRetry, onDiscard, spoken } = this.options;
    const { texts } = spoken;
    const button = (label: string, act: () => void) => element('button', { class: 'link', type: 'button', onclick: act }, label);
    return [
      element('span', { class: 'reason' }, entry.error ? `${texts.notSent}: ${entry.error}` : texts.notSent),
      ...(canRetry ? [button(texts.retry, () => onRetry(entry.key))] : []),
      button(texts.discard, () => onDiscard(entry.key)),
    ];
  }

  /** Who wrote it, by name. */
  authorOf(message: Message): string {
    const { texts } = this.options.spoken;
    if (message.sender_type === 'visitor') return texts.you;
    return message.sender_name || (message.sender_type === 'bot' ? texts.bot : texts.team);
  }
}

interface RowContext {
  previous: Message | null;
  next: Message | null;
  isLastOwn: boolean;
  /** What became of a message of the visitor's own. */
  state: Delivery | 'delivered' | 'seen' | null;
  canRetry: boolean;
  /** What the visitor wrote after a message with suggestions. */
  answer: string | null;
  /** Its beginning, in milliseconds since the epoch. */
  today: number;
}

function newRow(): Row {
  const day = element('div', { class: 'day', hidden: true });
  const bubble = element('div', { class: 'bubble' });
  const meta = element('div', { class: 'meta' });
  const root = element('div', { role: 'article' }, day, bubble, meta);
  return { root, day, bubble, meta, inputs: [], content: '', classes: '', actions: null, replies: null };
}

function stateOf({ delivery, message }: TimelineEntry, view: MessageListView): RowContext['state'] {
  if (delivery !== 'sent') return delivery;
  if (message.sender_type !== 'visitor') return null;
  return message.seq <= view.seenSeq ? 'seen' : message.seq <= view.deliveredSeq ? 'delivered' : 'sent';
}

function sideOf(sender: SenderType): string {
  if (sender === 'system') return 'system';
  return sender === 'visitor' ? 'own' : 'other';
}

function inOneGroup(a: Message | null, b: Message | null): boolean {
  if (!a || !b || a.sender_type !== b.sender_type || a.sender_type === 'system') return false;
  if (a.sender_type !== 'visitor' && a.sender_name !== b.sender_name) return false;
  const [before, after] = [new Date(a.created_at), new Date(b.created_at)];
  return isSameDay(before, after) && after.getTime() - before.getTime() < GROUP_MS;
}

/** What the bubble shows; when it is equal the bubble is left as it is. */
function contentOf({ message, created_at, sender_type, sender_name, attachments, edited_at, deleted_at, reply_to }: Message, upload: OutboxUpload | null): string {
  return JSON.stringify([message, created_at, edited_at, deleted_at, reply_to, sender_type, sender_name, attachments.map(({ id, name, width, duration_ms, waveform }) => [id, name, width, duration_ms, waveform?.length]), upload?.files.length]);
}

/** What the visitor wrote next: the answer that was chosen, or given otherwise. */
function firstAnswer(entries: readonly TimelineEntry[], after: number): string | null {
  return entries.slice(after + 1).find(({ message }) => message.sender_type === 'visitor')?.message.message ?? null;
}

function isListenedTo(bubble: HTMLElement): boolean {
  const audio = bubble.querySelector('audio');
  return audio !== null && (!audio.paused || audio.currentTime > 0 || audio.playbackRate !== 1);
}
