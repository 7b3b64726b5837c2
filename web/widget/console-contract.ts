/**
 * What a site owner can type into the browser's console: `state`, `Echo`, and both below `Chatbot`.
 * A page's own globals of these names are left alone.
 */

import type { ConversationSession } from '../shared/conversation-session.ts';
import { Echo, type EchoChannel } from '../shared/echo.ts';
import type { RealtimeSource } from '../shared/realtime.ts';
import type { Message, ProviderName } from '../shared/types.ts';
import type { ChatbotGlobal } from './host.ts';

export interface ConsoleState {
  readonly realtimeProvider: ProviderName | null;
  readonly realtimeConnected: boolean;
  /** The Echo channel of the conversation while it is subscribed. */
  readonly channelSubscription: EchoChannel | null;
  readonly conversationId: number | null;
  readonly messages: readonly Message[];
}

/** `session` answers the current one, which changes when a new chat is started. */
export function installConsoleContract(
  global: ChatbotGlobal,
  realtime: RealtimeSource,
  session: () => ConversationSession,
): void {
  const echo = new Echo(realtime);
  const state: ConsoleState = {
    get realtimeProvider() {
      return session().state.provider;
    },
    get realtimeConnected() {
      return session().state.live;
    },
    get channelSubscription() {
      const { live, conversationId } = session().state;
      return live ? echo.private(`chat.conversation.${conversationId}`) : null;
    },
    get conversationId() {
      return session().state.conversationId;
    },
    get messages() {
      return session().messages;
    },
  };
  global.Echo = echo;
  global.state = state;
  defineUnlessTaken('Echo', echo);
  defineUnlessTaken('state', state);
}

/** Configurable, so that a page that later declares the name itself simply gets it. */
function defineUnlessTaken(name: string, value: object): void {
  if (name in window) return;
  Object.defineProperty(window, name, { value, configurable: true, writable: true, enumerable: false });
}
