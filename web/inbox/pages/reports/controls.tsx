/** Of what the reports are: the days, the website, the team, the agent, and how waits are measured. Each holds at once. */

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Field } from '../../components/field.tsx';
import { SelectField } from '../../components/select-field.tsx';
import type { ReportsApi } from '../../reports-api.ts';
import type { Desk } from '../../state/desk.ts';
import {
  daysIn,
  INTERVALS,
  MAX_HOURLY_DAYS,
  PERIODS,
  REPORT_HOURS,
  wrongDays,
  type ReportChoice,
  type ReportQuery,
} from '../../state/report-query.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { useStore } from '../../state/use-store.ts';
import { text } from '../../text.ts';

export interface ControlsProps {
  desk: Desk;
  api: ReportsApi;
  choice: ReportChoice;
  query: ReportQuery;
  choose(change: Partial<ReportChoice>): void;
  /** What stands at the end of the line. */
  children: ComponentChildren;
}

const ALL = '';

export function Controls({ desk, api, choice, query, choose, children }: ControlsProps) {
  const words = text.reports;
  const { agents, teams } = useStore(desk.workspace.directory);
  // All there are, by the shortest report that names them.
  const widgets = useLoaded(() => api.by('widget', { ...query, from: query.to, widget: null, team: null, agent: null }));
  const chosen = (value: string) => (value === ALL ? null : Number(value));
  const select = (name: 'widget' | 'team' | 'agent', label: string, all: readonly { id: number | null; name: string | null }[]) => (
    <SelectField
      id={`reports-${name}`}
      label={label}
      value={choice[name] === null ? ALL : String(choice[name])}
      options={[
        { value: ALL, label: words.everything },
        ...all.filter(({ id }) => id !== null).map(({ id, name: called }) => ({ value: String(id), label: called ?? '' })),
      ]}
      onValue={(value) => choose({ [name]: chosen(value) })}
    />
  );
  const setPeriod = (period: (typeof PERIODS)[number]) =>
    period === 'custom' ? choose({ period, from: query.from, to: query.to, interval: null }) : choose({ period, from: null, to: null, interval: null });
  return (
    <section class="reports__controls" aria-label={words.choose}>
      <div class="filter-row">
        <SelectField
          id="reports-period"
          label={words.period}
          value={choice.period}
          options={PERIODS.map((value) => ({ value, label: words.periods[value] }))}
          onValue={setPeriod}
        />
        {choice.period === 'custom' && <Days query={query} onDays={(from, to) => choose({ period: 'custom', from, to })} />}
        {(widgets.value?.length ?? 0) > 1 && select('widget', words.website, widgets.value ?? [])}
        {teams.length > 0 && select('team', words.team, teams)}
        {desk.may('administer') && select('agent', words.agent, agents)}
        <SelectField
          id="reports-hours"
          label={words.hours}
          value={choice.hours}
          options={REPORT_HOURS.map((value) => ({ value, label: words.hourNames[value] }))}
          onValue={(hours) => choose({ hours })}
        />
        {daysIn(query.from, query.to) <= MAX_HOURLY_DAYS && (
          <SelectField
            id="reports-interval"
            label={words.interval}
            value={query.interval}
            options={INTERVALS.map((value) => ({ value, label: words.intervals[value] }))}
            onValue={(interval) => choose({ interval })}
          />
        )}
      </div>
      <div class="reports__line">
        <p class="reports__compared">{words.compared}</p>
        {children}
      </div>
    </section>
  );
}

/** Two days, which hold as soon as they make sense. */
function Days({ query, onDays }: { query: ReportQuery; onDays(from: string, to: string): void }) {
  const words = text.reports;
  const [from, setFrom] = useState(query.from);
  const [to, setTo] = useState(query.to);
  const wrong = wrongDays(from, to);
  const set = (first: string, last: string) => {
    setFrom(first);
    setTo(last);
    if (wrongDays(first, last) === null) onDays(first, last);
  };
  return (
    <>
      <Field id="reports-from" type="date" label={words.from} value={from} onValue={(value) => set(value, to)} />
      <Field
        id="reports-to"
        type="date"
        label={words.to}
        value={to}
        errors={wrong ? [words.wrongDays[wrong]] : []}
        onValue={(value) => set(from, value)}
      />
    </>
  );
}
