/** Who is given the website's conversations by itself, and when they are closed. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { DraftForm } from '../../../../components/draft-form.tsx';
import { Field } from '../../../../components/field.tsx';
import { LoadingNotice } from '../../../../components/loading-notice.tsx';
import { SelectField } from '../../../../components/select-field.tsx';
import { SettingsSection } from '../../../../components/settings-section.tsx';
import { SwitchField } from '../../../../components/switch-field.tsx';
import { ASSIGNMENTS, RoutingApi, type Routing } from '../../../../routing-api.ts';
import { useDraft } from '../../../../state/use-draft.ts';
import { useLoaded } from '../../../../state/use-loaded.ts';
import { useStore } from '../../../../state/use-store.ts';
import { text } from '../../../../text.ts';
import type { WebsiteSectionProps } from '../registry.ts';
import { draftOf, routingOf, UNITS, type RoutingDraft } from '../routing-draft.ts';

export default function RoutingSection(props: WebsiteSectionProps) {
  const api = useMemo(() => new RoutingApi(props.workspace.http), [props.workspace]);
  const { value, error, reload } = useLoaded(() => api.routing(props.widget.id));
  if (!value) return <LoadingNotice error={error} onRetry={() => void reload()} />;
  return <RoutingForm {...props} routingApi={api} loaded={value} />;
}

function RoutingForm({ workspace, router, widget, routingApi, loaded }: WebsiteSectionProps & { routingApi: RoutingApi; loaded: Routing }) {
  const words = text.routing;
  const [saved, setSaved] = useState(loaded);
  const { teams } = useStore(workspace.directory);
  const draft = useDraft<RoutingDraft>({
    saved: draftOf(saved),
    save: async (value) => {
      setSaved(await routingApi.save(widget.id, routingOf(value)));
      workspace.toasts.show(text.unsaved.saved);
    },
  });
  // The team may have been removed since the list of teams came.
  useEffect(() => void workspace.directory.refresh('teams'), []);
  const { assignment, team, closes, amount, unit } = draft.value;
  const everybody = { value: '', label: words.everybody };
  return (
    <SettingsSection title={words.title} intro={words.intro}>
      <DraftForm draft={draft} router={router}>
        <SelectField
          id="assignment"
          label={words.assignment}
          hint={words.assignmentHints[assignment]}
          value={assignment}
          options={ASSIGNMENTS.map((value) => ({ value, label: words.assignments[value] }))}
          onValue={(value) => draft.set({ assignment: value, ...(value === 'off' && { team: '' }) })}
          errors={draft.errors('assignment')}
        />
        {assignment !== 'off' && (
          <SelectField
            id="assignment-team"
            label={words.team}
            hint={words.teamHint}
            value={team}
            options={[everybody, ...teams.map(({ id, name }) => ({ value: String(id), label: name }))]}
            onValue={(value) => draft.set({ team: value })}
            errors={draft.errors('assignment_team_id')}
          />
        )}
        <SwitchField
          id="closes"
          label={words.closes}
          hint={words.closesHint}
          checked={closes}
          onChange={(value) => draft.set({ closes: value })}
        />
        {closes && (
          <div class="routing-silence">
            <Field
              id="close-after"
              label={words.closeAfter}
              type="number"
              value={amount}
              onValue={(value) => draft.set({ amount: value })}
              errors={draft.errors('close_after_hours')}
            />
            <SelectField
              id="close-after-unit"
              label={words.unit}
              value={unit}
              options={UNITS.map((value) => ({ value, label: words.units[value] }))}
              onValue={(value) => draft.set({ unit: value })}
            />
          </div>
        )}
      </DraftForm>
    </SettingsSection>
  );
}
