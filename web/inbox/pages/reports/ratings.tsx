/** What visitors said of their conversations, newest first, with a way to each of them. */

import { useEffect, useState } from 'preact/hooks';
import { toApiError } from '../../../shared/api.ts';
import { Avatar } from '../../components/avatar.tsx';
import { Link } from '../../components/link.tsx';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { completeTime, shortTime } from '../../format-time.ts';
import { visitorName } from '../../names.ts';
import type { RatedConversation, RatingPage } from '../../reports-api.ts';
import { inboxRoute } from '../../routes.ts';
import type { Desk } from '../../state/desk.ts';
import { problemOf } from '../../state/form.ts';
import { useNow } from '../../state/use-now.ts';
import { useReport } from '../../state/use-report.ts';
import { text } from '../../text.ts';
import type { BreakdownProps } from './breakdown.tsx';

export function Ratings({ desk, api, query, reportKey }: BreakdownProps) {
  const words = text.reports;
  const first = useReport(reportKey, () => api.ratings(query, null));
  const [more, setMore] = useState<RatingPage | null>(null);
  const [busy, setBusy] = useState(false);
  // What was added belongs to the page that it followed.
  useEffect(() => setMore(null), [first.value]);
  const next = (more ?? first.value)?.next ?? null;
  const ratings = [...(first.value?.ratings ?? []), ...(more?.ratings ?? [])];
  const showMore = async () => {
    if (busy || next === null) return;
    setBusy(true);
    const following = first.value;
    try {
      const page = await api.ratings(query, next);
      if (following === first.value) setMore((before) => ({ ratings: [...(before?.ratings ?? []), ...page.ratings], next: page.next }));
    } catch (thrown) {
      desk.workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    } finally {
      setBusy(false);
    }
  };
  return (
    <section class="reports__section" aria-labelledby="reports-ratings">
      <h2 class="reports__title" id="reports-ratings">
        {words.rated}
      </h2>
      {!first.value && <LoadingNotice error={first.error} onRetry={first.retry} />}
      {first.value && ratings.length === 0 && <p class="settings-section__line">{words.noRatings}</p>}
      {ratings.length > 0 && (
        <ul class="ratings">
          {ratings.map((rated) => (
            <Rated key={rated.conversation_id} desk={desk} rated={rated} />
          ))}
        </ul>
      )}
      {next !== null && (
        <button class="button" type="button" aria-disabled={busy} onClick={() => void showMore()}>
          {words.more}
        </button>
      )}
    </section>
  );
}

function Rated({ desk, rated }: { desk: Desk; rated: RatedConversation }) {
  const now = useNow();
  const { conversation_id: id, visitor_name: name, widget, agent, score, comment } = rated;
  const at = new Date(rated.at);
  return (
    <li>
      <Link class="found" router={desk.router} to={inboxRoute(id)}>
        <Avatar name={name} id={id} />
        <span class="found__body">
          <span class="found__line">
            <bdi class="found__name">{visitorName(name, id)}</bdi>
            <span class="stars">
              <span aria-hidden="true" class="stars__drawn">
                {'★'.repeat(score) + '☆'.repeat(5 - score)}
              </span>
              <span class="visually-hidden">{text.reports.score(score)}</span>
            </span>
            <time class="found__time" dateTime={rated.at} title={completeTime(at)}>
              {shortTime(at, now)}
            </time>
          </span>
          {comment && <bdi class="ratings__comment">{comment}</bdi>}
          <span class="found__facts">
            <bdi>{widget.name}</bdi>
            {agent && (
              <>
                {' · '}
                <bdi>{text.reports.withAgent(agent.name)}</bdi>
              </>
            )}
          </span>
        </span>
      </Link>
    </li>
  );
}
