/**
 * Signs the sockets of an inbox in as its agent, so that the server can close them when the agent is shut out, or when one of its
 * sessions ends. Which of the two it was, the next connection tells: whoever is still let in goes on.
 */

import { toApiError } from '../../shared/api.ts';
import { Backoff } from '../../shared/backoff.ts';
import { systemClock, type Clock } from '../../shared/clock.ts';
import type { PusherClient } from '../../shared/pusher-client.ts';

/** Whom a socket is to belong to. */
export interface SignInGrant {
  auth: string;
  user_data: string;
}

export interface SignInOptions {
  /** Asks the server; rejects with 401 when nobody is logged in any more. */
  ask(socketId: string): Promise<SignInGrant>;
  clock?: Clock;
}

/** In the reason when the server closed a socket that was signed in. */
const SHUT_OUT = /\b4009\b/;

export function signIn(client: Pick<PusherClient, 'events' | 'socketId' | 'reason' | 'connect' | 'send' | 'state'>, { ask, clock = systemClock }: SignInOptions): void {
  const backoff = new Backoff(clock);

  const begin = async () => {
    const { socketId } = client;
    if (socketId === null) return;
    try {
      const grant = await ask(socketId);
      if (socketId === client.socketId) client.send('pusher:signin', grant);
      backoff.reset();
    } catch (thrown) {
      const { transient, retryAfter } = toApiError(thrown);
      if (!transient || socketId !== client.socketId) return;
      clock.setTimeout(() => socketId === client.socketId && void begin(), Math.max(backoff.next(), (retryAfter ?? 0) * 1_000));
    }
  };

  client.events.on('state', ({ previous, current }) => {
    if (current === 'connected') void begin();
    // A first connection that is refused so is refused for good.
    if (current !== 'failed' || previous !== 'connected' || !SHUT_OUT.test(client.reason)) return;
    clock.setTimeout(() => client.state === 'failed' && client.connect(), backoff.next());
  });
}
