/** Of what the reports on the page are, as the address has it and as the server is asked. Pure: today is an input. */

export const PERIODS = ['today', '7', '30', '90', 'custom'] as const;
export type Period = (typeof PERIODS)[number];

export const INTERVALS = ['day', 'hour'] as const;
export type Interval = (typeof INTERVALS)[number];

export const REPORT_HOURS = ['always', 'business'] as const;
export type ReportHours = (typeof REPORT_HOURS)[number];

/** The most days that the server shows hour by hour, and that it shows at all. */
export const MAX_HOURLY_DAYS = 31;
export const MAX_REPORT_DAYS = 366;

/** What was chosen. Null: whatever it is. */
export interface ReportChoice {
  period: Period;
  /** Of the period `custom`, `YYYY-MM-DD`. */
  from: string | null;
  to: string | null;
  interval: Interval | null;
  hours: ReportHours;
  widget: number | null;
  team: number | null;
  agent: number | null;
}

/** What the server is asked. */
export interface ReportQuery {
  from: string;
  to: string;
  zone: string;
  interval: Interval;
  hours: ReportHours;
  widget: number | null;
  team: number | null;
  agent: number | null;
}

const DAY_MS = 86_400_000;

export const DEFAULT_CHOICE: ReportChoice = {
  period: '7',
  from: null,
  to: null,
  interval: null,
  hours: 'always',
  widget: null,
  team: null,
  agent: null,
};

/** What is not understood counts as not said. */
export function parseChoice(params: URLSearchParams): ReportChoice {
  const word = <Word extends string>(name: string, words: readonly Word[]): Word | null =>
    words.find((candidate) => candidate === params.get(name)) ?? null;
  const id = (name: string): number | null => {
    const given = params.get(name) ?? '';
    return /^[1-9][0-9]{0,14}$/.test(given) ? Number(given) : null;
  };
  const day = (name: string): string | null => {
    const given = params.get(name) ?? '';
    return isDay(given) ? given : null;
  };
  const [from, to] = [day('from'), day('to')];
  const isCustom = from !== null && to !== null;
  const period = word('period', PERIODS) ?? DEFAULT_CHOICE.period;
  return {
    period: isCustom ? 'custom' : period === 'custom' ? DEFAULT_CHOICE.period : period,
    from: isCustom ? from : null,
    to: isCustom ? to : null,
    interval: word('interval', INTERVALS),
    hours: word('hours', REPORT_HOURS) ?? DEFAULT_CHOICE.hours,
    widget: id('widget'),
    team: id('team'),
    agent: id('agent'),
  };
}

/** The address's part, empty for what the page begins with. */
export function choiceKey(choice: ReportChoice): string {
  const params = new URLSearchParams();
  if (choice.period === 'custom') {
    params.set('from', choice.from ?? '');
    params.set('to', choice.to ?? '');
  } else if (choice.period !== DEFAULT_CHOICE.period) params.set('period', choice.period);
  if (choice.interval) params.set('interval', choice.interval);
  if (choice.hours !== DEFAULT_CHOICE.hours) params.set('hours', choice.hours);
  for (const name of ['widget', 'team', 'agent'] as const) {
    const id = choice[name];
    if (id !== null) params.set(name, String(id));
  }
  return params.toString();
}

/** What to ask the server on this day in this time zone. */
export function queryOf(choice: ReportChoice, today: Date, zone: string): ReportQuery {
  const days = { today: 1, '7': 7, '30': 30, '90': 90, custom: 1 }[choice.period];
  // By the calendar, so that a day with a change of the clock counts as one.
  const first = new Date(today.getFullYear(), today.getMonth(), today.getDate() - (days - 1));
  const from = choice.from ?? dayOf(first);
  const to = choice.to ?? dayOf(today);
  const count = daysIn(from, to);
  const interval = count <= MAX_HOURLY_DAYS ? choice.interval ?? (count === 1 ? 'hour' : 'day') : 'day';
  const { hours, widget, team, agent } = choice;
  return { from, to, zone, interval, hours, widget, team, agent };
}

/** As the server's query has it. */
export function reportParts(query: ReportQuery): Record<string, string> & { interval?: Interval } {
  const parts: Record<string, string> = { from: query.from, to: query.to, zone: query.zone, interval: query.interval };
  if (query.hours !== 'always') parts['hours'] = query.hours;
  for (const name of ['widget', 'team', 'agent'] as const) {
    const id = query[name];
    if (id !== null) parts[`${name}_id`] = String(id);
  }
  return parts as Record<string, string> & { interval?: Interval };
}

/** Why these days are no period, if they are none. */
export function wrongDays(from: string, to: string): 'missing' | 'backwards' | 'long' | null {
  if (!isDay(from) || !isDay(to)) return 'missing';
  const days = daysIn(from, to);
  if (days < 1) return 'backwards';
  return days > MAX_REPORT_DAYS ? 'long' : null;
}

/** Both counted. */
export function daysIn(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
}

/** A day of the local calendar as `YYYY-MM-DD`. */
export function dayOf(date: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Noon of a day, on the local clock. */
export function noonOf(day: string): Date {
  return new Date(`${day}T12:00:00`);
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
