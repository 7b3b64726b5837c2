/** Which language the chat speaks, and loading it. */

import type { Texts } from './texts.ts';

type Language = () => Promise<{ texts: Texts }>;

const LANGUAGES: Record<string, Language> = {
  en: () => import('./texts/en.ts'),
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

/** The first wish that there is; `offered` narrows the choice, its first is the last resort. */
export function chooseLocale(wishes: readonly (string | null | undefined)[], offered?: readonly string[]): string {
  const known = (offered ?? []).map(languageOf).filter((language) => language in LANGUAGES);
  const possible = known.length > 0 ? known : Object.keys(LANGUAGES);
  return wishes.find((wish) => wish && possible.includes(languageOf(wish))) ?? possible[0] ?? 'en';
}

/** English when the language cannot be loaded; rejects when that cannot either. `overrides` are the owner's own words. */
export async function speak(locale: string, overrides: Record<string, unknown> = {}): Promise<Spoken> {
  const spoken = await load(locale).catch(() => load('en'));
  const own = Object.entries(overrides).filter(([key, text]) => Object.keys(spoken.texts).includes(key) && typeof text === 'string');
  return { ...spoken, texts: { ...spoken.texts, ...Object.fromEntries(own) } };
}

async function load(locale: string): Promise<Spoken> {
  const language = languageOf(locale);
  const { texts } = await LANGUAGES[language]!();
  return { locale, language, direction: language === 'ar' ? 'rtl' : 'ltr', texts };
}

export function languageOf(locale: string): string {
  return locale.toLowerCase().split(/[-_]/)[0] ?? '';
}
