/** The moments until which a conversation may be put aside with one press. Pure: now is an input. */

export type SnoozePreset = 'laterToday' | 'tomorrow' | 'nextWeek';

const LATER_HOURS = 3;
/** When a working day begins. */
const MORNING_HOUR = 9;
/** What is later than this is not today any more. */
const EVENING_HOUR = 21;

export function snoozeTimes(now: Date): { preset: SnoozePreset; until: Date }[] {
  const later = new Date(now.getFullYear(), now.getMonth(), now.getDate(), now.getHours() + LATER_HOURS, now.getMinutes());
  const morning = (days: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING_HOUR);
  // Monday is the first day of a week's work; on a Monday it is the one after.
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const isToday = later.getDate() === now.getDate() && later.getHours() < EVENING_HOUR;
  return [
    ...(isToday ? [{ preset: 'laterToday' as const, until: later }] : []),
    { preset: 'tomorrow', until: morning(1) },
    { preset: 'nextWeek', until: morning(toMonday) },
  ];
}

/** For a field that takes a moment in local time. */
export function fieldTime(at: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
