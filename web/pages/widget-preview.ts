/**
 * The page in the inbox's frame that shows a website's chat while its settings are edited: the real widget, whose questions
 * are answered here. Nothing reaches the server, so nothing is stored and nobody is told; a deactivated chat can be looked at,
 * too. Settings come from the page around it, always within one origin.
 */

import type { ConfigResponse, ConversationResponse, InitResponse, MessageAck, WidgetSettings } from '../shared/types.ts';
import type { Chatbot } from '../widget/chatbot.d.ts';
import './widget-preview.css';

interface Shown {
  name: string;
  welcome_message: string;
  settings: WidgetSettings;
}

/** No widget has it; what the chat keeps in this browser is under its name. */
const TOKEN = 'cbw_preview';

let shown: Shown | null = null;
let chat: Promise<Chatbot | null> | null = null;
let n_messages = 0;

answerHere();
addEventListener('message', ({ source, origin, data }) => {
  if (source !== parent || origin !== location.origin || !isShown(data)) return;
  show(data.preview);
});
if (parent !== window) parent.postMessage({ preview: 'ready' }, location.origin);

function show(next: Shown): void {
  shown = next;
  chat ??= includeWidget();
  const { theme, position, offset_x, offset_y, z_index } = next.settings;
  const color = theme?.color;
  void chat.then((loaded) => {
    loaded?.theme({ ...(color ? { color } : {}), ...(theme?.mode ? { mode: theme.mode } : {}), position, offset_x, offset_y, z_index });
  });
}

function includeWidget(): Promise<Chatbot | null> {
  try {
    localStorage.removeItem(`chatbot:${TOKEN}`);
  } catch {
    // Storage is blocked; then nothing was kept.
  }
  return new Promise((resolve) => {
    const script = document.createElement('script');
    script.async = true;
    script.src = '/chatbot-widget.js';
    script.dataset['apiToken'] = TOKEN;
    script.addEventListener('load', () => resolve(window.Chatbot ?? null));
    script.addEventListener('error', () => resolve(null));
    document.head.append(script);
  });
}

/** Puts itself before the window's `fetch`, for the widget that is loaded afterwards. */
function answerHere(): void {
  window.fetch = async (input, init) => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : String(input), location.href);
    if (pathname === '/api/chatbot/config') return json(config());
    if (pathname === '/api/chatbot/init') return json(opened());
    if (pathname === '/api/chatbot/message') return json(posted());
    if (pathname.startsWith('/api/chatbot/conversation/')) {
      await pause(Number(searchParams.get('wait')), init?.signal);
      return json(conversation());
    }
    return json({ success: true });
  };
}

function config(): ConfigResponse {
  return {
    success: true,
    realtimeProvider: 'polling',
    providers: ['polling'],
    widget: {
      name: shown?.name ?? '',
      welcome_message: shown?.welcome_message ?? '',
      settings: { ...shown?.settings, availability: { open: true, opens_at: null } },
    },
  };
}

function opened(): InitResponse {
  return {
    success: true,
    conversation_id: 1,
    widget_name: shown?.name ?? '',
    welcome_message: shown?.welcome_message ?? '',
    visitor_token: 'preview',
    channel: 'chat.conversation.1',
    messages: [],
    last_seq: 0,
    status: 'pending',
    revision: 1,
  };
}

function posted(): MessageAck {
  const at = new Date().toISOString();
  n_messages += 1;
  return { success: true, message_id: n_messages, seq: n_messages, timestamp: at.slice(0, 19).replace('T', ' '), created_at: at };
}

/** There is never anything new in it. */
function conversation(): ConversationResponse {
  const created_at = new Date().toISOString();
  return {
    success: true,
    data: {
      id: 1,
      visitor_name: null,
      visitor_email: null,
      visitor_phone: null,
      status: 'pending',
      assigned_to: null,
      messages: [],
      created_at,
      last_message_at: null,
    },
    last_seq: n_messages,
    revision: 1,
    read: { visitor_seq: n_messages, agent_seq: 0 },
  };
}

function json(body: unknown): Response {
  return new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } });
}

/** As the server holds an answer back, until it is called off. */
function pause(seconds: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1_000);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('called off', 'AbortError'));
    });
  });
}

function isShown(data: unknown): data is { preview: Shown } {
  return typeof data === 'object' && data !== null && 'preview' in data && typeof data.preview === 'object';
}
