/** The files that are chosen to go with the next message, within the rules; what breaks them is told. */

import { useState } from 'preact/hooks';
import { formatSize, refusalOf, type UploadRules } from '../../shared/upload-rules.ts';
import { text } from '../text.ts';

export interface ChosenFiles {
  files: readonly File[];
  /** A sentence for each thing that was wrong with the ones chosen last. */
  problems: readonly string[];
  /** Answers whether files are taken at all. */
  add(files: readonly File[]): boolean;
  remove(file: File): void;
  clear(): void;
  report(problem: string): void;
}

/** Without rules, none are taken. */
export function useChosenFiles(rules: UploadRules | null): ChosenFiles {
  const [files, setFiles] = useState<readonly File[]>([]);
  const [problems, setProblems] = useState<readonly string[]>([]);
  return {
    files,
    problems,
    add: (added) => {
      if (!rules || added.length === 0) return false;
      const judged = judgeFiles(added, files.length, rules);
      setFiles([...files, ...judged.taken]);
      setProblems(judged.problems);
      return true;
    },
    remove: (file) => {
      setFiles(files.filter((other) => other !== file));
      setProblems([]);
    },
    clear: () => {
      setFiles([]);
      setProblems([]);
    },
    report: (problem) => setProblems([problem]),
  };
}

/** Those that may go beside the ones that are chosen already, and a sentence for each that may not. */
function judgeFiles(files: readonly File[], chosen: number, rules: UploadRules): { taken: File[]; problems: string[] } {
  const taken: File[] = [];
  const problems = new Set<string>();
  for (const file of files) {
    const refusal = refusalOf(file, chosen + taken.length, rules);
    if (refusal === null) taken.push(file);
    else if (refusal === 'tooLarge') problems.add(text.thread.fileTooLarge(file.name, formatSize(rules.maxBytes, undefined)));
    else if (refusal === 'badType') problems.add(text.thread.fileBadType(file.name));
    else problems.add(text.thread.fileTooMany(rules.maxFiles));
  }
  return { taken, problems: [...problems] };
}
