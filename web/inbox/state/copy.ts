/** Copies to the clipboard, and says whether it went well. */

import { text } from '../text.ts';
import type { Workspace } from './workspace.ts';

export async function copy({ toasts }: Pick<Workspace, 'toasts'>, words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
    toasts.show(text.thread.copied);
  } catch {
    toasts.show(text.thread.copyFailed, { tone: 'error' });
  }
}
