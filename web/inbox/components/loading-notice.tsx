/** In the place of what is not loaded yet, or could not be. */

import { text } from '../text.ts';
import { FormNotice } from './form-notice.tsx';

export function LoadingNotice({ error, onRetry }: { error: string | null; onRetry(): void }) {
  if (error === null) return <p class="loading">{text.loading}</p>;
  return (
    <>
      <FormNotice message={error} />
      <button class="button" type="button" onClick={onRetry}>
        {text.retry}
      </button>
    </>
  );
}
