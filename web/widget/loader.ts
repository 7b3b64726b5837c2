/**
 * The script that a site includes. It shows the launcher and nothing more: one request for the
 * configuration, no socket, nothing stored. The chat itself is loaded when the visitor opens it, or
 * when this browser has an earlier conversation whose unread messages are to be counted.
 *
 * It runs in pages that are not ours: it throws nothing, and including it twice does no harm.
 */

import { Emitter } from '../shared/emitter.ts';
import { browserStorage } from '../shared/storage.ts';
import type { ConfigResponse, WidgetSettings } from '../shared/types.ts';
import { adoptStyles, element } from './dom.ts';
import { storageKey, VERSION, type ChatbotEvents, type ChatbotGlobal, type WidgetApp, type WidgetModule } from './host.ts';
import { Launcher } from './launcher.ts';
import launcherCss from './launcher.css';
import { OPEN_CHAT } from './open-chat.ts';
import { readOptions, type WidgetOptions } from './options.ts';
import { themeProperties } from './theme.ts';

/** The app's file, relative to this script; put in by the build. */
declare const __WIDGET_APP__: string;
/** The names of the files that it imports, beside it. */
declare const __WIDGET_LAYERS__: readonly string[];
/** All of it in one file, relative to this script. */
declare const __WIDGET_WHOLE__: string;

const SCRIPT_NAME = 'chatbot-widget.js';
const HOST_ID = 'chatbot-widget';
const COMMANDS = 'open close toggle hide show on send prefill identify attributes locale theme reset'.split(' ');
/** Attempts to get the configuration, at doubling intervals. */
const CONFIG_ATTEMPTS = 5;
const CONFIG_RETRY_MS = 2_000;

/** Says that the script is here already, whatever became of `window.Chatbot`. */
const MARK = Symbol.for('chatbot-widget');

interface HostPage {
  ChatbotConfig?: unknown;
  Chatbot?: unknown;
  [MARK]?: boolean;
}

/** What a page puts in our place until we are loaded. */
type Stub = ((...command: unknown[]) => void) & { q?: ArrayLike<unknown>[] };

function main(page: HostPage): void {
  if (page[MARK]) return;
  const script = ownScript();
  const options = readOptions({
    dataset: { ...script?.dataset },
    global: page.ChatbotConfig,
    scriptUrl: script?.src ?? null,
    pageUrl: location.href,
  });
  if (!options) {
    console.warn('Chat widget: no data-api-token was given.');
    return;
  }
  page[MARK] = true;
  const widget = new Widget(options);
  const { Chatbot: stub } = page as { Chatbot?: Stub };
  // A page's own thing of that name stays; only the documented stub, which queues, is ours to replace.
  if (stub === undefined || stub.q || stub.length === 0 && /\.q\b/.test(String(stub))) {
    page.Chatbot = widget.global;
    for (const command of stub?.q ?? []) widget.command(...(Array.from(command) as [string]));
  }
  // In a task of its own: reading and compiling this script was one.
  if (document.body) setTimeout(() => void widget.start());
  else document.addEventListener('DOMContentLoaded', () => void widget.start());
}

/** A script that a tag manager inserted is not `currentScript`; then the name tells. */
function ownScript(): HTMLScriptElement | null {
  const current = document.currentScript;
  if (current instanceof HTMLScriptElement && current.src) return current;
  return document.querySelector<HTMLScriptElement>(`script[src*="${SCRIPT_NAME}"]`);
}

class Widget {
  readonly global: ChatbotGlobal;
  private readonly events = new Emitter<ChatbotEvents>();
  private readonly storage = browserStorage();
  private launcher!: Launcher;
  private config: ConfigResponse | null = null;
  private host: HTMLElement | null = null;
  private root: ShadowRoot | null = null;
  private painted: WidgetSettings = {};
  private readonly frame = element('div', { class: 'frame' });
  private app: Promise<WidgetApp> | null = null;
  private mounted: WidgetApp | null = null;
  private loads = 0;
  private module: Promise<WidgetModule> | null = null;
  /** Commands for the app, until there is one. */
  private readonly waiting: [command: string, args: unknown[]][] = [];
  private openWhenReady = false;
  private hidden = false;

  constructor(private readonly options: WidgetOptions) {
    const call = (command: string, ...args: unknown[]) => this.command(command, ...args);
    const methods: Record<string, unknown> = { version: VERSION, q: { push: (command: ArrayLike<unknown>) => call(...(Array.from(command) as [string])) } };
    for (const name of COMMANDS) methods[name] = (...args: unknown[]) => call(name, ...args);
    this.global = Object.assign(call, methods) as unknown as ChatbotGlobal;
  }

  /** `Chatbot('name', …)`; nothing that a page passes makes it throw. */
  command(name: string, ...args: unknown[]): unknown {
    const [first, second] = args;
    if (name === 'open') this.open();
    else if (name === 'close') this.close();
    else if (name === 'toggle') this.toggle();
    else if (name === 'hide' || name === 'show') {
      this.hidden = name === 'hide';
      if (this.host) this.host.hidden = this.hidden;
    } else if (name === 'on') {
      if (typeof second !== 'function') return () => {};
      return this.events.on(first as 'open', second as () => void);
    } else if (COMMANDS.includes(name)) {
      if (name === 'theme') this.paint({ ...(first as WidgetSettings) });
      if (this.mounted) this.mounted.run(name, args);
      else {
        this.waiting.push([name, args]);
        if (name === 'send' || name === 'prefill') this.open();
      }
    } else {
      console.warn(`Chat widget: there is no command “${name}”.`);
    }
  }

  async start(): Promise<void> {
    this.config = await this.fetchConfig();
    if (!this.config) return;
    this.show(this.config);
    this.events.emit('ready', null);
    if (this.openWhenReady) this.open();
    else if (this.storage.get(storageKey(this.options.apiToken))) void this.load()?.catch(() => {});
  }

  private open(): void {
    if (!this.config) {
      this.openWhenReady = true;
      return;
    }
    this.launcher.setBusy(true);
    this.load()
      ?.then(
        // In a task of its own: drawing the window for the first time is work.
        (app) => setTimeout(() => app.open()),
        (error: unknown) => console.warn('Chat widget: the chat could not be loaded.', error),
      )
      .finally(() => this.launcher.setBusy(false));
  }

  private close(): void {
    this.openWhenReady = false;
    this.mounted?.close();
  }

  private toggle(): void {
    if (this.mounted?.isOpen) this.close();
    else this.open();
  }

  private show(config: ConfigResponse): void {
    const host = (this.host = element('div', { id: HOST_ID }));
    host.hidden = this.hidden;
    this.root = host.attachShadow({ mode: 'open' });
    adoptStyles(this.root, launcherCss);
    const { settings } = config.widget;
    this.paint({ position: 'right', ...settings, ...this.painted });
    this.launcher = new Launcher(
      () => this.toggle(),
      // Between pressing and letting go there is time to load.
      () => void this.importOnce().catch(() => {}),
    );
    const language = (this.options.locale ?? navigator.language ?? '').split('-')[0] ?? '';
    this.launcher.setWords({ open: OPEN_CHAT[language] ?? 'Open chat' });
    this.frame.append(this.launcher.button);
    this.root.append(this.frame);
    // Beside the body, not in it, because single-page frameworks replace the body's children.
    document.documentElement.append(host);
  }

  /** Colour and place. */
  private paint(settings: WidgetSettings): void {
    this.painted = { ...this.painted, ...settings };
    const { host, frame } = this;
    for (const [name, value] of Object.entries(themeProperties(settings))) frame.style.setProperty(name, value);
    const { z_index: zIndex, position } = settings;
    if (typeof zIndex === 'number') host?.style.setProperty('--chatbot-z-index', String(zIndex));
    if (!position) return;
    // “right” is where a line ends: on the left of a page that is written from the right.
    const mirrored = getComputedStyle(document.documentElement).direction === 'rtl';
    frame.classList.toggle('left', (position === 'left') !== mirrored);
  }

  /** The app, loaded once; after a failure the next call tries again. */
  private load(): Promise<WidgetApp> | null {
    const { config, root, host: hostElement } = this;
    if (!config || !root || !hostElement) return null;
    this.app ??= this.importOnce()
      .then((module) => {
        const { options, frame, launcher, storage, global, events } = this;
        const emit = events.emit.bind(events);
        return module.mount({ options, config, element: hostElement, root, frame, launcher, storage, global, emit });
      })
      .then((app) => {
        this.mounted = app;
        for (const [command, args] of this.waiting.splice(0)) app.run(command, args);
        return app;
      })
      .catch((error: unknown) => {
        this.app = null;
        throw error;
      });
    return this.app;
  }

  private importOnce(): Promise<WidgetModule> {
    this.module ??= this.importApp().catch((error: unknown) => {
      this.module = null;
      throw error;
    });
    return this.module;
  }

  private async importApp(): Promise<WidgetModule> {
    const { assetsUrl } = this.options;
    if (this.loads++ === 0) {
      // Together, instead of when the app is there and asks for them; and each is compiled in a task of its own.
      for (const layer of __WIDGET_LAYERS__) import(`${assetsUrl}assets/${layer}`).catch(() => {});
      try {
        return (await import(assetsUrl + __WIDGET_APP__)) as WidgetModule;
      } catch {
        // Most likely no network; or this script is from a cache and the server has a newer app by now.
      }
    }
    const script = await (await fetch(assetsUrl + SCRIPT_NAME, { cache: 'reload', credentials: 'omit' })).text();
    const current = /assets\/whole-\w+\.js/.exec(script)?.[0] ?? __WIDGET_WHOLE__;
    // Some browsers remember under a module's URL that it failed to load; this one imports no others.
    return (await import(`${assetsUrl}${current}?retry=${this.loads}`)) as WidgetModule;
  }

  /** Null when the widget is not to be shown here. */
  private async fetchConfig(): Promise<ConfigResponse | null> {
    const { widgetUrl, apiToken } = this.options;
    for (let attempt = 0; attempt < CONFIG_ATTEMPTS; attempt += 1) {
      if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, CONFIG_RETRY_MS * 2 ** (attempt - 1)));
      try {
        const response = await fetch(`${widgetUrl}/api/chatbot/config`, {
          headers: { Accept: 'application/json', Authorization: `Bearer ${apiToken}` },
          credentials: 'omit',
        });
        if (response.ok) return (await response.json()) as ConfigResponse;
        if (response.status < 500 && response.status !== 429) {
          const { error } = (await response.json().catch(() => ({}))) as { error?: string };
          console.warn(`Chat widget: not available here. ${error ?? `The server answered ${response.status}.`}`);
          return null;
        }
      } catch {
        // No network: the next attempt may have one.
      }
    }
    console.warn(`Chat widget: ${widgetUrl} could not be reached.`);
    return null;
  }
}

// Last, because classes exist only from their definition on.
try {
  main(window as unknown as HostPage);
} catch (error) {
  console.error('Chat widget:', error);
}
