/**
 * What conversations are given and sorted by: agents, teams, labels, saved views, websites. Small lists that are fetched as a whole,
 * at the start, when the channel is live again, and when the server says that one has changed.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { RealtimeChannel } from '../../shared/realtime.ts';
import type { Agent, InboxApi, Label, SavedView, Team } from '../inbox-api.ts';
import type { WidgetRow } from '../widgets-api.ts';

export interface DirectoryState {
  agents: readonly Agent[];
  teams: readonly Team[];
  labels: readonly Label[];
  views: readonly SavedView[];
  widgets: readonly WidgetRow[];
}

type Part = keyof DirectoryState;

const PARTS: readonly Part[] = ['agents', 'teams', 'labels', 'views', 'widgets'];
const RETRY_MS = 15_000;

export class Directory {
  private readonly events = new Emitter<{ change: DirectoryState }>();
  private readonly offs: Off[] = [];
  private readonly retries = new Map<Part, TimerHandle>();
  private current: DirectoryState = { agents: [], teams: [], labels: [], views: [], widgets: [] };
  private running = false;

  constructor(
    private readonly api: Pick<InboxApi, Part>,
    private readonly clock: Clock = systemClock,
  ) {}

  get state(): DirectoryState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** `inbox`: the channel on which changes are told. */
  start(inbox: RealtimeChannel): void {
    this.running = true;
    this.offs.push(
      inbox.onLive(() => this.refreshAll()),
      inbox.bind('SettingsChanged', ({ what }: { what: string }) => {
        const part = PARTS.find((candidate) => candidate === what);
        if (part) void this.refresh(part);
      }),
    );
    this.refreshAll();
  }

  stop(): void {
    this.running = false;
    this.offs.splice(0).forEach((off) => off());
    for (const timer of this.retries.values()) this.clock.clearTimeout(timer);
  }

  /** After a change of one's own, whose event goes to the others. */
  async refresh(part: Part): Promise<void> {
    this.clock.clearTimeout(this.retries.get(part));
    try {
      const list = await this.api[part]();
      if (!this.running) return;
      this.current = { ...this.current, [part]: list };
      this.events.emit('change', this.current);
    } catch {
      // What is known stays; the lists are a help and no reason to interrupt anybody.
      if (this.running) this.retries.set(part, this.clock.setTimeout(() => void this.refresh(part), RETRY_MS));
    }
  }

  private refreshAll(): void {
    for (const part of PARTS) void this.refresh(part);
  }
}
