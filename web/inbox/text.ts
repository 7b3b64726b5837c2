/**
 * The words of the language that is spoken, for every component. `text` is read when something is drawn and never kept,
 * so that another language is there with the next drawing. The words themselves are in `texts/`.
 */

import { Emitter, type Off } from '../shared/emitter.ts';
import { en, type Texts } from './texts/en.ts';

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** What each language calls itself. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

/** The words of the current language. */
export let text: Texts = en;

const events = new Emitter<{ change: Language }>();
let current: Language = 'en';

/** The language that is spoken, for `useStore`. */
export const language = {
  get state(): Language {
    return current;
  },
  subscribe: (listener: () => void): Off => events.on('change', listener),
};

/** From here on everything is said in this language; rejects when its words cannot be loaded. */
export async function speak(wanted: Language): Promise<void> {
  const words = wanted === 'de' ? (await import('./texts/de.ts')).de : en;
  const changed = wanted !== current;
  text = words;
  current = wanted;
  if (changed) events.emit('change', wanted);
}

/** The first of the wishes that there is; English otherwise. A wish may name a region: `de-AT`. */
export function chooseLanguage(wishes: readonly (string | null | undefined)[]): Language {
  for (const wish of wishes) {
    const base = wish?.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((candidate) => candidate === base);
    if (known) return known;
  }
  return 'en';
}
