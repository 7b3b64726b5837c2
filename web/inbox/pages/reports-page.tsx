/** Reports: figures of a period beside those of the one before, how they went by day, who did what, and what visitors said. */

import { useEffect, useMemo } from 'preact/hooks';
import { EmptyState } from '../components/empty-state.tsx';
import { MenuIcon } from '../components/icons.tsx';
import { LoadingNotice } from '../components/loading-notice.tsx';
import { Navigation } from '../components/navigation.tsx';
import { ReportsApi, type Figures } from '../reports-api.ts';
import type { Desk } from '../state/desk.ts';
import { choiceKey, parseChoice, queryOf, reportParts, type ReportChoice } from '../state/report-query.ts';
import { useNow } from '../state/use-now.ts';
import { useReport } from '../state/use-report.ts';
import { text } from '../text.ts';
import type { QueriedPageProps } from './later-page.tsx';
import { Breakdown } from './reports/breakdown.tsx';
import { Charts } from './reports/charts.tsx';
import { Controls } from './reports/controls.tsx';
import { FigureCards } from './reports/figure-cards.tsx';
import { Ratings } from './reports/ratings.tsx';
import { SaveMenu } from './reports/save-menu.tsx';

export default function ReportsPage({ desk, query: address }: QueriedPageProps) {
  const choice = useMemo(() => parseChoice(new URLSearchParams(address)), [address]);
  const choose = (change: Partial<ReportChoice>) =>
    desk.router.go({ page: 'reports', query: choiceKey({ ...choice, ...change }) }, 'replace');
  useEffect(() => {
    document.title = `${text.reports.title} · ${text.product}`;
  }, []);
  return (
    <main class="desk desk--search">
      <div class="desk__navigation">
        <Navigation desk={desk} current={null} />
      </div>
      <section class="search" aria-label={text.reports.title}>
        <header class="list-header">
          <button class="icon-button list-header__menu" type="button" aria-label={text.lists.navigation} onClick={() => desk.show({ kind: 'navigation' })}>
            <MenuIcon />
          </button>
          <h1 class="list-header__title">{text.reports.title}</h1>
        </header>
        <div class="reports">
          <Report desk={desk} choice={choice} choose={choose} />
        </div>
      </section>
    </main>
  );
}

interface ReportProps {
  desk: Desk;
  choice: ReportChoice;
  choose(change: Partial<ReportChoice>): void;
}

function Report({ desk, choice, choose }: ReportProps) {
  const api = useMemo(() => new ReportsApi(desk.workspace.http), [desk]);
  const now = useNow();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const query = queryOf(choice, now, zone);
  const key = new URLSearchParams(reportParts(query)).toString();
  const overview = useReport(key, () => api.overview(query));
  const series = useReport(key, () => api.series(query));
  const shown = overview.value;
  const nothing = shown !== null && isEmpty(shown.figures) && isEmpty(shown.previous_figures);
  return (
    <>
      <Controls desk={desk} api={api} choice={choice} query={query} choose={choose}>
        <SaveMenu desk={desk} api={api} query={query} />
      </Controls>
      {(!shown || overview.error) && <LoadingNotice error={overview.error} onRetry={overview.retry} />}
      {nothing && <EmptyState title={text.reports.empty} hint={text.reports.emptyHint} />}
      {shown && !nothing && (
        <div class={overview.busy ? 'reports__body reports__body--busy' : 'reports__body'} aria-busy={overview.busy}>
          <FigureCards overview={shown} />
          {series.value ? (
            <Charts points={series.value} interval={query.interval} />
          ) : (
            <LoadingNotice error={series.error} onRetry={series.retry} />
          )}
          <Breakdown desk={desk} api={api} query={query} reportKey={key} />
          <Ratings desk={desk} api={api} query={query} reportKey={key} />
        </div>
      )}
    </>
  );
}

function isEmpty({ new_conversations, messages_received, messages_sent, closed, csat }: Figures): boolean {
  return new_conversations + (messages_received ?? 0) + (messages_sent ?? 0) + closed + csat.ratings === 0;
}
