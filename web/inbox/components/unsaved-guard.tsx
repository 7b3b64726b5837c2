/** Asks before something that is not saved is left: for another page here, and, in the browser's own words, for anything else. */

import { useEffect, useState } from 'preact/hooks';
import type { Router } from '../router.ts';
import { text } from '../text.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';

export function UnsavedGuard({ router, dirty }: { router: Router; dirty: boolean }) {
  const [proceed, setProceed] = useState<(() => void) | null>(null);
  useEffect(() => {
    if (!dirty) return;
    const off = router.hold((go) => setProceed(() => go));
    const warn = (event: Event) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => {
      off();
      window.removeEventListener('beforeunload', warn);
    };
  }, [dirty]);
  if (!proceed) return null;
  return (
    <ConfirmDialog
      title={text.unsaved.title}
      explanation={text.unsaved.explanation}
      confirm={text.unsaved.discard}
      dangerous
      onConfirm={proceed}
      onClose={() => setProceed(null)}
    />
  );
}
