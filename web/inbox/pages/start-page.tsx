/** Shown until it is known who is logged in. Quiet at first: usually that takes no time worth a word. */

import type { ApiError } from '../../shared/api.ts';
import { Card } from '../components/card.tsx';
import { FormNotice } from '../components/form-notice.tsx';
import { text } from '../text.ts';

export interface StartPageProps {
  error?: ApiError;
  onRetry?(): void;
}

export function StartPage({ error, onRetry }: StartPageProps) {
  if (!error) return <p class="loading loading--page">{text.loading}</p>;
  return (
    <Card title={text.inbox.title} intro={text.start.retrying}>
      <FormNotice message={error.offline ? text.start.unreachable : error.message} />
      <button class="button button--wide" type="button" onClick={onRetry}>
        {text.retry}
      </button>
    </Card>
  );
}
