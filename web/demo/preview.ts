/**
 * The shop in the demo's frame: a page with the widget, as a site includes it. It takes the design from its address, and then
 * from the page around it. What the widget can change while it runs is changed; the form before the chat and the hours, which
 * are for visitors who have not written yet, begin again with a new visitor.
 */

import type { Chatbot } from '../widget/chatbot.d.ts';
import { fromHash, toHash, type Design } from './design.ts';
import { answerWith } from './preview-config.ts';
import { isFrameMessage, type FromFrame } from './frame-messages.ts';
import { previewSettings } from './settings.ts';
import { shopTexts } from './shop-texts.ts';
import './styles/preview.css';

/** After the last change of a text, so that words are not drawn letter by letter. */
const RENEW_MS = 150;
/** Longer for what begins again. */
const RESTART_MS = 500;
const WIDGET_SCRIPT = '/chatbot-widget.js';

const opened = /[#&]open=1/.test(location.hash);
let design = fromHash(location.hash);
const settings = previewSettings(design, timeZone(), new Date());
let token = '';
let chat: Chatbot | null = null;
let isOpen = false;
let isFocusKeptOut = false;
let renewal: number | undefined;
let restart: number | undefined;

void main();

async function main(): Promise<void> {
  dress(design);
  answerWith({ settings });
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== location.origin || !isFrameMessage(data)) return;
    if ('design' in data) change(fromHash(data.design));
    else if (data.command === 'toggle') chat?.toggle();
    else beginAgain();
  });
  const response = await fetch('/chatbot-test.json', { headers: { Accept: 'application/json' } });
  if (!response.ok) return;
  ({ token } = (await response.json()) as { token: string });
  chat = await includeWidget(token);
  if (!chat) return;
  for (const event of ['open', 'close'] as const) {
    chat.on(event, () => {
      isOpen = event === 'open';
      tell({ chat: isOpen ? 'open' : 'closed' });
    });
  }
  if (opened) {
    keepFocusOut();
    chat.open();
  }
  tell({ chat: 'ready' });
}

function includeWidget(apiToken: string): Promise<Chatbot | null> {
  return new Promise((resolve) => {
    const script = document.createElement('script');
    script.async = true;
    script.src = WIDGET_SCRIPT;
    script.dataset['apiToken'] = apiToken;
    script.addEventListener('load', () => resolve(window.Chatbot ?? null));
    script.addEventListener('error', () => resolve(null));
    document.head.append(script);
  });
}

function change(next: Design): void {
  const before = design;
  const wasRtl = document.documentElement.dir;
  design = next;
  dress(next);
  // In their place, because the widget has this object.
  for (const name of Object.keys(settings)) delete settings[name];
  Object.assign(settings, previewSettings(next, timeZone(), new Date()));
  if (differ(before, next, ({ fields, consent, hours, view }) => [fields, consent, hours, view.closed])) {
    clearTimeout(restart);
    restart = window.setTimeout(beginAgain, RESTART_MS);
    return;
  }
  if (!chat) return;
  if (wasRtl !== document.documentElement.dir || differ(before, next, (a) => [a.color, a.mode, a.position, a.offsetX, a.offsetY])) {
    const { color, mode, position, offsetX: offset_x, offsetY: offset_y } = next;
    chat.theme({ color, mode, position, offset_x, offset_y });
  }
  if (differ(before, next, ({ locale, texts, replies, files, voice, rating }) => [locale, texts, replies, files, voice, rating])) {
    clearTimeout(renewal);
    renewal = window.setTimeout(renew, RENEW_MS);
  }
}

/** Another language, or the same one again: either way the window is drawn anew from the settings. */
function renew(): void {
  keepFocusOut();
  chat?.locale(design.locale || navigator.language);
}

/** As somebody who was never here. */
function beginAgain(): void {
  clearTimeout(restart);
  const wasOpen = isOpen;
  chat?.reset();
  try {
    localStorage.removeItem(`chatbot:${token}`);
  } catch {
    // Storage is blocked; then nothing is remembered.
  }
  history.replaceState(null, '', `#${toHash(design)}${wasOpen ? '&open=1' : ''}`);
  location.reload();
}

/** The page itself: its language, its direction, and whether it is dark. */
function dress({ locale, view }: Design): void {
  const root = document.documentElement;
  const texts = shopTexts(locale);
  root.lang = texts.lang;
  root.dir = texts.dir;
  if (view.page) root.dataset['theme'] = view.page;
  else delete root.dataset['theme'];
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    const text = texts.words[element.dataset['text'] as keyof typeof texts.words];
    if (text !== undefined && element.textContent !== text) element.textContent = text;
  }
}

/** Who types beside the frame goes on typing there, although a chat that opens takes the focus; until they turn to it. */
function keepFocusOut(): void {
  if (parent === window || isFocusKeptOut) return;
  isFocusKeptOut = true;
  const { focus } = HTMLElement.prototype;
  const turns = ['pointerdown', 'keydown'];
  const release = () => {
    isFocusKeptOut = false;
    HTMLElement.prototype.focus = focus;
    for (const turn of turns) removeEventListener(turn, release, true);
  };
  HTMLElement.prototype.focus = () => {};
  for (const turn of turns) addEventListener(turn, release, true);
}

function tell(message: FromFrame): void {
  if (parent !== window) parent.postMessage(message, location.origin);
}

function differ(a: Design, b: Design, parts: (design: Design) => unknown): boolean {
  return JSON.stringify(parts(a)) !== JSON.stringify(parts(b));
}

function timeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
