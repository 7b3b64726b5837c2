/** What the loader and the lazily loaded app know of each other. */

import type { KeyValueStorage } from '../shared/storage.ts';
import type { Listener, Off } from '../shared/emitter.ts';
import type { ConfigResponse, Message } from '../shared/types.ts';
import type { Launcher } from './launcher.ts';
import type { WidgetOptions } from './options.ts';

export interface WidgetHost {
  options: WidgetOptions;
  config: ConfigResponse;
  /** The element in the page. */
  element: HTMLElement;
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
  /** A command of `window.Chatbot` that the loader does not carry out itself; unknown ones do nothing. */
  run(command: string, args: unknown[]): void;
}

export interface WidgetModule {
  mount(host: WidgetHost): WidgetApp | Promise<WidgetApp>;
}

/** `Chatbot('open')` and `Chatbot.open()` are the same. The published types are in `chatbot.d.ts`. */
export interface ChatbotGlobal {
  (command: string, ...args: unknown[]): unknown;
  readonly version: string;
  open(): void;
  close(): void;
  toggle(): void;
  /** Listens to what happens in the chat; the function it returns ends that. */
  on<K extends keyof ChatbotEvents>(event: K, listener: Listener<ChatbotEvents[K]>): Off;
  /** Commands of a stub that outlived our arrival. */
  q: { push(...commands: ArrayLike<unknown>[]): void };
  /** Present once the chat was opened or resumed. */
  state?: object;
  Echo?: object;
}

export interface ChatbotEvents {
  /** The launcher is in the page. */
  ready: null;
  open: null;
  close: null;
  /** The visitor wrote a message; it is on screen. */
  send: { client_id: string };
  /** The server has it. */
  sent: { client_id: string; message_id: number; seq: number };
  /** A message of the other side arrived. */
  message: Message;
  /** The number on the launcher changed. */
  unread: { count: number };
  /** A conversation was begun or opened. */
  conversation: { conversation_id: number };
  /** The status of the conversation changed. */
  status: { conversation_id: number; status: string };
  rating: { conversation_id: number; score: number };
}

export const VERSION = '1';

/** Where a visitor's conversation is remembered, in the site's own storage. */
export function storageKey(apiToken: string): string {
  return `chatbot:${apiToken}`;
}
