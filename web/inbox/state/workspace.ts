/** What a logged-in agent works with: puts the API, real time, the list and the conversations together. */

import type { ApiClient } from '../../shared/api.ts';
import { ChatApi } from '../../shared/chat-api.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import { Realtime } from '../../shared/realtime.ts';
import { onWake } from '../../shared/wake.ts';
import { InboxApi, type Agent, type Me } from '../inbox-api.ts';
import { ConversationList } from './conversation-list.ts';
import { DeliveryMarker } from './delivery-marker.ts';
import { Drafts } from './drafts.ts';
import { OpenConversations } from './open-conversations.ts';
import type { Preferences } from './preferences.ts';
import { ListCursor } from './list-cursor.ts';
import { Notifier } from './notifier.ts';
import { showNotification } from './browser-notifications.ts';
import { ring } from './chime.ts';
import { Toasts } from './toasts.ts';
import { Tabs } from '../../shared/tabs.ts';
import { hrefOf, inboxRoute } from '../routes.ts';

export class Workspace {
  readonly agent: Agent;
  readonly list: ConversationList;
  readonly conversations: OpenConversations;
  readonly drafts: Drafts;
  /** What was done, told for a moment, and undone from there. */
  readonly toasts = new Toasts();
  readonly cursor = new ListCursor();
  /** The agent's other tabs. */
  readonly tabs: Tabs;
  readonly notifier: Notifier;
  /** What a key asks of the page: to write an answer or a note, to open a conversation. */
  readonly wishes = new Emitter<{ compose: 'reply' | 'note'; open: number }>();
  /** For endpoints that only one page needs. */
  readonly http: ApiClient;
  private readonly api: InboxApi;
  readonly realtime: Realtime;
  private readonly deliveries: DeliveryMarker;
  private offWake: Off | null = null;

  constructor(
    me: Me,
    http: ApiClient,
    readonly preferences: Preferences,
  ) {
    this.http = http;
    preferences.belongTo(me.agent.id);
    const chat = new ChatApi(http);
    const isHidden = () => document.visibilityState === 'hidden';
    this.agent = me.agent;
    this.api = new InboxApi(http);
    this.realtime = new Realtime({
      config: me.realtime,
      baseUrl: location.origin,
      authorize: (socketId, channels, provider) => chat.authorizeChannels(socketId, channels, provider),
    });
    this.list = new ConversationList({ api: this.api, realtime: this.realtime, isHidden });
    this.deliveries = new DeliveryMarker({ api: this.api });
    this.list.events.on('row', (row) => this.deliveries.note(row));
    this.conversations = new OpenConversations({
      agent: me.agent,
      chat,
      realtime: this.realtime,
      isHidden,
      // The socket that a message came from is left out when it is broadcast, also to the inbox.
      onSent: () => this.list.lookAgain(),
    });
    this.drafts = new Drafts(me.agent.id);
    this.tabs = new Tabs({ name: `antiphon-inbox:${me.agent.id}` });
    this.notifier = new Notifier({
      agentId: me.agent.id,
      list: this.list.events,
      tabs: this.tabs,
      preferences,
      notify: (row) => showNotification(row, me.agent.name, hrefOf(inboxRoute(row.id)), () => this.wishes.emit('open', row.id)),
      ring,
    });
  }

  start(): void {
    this.tabs.start();
    this.notifier.start();
    this.list.start();
    this.conversations.resumeUnsent();
    this.realtime.start();
    this.offWake = onWake(() => {
      this.realtime.wake();
      this.list.wake();
      this.conversations.wake();
    });
  }

  stop(): void {
    this.offWake?.();
    this.notifier.stop();
    this.tabs.stop();
    this.list.stop();
    this.deliveries.stop();
    this.conversations.stop();
    this.realtime.stop();
  }

  /** Nothing that was written here stays on this computer. */
  forgetUnsent(): void {
    this.drafts.forget();
    this.conversations.forgetUnsent();
  }

  async close(id: number): Promise<void> {
    this.list.apply(await this.api.close(id));
  }

  async reopen(id: number): Promise<void> {
    this.list.apply(await this.api.reopen(id));
    this.conversations.reopened(id);
  }

  /** To nobody: null. */
  async assign(id: number, agentId: number | null): Promise<void> {
    this.list.apply(await this.api.assign(id, agentId));
  }
}
