/** What a logged-in agent works with: puts the API, real time, the list and the conversations together. */

import type { ApiClient } from '../../shared/api.ts';
import { ChatApi } from '../../shared/chat-api.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { Realtime, RealtimeChannel } from '../../shared/realtime.ts';
import type { UploadRules } from '../../shared/upload-rules.ts';
import { onWake } from '../../shared/wake.ts';
import { InboxApi, type Agent, type Me } from '../inbox-api.ts';
import { ConversationList, INBOX_CHANNEL } from './conversation-list.ts';
import { Counts } from './counts.ts';
import { Directory } from './directory.ts';
import { Triage } from './triage.ts';
import { ThreadApi, type CannedReply, type Label, type Priority, type Team } from '../thread-api.ts';
import { DeliveryMarker } from './delivery-marker.ts';
import { Collection } from './collection.ts';
import { ConversationPresence } from './conversation-presence.ts';
import { Drafts } from './drafts.ts';
import { OpenConversations } from './open-conversations.ts';
import { OpenNotes } from './open-notes.ts';
import type { Preferences } from './preferences.ts';
import { ListCursor } from './list-cursor.ts';
import { Notifier } from './notifier.ts';
import { closeNotifications, showNotification } from './browser-notifications.ts';
import { Looking } from './looking.ts';
import { ReadNotices } from './read-notices.ts';
import { SettingChanges } from './setting-changes.ts';
import { SignedInRealtime } from './signed-in-realtime.ts';
import { WebPush } from './web-push.ts';
import { preview, visitorName, withoutMarks } from '../names.ts';
import { PushApi } from '../push-api.ts';
import { mentionTag, messageTag } from '../pushed.ts';
import { text } from '../text.ts';
import { MyMentions } from './my-mentions.ts';
import { TeamPresence } from './team-presence.ts';
import { ring } from './chime.ts';
import { Toasts } from './toasts.ts';
import { VisitorInfo } from './visitor-info.ts';
import { Tabs } from '../../shared/tabs.ts';
import { hrefOf, inboxRoute } from '../routes.ts';

/** Changes after which the one who is logged in may be another. */
const ACCOUNT: readonly string[] = ['agents', 'security', 'account'];
/** As many as there are conversations at hand. */
const KEPT_VISITORS = 8;

export class Workspace {
  readonly agent: Agent;
  readonly list: ConversationList;
  readonly conversations: OpenConversations;
  readonly drafts: Drafts;
  readonly notes: OpenNotes;
  readonly thread: ThreadApi;
  readonly agents: Collection<Agent>;
  readonly teams: Collection<Team>;
  readonly labels: Collection<Label>;
  readonly cannedReplies: Collection<CannedReply>;
  /** Null: the server takes no files. */
  readonly uploadRules: UploadRules | null;
  /** For so many milliseconds an agent may edit and delete what they sent. */
  readonly editMs: number;
  /** What was done, told for a moment, and undone from there. */
  readonly toasts = new Toasts();
  readonly cursor = new ListCursor();
  /** The agent's other tabs. */
  readonly tabs: Tabs;
  readonly notifier: Notifier;
  /** What a key asks of the page: to write an answer or a note, to open a conversation. And that who is logged in may be another now. */
  readonly wishes = new Emitter<{ compose: 'reply' | 'note'; open: number; recheck: null }>();
  /** Something that the team works with, or the account itself, is another. */
  readonly settings = new SettingChanges();
  /** For endpoints that only one page needs. */
  readonly http: ApiClient;
  readonly api: InboxApi;
  readonly directory: Directory;
  readonly counts: Counts;
  readonly triage: Triage;
  /** Where colleagues mentioned the agent. */
  readonly mentions: MyMentions;
  /** Whether this browser is told while no inbox is open in it. */
  readonly push: WebPush;
  readonly pushApi: PushApi;
  private readonly looking: Looking;
  private readonly readNotices: ReadNotices;
  private readonly offs: Off[] = [];
  /** Which colleagues are there. */
  readonly presence: TeamPresence;
  private readonly inbox: RealtimeChannel;
  /** By conversation, in the order of use, so that going back to one shows at once who it is with. */
  private readonly visitors = new Map<number, VisitorInfo>();
  readonly realtime: Realtime;
  private readonly deliveries: DeliveryMarker;
  private offWake: Off | null = null;

  constructor(
    me: Me,
    http: ApiClient,
    readonly preferences: Preferences,
  ) {
    this.http = http;
    preferences.belongTo(me.agent.id, me.language);
    const chat = new ChatApi(http);
    const isHidden = () => document.visibilityState === 'hidden';
    this.agent = me.agent;
    this.api = new InboxApi(http);
    this.realtime = new SignedInRealtime({
      config: me.realtime,
      baseUrl: location.origin,
      authorize: (socketId, channels, provider) => chat.authorizeChannels(socketId, channels, provider),
      signIn: (socketId, provider) => this.api.signIn(socketId, provider),
    });
    this.list = new ConversationList({ api: this.api, agentId: me.agent.id, realtime: this.realtime, isHidden });
    this.deliveries = new DeliveryMarker({ api: this.api });
    this.list.events.on('row', (row) => this.deliveries.note(row));
    this.conversations = new OpenConversations({
      agent: me.agent,
      chat,
      http,
      realtime: this.realtime,
      isHidden,
      // The socket that a message came from is left out when it is broadcast, also to the inbox.
      onSent: () => this.list.lookAgain(),
    });
    this.drafts = new Drafts(me.agent.id);
    this.directory = new Directory(this.api);
    this.counts = new Counts(this.api);
    this.presence = new TeamPresence();
    this.mentions = new MyMentions(this.api, ({ conversation_id: id, note }) =>
      this.notifier.mentioned(id, () => this.notify(id, text.mentions.by(note.agent.name), withoutMarks(note.body), mentionTag(id), 0)),
    );
    this.counts.subscribe(() => this.mentions.counted(this.counts.state?.unread_mentions));
    this.pushApi = new PushApi(http);
    this.push = new WebPush({ api: this.pushApi, preferences });
    this.looking = new Looking({ api: this.pushApi });
    this.readNotices = new ReadNotices(closeNotifications);
    this.list.events.on('row', (row) => row.unread_count === 0 && this.readNotices.conversation(row.id));
    this.list.events.on('row', () => this.counts.changed());
    this.list.events.on('erased', (id) => {
      this.counts.changed();
      this.visitors.delete(id);
      for (const mode of ['reply', 'note'] as const) this.drafts.set(id, '', mode);
    });
    this.triage = new Triage({
      api: this.api,
      list: this.list,
      directory: this.directory,
      toasts: this.toasts,
      onReopened: (id) => this.conversations.reopened(id),
    });
    this.thread = new ThreadApi(http);
    this.notes = new OpenNotes({ api: this.thread, agent: me.agent, realtime: this.realtime });
    this.list.events.on('row', (row) => this.notes.noteRow(row));
    this.inbox = this.realtime.channel(INBOX_CHANNEL);
    const changes = this.settings;
    this.agents = new Collection({ load: () => this.api.agents(), what: 'agents', changes });
    this.teams = new Collection({ load: () => this.thread.teams(), what: 'teams', changes });
    this.labels = new Collection({ load: () => this.thread.labels(), what: 'labels', changes });
    this.cannedReplies = new Collection({ load: () => this.thread.cannedReplies(), what: 'canned_replies', changes });
    this.uploadRules = rulesOf(me);
    this.editMs = me.edit_seconds * 1_000;
    this.tabs = new Tabs({ name: `antiphon-inbox:${me.agent.id}` });
    this.notifier = new Notifier({
      agentId: me.agent.id,
      list: this.list.events,
      tabs: this.tabs,
      preferences,
      notify: (row) => this.notify(row.id, visitorName(row.visitor_name, row.id), preview(row, me.agent.name), messageTag(row.id), row.last_seq),
      ring,
    });
  }

  start(): void {
    this.tabs.start();
    this.notifier.start();
    this.list.start();
    const ownChannel = `private-chat.agent.${this.agent.id}`;
    this.settings.start([this.realtime.channel(INBOX_CHANNEL), this.realtime.channel(ownChannel)]);
    this.directory.start(this.settings);
    const own = this.realtime.channel(ownChannel);
    this.mentions.start(own);
    this.offs.push(
      own.bind('MentionsRead', () => this.readNotices.mentions()),
      // What may be done here, and in which language, is decided elsewhere, too.
      this.settings.on(ACCOUNT, () => this.wishes.emit('recheck', null)),
    );
    this.push.start();
    this.looking.start();
    this.presence.start(this.realtime.channel('presence-chat.agents'));
    void this.counts.ask();
    this.conversations.resumeUnsent();
    this.realtime.start();
    window.addEventListener('beforeunload', this.keepFiles);
    this.offWake = onWake(() => {
      this.realtime.wake();
      this.list.wake();
      this.conversations.wake();
    });
  }

  stop(): void {
    this.offWake?.();
    this.offs.splice(0).forEach((off) => off());
    this.push.stop();
    this.looking.stop();
    this.readNotices.stop();
    window.removeEventListener('beforeunload', this.keepFiles);
    this.notifier.stop();
    this.tabs.stop();
    this.list.stop();
    this.directory.stop();
    this.settings.stop();
    this.mentions.stop();
    this.presence.stop();
    this.counts.stop();
    this.deliveries.stop();
    this.conversations.stop();
    this.notes.stop();
    this.realtime.stop();
  }

  /** To no team: null. */
  async assignTeam(id: number, teamId: number | null): Promise<void> {
    this.list.apply(await this.thread.assignTeam(id, teamId));
  }

  async setPriority(id: number, priority: Priority | null): Promise<void> {
    this.list.apply(await this.thread.setPriority(id, priority));
  }

  async setLabels(id: number, labelIds: readonly number[]): Promise<void> {
    this.list.apply(await this.thread.setLabels(id, labelIds));
  }

  async snooze(id: number, until: Date): Promise<void> {
    this.list.apply(await this.thread.snooze(id, until));
  }

  /** What is known of a visitor; followed while it is started. */
  visitor(visitorId: number, conversationId: number): VisitorInfo {
    const known = this.visitors.get(conversationId) ?? new VisitorInfo({ api: this.thread, visitorId, conversationId, channel: this.inbox, changes: this.settings });
    this.visitors.delete(conversationId);
    this.visitors.set(conversationId, known);
    const [oldest] = this.visitors.keys();
    if (this.visitors.size > KEPT_VISITORS && oldest !== undefined) this.visitors.delete(oldest);
    return known;
  }

  /** Tells the colleagues in a conversation that this agent is there, until it is stopped. */
  joinConversation(id: number): ConversationPresence {
    return new ConversationPresence(this.realtime.channel(`presence-chat.conversation.${id}`), this.agent);
  }

  /** Texts survive the page, files that are on their way do not. */
  private readonly keepFiles = (event: Event): void => {
    if (this.conversations.hasUnsentFiles) event.preventDefault();
  };

  /** The same agent, as it is now. */
  renew(me: Me): void {
    Object.assign(this.agent, me.agent);
    this.preferences.follow(me.language);
  }

  /** Nothing that was written here stays on this computer, and nobody is told here any more. */
  async forget(): Promise<void> {
    this.drafts.forget();
    this.conversations.forgetUnsent();
    await Promise.all([this.push.forget(), closeNotifications(() => true)]).catch(() => undefined);
  }

  private notify(conversationId: number, title: string, body: string, tag: string, seq: number): void {
    const href = hrefOf(inboxRoute(conversationId));
    const notice = { title, body, conversationId, tag, seq, href };
    showNotification(notice, () => this.wishes.emit('open', conversationId), this.push.state === 'on');
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

function rulesOf({ limits }: Me): UploadRules | null {
  if (!limits?.file_max_bytes) return null;
  return { maxBytes: limits.file_max_bytes, maxFiles: limits.file_max_count, accept: limits.file_types };
}
