/**
 * The chat itself, loaded by the loader on first open or to resume an earlier conversation. Composes
 * the session, real time and the panel.
 */

import { ApiClient } from '../shared/api.ts';
import { ChatApi } from '../shared/chat-api.ts';
import { ConversationSession } from '../shared/conversation-session.ts';
import { IndexedDbOutboxStore, KeyValueOutboxStore, type OutboxStore } from '../shared/outbox-store.ts';
import { Realtime } from '../shared/realtime.ts';
import { SharedRealtime } from '../shared/shared-realtime.ts';
import { Tabs } from '../shared/tabs.ts';
import { onWake } from '../shared/wake.ts';
import { installConsoleContract } from './console-contract.ts';
import { adoptStyles } from './dom.ts';
import { storageKey, type WidgetApp, type WidgetHost } from './host.ts';
import panelCss from './panel.css';
import { Panel } from './panel.ts';
import { outboxSharing } from './sharing.ts';
import { en } from './texts.ts';
import { VisitorMemory, VisitorSource } from './visitor-source.ts';

export function mount(host: WidgetHost): WidgetApp {
  return new ChatApp(host);
}

class ChatApp implements WidgetApp {
  private readonly memory: VisitorMemory;
  private readonly source: VisitorSource;
  private readonly tabs: Tabs;
  private readonly realtime: SharedRealtime;
  private readonly outboxStore: OutboxStore;
  private readonly panel: Panel;
  private session: ConversationSession;
  /** An ended chat that nobody looks at has no connection. */
  private resting = false;

  constructor(private readonly host: WidgetHost) {
    const { options, config, storage } = host;
    this.memory = new VisitorMemory(storage, options.apiToken);
    const http = new ApiClient({ baseUrl: options.widgetUrl, token: () => this.memory.token });
    const api = new ChatApi(http);
    this.source = new VisitorSource(http, options, this.memory);
    const scope = `${storageKey(options.apiToken)}:outbox`;
    this.outboxStore = new IndexedDbOutboxStore(scope, new KeyValueOutboxStore(storage, scope));
    const inner = new Realtime({
      config,
      baseUrl: options.widgetUrl,
      authorize: (socketId, channels, provider) => api.authorizeChannels(socketId, channels, provider),
    });
    this.tabs = new Tabs({ name: storageKey(options.apiToken), isVisible: () => document.visibilityState === 'visible' });
    this.realtime = new SharedRealtime(inner, this.tabs);
    this.panel = new Panel({
      name: config.widget.name,
      welcome: config.widget.welcome_message,
      maxCharacters: config.widget.limits?.message_max_characters,
      baseUrl: options.widgetUrl,
      texts: en,
      onClose: () => this.close(),
      onStartNew: () => this.startNew(),
    });
    adoptStyles(host.root, panelCss);
    // Before the launcher, so that the keyboard order is the visual one.
    host.frame.prepend(this.panel.root);
    host.launcher.button.setAttribute('aria-controls', this.panel.root.id);
    this.session = this.newSession();
    installConsoleContract(host.global, this.realtime, () => this.session);
    this.followPage();
    this.session.start();
  }

  get isOpen(): boolean {
    return this.panel.isOpen;
  }

  open(): void {
    if (this.isOpen) return;
    this.panel.open();
    this.resting = false;
    this.session.start();
    this.host.frame.classList.add('is-open');
    this.host.launcher.setOpen(true);
    this.host.emit('open', null);
  }

  close(): void {
    if (!this.isOpen) return;
    this.panel.close();
    this.host.frame.classList.remove('is-open');
    this.host.launcher.setOpen(false);
    this.host.launcher.button.focus({ preventScroll: true });
    this.host.emit('close', null);
  }

  private newSession(): ConversationSession {
    const { options, storage } = this.host;
    const session = new ConversationSession({
      source: this.source,
      realtime: this.realtime,
      role: 'visitor',
      senderName: options.visitor.name,
      storage,
      outboxPrefix: `${storageKey(options.apiToken)}:outbox`,
      outboxStore: this.outboxStore,
      sharing: outboxSharing(this.tabs),
      isHidden: () => document.visibilityState === 'hidden',
    });
    session.subscribe(() => this.changed(session));
    session.events.on('sending', ({ clientId }) => this.host.emit('send', { client_id: clientId }));
    session.events.on('sent', ({ clientId, ack: { message_id, seq } }) =>
      this.host.emit('sent', { client_id: clientId, message_id, seq }),
    );
    session.events.on('incoming', (message) => this.host.emit('message', message));
    this.panel.attach(session);
    return session;
  }

  private changed(session: ConversationSession): void {
    if (session !== this.session) return;
    const { state } = session;
    this.host.launcher.setUnread(this.isOpen ? 0 : state.unread);
    if (this.isOpen) this.panel.render(state);
    else if (!this.resting && state.phase === 'ready' && state.view?.status === 'closed') this.rest();
  }

  private rest(): void {
    this.resting = true;
    this.session.stop();
    this.realtime.stop();
  }

  private startNew(): void {
    const wasRefused = this.session.state.phase === 'gone';
    this.session.stop();
    if (wasRefused) this.memory.forget();
    else this.source.requestNew();
    this.session = this.newSession();
    // What was refused because the chat had ended is what the visitor came to say.
    this.session.retryRefusedByClosing();
    this.session.start();
    this.panel.render(this.session.state);
  }

  /** Whatever may have made this page miss something ends here. */
  private recover(): void {
    if (document.visibilityState === 'visible') this.tabs.lookedAt();
    this.realtime.wake();
    this.session.wake();
    this.panel.markRead();
  }

  private followPage(): void {
    onWake(() => this.recover());
    // A page with an open socket cannot be kept for the back button.
    window.addEventListener('pagehide', () => this.realtime.stop());
    window.addEventListener('pageshow', (event) => {
      if (event.persisted && !this.resting && this.session.state.phase === 'ready') this.realtime.start();
    });
  }
}
