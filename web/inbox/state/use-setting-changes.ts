/** Has a page loaded anew when a colleague, or another window, may have changed what it shows. */

import { useEffect, useRef } from 'preact/hooks';
import type { Workspace } from './workspace.ts';

/** `what`: as the server calls it. With `pollMs`, for a page that somebody waits at, so often while no change is told. */
export function useSettingChanges(
  { settings }: Pick<Workspace, 'settings'>,
  what: readonly string[],
  changed: () => void,
  pollMs: number | null = null,
): void {
  const latest = useRef(changed);
  latest.current = changed;
  useEffect(() => {
    const off = settings.on(what, () => latest.current());
    const timer = pollMs === null ? null : setInterval(() => !settings.live && latest.current(), pollMs);
    return () => {
      if (timer !== null) clearInterval(timer);
      off();
    };
  }, [settings]);
}
