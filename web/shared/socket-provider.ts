/**
 * The two kinds of provider. A socket counts as up only when it is of use: connected and, if any
 * channel is wanted, subscribed to at least one. So a socket server that accepts connections and
 * refuses every channel does not keep the chat from being polled.
 */

import type { Provider, ProviderStatus } from './provider-chain.ts';
import type { PusherClient } from './pusher-client.ts';
import type { ProviderName } from './types.ts';

export class SocketProvider implements Provider {
  private current: ProviderStatus = 'idle';
  private why = '';
  private listener: () => void = () => {};

  constructor(
    readonly name: ProviderName,
    readonly client: PusherClient,
  ) {
    const evaluate = () => this.evaluate();
    client.events.on('state', evaluate);
    client.events.on('subscribed', evaluate);
    client.events.on('subscription_error', (error) => {
      this.why = `channel refused: ${error.reason}`;
      this.evaluate();
    });
  }

  get status(): ProviderStatus {
    return this.current;
  }

  get reason(): string {
    return this.why;
  }

  start(): void {
    if (this.current !== 'idle') return;
    this.set('trying');
    this.client.connect();
  }

  stop(): void {
    this.current = 'idle';
    this.client.disconnect();
  }

  wake(): void {
    this.client.wake();
  }

  onStatus(listener: () => void): void {
    this.listener = listener;
  }

  /** Called by the owner after channels were added or removed. */
  evaluate(): void {
    if (this.current === 'idle') return;
    const { state } = this.client;
    if (state === 'connected') {
      const { wanted, subscribed, refused } = this.client.subscriptionSummary();
      if (wanted === 0 || subscribed > 0) this.set('up');
      else if (refused === wanted) this.set('down');
    } else if (state === 'unavailable' || state === 'failed') {
      this.why = this.client.reason;
      this.set('down');
    }
  }

  private set(status: ProviderStatus): void {
    if (status === this.current) return;
    this.current = status;
    this.listener();
  }
}

/** Always available. It only says so: whoever shows a conversation does the asking. */
export class PollingProvider implements Provider {
  readonly name = 'polling';
  readonly reason = '';
  private current: ProviderStatus = 'idle';
  private listener: () => void = () => {};

  get status(): ProviderStatus {
    return this.current;
  }

  start(): void {
    if (this.current === 'up') return;
    this.current = 'up';
    this.listener();
  }

  stop(): void {
    this.current = 'idle';
  }

  wake(): void {}

  onStatus(listener: () => void): void {
    this.listener = listener;
  }
}
