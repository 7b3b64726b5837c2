/** Keeps what the page shows as a file for a spreadsheet. */

import { DownloadIcon } from '../../components/thread/icons.tsx';
import { Menu } from '../../components/menu.tsx';
import { GROUPINGS, type ReportFile, type ReportsApi } from '../../reports-api.ts';
import type { Desk } from '../../state/desk.ts';
import type { ReportQuery } from '../../state/report-query.ts';
import { text } from '../../text.ts';

/** Long enough for any browser to begin with the file. */
const KEPT_MS = 60_000;

export function SaveMenu({ desk, api, query }: { desk: Desk; api: ReportsApi; query: ReportQuery }) {
  const words = text.reports;
  const save = async (report: ReportFile) => {
    try {
      const { name, table } = await api.file(report, query);
      const link = document.createElement('a');
      link.href = URL.createObjectURL(table);
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
    } catch {
      desk.workspace.toasts.show(words.saveFailed, { tone: 'error' });
    }
  };
  const item = (report: ReportFile, label: string) => ({ label, onSelect: () => void save(report) });
  return (
    <Menu
      label={words.save}
      worded
      class="button"
      items={[
        item('overview', words.files.overview),
        item('series', words.files.series),
        ...GROUPINGS.map((grouping) => item(`by/${grouping}`, words.files[grouping])),
        item('csat', words.files.csat),
      ]}
    >
      <DownloadIcon />
      {words.save}
    </Menu>
  );
}
