/** What the panel beside a conversation knows of its visitor: fetched when it is opened, and followed while it is. */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';
import type { ConversationDetails, PageView, ThreadApi, VisitorAnswer } from '../thread-api.ts';
import type { SettingChanges } from './setting-changes.ts';

export interface VisitorInfoState {
  /** Null until it is here. */
  visitor: VisitorAnswer | null;
  details: ConversationDetails | null;
  failed: boolean;
}

export interface VisitorInfoOptions {
  api: Pick<ThreadApi, 'visitor' | 'details' | 'setVisitorNote' | 'blockVisitor' | 'unblockVisitor'>;
  visitorId: number;
  conversationId: number;
  /** The inbox's, which tells of the pages that visitors look at. */
  channel: Pick<RealtimeChannel, 'bind'>;
  /** Which tell when others are blocked. */
  changes: Pick<SettingChanges, 'on'>;
}

interface PageViewed extends PageView {
  visitor_id: number;
}

/** As many pages as the server keeps. */
const MAX_PAGES = 50;

export class VisitorInfo {
  private readonly events = new Emitter<{ change: VisitorInfoState }>();
  private current: VisitorInfoState = { visitor: null, details: null, failed: false };
  private readonly offs: Off[] = [];

  constructor(private readonly options: VisitorInfoOptions) {}

  get state(): VisitorInfoState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  start(): void {
    const { channel, changes } = this.options;
    this.offs.push(
      changes.on(['blocks'], () => void this.load()),
      channel.bind('PageViewed', (event: PageViewed) => this.viewed(event)),
    );
    void this.load();
  }

  stop(): void {
    this.offs.splice(0).forEach((off) => off());
  }

  async load(): Promise<void> {
    const { api, visitorId, conversationId } = this.options;
    try {
      const [visitor, details] = await Promise.all([api.visitor(visitorId), api.details(conversationId)]);
      this.set({ visitor, details, failed: false });
    } catch {
      this.set({ ...this.current, failed: this.current.visitor === null });
    }
  }

  /** Rejects with an `ApiError`; what is shown is the new one at once. */
  async setNote(note: string): Promise<void> {
    const before = this.current.visitor?.visitor.note ?? null;
    this.patch({ note });
    try {
      await this.options.api.setVisitorNote(this.options.visitorId, note);
    } catch (error) {
      this.patch({ note: before });
      throw error;
    }
  }

  /** Rejects with an `ApiError`. */
  async setBlocked(blocked: boolean): Promise<void> {
    const { api, visitorId } = this.options;
    await (blocked ? api.blockVisitor(visitorId) : api.unblockVisitor(visitorId));
    this.noteBlocked(blocked);
  }

  /** It is so, by whatever way. */
  noteBlocked(blocked: boolean): void {
    this.patch({ blocked });
  }

  private viewed({ visitor_id: id, url, title, at }: PageViewed): void {
    const { visitor } = this.current;
    if (!visitor || id !== this.options.visitorId) return;
    this.set({ ...this.current, visitor: { ...visitor, pages: [{ url, title, at }, ...visitor.pages].slice(0, MAX_PAGES) } });
  }

  private patch(change: Partial<VisitorAnswer['visitor']>): void {
    const { visitor } = this.current;
    if (visitor) this.set({ ...this.current, visitor: { ...visitor, visitor: { ...visitor.visitor, ...change } } });
  }

  private set(state: VisitorInfoState): void {
    this.current = state;
    this.events.emit('change', state);
  }
}
