/**
 * Whether this browser is told of messages while no inbox is open in it: the browser's subscription and the server's, kept in
 * step. What it is told of is what it shows notifications of while an inbox is open.
 *
 * That it is wanted is a preference, so that a login later subscribes again; the server's subscription ends with the session.
 */

import { Emitter, type Off } from '../../shared/emitter.ts';
import type { PushApi, PushBrowsers, PushWishes } from '../push-api.ts';
import { askForNotifications, notificationState } from './browser-notifications.ts';
import type { Preferences } from './preferences.ts';

/** `unsupported`: by the browser, or for this address. `blocked`: the agent has forbidden notifications in the browser. */
export type WebPushState = 'unsupported' | 'blocked' | 'off' | 'on';

/** What is used of the browser; a test brings its own. */
export interface PushBrowserPort {
  /** Whether notifications may be shown here. */
  permission(): NotificationPermission | 'unsupported';
  /** Asks the agent; to be called within a click. */
  ask(): Promise<NotificationPermission | 'unsupported'>;
  /** The service worker's, once it is at work; null if there is none. */
  manager(): Promise<Pick<PushManager, 'subscribe' | 'getSubscription'> | null>;
}

export interface WebPushOptions {
  api: Pick<PushApi, 'list' | 'subscribe' | 'remove'>;
  preferences: Pick<Preferences, 'state' | 'set' | 'subscribe'>;
  browser?: PushBrowserPort;
}

/** A worker that is not at work by then has failed. */
const WORKER_MS = 10_000;

export class WebPush {
  private readonly events = new Emitter<{ change: WebPushState }>();
  private readonly browser: PushBrowserPort;
  private off: Off | null = null;
  private current: WebPushState;
  /** What the server was told last. */
  private told = '';

  constructor(private readonly options: WebPushOptions) {
    this.browser = options.browser ?? thisBrowser;
    this.current = this.permitted('off');
  }

  get state(): WebPushState {
    return this.current;
  }

  subscribe(listener: () => void): Off {
    return this.events.on('change', listener);
  }

  /** From here on the server knows what this browser wants, if it wants to be told. */
  start(): void {
    this.off = this.options.preferences.subscribe(() => void this.followPreferences());
    if (this.options.preferences.state.whenClosed) void this.resume().catch(() => undefined);
  }

  stop(): void {
    this.off?.();
    this.off = null;
  }

  /** Within a click, since the browser may ask. Rejects when it did not work out. */
  async turnOn(): Promise<void> {
    await this.browser.ask();
    await this.begin(await this.options.api.list());
  }

  /** As it was before: in another login anew, and in this one unless it was removed from another browser. */
  private async resume(): Promise<void> {
    const { pushSession } = this.options.preferences.state;
    const known = await this.options.api.list();
    const removed = pushSession === known.session_id && !known.subscriptions.some(({ current }) => current);
    if (removed) await this.removed();
    else await this.begin(known);
  }

  private async begin({ public_key: key, session_id: pushSession }: Pick<PushBrowsers, 'public_key' | 'session_id'>): Promise<void> {
    if (this.browser.permission() !== 'granted') return this.set(this.permitted('off'));
    const manager = await this.browser.manager();
    if (!manager) return this.set('unsupported');
    const subscription = await subscribed(manager, bytesOf(key));
    await this.tell(subscription);
    this.options.preferences.set({ whenClosed: true, pushSession });
    this.set('on');
  }

  /** Whether the server still has this browser: it may have been removed from another one. */
  found(isThere: boolean): void {
    if (!isThere && this.current === 'on') void this.removed().catch(() => undefined);
  }

  private async removed(): Promise<void> {
    this.options.preferences.set({ whenClosed: false });
    this.set(this.permitted('off'));
    await this.forget();
  }

  async turnOff(): Promise<void> {
    await this.removed();
    const own = (await this.options.api.list()).subscriptions.find(({ current }) => current);
    if (own) await this.options.api.remove(own.id);
  }

  /** Whoever logs in here next is told nothing that is for this agent. Without the network the session's end does the rest. */
  async forget(): Promise<void> {
    this.told = '';
    if (this.browser.permission() === 'unsupported') return;
    const manager = await this.browser.manager();
    await (await manager?.getSubscription())?.unsubscribe();
  }

  private async followPreferences(): Promise<void> {
    const wanted = JSON.stringify(this.wishes());
    if (this.current !== 'on' || wanted === this.told) return;
    this.told = wanted;
    const subscription = await (await this.browser.manager())?.getSubscription();
    // The preference stays; the next start tells it again.
    if (subscription) await this.tell(subscription).catch(() => undefined);
  }

  private async tell(subscription: PushSubscription): Promise<void> {
    const wishes = this.wishes();
    this.told = JSON.stringify(wishes);
    await this.options.api.subscribe(subscription.toJSON(), wishes);
  }

  private wishes(): PushWishes {
    const { notifyOf, pushText } = this.options.preferences.state;
    return { notify_of: notifyOf, with_text: pushText };
  }

  private permitted(state: WebPushState): WebPushState {
    const permission = this.browser.permission();
    if (permission === 'unsupported') return 'unsupported';
    return permission === 'denied' ? 'blocked' : state;
  }

  private set(state: WebPushState): void {
    if (state === this.current) return;
    this.current = state;
    this.events.emit('change', state);
  }
}

/** With this key; a subscription that was made with another one, by another installation at this address, is replaced. */
async function subscribed(manager: Pick<PushManager, 'subscribe' | 'getSubscription'>, key: Uint8Array<ArrayBuffer>): Promise<PushSubscription> {
  const known = await manager.getSubscription();
  if (known && !isSame(known.options.applicationServerKey, key)) await known.unsubscribe();
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

function isSame(known: ArrayBuffer | null, key: Uint8Array): boolean {
  const bytes = new Uint8Array(known ?? []);
  return bytes.length === key.length && bytes.every((byte, index) => byte === key[index]);
}

/** Of base64url. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));
}

const thisBrowser: PushBrowserPort = {
  permission: () => (typeof PushManager === 'function' && 'serviceWorker' in navigator ? notificationState() : 'unsupported'),
  ask: askForNotifications,
  manager: async () => {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), WORKER_MS));
    const registration = await Promise.race([navigator.serviceWorker.ready, late]);
    return registration?.pushManager ?? null;
  },
};
