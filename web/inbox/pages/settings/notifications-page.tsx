/** Of what an agent is told while they do not look: notifications and sounds, in this browser. */

import { useState } from 'preact/hooks';
import { FormNotice } from '../../components/form-notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { askForNotifications, notificationState } from '../../state/browser-notifications.ts';
import { ring } from '../../state/chime.ts';
import { ATTENTION } from '../../state/preferences.ts';
import { useStore } from '../../state/use-store.ts';
import { text } from '../../text.ts';
import { ClosedInbox } from './notifications/closed-inbox.tsx';
import type { SettingsPageProps } from './registry.ts';

export default function NotificationsPage({ workspace }: SettingsPageProps) {
  const { preferences } = workspace;
  const values = useStore(preferences);
  const [permission, setPermission] = useState(notificationState);
  const words = text.settings.notifications;
  const choices = ATTENTION.map((value) => ({ value, label: words.attention[value] }));
  const ask = async () => setPermission(await askForNotifications());
  return (
    <>
      <SettingsSection title={text.settings.titles.notifications} intro={words.intro}>
        <div class="form">
          <SelectField
            id="notify-of"
            label={words.notifyOf}
            hint={words.notifyHint}
            value={values.notifyOf}
            options={choices}
            onValue={(notifyOf) => {
              preferences.set({ notifyOf });
              if (notifyOf !== 'none') void ask();
            }}
          />
          {values.notifyOf !== 'none' && permission === 'default' && (
            <button class="button" type="button" onClick={() => void ask()}>
              {words.allow}
            </button>
          )}
          {values.notifyOf !== 'none' && (permission === 'denied' || permission === 'unsupported') && (
            <FormNotice message={words[permission]} tone="info" />
          )}
          <SelectField
            id="sound-for"
            label={words.soundFor}
            value={values.soundFor}
            options={choices}
            onValue={(soundFor) => {
              preferences.set({ soundFor });
              if (soundFor !== 'none') ring();
            }}
          />
          <SwitchField
            id="sound-repeats"
            label={words.soundRepeats}
            hint={words.soundRepeatsHint}
            checked={values.soundRepeats}
            disabled={values.soundFor === 'none'}
            onChange={(soundRepeats) => preferences.set({ soundRepeats })}
          />
          <button class="button" type="button" onClick={ring}>
            {words.tryOut}
          </button>
        </div>
      </SettingsSection>
      <ClosedInbox workspace={workspace} />
    </>
  );
}
