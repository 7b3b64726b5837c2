/**
 * The script that a site includes. It shows the launcher and nothing more: one request for the
 * configuration, no socket, nothing stored. The chat itself is loaded when the visitor opens it, or
 * when this browser has an earlier conversation whose unread messages are to be counted.
 *
 * It runs in pages that are not ours: it throws nothing, and including it twice does no harm.
 */

import { Emitter } from '../shared/emitter.ts';
import { browserStorage } from '../shared/storage.ts';
import type { ConfigResponse } from '../shared/types.ts';
import { adoptStyles, element } from './dom.ts';
import { storageKey, VERSION, type ChatbotEvents, type ChatbotGlobal, type WidgetApp, type WidgetModule } from './host.ts';
import { Launcher } from './launcher.ts';
import launcherCss from './launcher.css';
import { readOptions, type WidgetOptions } from './options.ts';
import { themeProperties } from './theme.ts';

/** The app's file, relative to this script; put in by the build. */
declare const __WIDGET_APP__: string;

const SCRIPT_NAME = 'chatbot-widget.js';
const HOST_ID = 'chatbot-widget';
/** Attempts to get the configuration, at doubling intervals. */
const CONFIG_ATTEMPTS = 5;
const CONFIG_RETRY_MS = 2_000;

interface HostPage {
  ChatbotConfig?: unknown;
  Chatbot?: unknown;
}

function main(page: HostPage): void {
  if (document.getElementById(HOST_ID) || (page.Chatbot as Partial<ChatbotGlobal> | undefined)?.version) return;
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
  const widget = new Widget(options);
  if (page.Chatbot === undefined) page.Chatbot = widget.global;
  if (document.body) void widget.start();
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
  private readonly launcher: Launcher;
  private config: ConfigResponse | null = null;
  private root: ShadowRoot | null = null;
  private readonly frame = element('div', { class: 'frame' });
  private app: Promise<WidgetApp> | null = null;
  private mounted: WidgetApp | null = null;
  private loads = 0;
  /** What was asked for through `window.Chatbot` before the launcher was there. */
  private openWhenReady = false;

  constructor(private readonly options: WidgetOptions) {
    this.launcher = new Launcher(
      () => this.toggle(),
      () => void this.load()?.catch(() => {}),
    );
    this.global = {
      version: VERSION,
      open: () => this.open(),
      close: () => this.close(),
      toggle: () => this.toggle(),
      on: (event, listener) => this.events.on(event, listener),
    };
  }

  async start(): Promise<void> {
    this.config = await this.fetchConfig();
    if (!this.config) return;
    this.show(this.config);
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
        (app) => app.open(),
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
    const host = element('div', { id: HOST_ID });
    this.root = host.attachShadow({ mode: 'open' });
    adoptStyles(this.root, launcherCss);
    const { settings } = config.widget;
    for (const [name, value] of Object.entries(themeProperties(settings))) this.frame.style.setProperty(name, value);
    if (typeof settings?.z_index === 'number') host.style.setProperty('--chatbot-z-index', String(settings.z_index));
    this.frame.classList.toggle('start', settings?.position === 'left');
    // Beside the body, not in it, because single-page frameworks replace the body's children.
    this.frame.dir = getComputedStyle(document.documentElement).direction;
    this.frame.append(this.launcher.button);
    this.root.append(this.frame);
    document.documentElement.append(host);
  }

  /** The app, loaded once; after a failure the next call tries again. */
  private load(): Promise<WidgetApp> | null {
    const { config, root } = this;
    if (!config || !root) return null;
    this.app ??= this.importApp()
      .then((module) => {
        const { options, frame, launcher, storage, global, events } = this;
        const emit = events.emit.bind(events);
        return (this.mounted = module.mount({ options, config, root, frame, launcher, storage, global, emit }));
      })
      .catch((error: unknown) => {
        this.app = null;
        throw error;
      });
    return this.app;
  }

  private async importApp(): Promise<WidgetModule> {
    const { assetsUrl } = this.options;
    if (this.loads++ === 0) {
      try {
        return (await import(assetsUrl + __WIDGET_APP__)) as WidgetModule;
      } catch {
        // Most likely no network; or this script is from a cache and the server has a newer app by now.
      }
    }
    const script = await (await fetch(assetsUrl + SCRIPT_NAME, { cache: 'reload', credentials: 'omit' })).text();
    const current = /assets\/widget-\w+\.js/.exec(script)?.[0] ?? __WIDGET_APP__;
    // Some browsers remember under a module's URL that it failed to load.
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
