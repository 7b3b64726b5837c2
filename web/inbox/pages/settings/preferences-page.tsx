/** What an agent likes: language, appearance, shortcuts. All of it holds at once. */

import { SelectField } from '../../components/select-field.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { SwitchField } from '../../components/switch-field.tsx';
import { THEMES, type PreferenceValues } from '../../state/preferences.ts';
import { useStore } from '../../state/use-store.ts';
import { LANGUAGE_NAMES, LANGUAGES, text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';

export default function PreferencesPage({ workspace: { preferences } }: SettingsPageProps) {
  const values = useStore(preferences);
  const words = text.settings.preferences;
  const languages: { value: PreferenceValues['language']; label: string }[] = [
    { value: 'auto', label: words.languageAuto },
    ...LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] })),
  ];
  return (
    <SettingsSection title={text.settings.titles.preferences} intro={words.intro}>
      <div class="form">
        <SelectField
          id="language"
          label={words.language}
          value={values.language}
          options={languages}
          onValue={(language) => preferences.set({ language })}
        />
        <SelectField
          id="theme"
          label={words.theme}
          value={values.theme}
          options={THEMES.map((value) => ({ value, label: words.themes[value] }))}
          onValue={(theme) => preferences.set({ theme })}
        />
        <SwitchField
          id="shortcuts"
          label={words.shortcuts}
          hint={words.shortcutsHint}
          checked={values.shortcuts}
          onChange={(shortcuts) => preferences.set({ shortcuts })}
        />
      </div>
    </SettingsSection>
  );
}
