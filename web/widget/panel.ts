/**
 * The chat window: draws a session's state and passes on what the visitor does. Focus goes to the
 * composer when it opens and back to the launcher when it closes, and nowhere by itself.
 */

import type { ConversationSession, SessionState } from '../shared/conversation-session.ts';
import { Composer } from './composer.ts';
import { element, icon, setText } from './dom.ts';
import { MessageList } from './message-list.ts';
import type { Texts } from './texts.ts';

const CLOSE_ICON = 'M18 6 6 18M6 6l12 12';
/** A short interruption is none: hints about the connection wait this long. */
const HINT_AFTER_MS = 2_000;
const DEFAULT_MAX_CHARACTERS = 5_000;

export interface PanelOptions {
  name: string;
  welcome: string | null;
  maxCharacters: number | undefined;
  baseUrl: string;
  texts: Texts;
  onClose(): void;
  onStartNew(): void;
}

export class Panel {
  readonly root: HTMLElement;
  private readonly list: MessageList;
  private readonly composer: Composer;
  private readonly status = element('p', { class: 'status' });
  private readonly hint = element('div', { class: 'hint', role: 'status' });
  private readonly announcer = element('div', { class: 'hidden-text', role: 'status' });
  private readonly endedText = element('p', {});
  private readonly startNew: HTMLButtonElement;
  private readonly ended: HTMLElement;
  private readonly closeButton: HTMLButtonElement;
  private session: ConversationSession | null = null;
  private hintTimer: ReturnType<typeof setTimeout> | null = null;
  private readonly announcedFailures = new Set<string>();

  constructor(private readonly options: PanelOptions) {
    const { texts, name } = options;
    this.list = new MessageList({
      texts,
      baseUrl: options.baseUrl,
      onRetry: (clientId) => this.retry(clientId),
      onDiscard: (clientId) => this.discard(clientId),
      onOlder: () => void this.session?.loadOlder(),
      onReachEnd: () => this.markRead(),
    });
    this.composer = new Composer({
      texts,
      maxCharacters: options.maxCharacters ?? DEFAULT_MAX_CHARACTERS,
      onSend: (text) => this.session?.send(text),
      onTyping: (typing) => this.session?.setTyping(typing),
    });
    this.startNew = element('button', { class: 'primary', type: 'button', onclick: () => this.beginNew() }, texts.startNew);
    this.ended = element('div', { class: 'ended', hidden: true }, this.endedText, this.startNew);
    this.closeButton = element(
      'button',
      { class: 'close', type: 'button', 'aria-label': texts.close, onclick: () => options.onClose() },
      icon(CLOSE_ICON),
    );
    const title = element('div', { class: 'title' }, element('h2', {}, element('bdi', {}, name)), this.status);
    const avatar = element('div', { class: 'avatar', 'aria-hidden': 'true' }, firstLetter(name));
    this.root = element(
      'section',
      {
        class: 'panel',
        id: 'chat',
        role: 'dialog',
        'aria-label': texts.dialog(name),
        hidden: true,
        onkeydown: (event: KeyboardEvent) => this.keyDown(event),
      },
      element('header', { class: 'header' }, avatar, title, this.closeButton),
      this.hint,
      this.list.root,
      this.composer.root,
      this.ended,
      this.announcer,
    );
    followVisualViewport(this.root);
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  /** Shows another conversation; a text that is being written stays. */
  attach(session: ConversationSession): void {
    this.session = session;
    this.render(session.state);
  }

  open(): void {
    // Drawn while hidden, so that the log does not read out what was said before.
    if (this.session) this.render(this.session.state);
    this.root.hidden = false;
    this.root.setAttribute('aria-modal', String(this.coversScreen));
    this.composer.resize();
    this.list.scrollToEnd();
    this.focus();
    this.markRead();
  }

  close(): void {
    this.root.hidden = true;
  }

  /** Everything in view counts as read, if anybody can be looking. */
  markRead(): void {
    if (this.isOpen && document.visibilityState === 'visible' && this.list.atEnd) this.session?.markRead();
  }

  render(state: SessionState): void {
    const { texts } = this.options;
    const { view, phase } = state;
    const isClosed = view?.status === 'closed';
    const isOver = isClosed || phase === 'gone';
    setText(this.status, this.statusText(state));
    this.renderHint(state);
    this.list.render({
      entries: state.entries,
      welcome: this.welcomeFor(state),
      hasOlder: state.hasOlder,
      loadingOlder: state.loadingOlder,
      seenSeq: view?.read.agent_seq ?? 0,
      canRetry: !isOver,
      typing: state.typing ? texts.typing(state.typing.name) : null,
    });
    const hadFocus = this.composer.root.contains(this.activeElement);
    this.composer.root.hidden = isOver;
    this.ended.hidden = !isOver;
    setText(this.endedText, phase === 'gone' ? texts.unavailable : texts.ended);
    // The element that had the focus is gone; without this a keyboard user starts over at the page's top.
    if (isOver && hadFocus) this.startNew.focus();
    this.announceFailures(state);
    this.markRead();
  }

  private get activeElement(): Element | null {
    return (this.root.getRootNode() as ShadowRoot).activeElement;
  }

  private get coversScreen(): boolean {
    return this.root.getBoundingClientRect().width >= window.innerWidth;
  }

  private focus(): void {
    if (this.composer.root.hidden) this.startNew.focus({ preventScroll: true });
    else this.composer.focus();
  }

  private statusText(state: SessionState): string {
    const { texts } = this.options;
    if (state.phase === 'opening') return texts.connecting;
    const agent = state.view?.assignedTo?.name;
    return agent && state.view?.status !== 'closed' ? texts.withAgent(agent) : texts.askUs;
  }

  private welcomeFor(state: SessionState): string | null {
    const { welcome } = this.options;
    const stored = state.entries.slice(0, 2).some(({ message }) => message.message === welcome);
    return welcome && !stored ? welcome : null;
  }

  private renderHint(state: SessionState): void {
    if (state.reachable) {
      if (this.hintTimer) clearTimeout(this.hintTimer);
      this.hintTimer = null;
      setText(this.hint, '');
    } else {
      this.hintTimer ??= setTimeout(() => setText(this.hint, this.options.texts.offline), HINT_AFTER_MS);
    }
  }

  private announceFailures(state: SessionState): void {
    for (const { key, delivery, error } of state.entries) {
      if (delivery !== 'failed') {
        this.announcedFailures.delete(key);
      } else if (!this.announcedFailures.has(key)) {
        this.announcedFailures.add(key);
        setText(this.announcer, this.options.texts.notSentAnnouncement(error ?? ''));
      }
    }
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
    this.options.onStartNew();
    this.focus();
  }

  private keyDown(event: KeyboardEvent): void {
    // The page's own shortcuts are not meant for what is typed here.
    event.stopPropagation();
    if (event.key === 'Escape' && !event.isComposing) this.options.onClose();
    else if (event.key === 'Tab' && this.coversScreen) this.keepFocusInside(event);
  }

  /** Full screen, the page behind is not to be reached. */
  private keepFocusInside(event: KeyboardEvent): void {
    const focusable = [...this.root.querySelectorAll<HTMLElement>('button, textarea, a[href], [tabindex="0"]')];
    const reachable = focusable.filter((candidate) => candidate.getClientRects().length > 0);
    const edge = event.shiftKey ? reachable[0] : reachable[reachable.length - 1];
    if (this.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? reachable[reachable.length - 1] : reachable[0])?.focus();
  }
}

function firstLetter(name: string): string {
  return ([...name.trim()][0] ?? '·').toLocaleUpperCase();
}

/** Tells the style sheet the height that an on-screen keyboard leaves free. */
function followVisualViewport(panel: HTMLElement): void {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const update = () => {
    panel.style.setProperty('--viewport-height', `${visualViewport.height}px`);
    panel.style.setProperty('--viewport-top', `${visualViewport.offsetTop}px`);
  };
  visualViewport.addEventListener('resize', update);
  visualViewport.addEventListener('scroll', update);
  update();
}
