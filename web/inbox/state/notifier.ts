/**
 * Tells an agent who is not looking that a visitor wrote: by the browser's notification, and by a sound that may come
 * again until the message is read.
 *
 * Of several tabs of an agent the one that was looked at last tells, and none does while the agent looks at the very conversation in one
 * of them. What is told of is a preference, of this browser.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import type { Emitter, Off } from '../../shared/emitter.ts';
import type { Tabs } from '../../shared/tabs.ts';
import type { ConversationRow } from '../inbox-api.ts';
import type { Attention, Preferences } from './preferences.ts';

export interface NotifierOptions {
  agentId: number;
  list: Pick<Emitter<{ incoming: ConversationRow; row: ConversationRow }>, 'on'>;
  tabs: Pick<Tabs, 'id' | 'isFront' | 'post' | 'events'>;
  preferences: Pick<Preferences, 'state'>;
  notify(row: ConversationRow): void;
  ring(): void;
  clock?: Clock;
}

/** What a tab tells the others: which conversation is looked at in it. */
interface Watching {
  watching: number | null;
  tab: string;
}

const REPEAT_MS = 10_000;
/** Other tabs that are kept in mind; more than anybody has open. */
const MOST_TABS = 50;

export class Notifier {
  private readonly clock: Clock;
  private readonly offs: Off[] = [];
  /** By tab, what is looked at there. */
  private readonly watched = new Map<string, number>();
  /** Conversations that a sound was for and that are not read. */
  private readonly waiting = new Set<number>();
  private own: number | null = null;
  private timer: TimerHandle = null;

  constructor(private readonly options: NotifierOptions) {
    this.clock = options.clock ?? systemClock;
  }

  start(): void {
    const { list, tabs } = this.options;
    this.offs.push(
      list.on('incoming', (row) => this.incoming(row)),
      list.on('row', (row) => {
        if (row.unread_count === 0) this.waiting.delete(row.id);
      }),
      tabs.events.on('message', (data) => {
        if (isWatching(data)) this.noteWatching(data);
      }),
      // A tab that has just been opened does not know yet.
      tabs.events.on('changed', () => this.watch(this.own)),
    );
  }

  stop(): void {
    this.offs.splice(0).forEach((off) => off());
    this.clock.clearTimeout(this.timer);
    this.waiting.clear();
  }

  /** The conversation that the agent looks at in this tab; null while they look elsewhere. */
  watch(id: number | null): void {
    const { tabs } = this.options;
    const told: Watching = { watching: id, tab: tabs.id };
    this.own = id;
    this.noteWatching(told);
    tabs.post(told);
  }

  /** Somebody mentioned the agent in this conversation; `notify` shows it. */
  mentioned(conversationId: number, notify: () => void): void {
    this.tell(conversationId, notify, (attention) => attention !== 'none');
  }

  private incoming(row: ConversationRow): void {
    this.tell(row.id, () => this.options.notify(row), (attention) => this.concerns(row, attention));
  }

  private tell(id: number, notify: () => void, wanted: (attention: Attention) => boolean): void {
    const { tabs, preferences, ring } = this.options;
    if (!tabs.isFront || [...this.watched.values()].includes(id)) return;
    const { notifyOf, soundFor, soundRepeats } = preferences.state;
    if (wanted(notifyOf)) notify();
    if (!wanted(soundFor)) return;
    ring();
    if (soundRepeats) this.repeatUntilRead(id);
  }

  private concerns(row: ConversationRow, attention: Attention): boolean {
    if (attention !== 'mine') return attention === 'all';
    return row.assigned_to === null || row.assigned_to.id === this.options.agentId;
  }

  private repeatUntilRead(id: number): void {
    this.waiting.add(id);
    this.timer ??= this.clock.setTimeout(() => this.again(), REPEAT_MS);
  }

  private again(): void {
    this.timer = null;
    const { tabs, preferences, ring } = this.options;
    if (!tabs.isFront || !preferences.state.soundRepeats) this.waiting.clear();
    if (this.waiting.size === 0) return;
    ring();
    this.timer = this.clock.setTimeout(() => this.again(), REPEAT_MS);
  }

  private noteWatching({ watching, tab }: Watching): void {
    this.watched.delete(tab);
    if (watching === null) return;
    this.watched.set(tab, watching);
    this.waiting.delete(watching);
    const oldest = this.watched.size > MOST_TABS ? this.watched.keys().next().value : undefined;
    if (oldest !== undefined) this.watched.delete(oldest);
  }
}

function isWatching(data: unknown): data is Watching {
  const { watching, tab } = (typeof data === 'object' && data !== null ? data : {}) as Record<string, unknown>;
  return typeof tab === 'string' && (watching === null || typeof watching === 'number');
}
