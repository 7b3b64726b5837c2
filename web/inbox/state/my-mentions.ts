/**
 * Where colleagues mentioned the agent, newest first, and how many of these have not been seen. Told on the agent's own
 * channel; asked for again when that is live again.
 */

import { toApiError, type ApiError } from '../../shared/api.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';
import type { InboxApi, Mention } from '../inbox-api.ts';

export interface MentionsState {
  mentions: readonly Mention[];
  unreadCount: number;
  loaded: boolean;
  loading: boolean;
  error: ApiError | null;
  hasMore: boolean;
}

type MentionEvent = (Mention & { reference?: undefined }) | { id: number; reference: true };

export class MyMentions {
  private readonly events = new Emitter<{ change: MentionsState }>();
  private readonly offs: Off[] = [];
  private channel: RealtimeChannel | null = null;
  private current: MentionsState = { mentions: [], unreadCount: 0, loaded: false, loading: false, error: null, hasMore: false };

  /** `onMention` is told of each when it happens. */
  constructor(
    private readonly api: Pick<InboxApi, 'mentions' | 'readMentions'>,
    private readonly onMention: (mention: Mention) => void,
  ) {}

  get state(): MentionsState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(channel: RealtimeChannel): void {
    this.channel = channel;
    this.offs.push(
      channel.onLive(() => void this.refresh()),
      channel.bind('Mentioned', (event: MentionEvent) => {
        // One that was too large to carry is fetched.
        if (event.reference) void this.refresh();
        else this.mentioned(event);
      }),
      // Seen in another window.
      channel.bind('MentionsRead', () => void this.refresh()),
    );
    void this.refresh();
  }

  stop(): void {
    this.offs.splice(0).forEach((off) => off());
    this.channel?.release();
    this.channel = null;
  }

  async refresh(): Promise<void> {
    await this.load(null);
  }

  async more(): Promise<void> {
    const oldest = this.current.mentions[this.current.mentions.length - 1];
    if (oldest && this.current.hasMore && !this.current.loading) await this.load(oldest.id);
  }

  /** All that are known have been seen. */
  async markRead(): Promise<void> {
    const newest = this.current.mentions[0];
    if (!newest || this.current.unreadCount === 0) return;
    const unreadCount = await this.api.readMentions(newest.id).catch(() => this.current.unreadCount);
    this.set({ unreadCount });
  }

  /** How many there are by the server's count: a note with one may have been deleted. */
  counted(unreadCount: number | undefined): void {
    if (unreadCount !== undefined && this.current.loaded && !this.current.loading && unreadCount !== this.current.unreadCount) void this.refresh();
  }

  private mentioned(mention: Mention): void {
    if (this.current.mentions.some(({ id }) => id === mention.id)) return;
    this.set({ mentions: [mention, ...this.current.mentions], unreadCount: this.current.unreadCount + 1 });
    this.onMention(mention);
  }

  private async load(before: number | null): Promise<void> {
    this.set({ loading: true });
    try {
      const page = await this.api.mentions(before);
      const mentions = before === null ? page.mentions : [...this.current.mentions, ...page.mentions];
      this.set({ mentions, unreadCount: page.unread_count, hasMore: page.has_more, loaded: true, loading: false, error: null });
    } catch (thrown) {
      this.set({ loading: false, error: toApiError(thrown) });
    }
  }

  private set(change: Partial<MentionsState>): void {
    this.current = { ...this.current, ...change };
    this.events.emit('change', this.current);
  }
}
