/** Has a page of the settings loaded anew when a colleague, or another window, has changed what it shows. */

import { useEffect, useRef } from 'preact/hooks';
import type { Workspace } from './workspace.ts';

/** `what`: as the server calls it. */
export function useFollowed(workspace: Pick<Workspace, 'settings'>, what: readonly string[], reload: () => Promise<void>): void {
  const latest = useRef(reload);
  latest.current = reload;
  useEffect(() => workspace.settings.on('changed', (changed) => what.includes(changed) && void latest.current()), [workspace]);
}
