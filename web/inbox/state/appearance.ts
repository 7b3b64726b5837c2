/** Makes the page look and speak as preferred: `data-theme` and `lang` of its root. The style sheet has no other switch. */

import { onSystemTheme, type Theme } from '../../pages/system-theme.ts';
import { chooseLanguage, speak, type Language } from '../text.ts';
import type { Preferences, PreferenceValues } from './preferences.ts';

/** The browser's frame around the page, where it takes a color: the list's surface in each theme. */
const FRAME: Record<Theme, string> = { light: '#f6f7f9', dark: '#14161b' };

/** Follows the preferences and the system until the page ends; resolves when the first language is spoken. */
export async function followPreferences(preferences: Preferences): Promise<void> {
  let system: Theme = 'light';
  const paint = () => showTheme(preferences.state.theme === 'auto' ? system : preferences.state.theme);
  onSystemTheme((theme) => {
    system = theme;
    paint();
  });
  preferences.subscribe(() => {
    paint();
    void say(wantedLanguage(preferences.state));
  });
  await say(wantedLanguage(preferences.state));
}

export function wantedLanguage({ language }: PreferenceValues): Language {
  return language === 'auto' ? chooseLanguage(navigator.languages) : language;
}

function showTheme(shown: Theme): void {
  document.documentElement.dataset['theme'] = shown;
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) meta.content = FRAME[shown];
}

/** Words that cannot be loaded leave the page in the language it has. */
async function say(wanted: Language): Promise<void> {
  await speak(wanted).then(
    () => (document.documentElement.lang = wanted),
    () => undefined,
  );
}
