/**
 * The chat itself, loaded by the loader on first open or to resume an earlier conversation. Composes
 * the session, real time shared by the tabs, and the window.
 *
 * Nothing is asked of the server before the visitor opens the chat, or has a conversation already.
 */

import { ApiClient } from '../shared/api.ts';
import { ChatApi } from '../shared/chat-api.ts';
import { ConversationSession, type SessionState } from '../shared/conversation-session.ts';
import { IndexedDbOutboxStore, KeyValueOutboxStore, type OutboxStore } from '../shared/outbox-store.ts';
import { Realtime } from '../shared/realtime.ts';
import { SharedRealtime } from '../shared/shared-realtime.ts';
import { Tabs } from '../shared/tabs.ts';
import { nextTask } from '../shared/task.ts';
import type { Availability, InitResponse, Message, WidgetSettings } from '../shared/types.ts';
import { onWake } from '../shared/wake.ts';
import { Announcer } from './announcer.ts';
import { Appearance } from './appearance.ts';
import { Attention, canNotify } from './attention.ts';
import { awayText } from './availability.ts';
import { installConsoleContract } from './console-contract.ts';
import { element } from './dom.ts';
import { formFor, type FormAnswer, type FormDefinition } from './form-definition.ts';
import { timeZone } from './format.ts';
import { storageKey, type WidgetApp, type WidgetHost } from './host.ts';
import { chooseLocale, languageOf, speak, type Spoken } from './locale.ts';
import { plainText } from '../shared/markdown.ts';
import type { MenuItem } from './menu.ts';
import { mergeVisitor, readAttributes } from './options.ts';
import { Panel, spokenMessage } from './panel.ts';
import type { Preview } from './preview.ts';
import { outboxSharing } from './sharing.ts';
import { styleRoot } from './styles.ts';
import { uploadRules } from './upload-rules.ts';
import unreadIcon from './unread.svg';
import { VisitorApi } from './visitor-api.ts';
import { VisitorMemory, VisitorSource } from './visitor-source.ts';

const ICONS = {
  history: 'M12 8v4l2.500 2.500M4.500 12a7.500 7.500 0 1 1 2.200 5.300M4.500 12H2m2.500 0H7M6.700 17.300 5 19',
  plus: 'M12 5v14M5 12h14',
  sound: 'M4 9.500v5h3.500L12 18V6L7.500 9.500H4ZM15.500 9a4 4 0 0 1 0 6M18 6.500a7.500 7.500 0 0 1 0 11',
  bell: 'M6 10a6 6 0 1 1 12 0c0 4 1.500 5.500 2 6.500H4c.5-1 2-2.500 2-6.500ZM10 19.500a2 2 0 0 0 4 0',
  download: 'M12 4v11m0 0-4.500-4.500M12 15l4.500-4.500M5 19.500h14',
};
const MAX_VOICE_SECONDS = 300;
/** Some addresses carry kilobytes of tracking. */
const MAX_URL = 2_000;

export async function mount(host: WidgetHost): Promise<WidgetApp> {
  const spoken = await speakFor(host);
  // In tasks of its own, so that the page can answer its visitor in between.
  await nextTask();
  // The browser's first look into its calendars is the longest single step of all.
  timeZone(spoken.locale);
  await nextTask();
  const app = new ChatApp(host, spoken);
  await nextTask();
  await app.build();
  await nextTask();
  app.begin();
  return app;
}

/** The language that the page, the widget's owner and the browser ask for, in this order. */
function speakFor({ options, config }: WidgetHost): Promise<Spoken> {
  const { locale, languages, texts } = config.widget.settings ?? {};
  const chosen = chooseLocale([options.locale, locale, ...navigator.languages], languages ?? undefined);
  return speak(chosen, texts?.[chosen] ?? texts?.[languageOf(chosen)]);
}

class ChatApp implements WidgetApp {
  private readonly settings: WidgetSettings;
  private readonly memory: VisitorMemory;
  private readonly http: ApiClient;
  private readonly source: VisitorSource;
  private readonly visitorApi: VisitorApi;
  private readonly tabs: Tabs;
  private readonly realtime: SharedRealtime;
  private readonly outboxStore: OutboxStore;
  private readonly announcer = new Announcer();
  private readonly attention: Attention;
  private readonly appearance: Appearance;
  private panel!: Panel;
  private preview: Preview | null = null;
  private session!: ConversationSession;
  /** The code of the form before a chat, once there was something to ask. */
  private form: typeof import('./form.ts') | null = null;
  private renders = false;
  private availability: Availability | null;
  private started = false;
  /** An ended chat that nobody looks at has no connection. */
  private resting = false;
  private reported = { unread: 0, conversationId: 0, status: '' };
  private localeRequest = 0;
  private pages: Promise<unknown> | null = null;
  /** What the visitor goes by in the form, which is not what the site says. */
  private formName: string | null = null;

  constructor(
    private readonly host: WidgetHost,
    private spoken: Spoken,
  ) {
    const { options, config, storage } = host;
    options.locale ??= spoken.locale;
    this.settings = config.widget.settings ?? {};
    this.availability = this.settings.availability ?? null;
    this.memory = new VisitorMemory(storage, options.apiToken);
    const token = () => this.memory.token;
    const http = (this.http = new ApiClient({ baseUrl: options.widgetUrl, token }));
    const api = new ChatApi(http);
    this.visitorApi = new VisitorApi(http, options.widgetUrl, token, spoken.locale);
    this.source = new VisitorSource(http, options, this.memory, currentPage);
    this.source.onInit = (answer) => this.initAnswered(answer);
    this.source.onRated = (id) => this.panel.setRated(id);
    const key = storageKey(options.apiToken);
    this.outboxStore = new IndexedDbOutboxStore(key, new KeyValueOutboxStore(storage, `${key}:outbox`));
    const inner = new Realtime({
      config,
      baseUrl: options.widgetUrl,
      authorize: (socketId, channels, provider) => api.authorizeChannels(socketId, channels, provider),
    });
    this.tabs = new Tabs({ name: key, isVisible });
    this.realtime = new SharedRealtime(inner, this.tabs);
    this.attention = new Attention(storage, `${key}:preferences`, new URL(unreadIcon, `${options.assetsUrl}assets/`).href);
    this.appearance = new Appearance(host.element, host.frame);
    styleRoot(host.root);
  }

  /** What is to be seen, in several tasks; only then the app can be used. */
  async build(): Promise<void> {
    const { host, settings } = this;
    this.appearance.set(settings.theme?.mode);
    this.appearance.setColor(settings.theme?.color ?? settings.color);
    this.panel = this.newPanel();
    await nextTask();
    await this.prepareForm();
    this.session = this.newSession();
    await nextTask();
    host.frame.append(this.announcer.root);
    installConsoleContract(host.global, this.realtime, () => this.session);
    this.followTabs();
    this.followPage();
  }

  /** Resumes the conversation that this browser remembers. */
  begin(): void {
    if (this.memory.token) this.start();
  }

  get isOpen(): boolean {
    return this.panel.isOpen;
  }

  open(): void {
    if (this.isOpen) return;
    if (this.formDefinition && !this.form) {
      this.prepareForm().then(() => this.open(), (error) => console.warn('Chat widget: the form could not be loaded.', error));
      return;
    }
    this.preview?.hide();
    this.attention.unlock();
    if (!this.started) this.startOrAsk();
    else if (this.resting) this.startSoon();
    this.resting = false;
    this.appearance.update();
    this.panel.open();
    this.host.frame.classList.add('is-open');
    this.host.launcher.setOpen(true);
    this.reportUnread(0);
    this.host.emit('open', null);
  }

  close(): void {
    if (!this.isOpen) return;
    const { frame, launcher, root } = this.host;
    // A page that closes the chat keeps its focus; a visitor who does goes back to where they came from.
    const hadFocus = this.panel.root.contains(root.activeElement);
    this.panel.close();
    frame.classList.remove('is-open');
    launcher.setOpen(false);
    if (hadFocus) launcher.button.focus({ preventScroll: true });
    this.host.emit('close', null);
  }

  run(command: string, args: unknown[]): void {
    const [first] = args;
    if (command === 'send') {
      this.open();
      if (typeof first === 'string') this.say(first);
    } else if (command === 'prefill') {
      this.open();
      if (typeof first !== 'string') return;
      if (!this.panel.formShown?.setMessage(first)) this.panel.composer.text = first;
    } else if (command === 'identify') {
      this.describe(mergeVisitor(this.host.options.visitor, first));
    } else if (command === 'attributes') {
      const metadata = { ...this.host.options.visitor.metadata, ...readAttributes(first) };
      this.describe({ ...this.host.options.visitor, metadata });
    } else if (command === 'locale') {
      if (typeof first === 'string') void this.setLocale(first);
    } else if (command === 'theme') {
      const { mode, color } = (first ?? {}) as { mode?: unknown; color?: unknown };
      if (mode !== undefined) this.appearance.set(mode);
      this.appearance.setColor(color);
    } else if (command === 'reset') {
      this.reset();
    }
  }

  /** Speaks another language, if there is such a one. */
  private async setLocale(locale: string): Promise<void> {
    const request = ++this.localeRequest;
    this.host.options.locale = locale;
    const spoken = await speakFor(this.host);
    // A later wish that was quicker to load stands.
    if (request !== this.localeRequest) return;
    this.spoken = spoken;
    this.renew();
  }

  private start(): void {
    this.started = true;
    this.session.start();
  }

  /** In a task of its own: the window is drawn in this one. */
  private startSoon(): void {
    const { session } = this;
    this.started = true;
    void nextTask().then(() => {
      if (session === this.session && this.started) session.start();
    });
  }

  /** What has to be asked before there can be a chat. */
  private get formDefinition(): FormDefinition | null {
    if (this.started || this.memory.token) return null;
    const { pre_chat: preChat, hours, offline_form: offlineForm } = this.settings;
    return formFor(
      {
        preChat: preChat ? { fields: preChat.fields ?? [], consent: preChat.consent ?? null } : null,
        away: this.availability?.open === false,
        offlineForm: offlineForm !== false,
        awayMessage: hours?.message ?? null,
      },
      this.spoken.texts,
    );
  }

  private async prepareForm(): Promise<void> {
    if (this.formDefinition) this.form ??= await import('./form.ts');
  }

  private startOrAsk(): void {
    const { form, formDefinition, panel, spoken } = this;
    if (!formDefinition || !form) this.startSoon();
    else if (!panel.asks) {
      const known = { ...this.host.options.visitor, metadata: null };
      panel.ask(new form.PreChatForm(formDefinition, spoken.texts, known, (answer) => this.formAnswered(answer)));
    }
  }

  private formAnswered({ values, consent, message }: FormAnswer): void {
    this.source.setForm({ values, consent });
    this.formName = values['name'] ?? null;
    this.session = this.newSession();
    if (message) this.session.send(message);
    this.start();
  }

  /** As if the visitor had written it; behind a form it waits for the form. */
  private say(text: string): void {
    if (!this.panel.formShown?.setMessage(text)) this.session.send(text);
  }

  private describe(visitor: WidgetHost['options']['visitor']): void {
    const { options } = this.host;
    if (JSON.stringify(visitor) === JSON.stringify(options.visitor)) return;
    options.visitor = visitor;
    if (this.started) this.switchTo();
  }

  /** Ends this session and begins the next one, which opens what `prepare` asks the source for, or what there is. */
  private switchTo(prepare?: () => void): void {
    const { session } = this;
    prepare?.();
    this.session = this.newSession();
    session.stop();
    this.start();
  }

  private startNew(): void {
    const { phase, error } = this.session.state;
    const wasRefused = phase === 'gone' && !error?.body['blocked'];
    this.switchTo(() => (wasRefused ? this.memory.forget() : this.source.requestNew()));
    // What was refused because the chat had ended is what the visitor came to say.
    this.session.retryRefusedByClosing();
    this.panel.render(this.session.state);
  }

  private openConversation(id: number): void {
    this.switchTo(() => this.source.requestConversation(id));
  }

  /** Somebody logged out: nothing of the visitor stays in this browser. */
  private reset(passedOn = false): void {
    if (!passedOn) this.tabs.post({ reset: true });
    this.session.stop();
    this.session.discardAll();
    this.close();
    this.realtime.stop();
    this.memory.forget();
    const nobody = { name: null, email: null, phone: null, id: null, identity: null, metadata: null };
    this.host.options.visitor = nobody;
    this.formName = null;
    this.started = false;
    this.resting = false;
    this.preview?.hide();
    this.session = this.newSession();
    this.panel.composer.text = '';
    this.reportUnread(0);
    this.reported = { unread: 0, conversationId: 0, status: '' };
  }

  private newSession(): ConversationSession {
    const { options, storage } = this.host;
    const session = new ConversationSession({
      source: this.source,
      realtime: this.realtime,
      role: 'visitor',
      senderName: options.visitor.name ?? this.formName,
      storage,
      outboxPrefix: `${storageKey(options.apiToken)}:outbox`,
      outboxStore: this.outboxStore,
      sharing: outboxSharing(this.tabs),
      isHidden: () => !isVisible(),
    });
    session.subscribe(() => this.changed(session));
    session.events.on('sending', ({ clientId }) => this.host.emit('send', { client_id: clientId }));
    session.events.on('sent', ({ clientId, ack: { message_id, seq } }) =>
      this.host.emit('sent', { client_id: clientId, message_id, seq }),
    );
    session.events.on('incoming', (message) => this.incoming(message));
    this.panel.attach(session);
    return session;
  }

  private newPanel(): Panel {
    const { config, options, frame, launcher } = this.host;
    const { settings, spoken } = this;
    const { texts, locale } = spoken;
    const own = settings.texts?.[locale] ?? settings.texts?.[spoken.language] ?? {};
    const panel = new Panel({
      name: own['title'] ?? config.widget.name,
      welcome: own['welcome'] ?? config.widget.welcome_message,
      quickReplies: settings.quick_replies ?? [],
      uploads: uploadRules(config.widget),
      voiceSeconds: this.voiceSeconds,
      maxCharacters: config.widget.limits?.message_max_characters,
      baseUrl: options.widgetUrl,
      spoken,
      announcer: this.announcer,
      menu: this.menuItems(),
      csatQuestion: settings.csat ?? null,
      onRate: (score, comment) => this.rate(score, comment),
      fetchHistory: (before) => this.visitorApi.conversations(before),
      onOpenConversation: (id) => this.openConversation(id),
      onClose: () => this.close(),
      onStartNew: () => this.startNew(),
    });
    // Before the launcher, so that the keyboard order is the visual one.
    frame.prepend(panel.root);
    launcher.button.setAttribute('aria-controls', panel.root.id);
    launcher.setWords({ open: texts.open, close: texts.close, unread: texts.unread });
    panel.setAway(awayText(this.availability, texts, locale, new Date()));
    return panel;
  }

  /** Null: no voice messages, because of the settings, the server or the browser. */
  private get voiceSeconds(): number | null {
    const { voice } = this.settings;
    const can = typeof MediaRecorder === 'function' && isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
    if (!can || voice?.enabled === false || !uploadRules(this.host.config.widget)) return null;
    return voice?.max_seconds ?? MAX_VOICE_SECONDS;
  }

  /** Beside the launcher; without a network for the few lines of it, the number on the launcher says enough. */
  private async showPreview(message: Message): Promise<void> {
    const { Preview } = await import('./preview.ts');
    // Opened meanwhile, or read in another tab.
    if (this.isOpen || this.session.state.unread === 0) return;
    if (!this.preview) {
      this.preview = new Preview(this.spoken.texts, () => this.open());
      this.preview.root.dir = this.spoken.direction;
      this.preview.root.lang = this.spoken.locale;
      this.host.frame.prepend(this.preview.root);
    }
    this.preview.show(message);
  }

  /** Window and preview in the language of now. */
  private renew(): void {
    const { panel } = this;
    const wasOpen = panel.isOpen;
    const asked = panel.asks;
    this.preview?.root.remove();
    this.preview = null;
    panel.dispose();
    this.panel = this.newPanel();
    this.panel.composer.text = panel.composer.text;
    this.panel.attach(this.session);
    if (asked) this.startOrAsk();
    if (wasOpen) this.panel.open();
  }

  private menuItems(): MenuItem[] {
    const { texts } = this.spoken;
    const hasChat = () => this.session.state.conversationId !== null;
    return [
      { label: texts.history, icon: ICONS.history, hidden: () => !this.memory.token, run: () => void this.panel.showHistory() },
      { label: texts.startNew, icon: ICONS.plus, hidden: () => !hasChat(), run: () => this.startNew() },
      {
        label: texts.transcript,
        icon: ICONS.download,
        hidden: () => this.settings.transcript === false || !hasChat(),
        run: () => void this.downloadTranscript(),
      },
      {
        label: texts.sound,
        icon: ICONS.sound,
        hidden: () => this.settings.sound === false,
        checked: () => !this.attention.muted,
        run: () => (this.attention.muted = !this.attention.muted),
      },
      {
        label: texts.notifications,
        icon: ICONS.bell,
        hidden: () => !canNotify(),
        checked: () => this.attention.notifies,
        run: () => void this.switchNotifications(),
      },
    ];
  }

  private async switchNotifications(): Promise<void> {
    const wanted = !this.attention.notifies;
    const allowed = await this.attention.allowNotifications(wanted);
    this.panel.menuChanged();
    if (wanted && !allowed) this.panel.notice(this.spoken.texts.notificationsBlocked);
  }

  private async downloadTranscript(): Promise<void> {
    const id = this.session.state.conversationId;
    if (id === null) return;
    try {
      const url = URL.createObjectURL(await this.visitorApi.transcript(id));
      const link = element('a', { href: url, download: `chat-${id}.txt` });
      this.host.frame.append(link);
      link.click();
      link.remove();
      setTimeout(() => URL.revokeObjectURL(url), 10_000);
    } catch {
      this.panel.notice(this.spoken.texts.transcriptFailed);
    }
  }

  private async rate(score: number, comment: string): Promise<void> {
    const id = this.session.state.conversationId;
    if (id === null) return;
    await this.visitorApi.rate(id, score, comment);
    this.host.emit('rating', { conversation_id: id, score });
  }

  private initAnswered(answer: InitResponse): void {
    if (answer.rating) this.panel.setRated(answer.conversation_id);
    if (answer.availability === undefined) return;
    this.availability = answer.availability;
    this.panel.setAway(awayText(this.availability, this.spoken.texts, this.spoken.locale, new Date()));
  }

  private incoming(message: Message): void {
    const author = this.panel.authorOf(message);
    this.announcer.say(spokenMessage(author, message, this.spoken.texts));
    this.host.emit('message', message);
    if (message.sender_type === 'system') return;
    if (!this.isOpen) this.showPreview(message).catch(() => {});
    if (!this.tabs.isFront) return;
    if (!this.isOpen || !isVisible()) this.ring();
    if (!isVisible()) this.attention.notify(author, plainText(message.message).slice(0, 300), () => this.open());
  }

  private ring(): void {
    if (this.settings.sound !== false) this.attention.ring();
  }

  private changed(session: ConversationSession): void {
    if (session !== this.session) return;
    const { state } = session;
    // Erased, with or without the visitor: what there is now is opened, or everything begins anew.
    if (state.phase === 'gone' && state.view) return this.switchTo();
    this.report(state);
    this.settleForm(state);
    if (this.isOpen) this.renderSoon();
    else if (!this.resting && state.phase === 'ready' && state.view?.status === 'closed') this.rest();
    if (!this.isOpen) this.markDelivered();
  }

  /** Many changes at once are drawn once. */
  private renderSoon(): void {
    if (this.renders) return;
    this.renders = true;
    void nextTask().then(() => {
      this.renders = false;
      if (this.isOpen) this.panel.render(this.session.state);
      this.markDelivered();
    });
  }

  /** What was not seen just now is here at least. */
  private markDelivered(): void {
    if (this.tabs.isFront) this.session.markDelivered();
  }

  private settleForm(state: SessionState): void {
    const form = this.panel.formShown;
    if (!form || !this.started) return;
    if (state.phase === 'ready') this.panel.answered();
    else if (state.phase === 'gone') {
      this.started = false;
      const { texts } = this.spoken;
      form.refuse(state.error?.details ?? null, state.error?.message || texts.unavailable);
      this.session.discardAll();
    }
  }

  private report(state: SessionState): void {
    const { emit } = this.host;
    const inView = this.isOpen && isVisible();
    this.reportUnread(inView ? 0 : state.unread);
    const conversationId = state.conversationId ?? 0;
    const status = state.view?.status ?? '';
    if (conversationId && conversationId !== this.reported.conversationId) {
      this.reported = { ...this.reported, conversationId, status };
      emit('conversation', { conversation_id: conversationId });
      this.tabs.post({ conversation: conversationId });
      this.pages ??= this.followPages().catch(() => {});
    } else if (conversationId && status !== this.reported.status) {
      this.reported.status = status;
      emit('status', { conversation_id: conversationId, status });
    }
  }

  private async followPages(): Promise<void> {
    const { followPages } = await import('./page-views.ts');
    followPages(this.http, () => this.session.state, currentPage, isVisible);
  }

  private reportUnread(count: number): void {
    this.attention.setUnread(count);
    this.host.launcher.setUnread(this.isOpen ? 0 : count);
    if (count === 0) this.preview?.hide();
    if (count === this.reported.unread) return;
    this.reported.unread = count;
    this.host.emit('unread', { count });
  }

  private rest(): void {
    this.resting = true;
    this.session.stop();
    this.realtime.stop();
  }

  /** Whatever may have made this page miss something ends here. */
  private recover(): void {
    if (isVisible()) this.tabs.lookedAt();
    this.realtime.wake();
    this.session.wake();
    this.panel.markRead();
    this.report(this.session.state);
  }

  /** All tabs of a visitor show the same chat. */
  private followTabs(): void {
    this.tabs.events.on('message', (message) => {
      const { conversation, reset } = message as { conversation?: number; reset?: boolean };
      if (reset) this.reset(true);
      if (!conversation || !this.started || this.session.state.phase !== 'ready') return;
      if (conversation === this.session.state.conversationId) return;
      this.memory.reload();
      this.reported.conversationId = conversation;
      this.openConversation(conversation);
    });
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

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** Where the visitor is, for the one who answers. */
function currentPage() {
  return {
    url: location.href.slice(0, MAX_URL),
    title: document.title.slice(0, MAX_URL),
    referrer: document.referrer.slice(0, MAX_URL),
  };
}
