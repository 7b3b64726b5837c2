/** Times and texts of messages, for people. Pure: the present moment is passed in. */

import type { Texts } from './texts.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format is slow, the first one most of all, and a long list needs the same few again and again. */
function formatter(locale: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options]);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, options)));
  return made;
}

const TIME: Intl.DateTimeFormatOptions = { timeStyle: 'short' };

export function formatTime(date: Date, locale?: string): string {
  return formatter(locale, TIME).format(date);
}

/** Where the visitor's clock is, such as `Europe/Madrid`. Called early, it also makes the format of the times. */
export function timeZone(locale?: string): string {
  return formatter(locale, TIME).resolvedOptions().timeZone;
}

/** The heading above a day's messages. */
export function formatDay(date: Date, now: Date, texts: Pick<Texts, 'today' | 'yesterday'>, locale?: string): string {
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return formatter(locale, { weekday: 'long', day: 'numeric', month: 'long', year }).format(date);
}

export function isSameDay(a: Date, b: Date): boolean {
  return startOfDay(a) === startOfDay(b);
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
