/**
 * What conversations are given and sorted by: agents, teams, labels, saved views, websites. Small lists that are fetched as a whole,
 * at the start, and when one may have changed.
 */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import { Emitter, type Off } from '../../shared/emitter.ts';
import type { Agent, InboxApi, Label, SavedView, Team } from '../inbox-api.ts';
import type { WidgetRow } from '../widgets-api.ts';
import { InOrder } from './in-order.ts';
import type { SettingChanges } from './setting-changes.ts';

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
  private readonly answers = new Map(PARTS.map((part) => [part, new InOrder()]));
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

  start(changes: Pick<SettingChanges, 'on'>): void {
    this.running = true;
    for (const part of PARTS) {
      this.offs.push(changes.on([part], () => void this.refresh(part)));
      void this.refresh(part);
    }
  }

  stop(): void {
    this.running = false;
    this.offs.splice(0).forEach((off) => off());
    for (const timer of this.retries.values()) this.clock.clearTimeout(timer);
  }

  /** After a change of one's own, whose event goes to the others. */
  async refresh(part: Part): Promise<void> {
    this.clock.clearTimeout(this.retries.get(part));
    const isNews = this.answers.get(part)?.ask();
    try {
      const list = await this.api[part]();
      if (!this.running || !isNews?.()) return;
      this.current = { ...this.current, [part]: list };
      this.events.emit('change', this.current);
    } catch {
      // What is known stays; the lists are a help and no reason to interrupt anybody.
      if (this.running) this.retries.set(part, this.clock.setTimeout(() => void this.refresh(part), RETRY_MS));
    }
  }
}
