/** The filters of a list, which combine, and saving them under a name. Each holds at once. */

import { useState } from 'preact/hooks';
import type { Desk } from '../state/desk.ts';
import { PRIORITIES, queryParts, STATUS_FILTERS, type ListQuery } from '../state/list-query.ts';
import { problemOf } from '../state/form.ts';
import { useStore } from '../state/use-store.ts';
import { toApiError } from '../../shared/api.ts';
import { text } from '../text.ts';
import { Field } from './field.tsx';
import { SelectField } from './select-field.tsx';
import { SwitchField } from './switch-field.tsx';

export interface FilterPanelProps {
  desk: Desk;
  query: ListQuery;
  onChange(change: Partial<ListQuery>): void;
  onReset(): void;
  onDone(): void;
}

interface Choice {
  value: string;
  label: string;
}

export function FilterPanel({ desk, query, onChange, onReset, onDone }: FilterPanelProps) {
  const { workspace } = desk;
  const { agents, teams, labels, widgets } = useStore(workspace.directory);
  const words = text.lists;
  const named = (all: readonly { id: number; name: string }[]): Choice[] => all.map(({ id, name }) => ({ value: String(id), label: name }));
  const whatever: Choice = { value: '', label: words.whatever };
  const value = (of: string | number | null) => (of === null ? '' : String(of));
  const chosen = (given: string) => (given === '' ? null : /^\d+$/.test(given) ? Number(given) : given);
  const select = (name: 'assignee' | 'team' | 'widget' | 'label' | 'priority', options: Choice[]) => (
    <SelectField
      id={`filter-${name}`}
      label={words.fields[name]}
      value={value(query[name])}
      options={[whatever, ...options]}
      onValue={(given) => onChange({ [name]: chosen(given) })}
    />
  );
  return (
    <div class="filter-panel">
      <SelectField
        id="filter-status"
        label={words.fields.status}
        value={query.status}
        options={STATUS_FILTERS.map((status) => ({ value: status, label: words.statuses[status] }))}
        onValue={(status) => onChange({ status })}
      />
      {select('assignee', [
        { value: 'me', label: words.me },
        { value: 'none', label: words.nobody },
        { value: 'any', label: words.somebody },
        ...named(agents.filter(({ id }) => id !== workspace.agent.id)),
      ])}
      {teams.length > 0 && select('team', [{ value: 'none', label: words.noTeam }, ...named(teams)])}
      {labels.length > 0 && select('label', named(labels))}
      {widgets.length > 1 && select('widget', named(widgets))}
      {select('priority', [{ value: 'none', label: words.noPriority }, ...PRIORITIES.map((value) => ({ value: value as string, label: words.priorities[value] }))])}
      <SwitchField id="filter-unread" label={words.fields.unread} checked={query.unread} onChange={(unread) => onChange({ unread })} />
      <SwitchField
        id="filter-mentioned"
        label={words.fields.mentioned}
        checked={query.mentioned === 'me'}
        onChange={(mentioned) => onChange({ mentioned: mentioned ? 'me' : null })}
      />
      <div class="filter-panel__actions">
        <button class="button button--quiet" type="button" onClick={onReset}>
          {words.reset}
        </button>
      </div>
      <SaveView desk={desk} query={query} onDone={onDone} />
    </div>
  );
}

function SaveView({ desk, query, onDone }: { desk: Desk; query: ListQuery; onDone(): void }) {
  const { api, directory, toasts } = desk.workspace;
  const [name, setName] = useState('');
  const [errors, setErrors] = useState<string[]>([]);
  const save = async () => {
    if (!name.trim()) return setErrors([text.lists.viewNameRequired]);
    try {
      await api.createView({ name: name.trim(), filter: queryParts(query), shared: false });
      await directory.refresh('views');
      toasts.show(text.lists.viewSaved(name.trim()));
      onDone();
    } catch (thrown) {
      const problem = problemOf(toApiError(thrown), ['name']);
      setErrors(problem.fields.name ?? [problem.general ?? text.unexpected]);
    }
  };
  return (
    <form
      class="filter-panel__save"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field id="view-name" label={text.lists.saveView} placeholder={text.lists.viewName} value={name} errors={errors} onValue={setName} />
      <button class="button" type="submit">
        {text.save}
      </button>
    </form>
  );
}
