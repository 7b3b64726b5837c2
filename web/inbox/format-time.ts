/** Times as people read them, in the language that is spoken and the browser's time zone. Pure: now is an input. */

import { language, text } from './text.ts';

const DAY_MS = 86_400_000;

const STYLES = {
  clock: { timeStyle: 'short' },
  weekday: { weekday: 'short' },
  dayMonth: { day: 'numeric', month: 'short' },
  dayMonthYear: { day: 'numeric', month: 'short', year: 'numeric' },
  longDay: { weekday: 'long', day: 'numeric', month: 'long' },
  longDayYear: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  complete: { dateStyle: 'full', timeStyle: 'medium' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;

/** Made once for each language, because making one takes longer than using it a hundred times. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** The browser's own kind of the language decides what is its region's habit, such as the hours of a day. */
function format(style: keyof typeof STYLES, at: Date): string {
  const spoken = language.state;
  const key = `${spoken} ${style}`;
  let made = formats.get(key);
  if (!made) {
    const own = globalThis.navigator?.languages?.find((wish) => wish.split('-')[0] === spoken);
    made = new Intl.DateTimeFormat(own ?? spoken, STYLES[style]);
    formats.set(key, made);
  }
  return made.format(at);
}

/** Whole calendar days between two moments, by the local calendar. */
export function daysBetween(earlier: Date, later: Date): number {
  // Noon to noon, rounded, so that the hour a clock change adds or takes does not matter.
  const noon = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12).getTime();
  return Math.round((noon(later) - noon(earlier)) / DAY_MS);
}

export function timeOfDay(at: Date): string {
  return format('clock', at);
}

/** A day without its year. */
export function dayAndMonth(at: Date): string {
  return format('dayMonth', at);
}

/** A day with its name. */
export function longDay(at: Date): string {
  return format('longDayYear', at);
}

/** For a row: the shortest that is not ambiguous. */
export function shortTime(at: Date, now: Date): string {
  const days = daysBetween(at, now);
  if (days <= 0) return format('clock', at);
  if (days === 1) return text.time.yesterday;
  if (days < 7) return format('weekday', at);
  return at.getFullYear() === now.getFullYear() ? format('dayMonth', at) : format('dayMonthYear', at);
}

/** For a separator between the messages of two days. */
export function dayName(at: Date, now: Date): string {
  const days = daysBetween(at, now);
  if (days === 0) return text.time.today;
  if (days === 1) return text.time.yesterday;
  return at.getFullYear() === now.getFullYear() ? format('longDay', at) : format('longDayYear', at);
}

/** For whoever wants to know exactly. */
export function completeTime(at: Date): string {
  return format('complete', at);
}
