/** Times as people read them, in the browser's language and time zone. Pure: now is an input. */

import { text } from './text.ts';

const DAY_MS = 86_400_000;

const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const longDayYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const complete = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Whole calendar days between two moments, by the local calendar. */
export function daysBetween(earlier: Date, later: Date): number {
  // Noon to noon, rounded, so that the hour a clock change adds or takes does not matter.
  const noon = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12).getTime();
  return Math.round((noon(later) - noon(earlier)) / DAY_MS);
}

export function timeOfDay(at: Date): string {
  return clockTime.format(at);
}

/** For a row: the shortest that is not ambiguous. */
export function shortTime(at: Date, now: Date): string {
  const days = daysBetween(at, now);
  if (days <= 0) return clockTime.format(at);
  if (days === 1) return text.time.yesterday;
  if (days < 7) return weekday.format(at);
  return at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : dayMonthYear.format(at);
}

/** For a separator between the messages of two days. */
export function dayName(at: Date, now: Date): string {
  const days = daysBetween(at, now);
  if (days === 0) return text.time.today;
  if (days === 1) return text.time.yesterday;
  return at.getFullYear() === now.getFullYear() ? longDay.format(at) : longDayYear.format(at);
}

/** For whoever wants to know exactly. */
export function completeTime(at: Date): string {
  return complete.format(at);
}
