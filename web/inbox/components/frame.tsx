/** What is around every page of somebody who is logged in: the keys, what is laid over the page, and the toasts. */

import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { shortcutsOf } from '../state/commands.ts';
import type { Desk } from '../state/desk.ts';
import { listenForShortcuts } from '../state/shortcuts.ts';
import { useStore } from '../state/use-store.ts';
import { CommandPalette } from './command-palette.tsx';
import { NavigationDrawer } from './navigation-drawer.tsx';
import { ShortcutSheet } from './shortcut-sheet.tsx';
import { TriageDialog } from './triage-dialog.tsx';
import { Toaster } from './toaster.tsx';

export function Frame({ desk, children }: { desk: Desk; children: ComponentChildren }) {
  const overlay = useStore(desk);
  useEffect(
    () =>
      listenForShortcuts(document, {
        shortcuts: () => shortcutsOf(desk),
        lettersAllowed: () => desk.workspace.preferences.state.shortcuts,
      }),
    [desk],
  );
  return (
    <>
      {children}
      {overlay?.kind === 'palette' && <CommandPalette desk={desk} />}
      {overlay?.kind === 'shortcuts' && <ShortcutSheet desk={desk} />}
      {overlay?.kind === 'navigation' && <NavigationDrawer desk={desk} />}
      {overlay && 'ids' in overlay && <TriageDialog desk={desk} overlay={overlay} />}
      <Toaster toasts={desk.workspace.toasts} />
    </>
  );
}
