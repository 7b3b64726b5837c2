/** The figures by agent, website, team or label. */

import { useState } from 'preact/hooks';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { Table, type Column } from '../../components/table.tsx';
import * as format from '../../format-figures.ts';
import { GROUPINGS, type Grouping, type GroupRow, type ReportsApi } from '../../reports-api.ts';
import type { Desk } from '../../state/desk.ts';
import type { ReportQuery } from '../../state/report-query.ts';
import { useReport } from '../../state/use-report.ts';
import { text } from '../../text.ts';

export interface BreakdownProps {
  desk: Desk;
  api: ReportsApi;
  query: ReportQuery;
  /** Says what the query asks for. */
  reportKey: string;
}

export function Breakdown({ desk, api, query, reportKey }: BreakdownProps) {
  const words = text.reports;
  const [grouping, setGrouping] = useState<Grouping>('agent');
  // The rows of another grouping are not shown under its name while they are on their way.
  const report = useReport(`${grouping} ${reportKey}`, async () => ({ grouping, rows: await api.by(grouping, query) }));
  const rows = report.value?.grouping === grouping ? report.value.rows : null;
  const number = (title: string, figure: (row: GroupRow) => string): Column<GroupRow> => ({
    title,
    align: 'end',
    cell: (row) => <bdi>{figure(row)}</bdi>,
  });
  const columns: Column<GroupRow>[] = [
    {
      title: words.name,
      cell: ({ id, name }) => (
        <span class="person__name">
          <bdi>{name ?? words.nobody[grouping]}</bdi>
          {grouping === 'agent' && id === desk.workspace.agent.id && <span class="person__you"> ({words.you})</span>}
        </span>
      ),
    },
    number(words.newConversations, ({ figures }) => format.count(figures.new_conversations)),
    ...(grouping === 'label'
      ? []
      : [
          number(words.received, ({ figures }) => format.count(figures.messages_received)),
          number(words.sent, ({ figures }) => format.count(figures.messages_sent)),
        ]),
    number(words.closed, ({ figures }) => format.count(figures.closed)),
    number(words.firstResponse, ({ figures }) => format.duration(figures.first_response.median_seconds)),
    number(words.resolution, ({ figures }) => format.duration(figures.resolution.median_seconds)),
    number(words.csat, ({ figures: { csat } }) => (csat.score === null ? format.NOTHING : `${format.score(csat.score)} (${format.count(csat.ratings)})`)),
  ];
  return (
    <section class="reports__section" aria-labelledby="reports-breakdown">
      <div class="reports__line">
        <h2 class="reports__title" id="reports-breakdown">
          {words.breakdown}
        </h2>
        <div class="segments" role="group" aria-labelledby="reports-breakdown">
          {GROUPINGS.map((one) => (
            <button key={one} class="segments__one" type="button" aria-pressed={one === grouping} onClick={() => setGrouping(one)}>
              {words.by[one]}
            </button>
          ))}
        </div>
      </div>
      {grouping === 'agent' && !desk.may('administer') && <p class="settings-section__line">{words.ownOnly}</p>}
      {!rows && <LoadingNotice error={report.error} onRetry={report.retry} />}
      {rows?.length === 0 && <p class="settings-section__line">{words.noRows[grouping]}</p>}
      {rows && rows.length > 0 && <Table caption={words.by[grouping]} columns={columns} rows={rows} rowKey={({ id }) => id ?? 'nobody'} />}
    </section>
  );
}
