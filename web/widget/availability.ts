/** Whether somebody is there, as far as the business hours tell, and in words. Pure. */

import type { Availability } from '../shared/types.ts';
import { fill, type Texts } from './texts.ts';

const DAY_MS = 86_400_000;

/** Null when the team is there, or keeps no hours. */
export function awayText(
  availability: Availability | null | undefined,
  texts: Texts,
  locale: string,
  now: Date,
  timeZone?: string,
): string | null {
  if (!availability || availability.open) return null;
  const at = new Date(availability.opens_at ?? '');
  const ahead = at.getTime() - now.getTime();
  // The configuration may be older than the moment it announced.
  if (Number.isNaN(ahead) || ahead <= 0) return texts.away;
  const format = (options: Intl.DateTimeFormatOptions, date = at) => new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(date);
  const day: Intl.DateTimeFormatOptions = { dateStyle: 'short' };
  const clock: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' };
  let time = format(clock);
  if (ahead > 6 * DAY_MS) time = format({ day: 'numeric', month: 'long' });
  else if (format(day) !== format(day, now)) time = format({ weekday: 'long', ...clock });
  return fill(texts.awayUntil, { time });
}
