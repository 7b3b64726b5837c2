/**
 * Types of `window.Chatbot`, the chat widget's interface for the page it is in.
 *
 * Copy this file into your project, or refer to it from where your server has it; nothing in it needs a build.
 * `Chatbot('open')` and `Chatbot.open()` are the same. The first form works before the script has loaded,
 * if the page has put the queue in its place:
 *
 *     window.Chatbot = window.Chatbot || function () { (Chatbot.q = Chatbot.q || []).push(arguments) }
 */

export interface ChatbotVisitor {
  name?: string | null;
  email?: string | null;
  phone?: string | null;
  /** Your own id of the visitor. */
  id?: string | number | null;
  /** A JWT (HS256, with `exp`), or the HMAC-SHA256 of the id in hex: your server's proof of who it is. */
  identity?: string | null;
  /** What agents see beside the chat. */
  metadata?: Record<string, unknown>;
}

export interface ChatbotTheme {
  /** `#rgb` or `#rrggbb`; texts on it and in it are made readable. */
  color?: string;
  /** `auto` is as light or dark as your page. */
  mode?: 'auto' | 'light' | 'dark';
  /** `right` is the end of a line: the left on pages written from right to left. */
  position?: 'left' | 'right';
  /** Distance from the edges of the screen, in CSS pixels, 0–500. */
  offset_x?: number;
  offset_y?: number;
  z_index?: number;
}

export interface ChatbotMessage {
  id: number;
  seq: number;
  conversation_id: number;
  sender_type: 'visitor' | 'employee' | 'bot' | 'system';
  sender_name: string | null;
  message: string;
  /** Answers to choose from; left out where nothing is offered. */
  quick_replies?: { text: string; value?: string; url?: string }[];
  /** RFC 3339. */
  created_at: string;
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
  message: ChatbotMessage;
  /** The number on the launcher changed. */
  unread: { count: number };
  /** A conversation was begun or opened. */
  conversation: { conversation_id: number };
  status: { conversation_id: number; status: string };
  rating: { conversation_id: number; score: number };
}

export type ChatbotListener<K extends keyof ChatbotEvents> = (event: ChatbotEvents[K]) => void;

export interface Chatbot {
  (command: 'open' | 'close' | 'toggle' | 'hide' | 'show' | 'reset'): void;
  (command: 'send' | 'prefill', text: string): void;
  (command: 'identify', visitor: ChatbotVisitor | string): void;
  (command: 'attributes', attributes: Record<string, unknown>): void;
  (command: 'locale', locale: string): void;
  (command: 'theme', theme: ChatbotTheme): void;
  <K extends keyof ChatbotEvents>(command: 'on', event: K, listener: ChatbotListener<K>): (() => void) | void;

  /** Absent while the page's own queue is in our place. */
  readonly version?: string;
  open(): void;
  close(): void;
  toggle(): void;
  /** Takes the launcher and the window out of sight; `show` brings them back. */
  hide(): void;
  show(): void;
  /** Opens the chat and sends the text as the visitor's. */
  send(text: string): void;
  /** Opens the chat and puts the text into the field, for the visitor to send. */
  prefill(text: string): void;
  /** Says who the visitor is; what is left out stays as it was. A string is a signed token. */
  identify(visitor: ChatbotVisitor | string): void;
  /** Adds to the metadata. */
  attributes(attributes: Record<string, unknown>): void;
  /** en, de, fr, es, pt, it, nl, pl, tr, ar, ja, zh; with a region for its dates, as in `pt-BR`. */
  locale(locale: string): void;
  theme(theme: ChatbotTheme): void;
  /** On log-out: forgets the visitor, in all tabs. */
  reset(): void;
  /** Answers the function that ends it. */
  on<K extends keyof ChatbotEvents>(event: K, listener: ChatbotListener<K>): () => void;
}

declare global {
  interface Window {
    Chatbot?: Chatbot;
    ChatbotConfig?: {
      apiToken: string;
      widgetUrl?: string;
      locale?: string;
      visitorName?: string;
      visitorEmail?: string;
      visitorPhone?: string;
      visitorId?: string | number;
      visitorHash?: string;
      visitorMetadata?: Record<string, unknown>;
    };
  }
}
