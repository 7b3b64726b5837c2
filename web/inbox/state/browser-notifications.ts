/** The browser's notifications: whether they may be shown, showing one of a conversation, and taking away what was read. */

import { mentionTag, type NoticeData } from '../pushed.ts';

/** `unsupported`: by the browser, or for this address, which has to be `https` or this computer's own. */
export type NotificationState = NotificationPermission | 'unsupported';

export function notificationState(): NotificationState {
  return typeof Notification === 'function' && isSecureContext ? Notification.permission : 'unsupported';
}

/** Asks the agent, by the browser; to be called within a click. */
export async function askForNotifications(): Promise<NotificationState> {
  if (notificationState() !== 'default') return notificationState();
  await Notification.requestPermission().catch(() => undefined);
  return notificationState();
}

export interface Notice {
  title: string;
  body: string;
  conversationId: number;
  /** A later one with the same tag takes the place of the earlier. */
  tag: string;
  /** Of the newest message that it tells of. */
  seq: number;
  /** Opened by a click where the page itself cannot hear it. */
  href: string;
}

/**
 * `byWorker`: this browser is told of it by its push service, too. Shown by the same worker under the same tag, both are one
 * notification.
 */
export function showNotification({ title, body, conversationId, tag, seq, href }: Notice, onClick: () => void, byWorker = false): void {
  if (notificationState() !== 'granted') return;
  const data: NoticeData = { href, conversationId, seq, mention: tag === mentionTag(conversationId) };
  const options = { body, tag, data };
  if (byWorker) return void showByWorker(title, options);
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    // Phones take notifications from service workers only.
    void showByWorker(title, options);
  }
}

async function showByWorker(title: string, options: NotificationOptions): Promise<void> {
  const worker = await navigator.serviceWorker?.ready;
  await worker?.showNotification(title, options).catch(() => undefined);
}

/** Takes away what the worker shows of these conversations: it was read here, or on another screen. */
export async function closeNotifications(isOver: (data: NoticeData) => boolean): Promise<void> {
  const worker = await (navigator.serviceWorker as ServiceWorkerContainer | undefined)?.getRegistration('/inbox').catch(() => undefined);
  for (const shown of (await worker?.getNotifications()) ?? []) {
    const data = (shown.data ?? {}) as Partial<NoticeData>;
    if (typeof data.conversationId === 'number' && isOver(data as NoticeData)) shown.close();
  }
}
