/** The place of the visitor's panel: the third pane on a desk, a sheet over the conversation on a phone. */

import type { ConversationView } from '../../../shared/conversation-view.ts';
import type { VisitorPanelState } from '../../state/use-visitor-panel.ts';
import { text } from '../../text.ts';
import { Dialog } from '../dialog.tsx';
import { isShallowlySame, memo } from '../memo.tsx';
import { VisitorPanel, type VisitorPanelProps } from './visitor-panel.tsx';

export interface VisitorPaneProps extends VisitorPanelProps {
  panel: VisitorPanelState;
}

/** Drawn anew only when it shows something else: a message changes nothing of it. */
export const VisitorPane = memo(DrawnPane, (before: VisitorPaneProps, after: VisitorPaneProps) => {
  const [{ view: known, panel: was, ...rest }, { view, panel, ...others }] = [before, after];
  // What the button of the panel does follows from these two.
  const samePanel = was.shown === panel.shown && was.asSheet === panel.asSheet;
  return samePanel && sameContact(known, view) && isShallowlySame(rest, others);
});

function sameContact(before: ConversationView | null, after: ConversationView | null): boolean {
  return before?.visitorName === after?.visitorName && before?.visitorEmail === after?.visitorEmail && before?.visitorPhone === after?.visitorPhone;
}

function DrawnPane({ panel, ...props }: VisitorPaneProps) {
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
