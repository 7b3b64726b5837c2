/** The place of the visitor's panel: the third pane on a desk, a sheet over the conversation on a phone. */

import type { VisitorPanelState } from '../../state/use-visitor-panel.ts';
import { text } from '../../text.ts';
import { Dialog } from '../dialog.tsx';
import { VisitorPanel, type VisitorPanelProps } from './visitor-panel.tsx';

export function VisitorPane({ panel, ...props }: VisitorPanelProps & { panel: VisitorPanelState }) {
  if (panel.asSheet) {
    return (
      <Dialog title={text.thread.visitorPanel} onClose={panel.toggle}>
        <div class="visitor visitor--sheet">
          <VisitorPanel {...props} />
        </div>
      </Dialog>
    );
  }
  return (
    <aside class="visitor" aria-label={text.thread.visitorPanel}>
      <VisitorPanel {...props} />
    </aside>
  );
}
