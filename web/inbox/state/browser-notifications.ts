/** The browser's notifications: whether they may be shown, and showing one of a conversation. */

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
  /** Opened by a click where the page itself cannot hear it. */
  href: string;
}

/** A later one of the same conversation takes the place of the earlier. */
export function showNotification({ title, body, conversationId, href }: Notice, onClick: () => void): void {
  if (notificationState() !== 'granted') return;
  const options = { body, tag: `conversation-${conversationId}`, data: { href } };
  try {
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      shown.close();
      onClick();
    };
  } catch {
    // Phones take notifications from service workers only.
    void navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, options)).catch(() => undefined);
  }
}
