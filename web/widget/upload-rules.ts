/** Which files may be sent, told before they are: the server decides again, by what they hold. Pure. */

import type { WidgetConfig } from '../shared/types.ts';
import { fill, type Texts } from './texts.ts';

export interface UploadRules {
  maxBytes: number;
  maxFiles: number;
  /** Content types, also `image/*`; empty: whatever the server takes. */
  accept: readonly string[];
}

const DEFAULT_MAX_FILES = 10;

/** Null: files cannot be sent. A server that says nothing of files takes none. */
export function uploadRules(widget: WidgetConfig): UploadRules | null {
  const { files } = widget.settings ?? {};
  const { limits } = widget;
  const limit = limits?.file_max_bytes;
  if (files?.enabled === false || !limit) return null;
  return {
    maxBytes: Math.min(limit, files?.max_bytes ?? limit),
    maxFiles: files?.max_files ?? limits?.file_max_count ?? DEFAULT_MAX_FILES,
    // None listed is all that the installation takes.
    accept: files?.accept?.length ? files.accept : (limits?.file_types ?? []),
  };
}

/** Those that may be sent beside the ones that are chosen already, and a sentence for each that may not. */
export function judgeFiles<F extends { name: string; size: number; type: string }>(
  files: readonly F[],
  chosen: number,
  rules: UploadRules,
  texts: Texts,
  locale: string,
): { taken: F[]; problems: string[] } {
  const taken: F[] = [];
  const problems = new Set<string>();
  for (const file of files) {
    if (file.size > rules.maxBytes) {
      problems.add(fill(texts.tooLarge, { name: file.name, size: formatSize(rules.maxBytes, locale) }));
    } else if (!isAccepted(file.type, rules.accept)) {
      problems.add(fill(texts.badType, { name: file.name }));
    } else if (chosen + taken.length >= rules.maxFiles) {
      problems.add(fill(texts.tooMany, { n: rules.maxFiles }));
    } else {
      taken.push(file);
    }
  }
  return { taken, problems: [...problems] };
}

/** A system that knows no type for a file leaves the judgement to the server. */
function isAccepted(type: string, accept: readonly string[]): boolean {
  if (!type || accept.length === 0) return true;
  const bare = type.split(';')[0] ?? '';
  return accept.some((entry) => entry === bare || entry === '*/*' || (entry.endsWith('/*') && bare.startsWith(entry.slice(0, -1))));
}

export function formatSize(bytes: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const power = Math.min(units.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  const digits = value < 10 && power > 0 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: units[power], unitDisplay: 'short', maximumFractionDigits: digits }).format(value);
}
