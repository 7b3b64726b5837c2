/** Figures as people read them, in the language that is spoken. Pure. */

import { language } from './text.ts';

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** In the place of what was not measured. */
export const NOTHING = '–';

const formats = new Map<string, Intl.NumberFormat>();

function format(number: number, name: string, options: Intl.NumberFormatOptions): string {
  const key = `${language.state} ${name}`;
  let made = formats.get(key);
  if (!made) {
    made = new Intl.NumberFormat(language.state, options);
    formats.set(key, made);
  }
  return made.format(number);
}

export function count(number: number | null): string {
  return number === null ? NOTHING : format(number, 'count', {});
}

export function score(number: number | null): string {
  return number === null ? NOTHING : format(number, 'score', { minimumFractionDigits: 1, maximumFractionDigits: 2 });
}

/** A part of one. */
export function percent(part: number | null): string {
  return part === null ? NOTHING : format(part, 'percent', { style: 'percent', maximumFractionDigits: 0 });
}

/** A change against what was before, with its sign. */
export function change(now: number, before: number): string {
  return format((now - before) / before, 'change', { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' });
}

/** The two largest units that it takes: `2 hr 45 min`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return NOTHING;
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first === -1) return unit(0, 'second');
  const [name, size] = UNITS[first]!;
  const next = UNITS[first + 1];
  const [whole, rest] = [Math.floor(seconds / size), seconds % size];
  const smaller = next ? Math.floor(rest / next[1]) : 0;
  return smaller > 0 && next ? `${unit(whole, name)} ${unit(smaller, next[0])}` : unit(whole, name);
}

function unit(number: number, name: string): string {
  return format(number, name, { style: 'unit', unit: name, unitDisplay: 'short' });
}
