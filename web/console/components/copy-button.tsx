/** Puts a text on the clipboard, and says so. */

import { useEffect, useState } from 'preact/hooks';
import { CopyIcon } from './icons.tsx';

const TOLD_MS = 1_500;

export function CopyButton({ text, label, disabled = false }: { text(): string; label: string; disabled?: boolean }) {
  const [done, setDone] = useState<'copied' | 'failed' | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), TOLD_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    if (!disabled) setDone((await write(text())) ? 'copied' : 'failed');
  };
  const word = done === null ? label : done === 'copied' ? 'Copied' : 'Not possible';
  return (
    <button class="button button--quiet" type="button" title={label} aria-disabled={disabled} onClick={() => void copy()}>
      <CopyIcon />
      <span aria-live="polite">{word}</span>
    </button>
  );
}

/** Browsers offer the clipboard to pages that came over https, or from the same machine. */
async function write(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeBySelection(text);
  }
}

function writeBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  return copied;
}
