/** Tells the server that the agent looks at the inbox, as long as they do: then no browser of theirs has to be told. */

import { systemClock, type Clock, type TimerHandle } from '../../shared/clock.ts';
import type { PushApi } from '../push-api.ts';

/** Less than the server's patience, with room for a request that is slow. */
const AGAIN_MS = 60_000;

export interface LookingOptions {
  api: Pick<PushApi, 'looking'>;
  /** Whether the page is on screen. */
  isVisible?: () => boolean;
  clock?: Clock;
}

export class Looking {
  private readonly clock: Clock;
  private readonly isVisible: () => boolean;
  private timer: TimerHandle = null;
  private told = false;

  constructor(private readonly options: LookingOptions) {
    this.clock = options.clock ?? systemClock;
    this.isVisible = options.isVisible ?? (() => document.visibilityState === 'visible');
  }

  start(): void {
    document.addEventListener('visibilitychange', this.look);
    window.addEventListener('pagehide', this.away);
    window.addEventListener('pageshow', this.look);
    this.look();
  }

  /** Nothing is told: who logs out has no browser left to be told. */
  stop(): void {
    document.removeEventListener('visibilitychange', this.look);
    window.removeEventListener('pagehide', this.away);
    window.removeEventListener('pageshow', this.look);
    this.clock.clearTimeout(this.timer);
  }

  readonly look = (): void => {
    this.clock.clearTimeout(this.timer);
    if (!this.isVisible()) return this.away();
    this.tell(true);
    this.timer = this.clock.setTimeout(this.look, AGAIN_MS);
  };

  readonly away = (): void => {
    this.clock.clearTimeout(this.timer);
    // Another tab may be in sight; it says so again within a minute.
    if (this.told) this.tell(false);
  };

  private tell(looking: boolean): void {
    this.told = looking;
    // A notification too many, or one too few for a minute: no reason to disturb anybody.
    this.options.api.looking(looking).catch(() => undefined);
  }
}
