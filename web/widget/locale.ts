/** Which language the chat speaks, and loading it: one, and only when it is not English. */

import { en, type Texts } from './texts.ts';

type Language = () => Promise<{ texts: Texts }>;

const LANGUAGES: Record<string, Language> = {
  de: () => import('./texts/de.ts'),
  fr: () => import('./texts/fr.ts'),
  es: () => import('./texts/es.ts'),
  pt: () => import('./texts/pt.ts'),
  it: () => import('./texts/it.ts'),
  nl: () => import('./texts/nl.ts'),
  pl: () => import('./texts/pl.ts'),
  tr: () => import('./texts/tr.ts'),
  ar: () => import('./texts/ar.ts'),
  ja: () => import('./texts/ja.ts'),
  zh: () => import('./texts/zh.ts'),
};

export interface Spoken {
  /** For dates and numbers: with its region if it was asked for with one. */
  locale: string;
  language: string;
  direction: 'ltr' | 'rtl';
  texts: Texts;
}

export const ENGLISH: Spoken = { locale: 'en', language: 'en', direction: 'ltr', texts: en };

/** The first wish that there is; `offered` narrows the choice, its first is the last resort. */
export function chooseLocale(wishes: readonly (string | null | undefined)[], offered?: readonly string[]): string {
  const known = (offered ?? []).map(languageOf).filter((language) => language === 'en' || language in LANGUAGES);
  const possible = known.length > 0 ? known : ['en', ...Object.keys(LANGUAGES)];
  return wishes.find((wish) => wish && possible.includes(languageOf(wish))) ?? possible[0] ?? 'en';
}

/** English when the language cannot be loaded. `overrides` are the owner's own words. */
export async function speak(locale: string, overrides: Record<string, unknown> = {}): Promise<Spoken> {
  const language = languageOf(locale);
  let spoken: Spoken = ENGLISH;
  try {
    const load = LANGUAGES[language];
    const direction = language === 'ar' ? 'rtl' : 'ltr';
    if (load) spoken = { locale, language, direction, texts: { ...en, ...(await load()).texts } };
    else if (language === 'en') spoken = { ...ENGLISH, locale };
  } catch {
    // No network: the chat works in English.
  }
  const own = Object.entries(overrides).filter(([key, text]) => key in en && typeof text === 'string');
  return { ...spoken, texts: { ...spoken.texts, ...Object.fromEntries(own) } };
}

export function languageOf(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? '';
}
