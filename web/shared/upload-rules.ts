/** Which files may be sent, told before they are: the server decides again, by what they hold. Pure. */

export interface UploadRules {
  maxBytes: number;
  maxFiles: number;
  /** Content types, also `image/*`; empty: whatever the server takes. */
  accept: readonly string[];
}

export type UploadRefusal = 'tooLarge' | 'badType' | 'tooMany';

/** Why a file may not be sent beside so many that are chosen already; null when it may. */
export function refusalOf(file: { size: number; type: string }, chosen: number, rules: UploadRules): UploadRefusal | null {
  if (file.size > rules.maxBytes) return 'tooLarge';
  if (!isAccepted(file.type, rules.accept)) return 'badType';
  return chosen >= rules.maxFiles ? 'tooMany' : null;
}

/** A system that knows no type for a file leaves the judgement to the server. */
function isAccepted(type: string, accept: readonly string[]): boolean {
  if (!type || accept.length === 0) return true;
  const bare = type.split(';')[0] ?? '';
  return accept.some((entry) => entry === bare || entry === '*/*' || (entry.endsWith('/*') && bare.startsWith(entry.slice(0, -1))));
}

export function formatSize(bytes: number, locale: string | undefined): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  const digits = value < 10 && power > 0 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[power], unitDisplay: 'short', maximumFractionDigits: digits }).format(value);
}
