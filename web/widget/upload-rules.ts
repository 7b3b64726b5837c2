/** What a widget's visitors may send, and how they are told of what they may not. Pure. */

import type { WidgetConfig } from '../shared/types.ts';
import { formatSize, refusalOf, type UploadRules } from '../shared/upload-rules.ts';
import { fill, type Texts } from './texts.ts';

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
    const refusal = refusalOf(file, chosen + taken.length, rules);
    if (!refusal) taken.push(file);
    else problems.add(fill(texts[refusal], { name: file.name, size: formatSize(rules.maxBytes, locale), n: rules.maxFiles }));
  }
  return { taken, problems: [...problems] };
}
