/** What was administered: by whom, when, to what, and from where. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { toApiError } from '../../../shared/api.ts';
import { LoadingNotice } from '../../components/loading-notice.tsx';
import { SelectField } from '../../components/select-field.tsx';
import { SettingsSection } from '../../components/settings-section.tsx';
import { Table, type Column } from '../../components/table.tsx';
import { completeTime, shortTime } from '../../format-time.ts';
import { PeopleApi, type AuditEntry } from '../../people-api.ts';
import { problemOf } from '../../state/form.ts';
import { useLoaded } from '../../state/use-loaded.ts';
import { text } from '../../text.ts';
import type { SettingsPageProps } from './registry.ts';

/** The value of a filter that lets everything through. */
const ALL = 'all';

export default function AuditPage({ workspace }: SettingsPageProps) {
  const words = text.people.audit;
  const people = useMemo(() => new PeopleApi(workspace.http), [workspace]);
  const [agent, setAgent] = useState(ALL);
  const [subject, setSubject] = useState(ALL);
  const [older, setOlder] = useState<AuditEntry[]>([]);
  const [more, setMore] = useState(false);
  const [busy, setBusy] = useState(false);
  const agents = useLoaded(() => people.agents());

  const page = (beforeId: number | null) =>
    people.audit({
      beforeId,
      action: subject === ALL ? null : `${subject}.`,
      agentId: agent === ALL ? null : Number(agent),
    });
  const newest = useLoaded(async () => {
    const { entries, has_more } = await page(null);
    setOlder([]);
    setMore(has_more);
    return entries;
  });
  useEffect(() => void newest.reload(), [agent, subject]);

  const showOlder = async () => {
    const last = [...(newest.value ?? []), ...older].at(-1);
    if (busy || !last) return;
    setBusy(true);
    try {
      const { entries, has_more } = await page(last.id);
      setOlder((before) => [...before, ...entries]);
      setMore(has_more);
    } catch (thrown) {
      workspace.toasts.show(problemOf(toApiError(thrown), []).general ?? text.unexpected, { tone: 'error' });
    } finally {
      setBusy(false);
    }
  };

  const now = new Date();
  const columns: Column<AuditEntry>[] = [
    {
      title: words.when,
      cell: ({ at }) => (
        <time dateTime={at} title={completeTime(new Date(at))}>
          {shortTime(new Date(at), now)}
        </time>
      ),
    },
    { title: words.who, cell: ({ agent: who }) => <bdi>{who.id === null ? (words.programs[who.name] ?? words.commandLine) : who.name}</bdi> },
    {
      title: words.what,
      cell: (entry) => (
        <span class="person__words">
          <span class="person__name">{words.actions[entry.action] ?? entry.action}</span>
          <bdi class="person__email">{detailsOf(entry)}</bdi>
        </span>
      ),
    },
    { title: words.where, cell: ({ address }) => <bdi>{address ?? '–'}</bdi> },
  ];

  const entries = newest.value && [...newest.value, ...older];
  const filtered = agent !== ALL || subject !== ALL;
  const subjects = Object.keys(words.subjects) as (keyof typeof words.subjects)[];
  return (
    <SettingsSection title={text.settings.titles.audit} intro={words.intro}>
      <div class="filter-row">
        <SelectField
          id="audit-who"
          label={words.who}
          value={agent}
          options={[
            { value: ALL, label: words.everybody },
            ...(agents.value ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
          onValue={setAgent}
        />
        <SelectField
          id="audit-what"
          label={words.what}
          value={subject}
          options={[
            { value: ALL, label: words.everything },
            ...subjects.map((value) => ({ value: value as string, label: words.subjects[value] })),
          ]}
          onValue={setSubject}
        />
      </div>
      {!entries && <LoadingNotice error={newest.error} onRetry={() => void newest.reload()} />}
      {entries && entries.length === 0 && (
        <p class="settings-section__line">{filtered ? words.emptyFiltered : words.empty}</p>
      )}
      {entries && entries.length > 0 && (
        <Table caption={text.settings.titles.audit} columns={columns} rows={entries} rowKey={({ id }) => id} />
      )}
      {more && (
        <p class="settings-section__more">
          <button class="button" type="button" aria-disabled={busy} onClick={() => void showOlder()}>
            {words.older}
          </button>
        </p>
      )}
    </SettingsSection>
  );
}

/** What the entry says besides, in the order in which it was written. */
function detailsOf({ details, subject, agent }: AuditEntry): string {
  const said = Object.entries(details ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => text.people.audit.counts[name]?.(Number(value)) ?? String(value));
  if (said.length > 0) return said.join(' · ');
  const isOwn = subject.type === 'agent' && subject.id === agent.id;
  return subject.id === null || isOwn ? '' : `#${subject.id}`;
}
