/**
 * What tells a visitor that there is an answer while the chat is out of sight: the tab's title and
 * icon, a sound, a notification. Nothing of it happens before the visitor has written or opened the
 * chat, and all of it is undone when the answer was read.
 */

import type { KeyValueStorage } from '../shared/storage.ts';

interface Preferences {
  muted: boolean;
  notify: boolean;
}

const COUNTED = /^\(\d+\+?\) /;
const MAX_SHOWN = 99;

export class Attention {
  private readonly preferences: Preferences;
  private unread = 0;
  private audio: AudioContext | null = null;
  private icons: { link: HTMLLinkElement; parent: Node; next: Node | null }[] = [];
  private ownIcon: HTMLLinkElement | null = null;
  private readonly titleObserver = new MutationObserver(() => this.showTitle());

  constructor(
    private readonly storage: KeyValueStorage,
    private readonly key: string,
    /** The address of an icon that says "unread". */
    private readonly iconUrl: string,
  ) {
    this.preferences = readPreferences(storage.get(key));
  }

  get muted(): boolean {
    return this.preferences.muted;
  }

  get notifies(): boolean {
    return this.preferences.notify && canNotify() && Notification.permission === 'granted';
  }

  set muted(muted: boolean) {
    this.keep({ ...this.preferences, muted });
    if (!muted) this.unlock();
  }

  setUnread(unread: number): void {
    if (unread === this.unread) return;
    this.unread = unread;
    this.titleObserver.disconnect();
    this.showTitle();
    // Pages without a full reload set their title whenever they like.
    const title = document.querySelector('title');
    if (unread > 0 && title) this.titleObserver.observe(title, { childList: true, characterData: true, subtree: true });
    this.showIcon(unread > 0);
  }

  /**
   * Within a gesture of the visitor's. WebKit plays only what was prepared in one; the others are
   * content with any gesture before, and are spared the work until there is something to hear.
   */
  unlock(): void {
    if (/^Apple/.test(navigator.vendor)) this.prepare();
  }

  ring(): void {
    this.prepare();
    const { audio } = this;
    if (this.muted || !audio) return;
    if (audio.state === 'running') this.play(audio);
    else audio.resume().then(() => this.play(audio), () => {});
  }

  private prepare(): void {
    if (this.muted || (navigator.userActivation && !navigator.userActivation.hasBeenActive)) return;
    try {
      this.audio ??= new AudioContext();
      void this.audio.resume().catch(() => {});
    } catch {
      this.audio = null;
    }
  }

  private play(audio: AudioContext): void {
    [660, 880].forEach((frequency, index) => {
      const at = audio.currentTime + index * 0.11;
      const [tone, volume] = [audio.createOscillator(), audio.createGain()];
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.12, at + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
      tone.connect(volume).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    });
  }

  /** Asks the browser when it has to; answers whether notifications are shown from now on. */
  async allowNotifications(wanted: boolean): Promise<boolean> {
    const granted = wanted && canNotify() && (await Notification.requestPermission().catch(() => 'denied')) === 'granted';
    this.keep({ ...this.preferences, notify: granted });
    return granted;
  }

  notify(title: string, body: string, onClick: () => void): void {
    if (!this.notifies) return;
    try {
      const notification = new Notification(title, { body, tag: this.key });
      notification.onclick = () => {
        window.focus();
        notification.close();
        onClick();
      };
    } catch {
      // Phones only take notifications from service workers.
    }
  }

  private showTitle(): void {
    const bare = document.title.replace(COUNTED, '');
    const count = this.unread > MAX_SHOWN ? `${MAX_SHOWN}+` : String(this.unread);
    const wanted = this.unread > 0 ? `(${count}) ${bare}` : bare;
    if (document.title !== wanted) document.title = wanted;
  }

  private showIcon(unread: boolean): void {
    if (unread === (this.ownIcon !== null)) return;
    if (unread) {
      const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel~="icon"]')];
      this.icons = links.flatMap((link) => (link.parentNode ? [{ link, parent: link.parentNode, next: link.nextSibling }] : []));
      for (const { link } of this.icons) link.remove();
      this.ownIcon = document.createElement('link');
      this.ownIcon.rel = 'icon';
      this.ownIcon.href = this.iconUrl;
      document.head.append(this.ownIcon);
    } else {
      this.ownIcon?.remove();
      this.ownIcon = null;
      for (const { link, parent, next } of this.icons.splice(0).reverse()) {
        parent.insertBefore(link, next?.parentNode === parent ? next : null);
      }
    }
  }

  private keep(preferences: Preferences): void {
    Object.assign(this.preferences, preferences);
    this.storage.set(this.key, JSON.stringify(preferences));
  }
}

export function canNotify(): boolean {
  return typeof Notification === 'function' && isSecureContext && window.top === window;
}

function readPreferences(text: string | null): Preferences {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Preferences> | null;
    return { muted: value?.muted === true, notify: value?.notify === true };
  } catch {
    return { muted: false, notify: false };
  }
}
