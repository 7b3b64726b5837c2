/** What a logged-in agent works with: puts the API, real time, the list and the conversations together. */

import type { ApiClient } from '../../shared/api.ts';
import { ChatApi } from '../../shared/chat-api.ts';
import type { Off } from '../../shared/emitter.ts';
import { Realtime } from '../../shared/realtime.ts';
import { onWake } from '../../shared/wake.ts';
import { InboxApi, type Agent, type Me } from '../inbox-api.ts';
import { ConversationList } from './conversation-list.ts';
import { DeliveryMarker } from './delivery-marker.ts';
import { Drafts } from './drafts.ts';
import { OpenConversations } from './open-conversations.ts';
import type { Preferences } from './preferences.ts';
import { Toasts } from './toasts.ts';

export class Workspace {
  readonly agent: Agent;
  readonly list: ConversationList;
  readonly conversations: OpenConversations;
  readonly drafts: Drafts;
  /** What was done, told for a moment, and undone from there. */
  readonly toasts = new Toasts();
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
  }

  start(): void {
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
