/** Numbers and times in the form that people read. Pure. */

const WHOLE = new Intl.NumberFormat('en-US');
const ONE_DIGIT = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** Exact up to a million. */
export function count(value: number): string {
  return value < 1_000_000 ? WHOLE.format(Math.round(value)) : COMPACT.format(value);
}

/** How often something happens in a second: small rates with a digit, so that a slow trickle is no zero. */
export function rate(value: number): string {
  if (value === 0) return '0';
  if (value < 10) return value < 0.05 ? '<0.1' : ONE_DIGIT.format(value);
  return value < 100_000 ? WHOLE.format(Math.round(value)) : COMPACT.format(value);
}

/** Number and unit apart, so that the unit can be set smaller. */
export function bytes(value: number): { value: string; unit: string } {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let amount = value;
  let step = 0;
  while (amount >= 1000 && step < units.length - 1) {
    amount /= 1000;
    step += 1;
  }
  const shown = step === 0 || amount >= 100 ? WHOLE.format(Math.round(amount)) : ONE_DIGIT.format(amount);
  return { value: shown, unit: units[step] ?? 'B' };
}

export function bytesText(value: number): string {
  const parts = bytes(value);
  return `${parts.value} ${parts.unit}`;
}

/** The two largest units: `3 d 4 h`, `5 min 20 s`, `12 s`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** Hours to milliseconds, in the time zone of who looks. */
export function clockTime(ms: number): string {
  const time = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  const millis = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${millis}`;
}

/** JSON with line breaks; any other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** The word for one or for several. */
export function plural(value: number, one: string, several = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : several}`;
}
