/** What a form has to say as a whole. Read aloud when it appears. */

import { WarningIcon } from './icons.tsx';

export function FormNotice({ message, tone = 'error' }: { message: string | null; tone?: 'error' | 'info' }) {
  return (
    <div role={tone === 'error' ? 'alert' : 'status'}>
      {message && (
        <p class={`notice notice--${tone}`}>
          <WarningIcon />
          <span>{message}</span>
        </p>
      )}
    </div>
  );
}
