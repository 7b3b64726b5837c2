/**
 * Tells when something that the team has set up has changed: by the inbox's channel, and again whenever that is live anew. While
 * it is not, by asking every few seconds.
 */

import { useEffect, useRef } from 'preact/hooks';
import { INBOX_CHANNEL } from './conversation-list.ts';
import type { Workspace } from './workspace.ts';

/** Somebody waits for the change with the page open. */
const POLL_MS = 5_000;

/** `what`: as `SettingsChanged` calls it. */
export function useSettingChanges({ realtime }: Pick<Workspace, 'realtime'>, what: readonly string[], changed: () => void): void {
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    const channel = realtime.channel(INBOX_CHANNEL);
    const tell = () => latest.current();
    const offs = [
      channel.bind('SettingsChanged', (event: { what: string }) => what.includes(event.what) && tell()),
      channel.onLive((live) => live && tell()),
    ];
    const timer = setInterval(() => !channel.live && tell(), POLL_MS);
    return () => {
      clearInterval(timer);
      offs.forEach((off) => off());
      channel.release();
    };
  }, []);
}
