/**
 * Chooses between ways of hearing news, best first, and moves up and down without anybody noticing.
 *
 * The rule: the best provider that is up is the active one. Better ones than it keep trying by
 * themselves; worse ones are stopped. When the active one drops, all worse ones start at once, so
 * that the last of them, polling, carries on in the same instant.
 * The chain does no I/O; providers do, each with its own retries.
 */

import { systemClock, type Clock, type TimerHandle } from './clock.ts';
import type { Log } from './log.ts';
import type { ProviderName } from './types.ts';

/** `down` means: failed at least once and trying again, or refused for good. */
export type ProviderStatus = 'idle' | 'trying' | 'up' | 'down';

export interface Provider {
  readonly name: ProviderName;
  readonly status: ProviderStatus;
  /** Why it is down, for the log. */
  readonly reason: string;
  start(): void;
  stop(): void;
  /** Try at once instead of waiting for the next scheduled attempt. */
  wake(): void;
  onStatus(listener: () => void): void;
}

export interface ProviderChainOptions {
  clock?: Clock;
  log: Log;
  /** Called whenever another provider becomes the active one; null when none is left. */
  onActive(provider: Provider | null): void;
}

/** Whatever happens, something works after this long. */
const TOTAL_PATIENCE_MS = 3_000;
/** The longest that one provider keeps the next one waiting. */
const PATIENCE_MS = 2_000;

export const PROVIDER_LABELS: Record<ProviderName, string> = {
  pusher: 'Pusher',
  reverb: 'Reverb',
  polling: 'Polling',
};

export class ProviderChain {
  private readonly clock: Clock;
  private readonly patienceMs: number;
  private readonly reported = new Set<Provider>();
  private current: Provider | null = null;
  private patienceTimer: TimerHandle = null;
  private running = false;

  constructor(
    private readonly providers: readonly Provider[],
    private readonly options: ProviderChainOptions,
  ) {
    this.clock = options.clock ?? systemClock;
    this.patienceMs = Math.min(PATIENCE_MS, TOTAL_PATIENCE_MS / Math.max(1, providers.length - 1));
    providers.forEach((provider, index) => provider.onStatus(() => this.statusChanged(provider, index)));
  }

  get active(): Provider | null {
    return this.current;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.startFrom(0);
  }

  stop(): void {
    this.running = false;
    this.clock.clearTimeout(this.patienceTimer);
    for (const provider of this.providers) provider.stop();
    this.setActive(null);
  }

  /** The network or the page came back: everything that waits tries now. */
  wake(): void {
    if (!this.running) return;
    for (const provider of this.providers) if (provider.status !== 'idle') provider.wake();
  }

  private statusChanged(provider: Provider, index: number): void {
    if (!this.running) return;
    if (provider.status === 'up') {
      this.reported.delete(provider);
      this.promote();
    } else if (provider.status === 'down') {
      this.report(provider, provider.reason || 'failed');
      if (provider === this.current) this.demote(index);
      else if (!this.current) this.startFrom(index + 1);
    }
  }

  /** Makes the best provider that is up the active one and stops the worse ones. */
  private promote(): void {
    const best = this.providers.findIndex((provider) => provider.status === 'up');
    const provider = this.providers[best];
    if (!provider || provider === this.current) return;
    this.clock.clearTimeout(this.patienceTimer);
    this.setActive(provider);
    for (const worse of this.providers.slice(best + 1)) worse.stop();
  }

  private demote(index: number): void {
    this.current = null;
    for (const worse of this.providers.slice(index + 1)) worse.start();
    this.promote();
    if (!this.current) this.options.onActive(null);
  }

  /** Starts the first idle provider from `index` on, and the one after it when patience runs out. */
  private startFrom(index: number): void {
    this.clock.clearTimeout(this.patienceTimer);
    const next = this.providers.findIndex((provider, at) => at >= index && provider.status === 'idle');
    const provider = this.providers[next];
    if (!provider) return;
    this.patienceTimer = this.clock.setTimeout(() => {
      this.report(provider, 'no answer yet');
      this.startFrom(next + 1);
    }, this.patienceMs);
    provider.start();
  }

  /** One line per outage, however often it is tried again. */
  private report(provider: Provider, reason: string): void {
    if (this.reported.has(provider)) return;
    this.reported.add(provider);
    const next = this.providers[this.providers.indexOf(provider) + 1];
    const then = next ? `, trying ${PROVIDER_LABELS[next.name].toLowerCase()}` : '';
    this.options.log.warn(`${PROVIDER_LABELS[provider.name]} real-time unavailable: ${reason}${then}`);
  }

  private setActive(provider: Provider | null): void {
    if (provider === this.current) return;
    this.current = provider;
    this.options.onActive(provider);
  }
}
