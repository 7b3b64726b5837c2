/** The browser's notifications: whether they may be shown, and showing one of a conversation. */

import { preview, visitorName } from '../names.ts';
import type { ConversationRow } from '../inbox-api.ts';

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

/** A later one of the same conversation takes the place of the earlier. `href` is opened by a click on it. */
export function showNotification(row: ConversationRow, ownName: string, href: string, onClick: () => void): void {
  if (notificationState() !== 'granted') return;
  const title = visitorName(row.visitor_name, row.id);
  const options = { body: preview(row, ownName), tag: `conversation-${row.id}`, data: { href } };
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
