/** The list of a visitor's chats, newest first, fetched when it is opened; loaded then, too. */

import type { ConversationSummary } from '../shared/types.ts';
import { element, icon, setText } from './dom.ts';
import { formatDay, formatTime } from './format.ts';
import type { Spoken } from './locale.ts';
import { needStyles } from './styles.ts';
import css from './styles/history.css';
import { plainText } from '../shared/markdown.ts';
import { fill } from './texts.ts';

export interface HistoryPage {
  conversations: ConversationSummary[];
  next: string | number | null;
}

export interface HistoryOptions {
  spoken: Spoken;
  fetch(before: string | number | null): Promise<HistoryPage>;
  onOpen(conversationId: number): void;
  onStartNew(): void;
}

const PLUS = 'M12 5v14M5 12h14';

export class History {
  private readonly list = element('ul', {});
  private readonly note = element('p', { class: 'note', role: 'status' });
  private readonly more: HTMLButtonElement;
  private readonly heading: HTMLElement;
  private next: string | number | null = null;
  private loads = 0;

  constructor(
    place: HTMLElement,
    private readonly options: HistoryOptions,
  ) {
    needStyles(css);
    const { texts } = options.spoken;
    this.more = element('button', { class: 'quiet', type: 'button', hidden: true, onclick: () => void this.load(this.next) }, texts.older);
    this.heading = element('h3', { tabindex: -1 }, texts.history);
    const startNew = element('button', { class: 'primary', type: 'button', onclick: () => options.onStartNew() }, icon(PLUS), texts.startNew);
    place.append(
      element('div', { class: 'history-scroll' }, this.heading, this.note, this.list, this.more),
      element('div', { class: 'history-end' }, startNew),
    );
  }

  open(): void {
    this.list.replaceChildren();
    this.more.hidden = true;
    void this.load(null);
    this.heading.focus({ preventScroll: true });
  }

  private async load(before: string | number | null): Promise<void> {
    const { spoken, fetch } = this.options;
    const load = ++this.loads;
    setText(this.note, before === null ? spoken.texts.connecting : '');
    try {
      const page = await fetch(before);
      if (load !== this.loads) return;
      this.list.append(...page.conversations.map((conversation) => this.row(conversation)));
      this.next = page.next;
      this.more.hidden = page.next === null;
      setText(this.note, this.list.childElementCount === 0 ? spoken.texts.historyEmpty : '');
    } catch {
      if (load === this.loads) setText(this.note, spoken.texts.historyFailed);
    }
  }

  private row(conversation: ConversationSummary): HTMLElement {
    const { texts, locale } = this.options.spoken;
    const date = new Date(conversation.last_message_at ?? conversation.created_at);
    const day = formatDay(date, new Date(), texts, locale);
    const { unread = 0, status } = conversation;
    const state = status === 'closed' ? ` · ${texts.historyEnded}` : '';
    const who = conversation.assigned_to?.name ?? texts.team;
    const badge = unread > 0 ? [element('span', { class: 'count-badge', 'aria-hidden': 'true' }, String(unread)), element('span', { class: 'hidden-text' }, fill(texts.unread, { n: unread }))] : [];
    return element(
      'li',
      {},
      element(
        'button',
        { type: 'button', class: 'history-row', onclick: () => this.options.onOpen(conversation.id) },
        element('span', { class: 'history-text' }, element('b', { dir: 'auto' }, who), element('span', { dir: 'auto' }, plainText(conversation.preview ?? ''))),
        element('span', { class: 'history-meta' }, element('span', {}, day === texts.today ? formatTime(date, locale) : `${day}${state}`), ...badge),
      ),
    );
  }
}
