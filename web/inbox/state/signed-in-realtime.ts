/** The inbox's connections, each signed in as its agent. */

import type { Provider } from '../../shared/provider-chain.ts';
import { Realtime, type RealtimeOptions } from '../../shared/realtime.ts';
import { SocketProvider } from '../../shared/socket-provider.ts';
import type { ProviderName } from '../../shared/types.ts';
import { signIn, type SignInGrant } from './sign-in.ts';

export interface SignedInRealtimeOptions extends RealtimeOptions {
  /** Asks the server; rejects with 401 when nobody is logged in any more. */
  signIn(socketId: string, provider: ProviderName): Promise<SignInGrant>;
}

export class SignedInRealtime extends Realtime {
  constructor(options: SignedInRealtimeOptions) {
    super(options);
  }

  protected override createProvider(name: ProviderName, options: SignedInRealtimeOptions): Provider {
    const provider = super.createProvider(name, options);
    if (provider instanceof SocketProvider) signIn(provider.client, { ask: (socketId) => options.signIn(socketId, name) });
    return provider;
  }
}
