/** The languages that the chat speaks, and its words in each; loaded when they are looked at. */

const WORDS = {
  en: () => import('../../../../widget/texts/en.ts'),
  de: () => import('../../../../widget/texts/de.ts'),
  fr: () => import('../../../../widget/texts/fr.ts'),
  es: () => import('../../../../widget/texts/es.ts'),
  pt: () => import('../../../../widget/texts/pt.ts'),
  it: () => import('../../../../widget/texts/it.ts'),
  nl: () => import('../../../../widget/texts/nl.ts'),
  pl: () => import('../../../../widget/texts/pl.ts'),
  tr: () => import('../../../../widget/texts/tr.ts'),
  ar: () => import('../../../../widget/texts/ar.ts'),
  ja: () => import('../../../../widget/texts/ja.ts'),
  zh: () => import('../../../../widget/texts/zh.ts'),
} as const;

export type ChatLanguage = keyof typeof WORDS;
export const LANGUAGES = Object.keys(WORDS) as ChatLanguage[];

/** In the language of this tag; in English where the chat does not speak it. */
export async function wordsOf(tag: string): Promise<Record<string, string>> {
  const base = tag.toLowerCase().split('-')[0];
  const known = LANGUAGES.find((language) => language === base) ?? 'en';
  return (await WORDS[known]()).texts;
}
