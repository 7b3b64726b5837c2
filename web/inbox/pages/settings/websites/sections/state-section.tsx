/** Whether the chat answers anybody, and what that means for visitors. */

import { useState } from 'preact/hooks';
import { ConfirmDialog } from '../../../../components/confirm-dialog.tsx';
import { FormNotice } from '../../../../components/form-notice.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { useAction } from '../../../../state/use-action.ts';
import { text } from '../../../../text.ts';
import type { WebsiteSectionProps } from '../registry.ts';

export default function StateSection({ workspace, api, widget, onChanged }: WebsiteSectionProps) {
  const words = text.websites.state;
  const [asking, setAsking] = useState(false);
  const activate = useAction(async () => {
    onChanged(await api.activate(widget.id));
    workspace.toasts.show(words.activated);
  });
  return (
    <SettingsSection title={text.websites.sections.state} intro={widget.active ? words.activeIntro : words.inactiveIntro}>
      {widget.active ? (
        <button class="button button--danger" type="button" onClick={() => setAsking(true)}>
          {words.deactivate}
        </button>
      ) : (
        <button class="button button--primary" type="button" aria-disabled={activate.busy} onClick={activate.run}>
          {words.activate}
        </button>
      )}
      <FormNotice message={activate.error} />
      {asking && (
        <ConfirmDialog
          title={words.deactivateTitle(widget.name)}
          explanation={words.deactivateExplanation}
          confirm={words.deactivate}
          dangerous
          onConfirm={async () => {
            onChanged(await api.deactivate(widget.id));
            workspace.toasts.show(words.deactivated);
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </SettingsSection>
  );
}
