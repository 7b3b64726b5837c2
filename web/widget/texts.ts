/**
 * The sentences that the chat shows, and how they are filled in. Every language is a module of the same keys in `texts/`,
 * loaded when it is wanted; English, where another could not be loaded.
 */

import type { texts as english } from './texts/en.ts';

export type Texts = Record<keyof typeof english, string>;

/** Puts values in the places of `{name}`; a place without a value stays empty. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}
