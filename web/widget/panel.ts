/**
 * The chat window: draws a session's state and passes on what the visitor does. It shows one of three
 * views: the form before a chat, the chat, or the list of chats. Focus goes to the view's first
 * control when it opens and back to the launcher when it closes, and nowhere by itself.
 */

import type { ConversationSession, SessionState } from '../shared/conversation-session.ts';
import type { OutboxUpload } from '../shared/outbox.ts';
import { nextTask } from '../shared/task.ts';
import type { Message } from '../shared/types.ts';
import type { Announcer } from './announcer.ts';
import { Composer } from './composer.ts';
import { element, icon, setText } from './dom.ts';
import type { PreChatForm } from './form.ts';
import type { History, HistoryPage } from './history.ts';
import type { Spoken } from './locale.ts';
import { plainText } from '../shared/markdown.ts';
import { Menu, type MenuItem } from './menu.ts';
import { MessageList } from './message-list.ts';
import { needStyles } from './styles.ts';
import frameCss from './styles/frame.css';
import menuCss from './styles/menu.css';
import { fill, type Texts } from './texts.ts';
import type { UploadRules } from '../shared/upload-rules.ts';

const CLOSE_ICON = 'M18 6 6 18M6 6l12 12';
const BACK_ICON = 'm15 5-7 7 7 7';
/** A short interruption is none: hints about the connection wait this long. */
const HINT_AFTER_MS = 2_000;
const DEFAULT_MAX_CHARACTERS = 5_000;

export interface PanelOptions {
  name: string;
  welcome: string | null;
  quickReplies: readonly string[];
  maxCharacters: number | undefined;
  uploads: UploadRules | null;
  voiceSeconds: number | null;
  baseUrl: string;
  spoken: Spoken;
  announcer: Announcer;
  menu: readonly MenuItem[];
  /** Null: nobody is asked. */
  csatQuestion: { question?: string | null } | null;
  onRate(score: number, comment: string): Promise<void>;
  fetchHistory(before: string | number | null): Promise<HistoryPage>;
  onOpenConversation(id: number): void;
  onClose(): void;
  onStartNew(): void;
}

type View = 'chat' | 'form' | 'history';

export class Panel {
  readonly root: HTMLElement;
  readonly composer: Composer;
  private readonly list: MessageList;
  /** Loaded when it is wanted. */
  private history: History | null = null;
  private readonly historyPlace = element('div', { class: 'history' });
  private readonly menu: Menu;
  private readonly status = element('p', { class: 'status' });
  private readonly hint = element('div', { class: 'hint', role: 'status' });
  private readonly endedText = element('p', {});
  private readonly ratingPlace = element('div', {});
  private readonly startNew: HTMLButtonElement;
  private readonly ended: HTMLElement;
  private readonly back: HTMLButtonElement;
  private readonly avatar: HTMLElement;
  private readonly chat: HTMLElement;
  private readonly formPlace = element('div', { class: 'form-view' });
  private form: PreChatForm | null = null;
  private view: View = 'chat';
  private session: ConversationSession | null = null;
  private away: string | null = null;
  /** The conversation that a rating is being asked for, and those that have one. */
  private ratingFor: number | null = null;
  private readonly rated = new Set<number>();
  private hintTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly announcedFailures = new Set<string>();
  private readonly stopFollowing: () => void;

  constructor(private readonly options: PanelOptions) {
    needStyles(frameCss, menuCss);
    const { spoken, name } = options;
    const { texts } = spoken;
    this.list = new MessageList({
      spoken,
      baseUrl: options.baseUrl,
      onRetry: (clientId) => this.retry(clientId),
      onDiscard: (clientId) => this.discard(clientId),
      onOlder: () => void this.session?.loadOlder(),
      onReachEnd: () => this.markRead(),
      onReply: (text) => this.send(text, null),
      onLeave: () => this.focus(),
    });
    this.composer = new Composer({
      spoken,
      uploads: options.uploads,
      voiceSeconds: options.voiceSeconds,
      maxCharacters: options.maxCharacters ?? DEFAULT_MAX_CHARACTERS,
      onSend: (text, upload) => this.send(text, upload),
      onTyping: (typing) => this.session?.setTyping(typing),
      onScroll: (direction) => this.list.scrollPage(direction),
    });
    this.startNew = element('button', { class: 'primary start-new', type: 'button', onclick: () => this.beginNew() }, texts.startNew);
    this.ended = element('div', { class: 'ended', hidden: true }, this.endedText, this.ratingPlace, this.startNew);
    this.menu = new Menu(texts.menu, options.menu);
    const closeButton = element('button', { class: 'tool close', type: 'button', 'aria-label': texts.close, onclick: () => options.onClose() }, icon(CLOSE_ICON));
    this.back = element('button', { class: 'tool back', type: 'button', 'aria-label': texts.back, hidden: true, onclick: () => this.leaveHistory() }, icon(BACK_ICON));
    const title = element('div', { class: 'title' }, element('h2', { dir: 'auto' }, name), this.status);
    this.avatar = element('div', { class: 'avatar', 'aria-hidden': 'true' }, firstLetter(name));
    this.chat = element('div', { class: 'chat' }, this.hint, this.list.root, this.composer.root, this.ended);
    this.root = element(
      'section',
      {
        class: 'panel',
        id: 'chat',
        role: 'dialog',
        lang: spoken.locale,
        dir: spoken.direction,
        'aria-label': fill(texts.dialog, { name }),
        hidden: true,
        onkeydown: (event: KeyboardEvent) => this.keyDown(event),
        ondragover: (event: DragEvent) => this.dragged(event),
        ondragleave: (event: DragEvent) => this.dropping(this.root.contains(event.relatedTarget as Node | null)),
        ondrop: (event: DragEvent) => this.dropped(event),
      },
      element('header', { class: 'header' }, this.back, this.avatar, title, this.menu.root, closeButton),
      this.chat,
      this.formPlace,
      this.historyPlace,
      element('div', { class: 'drop', 'aria-hidden': 'true' }, texts.dropHere),
    );
    this.show('chat');
    this.stopFollowing = followVisualViewport(this.root);
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  /** Whether the visitor is in the form before a chat. */
  get asks(): boolean {
    return this.view === 'form';
  }

  /** Shows another conversation; a text that is being written stays. */
  attach(session: ConversationSession): void {
    this.session = session;
    this.ratingFor = null;
    this.ratingPlace.replaceChildren();
    this.render(session.state);
    if (this.isOpen) this.list.scrollToEnd();
  }

  /** Takes it out of the page for good. */
  dispose(): void {
    this.stopFollowing();
    if (this.hintTimer) clearTimeout(this.hintTimer);
    this.root.remove();
  }

  open(): void {
    if (this.session) this.render(this.session.state);
    this.root.hidden = false;
    this.root.setAttribute('aria-modal', String(this.coversScreen));
    this.composer.resize();
    this.list.scrollToEnd();
    // In a task of its own: drawing the window was one.
    void nextTask().then(() => {
      if (!this.isOpen) return;
      this.focus();
      this.markRead();
    });
  }

  close(): void {
    this.menu.close();
    this.root.hidden = true;
  }

  /** Asks before a chat can begin. */
  ask(form: PreChatForm): void {
    this.form = form;
    this.formPlace.replaceChildren(form.root);
    this.show('form');
  }

  get formShown(): PreChatForm | null {
    return this.asks ? this.form : null;
  }

  /** The form has done its duty. */
  answered(): void {
    this.form = null;
    this.formPlace.replaceChildren();
    this.show('chat');
    if (this.isOpen) this.focus();
  }

  async showHistory(): Promise<void> {
    const { options } = this;
    try {
      const { History } = await import('./history.ts');
      this.history ??= new History(this.historyPlace, {
        spoken: options.spoken,
        fetch: (before) => options.fetchHistory(before),
        onOpen: (id) => {
          this.show('chat');
          options.onOpenConversation(id);
          this.focus();
        },
        onStartNew: () => this.beginNew(),
      });
    } catch {
      this.notice(options.spoken.texts.historyFailed);
      return;
    }
    this.show('history');
    this.history.open();
  }

  /** Null: the team is there. */
  setAway(away: string | null): void {
    this.away = away;
    if (this.session) setText(this.status, this.statusText(this.session.state));
  }

  menuChanged(): void {
    this.menu.update();
  }

  setRated(conversationId: number): void {
    this.rated.add(conversationId);
  }

  /** A sentence of ours above the messages, until the connection has something to say. */
  notice(text: string): void {
    setText(this.hint, text);
    setTimeout(() => this.session?.state.reachable && setText(this.hint, ''), 2 * HINT_AFTER_MS);
  }

  /** Everything in view counts as read, if anybody can be looking. */
  markRead(): void {
    const visible = this.isOpen && this.view === 'chat' && document.visibilityState === 'visible';
    if (visible && this.list.atEnd) this.session?.markRead();
  }

  render(state: SessionState): void {
    const { texts } = this.options.spoken;
    const { view, phase } = state;
    const isClosed = view?.status === 'closed';
    const isOver = isClosed || phase === 'gone';
    setText(this.status, this.statusText(state));
    this.renderHint(state);
    this.list.render({
      entries: state.entries,
      welcome: this.welcomeFor(state),
      quickReplies: isOver ? [] : this.options.quickReplies,
      hasOlder: state.hasOlder,
      loadingOlder: state.loadingOlder,
      seenSeq: view?.read.agent_seq ?? 0,
      deliveredSeq: view?.delivered.agent_seq ?? 0,
      canRetry: !isOver,
      typing: state.typing ? (state.typing.name ? fill(texts.typing, { name: state.typing.name }) : texts.someoneTyping) : null,
    });
    const hadFocus = this.composer.root.contains(this.activeElement);
    this.composer.root.hidden = isOver;
    this.ended.hidden = !isOver;
    setText(this.endedText, phase === 'gone' ? texts.unavailable : texts.ended);
    // Whoever is kept out is told so by nothing but the sentence.
    this.startNew.hidden = Boolean(state.error?.body['blocked']);
    this.renderRating(isClosed && phase === 'ready' ? view.id : null, state);
    // The element that had the focus is gone; without this a keyboard user starts over at the page's top.
    if (isOver && hadFocus) this.startNew.focus();
    this.announceFailures(state);
    this.markRead();
  }

  /** The name a message goes by, for announcements outside the window. */
  authorOf(message: Parameters<MessageList['authorOf']>[0]): string {
    return this.list.authorOf(message);
  }

  focus(): void {
    if (this.view === 'form') this.form?.focus();
    else if (this.view === 'history') this.back.focus({ preventScroll: true });
    else if (this.composer.root.hidden) this.startNew.focus({ preventScroll: true });
    else this.composer.focus();
  }

  private show(view: View): void {
    this.view = view;
    this.chat.hidden = view !== 'chat';
    this.formPlace.hidden = view !== 'form';
    this.historyPlace.hidden = view !== 'history';
    this.back.hidden = view !== 'history';
    this.avatar.hidden = view === 'history';
    this.composer.resize();
    if (view === 'chat') this.list.scrollToEnd();
  }

  private leaveHistory(): void {
    this.show(this.form ? 'form' : 'chat');
    this.focus();
  }

  private get activeElement(): Element | null {
    return (this.root.getRootNode() as ShadowRoot).activeElement ?? null;
  }

  private get coversScreen(): boolean {
    return this.root.getBoundingClientRect().width >= window.innerWidth;
  }

  private statusText(state: SessionState): string {
    const { texts } = this.options.spoken;
    if (state.phase === 'opening' || (state.phase === 'idle' && !this.form)) return texts.connecting;
    const agent = state.view?.assignedTo?.name;
    if (agent && state.view?.status !== 'closed') return fill(texts.withAgent, { name: agent });
    return this.away ?? texts.askUs;
  }

  private welcomeFor(state: SessionState): string | null {
    const { welcome } = this.options;
    const stored = state.entries.slice(0, 2).some(({ message }) => message.message === welcome);
    return welcome && !stored ? welcome : null;
  }

  private renderHint(state: SessionState): void {
    if (state.reachable) {
      if (this.hintTimer === null) return;
      clearTimeout(this.hintTimer);
      this.hintTimer = null;
      setText(this.hint, '');
    } else {
      this.hintTimer ??= setTimeout(() => setText(this.hint, this.options.spoken.texts.offline), HINT_AFTER_MS);
    }
  }

  /** Once for a chat; who has written nothing has nothing to rate. */
  private renderRating(id: number | null, state: SessionState): void {
    const { csatQuestion, spoken, onRate } = this.options;
    if (id === this.ratingFor) return;
    this.ratingFor = id;
    this.ratingPlace.replaceChildren();
    const answered = state.entries.some(({ message }) => message.sender_type === 'employee');
    if (id === null || !csatQuestion || !answered || this.rated.has(id)) return;
    const rate = async (score: number, comment: string) => {
      await onRate(score, comment);
      this.rated.add(id);
    };
    import('./rating.ts').then(
      ({ Rating }) => {
        if (id === this.ratingFor) this.ratingPlace.replaceChildren(new Rating(spoken.texts, csatQuestion.question ?? null, rate).root);
      },
      // Without a network nobody is asked now, and again when the chat is next looked at.
      () => (this.ratingFor = null),
    );
  }

  private announceFailures(state: SessionState): void {
    for (const { key, delivery, error } of state.entries) {
      if (delivery !== 'failed') {
        this.announcedFailures.delete(key);
      } else if (!this.announcedFailures.has(key)) {
        this.announcedFailures.add(key);
        this.options.announcer.say(fill(this.options.spoken.texts.notSentAnnouncement, { reason: error ?? '' }));
      }
    }
  }

  /** Drawn at once: what was pressed is not to be there for a second press. */
  private send(text: string, upload: OutboxUpload | null): void {
    if (!this.session) return;
    this.session.send(text, upload);
    this.render(this.session.state);
  }

  private retry(clientId: string): void {
    this.session?.retry(clientId);
    this.focus();
  }

  /** The text goes back to the composer if nothing else is being written there. */
  private discard(clientId: string): void {
    const text = this.session?.discard(clientId);
    if (text && !this.composer.text) this.composer.text = text;
    this.focus();
  }

  private beginNew(): void {
    this.show('chat');
    this.options.onStartNew();
    this.focus();
  }

  private get takesFiles(): boolean {
    return this.options.uploads !== null && this.view === 'chat' && !this.composer.root.hidden;
  }

  private dragged(event: DragEvent): void {
    if (!this.takesFiles || !event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dropping(true);
  }

  private dropped(event: DragEvent): void {
    this.dropping(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    // Anywhere else in a page, a dropped file would replace the page.
    event.preventDefault();
    if (this.takesFiles) this.composer.attach(files);
  }

  private dropping(dropping: boolean): void {
    this.root.classList.toggle('dropping', dropping);
  }

  private keyDown(event: KeyboardEvent): void {
    // The page's own shortcuts are not meant for what is typed here.
    event.stopPropagation();
    if (event.key === 'Escape' && !event.isComposing) {
      if (this.view === 'history') this.leaveHistory();
      else this.options.onClose();
    } else if (event.key === 'Tab' && this.coversScreen) {
      this.keepFocusInside(event);
    }
  }

  /** Full screen, the page behind is not to be reached. */
  private keepFocusInside(event: KeyboardEvent): void {
    const controls = 'button, textarea, input, select, a[href], [tabindex="0"]';
    const focusable = [...this.root.querySelectorAll<HTMLElement>(controls)];
    const reachable = focusable.filter((candidate) => candidate.tabIndex >= 0 && candidate.getClientRects().length > 0);
    const edge = event.shiftKey ? reachable[0] : reachable[reachable.length - 1];
    if (this.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? reachable[reachable.length - 1] : reachable[0])?.focus();
  }
}

/** What a reader says of a message that arrives. */
export function spokenMessage(author: string, { message, quick_replies: replies = [] }: Message, texts: Texts): string {
  const offered = replies.length > 0 ? ` ${texts.replies}: ${replies.map(({ text }) => text).join(', ')}` : '';
  return `${author}: ${plainText(message)}${offered}`;
}

function firstLetter(name: string): string {
  return ([...name.trim()][0] ?? '·').toLocaleUpperCase();
}

/** Tells the style sheet the height that an on-screen keyboard leaves free; answers how to end that. */
function followVisualViewport(panel: HTMLElement): () => void {
  const { visualViewport } = window;
  if (!visualViewport) return () => {};
  const update = () => {
    // Zoomed in by the visitor, the window stays as it is: its parts are to be looked at, not rearranged.
    const zoomed = visualViewport.scale > 1.01;
    panel.style.setProperty('--viewport-height', zoomed ? '' : `${visualViewport.height}px`);
    panel.style.setProperty('--viewport-top', zoomed ? '' : `${visualViewport.offsetTop}px`);
  };
  visualViewport.addEventListener('resize', update);
  visualViewport.addEventListener('scroll', update);
  update();
  return () => {
    visualViewport.removeEventListener('resize', update);
    visualViewport.removeEventListener('scroll', update);
  };
}
