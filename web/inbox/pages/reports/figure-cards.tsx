/** The figures of the period, each with what it was before. Whether a change is good is not said by color alone: its words stand there. */

import * as format from '../../format-figures.ts';
import type { Figures, Overview, Waits } from '../../reports-api.ts';
import { text } from '../../text.ts';

export function FigureCards({ overview: { figures: now, previous_figures: before } }: { overview: Overview }) {
  const words = text.reports;
  const counts: [name: string, of: (figures: Figures) => number | null, detail?: string][] = [
    [words.newConversations, (figures) => figures.new_conversations],
    [words.received, (figures) => figures.messages_received],
    [words.sent, (figures) => figures.messages_sent],
    [words.closed, (figures) => figures.closed, words.reopened(now.reopened)],
  ];
  const waits: [name: string, of: (figures: Figures) => Waits][] = [
    [words.firstResponse, (figures) => figures.first_response],
    [words.resolution, (figures) => figures.resolution],
  ];
  const { csat } = now;
  return (
    <section aria-labelledby="reports-figures">
      <h2 class="visually-hidden" id="reports-figures">
        {words.figures}
      </h2>
      <dl class="figures">
        {counts.map(([name, of, detail]) => (
          <Card key={name} name={name} value={format.count(of(now))} detail={detail} change={changed(of(now), of(before), format.count)} />
        ))}
      </dl>
      <dl class="figures figures--wide">
        {waits.map(([name, of]) => {
          const { median_seconds: median, p90_seconds: p90, mean_seconds: mean } = of(now);
          return (
            <Card
              key={name}
              name={name}
              value={format.duration(median)}
              unit={median === null ? undefined : words.median}
              detail={median === null ? undefined : words.waits(format.duration(p90), format.duration(mean))}
              change={changed(median, of(before).median_seconds, format.duration)}
            />
          );
        })}
        <Card
          name={words.csat}
          value={csat.score === null ? format.NOTHING : words.outOf(format.score(csat.score))}
          unit={words.ratings(csat.ratings)}
          detail={csat.answer_rate === null ? undefined : words.answered(format.percent(csat.answer_rate))}
          change={changed(csat.score, before.csat.score, format.score)}
        />
      </dl>
    </section>
  );
}

interface CardProps {
  name: string;
  value: string;
  unit?: string;
  detail?: string;
  change: string | null;
}

function Card({ name, value, unit, detail, change }: CardProps) {
  return (
    <div class="figure">
      <dt class="figure__name">{name}</dt>
      <dd class="figure__value">
        <bdi>{value}</bdi>
        {unit && <bdi class="figure__unit">{unit}</bdi>}
      </dd>
      {change && (
        <dd class="figure__change">
          <bdi>{change}</bdi>
        </dd>
      )}
      {detail && (
        <dd class="figure__detail">
          <bdi>{detail}</bdi>
        </dd>
      )}
    </div>
  );
}

/** The change in words. Null: there is nothing to compare. */
function changed(now: number | null, before: number | null, shown: (value: number | null) => string): string | null {
  if (now === null) return null;
  if (before === null || before === 0) return now === 0 ? null : text.reports.noneBefore;
  if (now === before) return text.reports.same(shown(before));
  return text.reports.before(format.change(now, before), shown(before));
}
