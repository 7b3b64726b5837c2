/** How the figures went, day by day or hour by hour. */

import { LineChart, type LineChartProps } from '../../components/line-chart.tsx';
import * as format from '../../format-figures.ts';
import { dayAndMonth, longDay, timeOfDay } from '../../format-time.ts';
import type { Point } from '../../reports-api.ts';
import { noonOf, type Interval } from '../../state/report-query.ts';
import { text } from '../../text.ts';

export function Charts({ points, interval }: { points: readonly Point[]; interval: Interval }) {
  const words = text.reports;
  const labels = points.map(({ starts_at, date }) => {
    const day = noonOf(date);
    if (interval === 'day') return { short: dayAndMonth(day), full: longDay(day) };
    const hour = timeOfDay(new Date(starts_at));
    const single = points[0]?.date === points.at(-1)?.date;
    return { short: single ? hour : `${dayAndMonth(day)} ${hour}`, full: `${longDay(day)}, ${hour}` };
  });
  const common = { labels, axis: interval === 'day' ? words.day : words.hour };
  const series = (name: string, of: (point: Point) => number | null) => ({ name, values: points.map(of) });
  const charts: LineChartProps[] = [
    {
      ...common,
      title: words.conversations,
      scale: 'count',
      format: format.count,
      series: [
        series(words.newConversations, ({ figures }) => figures.new_conversations),
        series(words.closed, ({ figures }) => figures.closed),
      ],
    },
    {
      ...common,
      title: words.messages,
      scale: 'count',
      format: format.count,
      series: [
        series(words.received, ({ figures }) => figures.messages_received),
        series(words.sent, ({ figures }) => figures.messages_sent),
      ],
    },
    {
      ...common,
      title: words.firstResponseMedian,
      scale: 'time',
      format: format.duration,
      series: [series(words.firstResponse, ({ figures }) => figures.first_response.median_seconds)],
    },
  ];
  return (
    <div class="charts">
      {charts.map((chart) => (
        <LineChart key={chart.title} {...chart} />
      ))}
    </div>
  );
}
