/** What the loader and the lazily loaded app know of each other. */

import type { KeyValueStorage } from '../shared/storage.ts';
import type { Listener, Off } from '../shared/emitter.ts';
import type { ConfigResponse, Message } from '../shared/types.ts';
import type { Launcher } from './launcher.ts';
import type { WidgetOptions } from './options.ts';

export interface WidgetHost {
  options: WidgetOptions;
  config: ConfigResponse;
  root: ShadowRoot;
  /** The element in the shadow root that everything visible is in. */
  frame: HTMLElement;
  launcher: Launcher;
  storage: KeyValueStorage;
  /** `window.Chatbot`, to which the app adds its part of the console contract. */
  global: ChatbotGlobal;
  emit<K extends keyof ChatbotEvents>(event: K, value: ChatbotEvents[K]): void;
}

export interface WidgetApp {
  readonly isOpen: boolean;
  open(): void;
  close(): void;
}

export interface WidgetModule {
  mount(host: WidgetHost): WidgetApp;
}

export interface ChatbotGlobal {
  readonly version: string;
  open(): void;
  close(): void;
  toggle(): void;
  /** Listens to what happens in the chat; the function it returns ends that. */
  on<K extends keyof ChatbotEvents>(event: K, listener: Listener<ChatbotEvents[K]>): Off;
  /** Present once the chat was opened or resumed. */
  state?: object;
  Echo?: object;
}

export interface ChatbotEvents {
  open: null;
  close: null;
  /** The visitor wrote a message; it is on screen. */
  send: { client_id: string };
  /** The server has it. */
  sent: { client_id: string; message_id: number; seq: number };
  /** A message of the other side arrived. */
  message: Message;
}

export const VERSION = '1';

/** Where a visitor's conversation is remembered, in the site's own storage. */
export function storageKey(apiToken: string): string {
  return `chatbot:${apiToken}`;
}
