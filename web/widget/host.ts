/** What the loader and the lazily loaded app know of each other. */

import type { KeyValueStorage } from '../shared/storage.ts';
import type { ConfigResponse } from '../shared/types.ts';
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
  /** Present once the chat was opened or resumed. */
  state?: object;
  Echo?: object;
}

export const VERSION = '1';

/** Where a visitor's conversation is remembered, in the site's own storage. */
export function storageKey(apiToken: string): string {
  return `chatbot:${apiToken}`;
}
